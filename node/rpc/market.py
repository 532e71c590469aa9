"""Orders of the internal market, as database_api and condenser_api tell them."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from chain.asset import HBD, HIVE, Price
from chain.asset_wire import PRICE
from chain.jsonform import read_value
from chain.rows import LimitOrder, price_key
from chain.state import State
from chain.views.market import offer_view, offers, order_view
from chain.wire import HF26, LEGACY
from node.rpc.arguments import U32, Name, account_name, check_limit, pair_of, u32, u64
from node.rpc.context import Context
from node.rpc.database_lists import FOUND_MAX
from node.rpc.listing import by, list_of
from node.rpc.registry import Namespace

database = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)


@database.method
def find_limit_orders(context: Context, account: Name = "") -> Any:
    """Orders of an account, by number."""
    rows = islice(context.state.limit_orders.scan(account), FOUND_MAX)
    return {"orders": [order_view(context.state, row, HF26) for row in rows]}


def _orders_by_price(state: State, start: Any) -> Iterable[LimitOrder]:
    """The cheapest first. Raises BadCast, InvalidInput, InvalidPrice."""

    def read_price(value: Any) -> Price:
        price: Price = read_value(PRICE, value, HF26, state.params.dialect)
        price.check()
        return price

    if start is None:
        return state.limit_orders.by_price.scan()
    price, order_id = pair_of(read_price, u64, start)
    return state.limit_orders.by_price.scan((*price_key(price), order_id))


list_of(
    database,
    "list_limit_orders",
    "orders",
    order_view,
    "Orders by_price, the cheapest first, from [price, id] on, or by_account from [account, number] on.",
    by_price=_orders_by_price,
    by_account=by(lambda state: state.limit_orders, account_name, u32),
)


@database.method
def get_order_book(context: Context, limit: U32 = 0) -> Any:
    """The cheapest orders of both sides. Prices as single numbers are 0 here, as in hived: market_history_api has them."""
    check_limit(limit)
    return order_book(context.state, limit)


def order_book(state: State, limit: int) -> dict[str, Any]:
    """As database_api tells it."""
    return {
        side: [offer_view(state, row, HF26) | {"real_price": real(0)} for row in offers(state, sold, limit)]
        for side, sold in SIDES
    }


SIDES = (("asks", HIVE), ("bids", HBD))
"""The sides of the order book, with what is sold there."""


def real(number: float) -> str:
    """A real number as hived writes it."""
    return f"{number:.17f}"


def real_price(price: Price) -> float:
    """HBD for a HIVE, as a real number, which no rule of the chain ever sees."""
    hive, hbd = price if price.base.symbol == HIVE else price.inverted()
    return hbd.amount / hive.amount


@condenser.method
def get_open_orders(context: Context, account: Name) -> Any:
    """Orders of an account, by number, with their price as a number."""
    return [
        order_view(context.state, row, LEGACY) | {"real_price": real(real_price(row.sell_price)), "rewarded": False}
        for row in context.state.limit_orders.scan(account)
    ]
