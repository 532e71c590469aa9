"""Money set aside (protocol.md §8.6)."""

from chain import balances
from chain.accounts import get_account, is_treasury
from chain.asset import Asset
from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.savings import check_savings_transfer
from chain.state import State
from chain.types import check_account_name


class TreasuryCannotSave(OperationFailed):
    code = "treasury_cannot_save"
    text = "Cannot transfer to savings of treasury {account}; a transfer reaches it"


@operation(32)
class TransferToSavings(Operation):
    """Moves liquid HIVE or HBD into savings, which earn interest on HBD.

    Signed by the sender's active authority (§8.6).
    """

    from_: AccountName
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
        """The interest that the receiver's HBD has earned so far may fall due with it (§1.8)."""
        get_account(state, self.from_)
        get_account(state, self.to)
        if is_treasury(self.to):
            raise TreasuryCannotSave(account=self.to)
        amount, symbol = self.amount
        balances.adjust_balance(state, self.from_, Asset(-amount, symbol))
        balances.adjust_savings(state, self.to, self.amount)
