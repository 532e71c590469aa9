"""Savings on their way out (protocol.md §8.6)."""

from chain import balances
from chain.accounts import get_account, is_treasury
from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import SavingsWithdrawal
from chain.savings import check_savings_transfer
from chain.state import State
from chain.types import check_account_name


class TooManySavingsWithdrawals(OperationFailed):
    code = "too_many_savings_withdrawals"
    text = "Account {account} has reached the limit of {max} pending withdraw requests; wait for one, or cancel one"


class TreasuryTakesOnlyHbd(OperationFailed):
    code = "treasury_takes_only_hbd"
    text = "Can only transfer HBD to {account} out of savings"


class SavingsRequestExists(OperationFailed):
    code = "savings_request_exists"
    text = "A withdrawal {request_id} from the savings of {account} is on its way; use another request_id"


@operation(33)
class TransferFromSavings(Operation):
    """Takes funds out of savings; they arrive at `to` three days later.

    Signed by the sender's active authority (§8.6).
    """

    from_: AccountName
    request_id: U32
    to: AccountName
    amount: Asset
    memo: str

    def validate(self, params: Params, /) -> None:
        check_account_name(self.from_)
        check_account_name(self.to)
        check_savings_transfer(self.amount, self.memo, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))

    def apply(self, state: State, /) -> None:
        """From now on they earn nothing and belong to nobody, until they arrive or the request is cancelled."""
        account, params = get_account(state, self.from_), state.params
        get_account(state, self.to)
        if account.savings_withdraw_requests >= params.savings_withdrawals_max:
            raise TooManySavingsWithdrawals(account=self.from_, max=params.savings_withdrawals_max)
        amount, symbol = self.amount
        if symbol != HBD and is_treasury(self.to):
            raise TreasuryTakesOnlyHbd(account=self.to)
        balances.adjust_savings(state, self.from_, Asset(-amount, symbol))
        if (self.from_, self.request_id) in state.savings_withdrawals:
            raise SavingsRequestExists(account=self.from_, request_id=self.request_id)
        state.savings_withdrawals.insert(
            SavingsWithdrawal(
                self.from_,
                self.request_id,
                state.next_id("savings_withdrawal"),
                self.to,
                self.amount,
                self.memo,
                state.now + params.savings_withdraw_seconds,
            )
        )
        state.accounts.edit(self.from_).savings_withdraw_requests += 1
