"""skald_api: what Hive has no word for.

Payouts step by step, the state digest that nodes compare, the node's own figures, and the clock of a devnet.
"""

from typing import Any, Final

from chain.posts import UnknownPost
from chain.types import TIME_MAX
from chain.views.credits import credits_view
from chain.views.payouts import account_payouts_view, payout_view
from chain.wire import LEGACY
from node.rpc.arguments import U32, Name, Permlink, check_limit
from node.rpc.context import Context
from node.rpc.database_lists import existing
from node.rpc.errors import CallRefused
from node.rpc.registry import Namespace

TIME_END: Final = TIME_MAX >> 1  # signed seconds: what a block's timestamp can hold

api = Namespace("skald_api")


@api.method
def get_rc(context: Context, account: Name = "") -> Any:
    """An account's resource credits at the head's time, and what a usual vote, transfer and post cost now."""
    return credits_view(context.state, existing(context.state, account))


@api.method
def get_payouts(  # noqa: PLR0917  # either the first two or the others
    context: Context,
    author: Name = "",
    permlink: Permlink = "",
    account: Name = "",
    start_permlink: Permlink = "",
    limit: U32 = 100,
) -> Any:
    """What a post earns or has earned with all the arithmetic, or what an account earns: its rewards, posts and votes."""
    if account:
        check_limit(limit)
        return account_payouts(context, account, start_permlink, limit)
    if not author:
        raise CallRefused("Name a post by author and permlink, or an account", expression="author || account")
    view = payout_view(context.state, author, permlink, LEGACY)
    if view is None:
        raise UnknownPost(author=author, permlink=permlink)
    return view


def account_payouts(context: Context, account: str, start_permlink: str, limit: int) -> dict[str, Any]:
    """An account's rewards, and under `payouts` its posts, waiting ones first, with what each brings in short."""
    row = existing(context.state, account)
    view = account_payouts_view(context.state, row, LEGACY, start_permlink=start_permlink, limit=limit)
    return view | {"payouts": [*view.pop("pending_posts"), *view.pop("paid_posts")]}


@api.method
def get_state_digest(context: Context) -> Any:
    """The digest of the consensus state at the head: equal on all nodes that agree."""
    chain = context.chain
    return {"block_num": chain.head_num, "block_id": chain.head_id.hex(), "state_digest": chain.digest.hex()}


@api.method(operator=True)
def get_metrics(context: Context) -> Any:
    """What /metrics tells, as JSON."""
    return dict(context.read_metrics())


@api.method(operator=True)
def get_network(context: Context) -> Any:
    """Links with other nodes, finality, and what is being fetched. A node that links with nobody has no identity and no peers."""
    if context.read_network is not None:
        return dict(context.read_network())
    chain = context.chain
    return {
        "identity": "",
        "head_block_num": chain.head_num,
        "head_block_id": chain.head_id.hex(),
        "final_block_num": chain.irreversible_num,
        "finality_lag_blocks": chain.head_num - chain.irreversible_num,
        "peers": [],
    }
