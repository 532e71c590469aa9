"""Offers on the internal market."""

from dataclasses import dataclass
from typing import Any, ClassVar

from chain.asset import HBD, HIVE, Asset, Price, Symbol
from chain.row import Row
from rewards.market import price_rank

ANY_PRICE = Price(Asset(1, HIVE), Asset(1, HBD))


def as_price() -> tuple[Any, Any]:
    return (
        lambda price: (price.base.amount, price.base.symbol.number, price.quote.amount, price.quote.symbol.number),
        lambda parts: Price(Asset(parts[0], Symbol.of_number(parts[1])), Asset(parts[2], Symbol.of_number(parts[3]))),
    )


@dataclass(slots=True)
class LimitOrder(Row):
    """`for_sale` is left of what was offered, in the price's first symbol; it is sold at `sell_price` or better."""

    converters: ClassVar = {"sell_price": as_price()}

    seller: str
    orderid: int
    id: int
    created: int = 0
    expiration: int = 0
    for_sale: int = 0
    sell_price: Price = ANY_PRICE


def price_key(price: Price) -> tuple[int, int, bytes]:
    """Sorts orders as hived does: by what is sold and what is wanted for it, then the cheapest first."""
    base, quote = price
    return -base.symbol.number, -quote.symbol.number, price_rank(base.amount, quote.amount)
