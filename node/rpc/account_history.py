"""account_history_api: what happened, by account, by block and by transaction (clients.md §5).

hived answers from irreversible blocks only unless a client asks for more; see `Context.serves_reversible`.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from chain.history import HistoricOperation
from chain.jsonform import number_json, to_json
from chain.types import time_text
from chain.wire import HF26, Form
from node.rpc.arguments import U32, U64, Name
from node.rpc.context import Context
from node.rpc.errors import SERVER_ERROR, CallRefused, Face, RpcError
from node.rpc.registry import Namespace

HISTORY_LIMIT_MAX: Final = 1000
FILTERED_ENTRIES_MAX: Final = 2000  # looked at for one filtered page
RANGE_BLOCKS_MAX: Final = 2000
VIRTUAL_OPERATIONS_MAX: Final = 150_000
FIRST_EVENT_ID: Final = 50
TRANSACTION_ID_HEX_DIGITS: Final = 40
NEWEST: Final = (1 << 64) - 1
_NO_HEX_DIGIT: Final = re.compile("[^0-9a-fA-F]")

api = Namespace("account_history_api")


@api.method(heavy=True)
def get_account_history(  # noqa: PLR0917  # hived's parameters in hived's order
    context: Context,
    account: Name = "",
    start: U64 = NEWEST,
    limit: U32 = HISTORY_LIMIT_MAX,
    include_reversible: bool | None = None,
    operation_filter_low: U64 | None = None,
    operation_filter_high: U64 | None = None,
) -> Any:
    """Entries of an account's history, ascending, up to number `start` (-1: the newest); filters are bit masks of operation ids."""
    mask = mask_of(operation_filter_low, operation_filter_high)
    page = history_page(context, account, start, limit, include_reversible=include_reversible, mask=mask)
    return {"history": written_operations(context, page, HF26)}


@api.method(heavy=True)
def get_ops_in_block(
    context: Context, block_num: U32 = 0, only_virtual: bool = False, include_reversible: bool | None = None
) -> Any:
    """All operations and events of a block in hived's order; none for a block that there is not."""
    entries = operations_in_block(context, block_num, include_reversible, only_virtual=only_virtual)
    return {"ops": [operation_view(context, entry, HF26) for entry in entries]}


@api.method
def get_transaction(context: Context, id: str = "", include_reversible: bool | None = None) -> Any:
    """A transaction of the chain by its id, with the block that holds it."""
    return transaction_view(context, id, HF26, include_reversible)


@api.method(heavy=True)
def enum_virtual_ops(  # noqa: PLR0917  # as above
    context: Context,
    block_range_begin: U32 = 1,
    block_range_end: U32 = 2,
    include_reversible: bool | None = None,
    group_by_block: bool = False,
    operation_begin: U64 = 0,
    limit: int = VIRTUAL_OPERATIONS_MAX,
    filter: U64 | None = None,
) -> Any:
    """Events of blocks from one number up to, not including, another; the answer says where the next page begins."""
    if limit <= 0:
        raise CallRefused("limit of ${l} is lesser or equal 0", expression="limit > 0", l=limit)
    if limit > VIRTUAL_OPERATIONS_MAX:
        raise CallRefused("limit of ${l} is greater than maxmimum allowed", expression="limit <= max_limit", l=limit)
    check_range(block_range_begin, block_range_end)
    last = context.last_shown_num(include_reversible)
    found: list[tuple[int, HistoricOperation]] = []
    for id_, num, position in events_in(context, block_range_begin, min(block_range_end, last + 1), filter):
        if id_ < operation_begin:
            continue
        if len(found) == limit:
            following = (num, id_)
            break
        found.append((id_, context.history.operation_at(num, position)))
    else:
        following = (block_range_end if block_range_end <= last else 0, 0)  # every block has events
    listed = [operation_view(context, entry, HF26, operation_id=id_) for id_, entry in found]
    return {
        "ops": [] if group_by_block else listed,
        "ops_by_block": by_block(context, listed) if group_by_block else [],
        "next_block_range_begin": following[0],
        "next_operation_begin": number_json(following[1]),
    }


# --- shared with condenser_api ---------------------------------------------------------------------------------------


def mask_of(low: int | None, high: int | None) -> int | None:
    """One mask of 128 bits from two; None where nothing is to be filtered."""
    return None if low is None and high is None else (high or 0) << 64 | (low or 0)


def history_page(
    context: Context,
    account: str,
    start: int,
    limit: int,
    *,
    include_reversible: bool | None = None,
    mask: int | None = None,
) -> list[tuple[int, int, int]]:
    """(sequence, block number, position in the block's list), ascending, `limit` at most, up to `start`. Raises CallRefused."""
    if limit > HISTORY_LIMIT_MAX:
        raise CallRefused("limit of ${l} is greater than maxmimum allowed", expression="args.limit <= 1000", l=limit)
    if start < (limit - 1) & 0xFFFF_FFFF:
        raise CallRefused(
            "start must be greater than or equal to limit-1 (start is 0-based index)",
            expression="args.start >= args.limit-1",
        )
    if not limit:
        return []
    last = context.last_shown_num(include_reversible)
    page: list[tuple[int, int, int]] = []
    looked_at = 0
    for sequence, num, position, operation_id in context.history.entries(account, start):
        if num > last:
            continue
        if mask is not None:
            if looked_at == FILTERED_ENTRIES_MAX:
                break
            looked_at += 1
            if not mask >> operation_id & 1:
                continue
        page.append((sequence, num, position))
        if len(page) == limit:
            break
    else:
        return page[::-1]
    if not page:
        raise CallRefused(
            "Could not find filtered operation in ${total_processed_items} operations, to continue searching, "
            "set start=${sequence}.",
            expression="total_processed_items < 2000",
            total_processed_items=looked_at,
            sequence=sequence,
        )
    return page[::-1]


def written_operations(context: Context, page: list[tuple[int, int, int]], form: Form) -> list[tuple[int, Any]]:
    """The rows of a page with their numbers; those of irreversible blocks in bytes that are kept."""
    rows: list[tuple[int, Any]] = []
    for num, of_one_block in groupby(page, key=itemgetter(1)):
        places = [(sequence, position) for sequence, _, position in of_one_block]
        written = _written_rows(context, num, [position for _, position in places], form)
        rows += [(sequence, written[position]) for sequence, position in places]
    return rows


def _written_rows(context: Context, num: int, positions: list[int], form: Form) -> dict[int, Any]:
    """Operations of one block by their positions in its list."""
    if num > context.chain.irreversible_num:
        entries = context.history.operations_at(num, positions)
        return {
            position: operation_view(context, entry, form) for position, entry in zip(positions, entries, strict=True)
        }
    fragments = context.fragments
    found = dict(zip(positions, fragments.find_each([(num, position, form) for position in positions]), strict=True))
    lacking = [position for position in positions if found[position] is None]
    for position, entry in zip(lacking, context.history.operations_at(num, lacking) if lacking else (), strict=True):
        found[position] = fragments.keep((num, position, form), operation_view(context, entry, form))
    return found


def operations_in_block(
    context: Context, num: int, include_reversible: bool | None, *, only_virtual: bool
) -> list[HistoricOperation]:
    """Operations and events of a block by their place in its transactions, in hived's order."""
    block = context.find_block(num) if num <= context.last_shown_num(include_reversible) else None
    if block is None:
        return []
    entries = context.history.operations_in(block)
    if only_virtual:
        entries = [entry for entry in entries if entry.virtual]
    return sorted(entries, key=lambda entry: (entry.trx_in_block, entry.op_in_trx))


def operation_view(context: Context, entry: HistoricOperation, form: Form, *, operation_id: int = 0) -> dict[str, Any]:
    """An applied operation; only account_history_api tells an operation_id, and it is zero but in enum_virtual_ops."""
    view = {
        "trx_id": entry.transaction_id.hex(),
        "block": entry.block_num,
        "trx_in_block": entry.trx_in_block,
        "op_in_trx": entry.op_in_trx,
        "virtual_op": entry.virtual,
        "timestamp": time_text(entry.timestamp),
        "op": to_json(entry.operation, form, context.dialect),
    }
    if form is HF26:
        view["operation_id"] = number_json(operation_id)
    return view


def transaction_view(context: Context, id_: str, form: Form, include_reversible: bool | None) -> dict[str, Any]:
    """A transaction with its id and place. Raises CallRefused for an id that is none or not known."""
    raw = transaction_id(id_)
    place = context.history.transaction_place(raw)
    block = None
    if place is not None and place[0] <= context.last_shown_num(include_reversible):
        block = context.find_block(place[0])
    if place is None or block is None:
        raise CallRefused("Unknown Transaction ${id}", expression="false", id=id_)
    view = block.transactions[place[1]].to_json(form, context.dialect)
    return view | {"transaction_id": id_.lower(), "block_num": place[0], "transaction_num": place[1]}


class InvalidHex(RpcError):
    """A text of hex digits that has another character."""

    code = SERVER_ERROR
    face = Face(0, "exception", "unspecified")


def transaction_id(text: str) -> bytes:
    """The 20 bytes of an id. Raises InvalidHex, CallRefused."""
    wrong = _NO_HEX_DIGIT.search(text)
    if wrong:
        raise InvalidHex("Invalid hex character '${c}'", c=wrong[0])
    if len(text) != TRANSACTION_ID_HEX_DIGITS:
        raise CallRefused(
            "Transaction hash '${t}' has invalid size. Transaction hash should have size of ${s} bits",
            expression="false",
            t=text[:64],
            s=TRANSACTION_ID_HEX_DIGITS * 4,
        )
    return bytes.fromhex(text)


# --- enum_virtual_ops ------------------------------------------------------------------------------------------------


def check_range(begin: int, end: int) -> None:
    if end <= begin:
        raise CallRefused("Block range must be upward", expression="blockRangeEnd > blockRangeBegin")
    if end - begin > RANGE_BLOCKS_MAX:
        raise CallRefused(
            "Block range distance must be less than or equal to ${lim}",
            expression="blockRangeEnd - blockRangeBegin <= block_range_limit",
            lim=RANGE_BLOCKS_MAX,
        )


def events_in(context: Context, begin: int, end: int, mask: int | None) -> Iterator[tuple[int, int, int]]:
    """(id, block number, position) of the blocks' events in hived's order, chosen by a mask of events.

    An id grows along the chain: the block's number, then the event's place among the block's.
    """
    for num in range(max(begin, 1), end):
        for position, operation_id in context.history.events_at(num):
            if mask is None or mask >> (operation_id - FIRST_EVENT_ID) & 1:
                yield num << 32 | position, num, position


def by_block(context: Context, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[int, dict[str, Any]] = {}
    irreversible_num = context.chain.irreversible_num
    for view in listed:
        num = view["block"]
        if num not in groups:
            groups[num] = {
                "block": num,
                "irreversible": num <= irreversible_num,
                "timestamp": view["timestamp"],
                "ops": [],
            }
        groups[num]["ops"].append(view)
    return list(groups.values())


__all__ = [
    "api",
    "history_page",
    "mask_of",
    "operation_view",
    "operations_in_block",
    "transaction_view",
    "written_operations",
]
