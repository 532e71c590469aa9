"""An order taken back (protocol.md §8.10)."""

from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import U32, AccountName
from chain.market import cancel_order
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name


class UnknownOrder(OperationFailed):
    code = "unknown_order"
    text = "Limit order with 'name' {owner} 'order_id' {orderid} doesn't exist. It may be filled, expired or cancelled"


@operation(6)
class LimitOrderCancel(Operation):
    """Takes an order back.

    Signed by the owner's active authority (§8.10).
    """

    owner: AccountName
    orderid: U32

    def validate(self, _: Params, /) -> None:
        check_account_name(self.owner)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.owner,))

    def apply(self, state: State, /) -> None:
        """What was not sold comes back."""
        order = state.limit_orders.find((self.owner, self.orderid))
        if order is None:
            raise UnknownOrder(owner=self.owner, orderid=self.orderid)
        cancel_order(state, order)
