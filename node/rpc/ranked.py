"""bridge, condenser_api, tags_api: posts in the orders that front ends show them in, and what is talked about (clients.md §4).

A limit that is too large is cut to the largest, as everywhere among hivemind's methods. A page may pass over a thousand posts, and shows
each with all its votes, and the first page after a block looks at all posts that were touched of late: so they are heavy.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from chain.state import State
from chain.views import ranked as views
from chain.views.bridge_posts import post_through
from chain.views.discussions import condenser_post
from node.rpc.arguments import U32, Name, Permlink
from node.rpc.context import Context
from node.rpc.errors import HivemindRefusal
from node.rpc.hivemind import POSTS_MAX, account_in, muted_bits, observer_in, page_size, start_in
from node.rpc.registry import Namespace

SORTS: Final = ("trending", "hot", "created", "promoted", "payout", "payout_comments", "muted")
BY_CATEGORY: Final = ("payout", "payout_posts", "payout_comments")
TAGS_LISTED_MAX: Final = 250
TOPICS_DEFAULT: Final = 10
_TAG: Final = re.compile(r"[a-z0-9_-]+", re.ASCII)

bridge = Namespace("bridge")
condenser = Namespace("condenser_api", positional=True)
tags = Namespace("tags_api")


@bridge.method(heavy=True)
def get_ranked_posts(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    sort: str,
    start_author: Name = "",
    start_permlink: Permlink = "",
    limit: U32 = POSTS_MAX,
    tag: str = "",
    observer: Name = "",
    muted_reasons_filter: Sequence[int] = (),
) -> Any:
    """A page of a list of posts, from behind a post on: of all, of a tag, of a community, or of `my` communities. At most 20."""
    state = context.state
    if sort not in SORTS:
        raise HivemindRefusal(f"Unsupported sort, valid sorts: {', '.join(SORTS)}")
    scope = tag_in(state, sort, tag)
    if scope == views.MINE:
        account_in(state, observer)
    eyes, start = observer_in(state, observer), start_in(state, start_author, start_permlink)
    wanted = views.Wanted(sort, scope, eyes, start.content if start else None, muted_bits(muted_reasons_filter))
    page = views.community_page if views.is_community_name(scope) else views.ranked_page
    return [post_through(state, facts, eyes) for facts in page(state, wanted, page_size(limit, POSTS_MAX))]


@bridge.method(heavy=True)
def get_trending_topics(context: Context, limit: U32 = TOPICS_DEFAULT, observer: Name = "") -> Any:
    """[name, title] of the communities that stand first, then of the tags in which most waits to be paid. At most 25."""
    observer_in(context.state, observer)
    return views.trending_topics(context.state, page_size(limit, views.TOPICS_MAX))


@tags.method(heavy=True)
@condenser.method(heavy=True)
def get_trending_tags(context: Context, start_tag: str = "", limit: U32 = TAGS_LISTED_MAX) -> Any:
    """Categories with their posts, comments and payouts that wait, from the most down, from behind one on. At most 250."""
    check_tag(start_tag)
    found = views.trending_tags(context.state, start_tag, page_size(limit, TAGS_LISTED_MAX))
    if found is None:
        raise HivemindRefusal("Category ${tag} does not exist", tag=start_tag)
    return found


def check_tag(tag: str) -> None:
    if tag and not _TAG.fullmatch(tag):
        raise HivemindRefusal("invalid tag `${tag}`", tag=tag[:64])


def tag_in(state: State, sort: str, tag: str) -> str:
    """What a list is asked for: everything, `my` communities, a community, or a tag that some post has."""
    check_tag(tag)
    if tag in {"", views.ALL}:
        return views.ALL
    if tag == views.MINE or views.is_community_name(tag) or views.tag_is_known(state, tag):
        return tag
    raise HivemindRefusal(f"{'Category' if sort in BY_CATEGORY else 'Tag'} ${{tag}} does not exist", tag=tag)


# --- discussions -----------------------------------------------------------------------------------------------------


def _discussions(words: str, sort: str) -> Any:
    """A method for one list: they differ in the list alone."""

    def discussions(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
        context: Context,
        start_author: Name = "",
        start_permlink: Permlink = "",
        limit: U32 = POSTS_MAX,
        tag: str = "",
        truncate_body: U32 = 0,
        filter_tags: Any = None,
        observer: Name = "",
    ) -> Any:
        del filter_tags
        state = context.state
        scope = tag_in(state, sort, tag)
        eyes, start = observer_in(state, observer), start_in(state, start_author, start_permlink)
        wanted = views.Wanted(sort, scope, eyes, start.content if start else None)
        return [
            condenser_post(state, facts.post.author, facts.post.permlink, eyes, body_length=truncate_body)
            for facts in views.ranked_page(state, wanted, page_size(limit, POSTS_MAX))
        ]

    discussions.__doc__ = f"{words}; all, or of a tag or community; from behind a post on. At most 20."
    return discussions


DISCUSSIONS: Final = {
    "get_discussions_by_trending": _discussions("Root posts that wait to be paid, by votes and age", "trending"),
    "get_discussions_by_hot": _discussions("Root posts that wait to be paid, by votes and more by age", "hot"),
    "get_discussions_by_created": _discussions("Root posts, the newest first", "created"),
    "get_discussions_by_promoted": _discussions("Posts by the HBD that was burnt for them", "promoted"),
    "get_post_discussions_by_payout": _discussions("Root posts by what waits to be paid for them", "payout_posts"),
    "get_comment_discussions_by_payout": _discussions("Replies by what waits to be paid for them", "payout_comments"),
}
for _name, _method in DISCUSSIONS.items():
    condenser.add(_method, name=_name, boxed=True, heavy=True)
    tags.add(_method, name=_name, boxed=True, heavy=True)
