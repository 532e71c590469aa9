"""condenser_api: posts and votes, blocks and histories, and sending transactions."""

from collections.abc import Sequence
from typing import Any

from chain.state import State
from chain.views.content import active_votes_view, comment_view, find_post
from chain.wire import LEGACY
from node.rpc.account_history import (
    history_page,
    mask_of,
    operation_view,
    operations_in_block,
    transaction_view,
    written_operations,
)
from node.rpc.arguments import U32, U64, Name, Permlink
from node.rpc.block import header_view, written_block
from node.rpc.context import Context
from node.rpc.database_signatures import (
    Level,
    check_signatures,
    is_known,
    may_sign,
    potential_signatures,
    required_signatures,
    transaction_hex,
)
from node.rpc.hivemind import post_in
from node.rpc.network_broadcast import send, send_and_wait
from node.rpc.registry import Namespace

REPLIES_MAX = 1000

api = Namespace("condenser_api", positional=True)


# --- posts -----------------------------------------------------------------------------------------------------------


@api.method
def get_content(context: Context, author: Name, permlink: Permlink) -> Any:
    """A post or reply with its votes; one with an empty author where there is none."""
    return content_of(context.state, author, permlink)


def content_of(state: State, author: str, permlink: str) -> dict[str, Any]:
    facts = find_post(state, author, permlink)
    return NO_CONTENT if facts is None else comment_view(state, facts, LEGACY)


NO_CONTENT: dict[str, Any] = {
    "id": 0,
    "author": "",
    "permlink": "",
    "category": "",
    "parent_author": "",
    "parent_permlink": "",
    "title": "",
    "body": "",
    "json_metadata": "",
    "created": "1970-01-01T00:00:00",
    "last_update": "1970-01-01T00:00:00",
    "depth": 0,
    "children": 0,
    "net_votes": 0,
    "net_rshares": 0,
    "active_votes": [],
    "replies": [],
    "beneficiaries": [],
    "url": "",
}
"""What front ends of 2016 take for "there is no such post"."""


@api.method(heavy=True)
def get_content_replies(context: Context, author: Name, permlink: Permlink) -> Any:
    """The direct replies to a post, the oldest first."""
    state = context.state
    post_in(state, author, permlink)
    found: list[dict[str, Any]] = []
    for row in state.replies.scan(author, permlink):
        if len(found) == REPLIES_MAX:
            break
        facts = find_post(state, row.author, row.permlink)
        if facts is not None:
            found.append(comment_view(state, facts, LEGACY))
    return found


@api.method(heavy=True)
def get_active_votes(context: Context, author: Name, permlink: Permlink) -> Any:
    """All votes on a post, also when it was paid."""
    post_in(context.state, author, permlink)
    return active_votes_view(context.state, author, permlink)


# --- blocks and histories --------------------------------------------------------------------------------------------


@api.method
def get_block(context: Context, block_num: U32) -> Any:
    """A block, or null where there is none yet."""
    return written_block(context, block_num, LEGACY)


@api.method
def get_block_header(context: Context, block_num: U32) -> Any:
    """The header of a block, or null where there is none yet."""
    block = context.find_block(block_num)
    return None if block is None else header_view(context, block, LEGACY)


@api.method(heavy=True)
def get_ops_in_block(
    context: Context, block_num: U32, only_virtual: bool = False, include_reversible: bool | None = None
) -> Any:
    """All operations and events of a block in hived's order; none for a block that there is not."""
    entries = operations_in_block(context, block_num, include_reversible, only_virtual=only_virtual)
    return [operation_view(context, entry, LEGACY) for entry in entries]


@api.method(heavy=True)
def get_account_history(  # noqa: PLR0917  # hived's parameters in hived's order
    context: Context,
    account: Name,
    start: U64,
    limit: U32,
    operation_filter_low: U64 | None = None,
    operation_filter_high: U64 | None = None,
) -> Any:
    """Entries of an account's history, ascending, up to number `start` (-1: the newest); filters are bit masks of operation ids."""
    page = history_page(context, account, start, limit, mask=mask_of(operation_filter_low, operation_filter_high))
    return written_operations(context, page, LEGACY)


# --- transactions ----------------------------------------------------------------------------------------------------


@api.method
def get_transaction(context: Context, transaction_id: str) -> Any:
    """A transaction of the chain by its id, with the block that holds it."""
    return transaction_view(context, transaction_id, LEGACY, None)


@api.method
def get_transaction_hex(context: Context, trx: Any) -> Any:
    """The bytes of a transaction with its signatures as hex, in legacy packing."""
    return transaction_hex(context, trx, LEGACY)


@api.method
def get_required_signatures(context: Context, trx: Any, available_keys: Sequence[Any]) -> Any:
    """Those of the available keys that a check of the transaction would look at."""
    return required_signatures(context, trx, available_keys, LEGACY)


@api.method
def get_potential_signatures(context: Context, trx: Any) -> Any:
    """All keys that might take part in signing a transaction."""
    return potential_signatures(context, trx)


@api.method
def verify_authority(context: Context, trx: Any) -> Any:
    """True where the signatures suffice; else the error that sending would end in."""
    check_signatures(context, trx, LEGACY)
    return True


@api.method
def verify_account_authority(context: Context, account: Name, signers: Sequence[Any], level: Level = "active") -> Any:
    """Whether keys could act as an account: level active, owner or posting."""
    return may_sign(context, account, signers, level)


@api.method
def is_known_transaction(context: Context, transaction_id: str) -> Any:
    """Whether the chain would refuse a transaction of this id as a duplicate."""
    return is_known(context, transaction_id)


@api.method
def broadcast_transaction(context: Context, trx: Any) -> Any:
    """Send a transaction in either JSON form, signed over either packing. Answers when it waits for a block."""
    return send(context, trx)


@api.method
async def broadcast_transaction_synchronous(context: Context, trx: Any) -> Any:
    """The same, and wait until a block holds the transaction or it has expired."""
    return await send_and_wait(context, trx)
