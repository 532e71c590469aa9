"""An order by the least amount it wants (protocol.md §8.10)."""

from typing import Any, ClassVar

from chain.asset import Asset, Price
from chain.authority import Authorities
from chain.fields import U32, AccountName, Time
from chain.market import check_market, open_order
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import TIME_MAX, check_account_name


@operation(5)
class LimitOrderCreate(Operation):
    """Offers `amount_to_sell` for at least `min_to_receive` until `expiration`; with `fill_or_kill` at once or not at all.

    Signed by the owner's active authority (§8.10).
    """

    owner: AccountName
    orderid: U32
    amount_to_sell: Asset
    min_to_receive: Asset
    fill_or_kill: bool
    expiration: Time

    omitted: ClassVar[dict[str, Any]] = {"expiration": TIME_MAX}

    def validate(self, _: Params, /) -> None:
        check_account_name(self.owner)
        check_market(self.amount_to_sell.symbol, self.min_to_receive.symbol)
        Price(self.amount_to_sell, self.min_to_receive).check()

    def authorities(self) -> Authorities:
        return Authorities(active=(self.owner,))

    def apply(self, state: State, /) -> None:
        open_order(
            state,
            self.owner,
            self.orderid,
            self.amount_to_sell,
            Price(self.amount_to_sell, self.min_to_receive),
            expiration=self.expiration,
            fill_or_kill=self.fill_or_kill,
        )
