"""bridge: posts and discussions, as hivemind serves them to front ends.

Lists are heavy. A single post is not: it is what clients look for right after they have sent it, block after block.
"""

from collections.abc import Sequence
from typing import Any

from chain.views.account_posts import SORTS, account_posts
from chain.views.bridge_posts import MUTED_REASONS, post_through
from chain.views.discussions import discussion
from node.rpc.arguments import U32, Name, Permlink
from node.rpc.context import Context
from node.rpc.errors import HivemindRefusal
from node.rpc.hivemind import POSTS_MAX, account_in, muted_bits, observer_in, page_size, post_in, start_in
from node.rpc.registry import Namespace, as_object, as_text

api = Namespace("bridge")


@api.method
def get_post(context: Context, author: Name, permlink: Permlink, observer: Name = "") -> Any:
    """A post or reply with its votes, its payout and its marks, as an observer sees it."""
    state = context.state
    eyes = observer_in(state, observer)
    return post_through(state, post_in(state, author, permlink), eyes)


@api.method
def normalize_post(context: Context, post: dict[str, Any]) -> Any:
    """The same for a post that is at hand in any form: only its author and permlink count."""
    members = as_object(post)
    author, permlink = as_text(members.get("author")), as_text(members.get("permlink"))
    return post_through(context.state, post_in(context.state, author, permlink), observer_in(context.state, ""))


@api.method
def get_post_header(context: Context, author: Name, permlink: Permlink) -> Any:
    """Where a post stands: its category and how deep below its root it is."""
    facts = post_in(context.state, author, permlink)
    return {"author": author, "permlink": permlink, "category": facts.content.category, "depth": facts.post.depth}


@api.method(heavy=True)
def get_discussion(
    context: Context,
    author: Name,
    permlink: Permlink,
    observer: Name = "",
    muted_reasons_filter: Sequence[int] = (),
) -> Any:
    """A post and everything below it, keyed by `author/permlink`. At most 2000.

    Whom the observer mutes is left out, and so are posts that bear one of the marks in `muted_reasons_filter`.
    """
    state = context.state
    eyes, hidden = observer_in(state, observer), muted_bits(muted_reasons_filter)
    return discussion(state, post_in(state, author, permlink), eyes, hidden)


@api.method(heavy=True)
def get_account_posts(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    sort: str,
    account: Name,
    start_author: Name = "",
    start_permlink: Permlink = "",
    limit: U32 = POSTS_MAX,
    observer: Name = "",
) -> Any:
    """Posts of an account, from behind one on: its blog, feed, posts, comments, replies to it, payout. At most 20."""
    state = context.state
    if sort not in SORTS:
        raise HivemindRefusal(f"Unsupported sort, valid sorts: {', '.join(SORTS)}")
    account_in(state, account)
    eyes, start = observer_in(state, observer), start_in(state, start_author, start_permlink)
    behind = start.content if start else None
    page = account_posts(state, sort, account, eyes, behind=behind, limit=page_size(limit, POSTS_MAX))
    return [post_through(state, facts, eyes, reblogged_by) for facts, reblogged_by in page]


@api.method
def list_muted_reasons_enum(_context: Context) -> Any:
    """The numbers of the marks that make a post gray, by name."""
    return dict(MUTED_REASONS)
