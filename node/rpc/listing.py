"""The lists of database_api, which all ask alike: rows of one table in one of hived's orders, from a place on.

    list_of(
        database, "list_escrows", "escrows", escrow_view,
        "Open escrows: by_from_id from [account, number] on, …",
        by_from_id=by(lambda state: state.escrows, account_name, u32),
        by_ratification_deadline=by(lambda state: state.escrows.by_ratification, as_bool, time, u64, words="…"),
    )

An order is a function from the state and the `start` of the question to rows; `by` makes one of a table or of an index.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from chain.state import State
from chain.wire import HF26, Form
from node.rpc.arguments import U32, Names, Order, check_limit, check_names, pair_of, triple, unknown_order
from node.rpc.context import Context
from node.rpc.registry import Namespace

R = TypeVar("R")
Cast: TypeAlias = Callable[[Any], Any]
InOrder: TypeAlias = Callable[[State, Any], Iterable[Any]]
View: TypeAlias = Callable[[State, Any, Form], dict[str, Any]]


def by(source: Callable[[State], Any], *casts: Cast, words: str = "") -> InOrder:
    """All rows of a table or index, from a start of as many values as there are casts; `words` refuse another number of them."""

    def rows(state: State, start: Any) -> Iterable[Any]:
        return source(state).scan(start=None if start is None else read_start(start))  # type: ignore[no-any-return]

    def read_start(start: Any) -> Any:
        match casts:
            case (cast,):
                return cast(start)
            case (first, second):
                return pair_of(first, second, start)
            case _:
                return triple(casts, start, words)

    return rows


def list_of(  # a declaration
    api: Namespace, name: str, member: str, view: View, doc: str, *, heavy: bool = False, **orders: InOrder
) -> None:
    """Serve a list under `name`; its answer is an object with one member."""

    def ask(context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set") -> Any:
        check_limit(limit)
        if order not in orders:
            raise unknown_order(order)
        rows = islice(orders[order](context.state, start), limit)
        return {member: [view(context.state, row, HF26) for row in rows]}

    ask.__doc__ = doc
    api.add(ask, name=name, heavy=heavy)


def requests_of(api: Namespace, name: str, view: View, doc: str, source: Callable[[State], Any]) -> None:
    """Serve the requests that there are of up to 1000 accounts, one an account, under `name`."""

    def ask(context: Context, accounts: Names = ()) -> Any:
        check_names(accounts, "accounts", "affected accounts")
        rows = map(source(context.state).find, accounts)
        return {"requests": [view(context.state, row, HF26) for row in rows if row]}

    ask.__doc__ = doc
    api.add(ask, name=name)
