"""bridge: posts and discussions, as hivemind serves them to front ends."""

from collections.abc import Sequence
from typing import Any

from chain.views.bridge_posts import MUTED_REASONS, post_through
from chain.views.discussions import discussion
from node.rpc.arguments import Name, Permlink
from node.rpc.context import Context
from node.rpc.hivemind import muted_bits, observer_in, post_in
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


@api.method
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


@api.method
def list_muted_reasons_enum(_context: Context) -> Any:
    """The numbers of the marks that make a post gray, by name."""
    return dict(MUTED_REASONS)
