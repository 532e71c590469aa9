"""Savings that were on their way out stay after all (protocol.md §8.6)."""

from chain import balances
from chain.authority import Authorities
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.savings import get_withdrawal, remove_withdrawal
from chain.state import State
from chain.types import check_account_name


@operation(34)
class CancelTransferFromSavings(Operation):
    """Puts funds that are on their way back into savings.

    Signed by the sender's active authority (§8.6).
    """

    from_: AccountName
    request_id: U32

    def validate(self, _: Params, /) -> None:
        check_account_name(self.from_)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))

    def apply(self, state: State, /) -> None:
        """They earn interest again from now on, none for the time in between."""
        withdrawal = get_withdrawal(state, self.from_, self.request_id)
        balances.adjust_savings(state, self.from_, withdrawal.amount)
        remove_withdrawal(state, withdrawal)
