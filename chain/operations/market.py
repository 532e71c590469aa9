"""Orders of the internal market between HIVE and HBD (protocol.md §8.10)."""

from typing import Any, ClassVar

from chain.asset import HBD, HIVE, Asset, Price, Symbol, price_convert
from chain.authority import Authorities
from chain.checks import check_positive, check_symbol
from chain.errors import InvalidOperation
from chain.fields import U32, AccountName, Time
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import TIME_MAX, check_account_name


class WrongMarket(InvalidOperation):
    code = "wrong_market"
    text = "An order must be between HIVE and HBD, not {sell} and {receive}"


def check_market(sell: Symbol, receive: Symbol) -> None:
    """HIVE against HBD; a generic asset against HIVE passes here, as in hived, and finds no balance later."""
    pair = (sell, receive)
    if pair in {(HIVE, HBD), (HBD, HIVE)}:
        return
    if not ((sell == HIVE and not receive.is_core) or (receive == HIVE and not sell.is_core)):
        raise WrongMarket(sell=sell, receive=receive)


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
