"""Objects of Hive that this version's chain cannot hold yet: orders, proposals …

Wallets ask for them all the same when they open. The answers are true (there are none), and arguments are checked as hived does, so
that a client sees no difference from a chain on which nobody has any. Whoever adds such an object takes its methods from here.
"""

from collections.abc import Sequence
from typing import Any, Final

from node.rpc.arguments import U32, Name, Order, check_limit, check_names, unknown_order
from node.rpc.context import Context
from node.rpc.registry import Namespace, as_list

PROPOSAL_ORDERS: Final = ("by_creator", "by_start_date", "by_end_date", "by_total_votes")
PROPOSAL_VOTE_ORDERS: Final = ("by_voter_proposal", "by_proposal_voter")

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


@database.method
def list_proposals(_context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set") -> Any:
    """Proposals to the treasury: this version's chain has none."""
    del start
    return {"proposals": _no_proposals(limit, order, PROPOSAL_ORDERS)}


@database.method
def find_proposals(_context: Context, proposal_ids: Sequence[Any] = ()) -> Any:
    """Proposals by id: this version's chain has none."""
    check_names(proposal_ids, "proposal_ids", "proposals")
    return {"proposals": []}


@database.method
def list_proposal_votes(_context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set") -> Any:
    """Votes for proposals: this version's chain has none."""
    del start
    return {"proposal_votes": _no_proposals(limit, order, PROPOSAL_VOTE_ORDERS)}


def _no_proposals(limit: int, order: str, orders: tuple[str, ...]) -> list[Any]:
    check_limit(limit)
    if order not in orders:
        raise unknown_order(order)
    return []


# --- condenser_api ---------------------------------------------------------------------------------------------------


@condenser.method
def get_open_orders(_context: Context, account: Name) -> Any:
    """Orders of an account on the internal market: this version's chain has no market."""
    del account
    return []


@condenser.method(name="list_proposals")
def list_proposals_of_condenser(  # noqa: PLR0917  # hived's parameters in hived's order
    _context: Context,
    start: Any,
    limit: U32,
    order: Order,
    order_direction: Any = None,
    status: Any = None,
    last_id: Any = None,
) -> Any:
    """Proposals to the treasury: this version's chain has none."""
    del start, order_direction, status, last_id
    return _no_proposals(limit, order, PROPOSAL_ORDERS)


@condenser.method(name="list_proposal_votes")
def list_proposal_votes_of_condenser(  # as above
    _context: Context, start: Any, limit: U32, order: Order, order_direction: Any = None, status: Any = None
) -> Any:
    """Votes for proposals: this version's chain has none."""
    del start, order_direction, status
    return _no_proposals(limit, order, PROPOSAL_VOTE_ORDERS)


@condenser.method(name="find_proposals")
def find_proposals_of_condenser(_context: Context, proposal_ids: Any) -> Any:
    """Proposals by id: this version's chain has none."""
    check_names(as_list(proposal_ids), "proposal_ids", "proposals")
    return []


@condenser.method(name="get_order_book")
def get_order_book_of_condenser(_context: Context, limit: U32 = 500) -> Any:
    """The internal market's orders: this version's chain has no market."""
    check_limit(limit)
    return {"bids": [], "asks": []}
