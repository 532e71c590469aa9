"""Objects of Hive that this version's chain cannot hold yet: orders of the internal market.

Wallets ask for them all the same when they open. The answers are true (there are none), and arguments are checked as hived does, so
that a client sees no difference from a chain on which nobody has any. Whoever adds such an object takes its methods from here.
"""

from typing import Any, Final

from node.rpc.arguments import U32, Name, Order, check_limit, unknown_order
from node.rpc.context import Context
from node.rpc.registry import Namespace

# What is listed: name of the method after `list_`, member of the answer, orders.
LISTS: Final = (("limit_orders", "orders", ("by_price", "by_account")),)

database = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)


def _list_nothing(noun: str, member: str, orders: tuple[str, ...]) -> None:
    def list_nothing(_context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set") -> Any:
        del start
        check_limit(limit)
        if order not in orders:
            raise unknown_order(order)
        return {member: []}

    list_nothing.__doc__ = f"All {noun.replace('_', ' ')}: this version's chain has none."
    database.add(list_nothing, name=f"list_{noun}")


for _noun, _member, _orders in LISTS:
    _list_nothing(_noun, _member, _orders)


# --- database_api ----------------------------------------------------------------------------------------------------


@database.method
def find_limit_orders(_context: Context, account: Name = "") -> Any:
    """Orders of an account on the internal market: this version's chain has no market."""
    del account
    return {"orders": []}


@database.method
def get_order_book(_context: Context, limit: U32 = 0) -> Any:
    """The internal market's orders: this version's chain has no market."""
    check_limit(limit)
    return {"asks": [], "bids": []}


# --- condenser_api ---------------------------------------------------------------------------------------------------


@condenser.method
def get_open_orders(_context: Context, account: Name) -> Any:
    """Orders of an account on the internal market: this version's chain has no market."""
    del account
    return []


@condenser.method(name="get_order_book")
def get_order_book_of_condenser(_context: Context, limit: U32 = 500) -> Any:
    """The internal market's orders: this version's chain has no market."""
    check_limit(limit)
    return {"bids": [], "asks": []}
