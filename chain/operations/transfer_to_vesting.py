"""Power up: liquid HIVE into VESTS (protocol.md §8.2)."""

from chain.accounts import get_account, is_treasury
from chain.asset import HIVE, VESTS, Asset
from chain.authority import Authorities
from chain.balances import adjust_hive, create_silent_vesting
from chain.checks import check_positive, check_symbol
from chain.errors import OperationFailed
from chain.events import TransferToVestingCompleted
from chain.fields import AccountName
from chain.governance import delay_votes
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name


class TreasuryCannotVest(OperationFailed):
    code = "treasury_cannot_vest"
    text = "HIVE cannot be vested on behalf of {account}"


@operation(3)
class TransferToVesting(Operation):
    """Turns `amount` into VESTS of `to`, or of the sender where `to` is empty.

    Signed by the sender's active authority (§8.2).
    """

    from_: AccountName
    to: AccountName
    amount: Asset

    def validate(self, _: Params, /) -> None:
        check_account_name(self.from_)
        check_symbol(self.amount, HIVE, "amount")
        if self.to:
            check_account_name(self.to)
        check_positive(self.amount, "amount")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))

    def apply(self, state: State, /) -> None:
        """The new VESTS vote on content at once, and in elections 30 days later (§4.7)."""
        get_account(state, self.from_)
        receiver = self.to or self.from_
        get_account(state, receiver)
        if is_treasury(receiver):
            raise TreasuryCannotVest(account=receiver)
        hive = self.amount.amount
        adjust_hive(state, self.from_, -hive)
        vests = create_silent_vesting(state, receiver, hive)
        delay_votes(state, receiver, vests)
        state.emit(TransferToVestingCompleted(self.from_, receiver, self.amount, Asset(vests, VESTS)))
