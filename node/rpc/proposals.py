"""Proposals to the treasury and the votes for them, as database_api and condenser_api list them: every order, both ways, by status."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Final, NamedTuple

from chain.proposals import find_proposal
from chain.rows import Proposal, ProposalVote
from chain.state import State
from chain.views.proposals import plain_proposal_view, proposal_status, proposal_view, proposal_vote_view
from chain.wire import HF26, LEGACY
from node.rpc.arguments import U32, Order, account_name, check_limit, check_names, one_of, time, u64, unknown_order
from node.rpc.context import Context
from node.rpc.errors import require
from node.rpc.registry import Namespace, as_int, as_list

Direction = Annotated[str, one_of("ascending", "descending")]
Status = Annotated[str, one_of("all", "inactive", "active", "expired", "votable")]
LastId = Annotated[int | None, u64]

ABOVE_NAMES: Final = "~"  # sorts behind every account's name
PROPOSAL_ID_MAX: Final = 0xFFFF_FFFF

database = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)


def _ids(value: Any) -> list[int]:
    return [as_int(item) for item in as_list(value)]


Ids = Annotated[Sequence[int], _ids]


class Query(NamedTuple):
    """What is wanted of a list, in the order in which hived's parameters come."""

    start: Any
    limit: int
    order: str
    direction: str
    status: str
    last_id: int | None = None

    @property
    def is_ascending(self) -> bool:
        return self.direction == "ascending"


# --- database_api ----------------------------------------------------------------------------------------------------


@database.method
def list_proposals(  # noqa: PLR0917  # hived's parameters in hived's order
    context: Context,
    start: Any = None,
    limit: U32 = 0,
    order: Order = "not_set",
    order_direction: Direction = "ascending",
    status: Status = "all",
    last_id: LastId = None,
) -> Any:
    """Proposals by_creator, by_start_date, by_end_date or by_total_votes, from [value] or from the proposal `last_id` on."""
    rows = _listed(context.state, Query(start, limit, order, order_direction, status, last_id))
    return {"proposals": [proposal_view(context.state, row, HF26) for row in rows]}


@database.method
def find_proposals(context: Context, proposal_ids: Ids = ()) -> Any:
    """Proposals by id; ids that none has are left out."""
    return {"proposals": [proposal_view(context.state, row, HF26) for row in _found(context.state, proposal_ids)]}


@database.method
def list_proposal_votes(  # noqa: PLR0917  # hived's parameters in hived's order
    context: Context,
    start: Any = None,
    limit: U32 = 0,
    order: Order = "not_set",
    order_direction: Direction = "ascending",
    status: Status = "all",
) -> Any:
    """Votes for proposals of a status: by_voter_proposal from [voter, id] on, or by_proposal_voter from [id, voter] on."""
    rows = _listed_votes(context.state, Query(start, limit, order, order_direction, status))
    return {"proposal_votes": [proposal_vote_view(context.state, row, HF26) for row in rows]}


# --- condenser_api ---------------------------------------------------------------------------------------------------


@condenser.method(name="list_proposals")
def list_proposals_of_condenser(  # noqa: PLR0917  # as above
    context: Context,
    start: Any,
    limit: U32,
    order: Order,
    order_direction: Direction = "ascending",
    status: Status = "all",
    last_id: LastId = None,
) -> Any:
    """Proposals by_creator, by_start_date, by_end_date or by_total_votes, from [value] or from the proposal `last_id` on."""
    rows = _listed(context.state, Query(start, limit, order, order_direction, status, last_id))
    return [plain_proposal_view(context.state, row, LEGACY) for row in rows]


@condenser.method(name="find_proposals")
def find_proposals_of_condenser(context: Context, proposal_ids: Ids) -> Any:
    """Proposals by id; ids that none has are left out."""
    return [plain_proposal_view(context.state, row, LEGACY) for row in _found(context.state, proposal_ids)]


@condenser.method(name="list_proposal_votes")
def list_proposal_votes_of_condenser(  # noqa: PLR0917  # as above
    context: Context,
    start: Any,
    limit: U32,
    order: Order,
    order_direction: Direction = "ascending",
    status: Status = "all",
) -> Any:
    """Votes for proposals of a status: by_voter_proposal from [voter, id] on, or by_proposal_voter from [id, voter] on."""
    rows = _listed_votes(context.state, Query(start, limit, order, order_direction, status))
    return [proposal_vote_view(context.state, row, LEGACY) for row in rows]


# --- proposals -------------------------------------------------------------------------------------------------------


def _day(value: Any) -> int | None:
    """A time; an empty text sets no bound."""
    return None if value == "" else time(value)


# Order → what is sorted by, and how the first value of `start` is read. hived's order by end counts the time until a removed
# proposal is cleaned up to the end, so that a `start` finds proposals which ended that long before it, too.
ORDERS: Final[dict[str, tuple[Callable[[State, Proposal], Any], Callable[[Any], Any]]]] = {
    "by_creator": (lambda _, row: row.creator, account_name),
    "by_start_date": (lambda _, row: row.start_date, _day),
    "by_end_date": (lambda state, row: row.end_date + state.params.proposal_cleanup_seconds, _day),
    "by_total_votes": (lambda _, row: row.total_votes, u64),
}


def _listed(state: State, query: Query) -> Iterator[Proposal]:
    """Raises CallRefused, BadCast."""
    check_limit(query.limit)
    if query.order not in ORDERS:
        raise unknown_order(query.order)
    value_of, read_start = ORDERS[query.order]
    rows = sorted(state.proposals.scan(), key=lambda row: (value_of(state, row), row.id))
    if query.last_id is not None:
        rows = _from_id(rows, query.last_id, is_ascending=query.is_ascending)
    elif query.start is not None and (values := as_list(query.start)):
        bound = read_start(values[0])
        if bound is not None:
            rows = [row for row in rows if _is_past(bound, value_of(state, row), is_ascending=query.is_ascending)]
    if not query.is_ascending:
        rows.reverse()
    return islice((row for row in rows if _has_status(state, row, query.status)), query.limit)


def _from_id(rows: list[Proposal], last_id: int, *, is_ascending: bool) -> list[Proposal]:
    """Upwards from that very proposal. Downwards, as hived does it, from below the one with the next higher id."""
    ids = [row.id for row in rows]
    if is_ascending:
        return rows[ids.index(last_id) :] if last_id in ids else []
    above = min((id_ for id_ in ids if id_ > last_id), default=None)
    return rows if above is None else rows[: ids.index(above)]


def _is_past(bound: Any, value: Any, *, is_ascending: bool) -> bool:
    return bool(value >= bound if is_ascending else value <= bound)


def _has_status(state: State, row: Proposal, wanted: str) -> bool:
    """What is being removed is not shown any more."""
    if row.is_removed:
        return False
    if wanted == "all":
        return True
    status = proposal_status(state, row)
    return status == wanted or (wanted == "votable" and status != "expired")


def _found(state: State, proposal_ids: Sequence[int]) -> list[Proposal]:
    check_names(proposal_ids, "proposal_ids", "proposals")
    for proposal_id in proposal_ids:
        _check_id(proposal_id)
    rows = [find_proposal(state, proposal_id) for proposal_id in proposal_ids]
    return [row for row in rows if row is not None and not row.is_removed]


def _check_id(proposal_id: int) -> None:
    require(proposal_id >= 0, "id >= 0", "The proposal id can't be negative")


# --- votes -----------------------------------------------------------------------------------------------------------


def _listed_votes(state: State, query: Query) -> Iterator[ProposalVote]:
    """Raises CallRefused, BadCast."""
    check_limit(query.limit)
    is_reverse = not query.is_ascending
    if query.order == "by_voter_proposal":
        first = _start_of_votes(query.start, (_voter, _proposal_id), is_reverse=is_reverse)
        rows = state.proposal_votes.by_voter.scan(first, reverse=is_reverse)
    elif query.order == "by_proposal_voter":
        first = _start_of_votes(query.start, (_proposal_id, _voter), is_reverse=is_reverse)
        rows = state.proposal_votes.scan(start=first, reverse=is_reverse)
    else:
        raise unknown_order(query.order)
    shown = (row for row in rows if _has_status(state, state.proposals.get(row.proposal_id), query.status))
    return islice(shown, query.limit)


Reader = Callable[[Any, bool], Any]


def _start_of_votes(start: Any, readers: tuple[Reader, Reader], *, is_reverse: bool) -> tuple[Any, ...] | None:
    """Two values; one that is absent stands for the least, downwards for the greatest."""
    if start is None:
        return None
    values = [*as_list(start), None, None]
    return tuple(read(value, is_reverse) for read, value in zip(readers, values, strict=False))


def _voter(value: Any, is_reverse: bool) -> str:
    if value is None:
        return ABOVE_NAMES if is_reverse else ""
    return account_name(value)


def _proposal_id(value: Any, is_reverse: bool) -> int:
    if value is None:
        return PROPOSAL_ID_MAX if is_reverse else 0
    proposal_id = as_int(value)
    _check_id(proposal_id)
    return min(proposal_id, PROPOSAL_ID_MAX)
