"""An order by its price (protocol.md §8.10)."""

from typing import Any, ClassVar

from chain.asset import Asset, Price, price_convert
from chain.authority import Authorities
from chain.checks import check_positive, check_symbol
from chain.fields import U32, AccountName, Time
from chain.market import check_market, open_order
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import TIME_MAX, check_account_name


@operation(21)
class LimitOrderCreate2(Operation):
    """As LimitOrderCreate, with a price instead of a least amount.

    Signed by the owner's active authority (§8.10).
    """

    owner: AccountName
    orderid: U32
    amount_to_sell: Asset
    exchange_rate: Price
    fill_or_kill: bool
    expiration: Time

    omitted: ClassVar[dict[str, Any]] = {"expiration": TIME_MAX}

    def validate(self, _: Params, /) -> None:
        check_account_name(self.owner)
        check_symbol(self.amount_to_sell, self.exchange_rate.base.symbol, "amount_to_sell")
        self.exchange_rate.check()
        check_market(self.amount_to_sell.symbol, self.exchange_rate.quote.symbol)
        check_positive(price_convert(self.amount_to_sell, self.exchange_rate), "amount_to_sell at this price")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.owner,))

    def apply(self, state: State, /) -> None:
        open_order(
            state,
            self.owner,
            self.orderid,
            self.amount_to_sell,
            self.exchange_rate,
            expiration=self.expiration,
            fill_or_kill=self.fill_or_kill,
        )
