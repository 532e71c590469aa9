"""condenser_api and follow_api: follows, blogs and feeds, in the words of hivemind.

A limit that is too large is cut to the largest: old clients ask for more than hivemind gives.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from chain.posts import get_post
from chain.state import State
from chain.views import social as views
from node.rpc.arguments import U32, Name, Permlink
from node.rpc.context import Context
from node.rpc.database_lists import existing
from node.rpc.errors import CallRefused
from node.rpc.registry import Namespace, as_object, as_text

FOLLOWS_MAX: Final = 1_000
BLOG_POSTS_MAX: Final = 20
BLOG_ENTRIES_MAX: Final = 500
REBLOGGERS_MAX: Final = 1_000

condenser = Namespace("condenser_api", positional=True)
follow = Namespace("follow_api")


def page_size(limit: int, largest: int) -> int:
    """0 stands for as many as there may be."""
    return min(limit or largest, largest)


def check_follow_type(follow_type: str) -> None:
    if follow_type not in views.FOLLOW_TYPES:
        raise CallRefused(
            "Unsupported follow type, valid types: blog, ignore", expression="follow_type", follow_type=follow_type
        )


@follow.method
@condenser.method
def get_follow_count(context: Context, account: Name) -> Any:
    """How many an account follows, and how many follow it."""
    existing(context.state, account)
    return views.follow_count_view(context.state, account)


@condenser.method
def get_followers(
    context: Context, account: Name, start: Name = "", follow_type: str = "blog", limit: U32 = FOLLOWS_MAX
) -> Any:
    """Who follows an account (`blog`) or mutes it (`ignore`), by name, from behind a name on. At most 1000."""
    existing(context.state, account)
    check_follow_type(follow_type)
    return views.followers_view(context.state, account, follow_type, start, page_size(limit, FOLLOWS_MAX))


@condenser.method
def get_following(
    context: Context, account: Name, start: Name = "", follow_type: str = "blog", limit: U32 = FOLLOWS_MAX
) -> Any:
    """Whom an account follows (`blog`) or mutes (`ignore`), by name, from behind a name on. At most 1000."""
    existing(context.state, account)
    check_follow_type(follow_type)
    return views.following_view(context.state, account, follow_type, start, page_size(limit, FOLLOWS_MAX))


@follow.method(name="get_followers")
def get_followers_by_type(
    context: Context, account: Name, start: Name = "", type: str = "blog", limit: U32 = FOLLOWS_MAX
) -> Any:
    """As condenser_api.get_followers."""
    return get_followers(context, account, start, type, limit)


@follow.method(name="get_following")
def get_following_by_type(
    context: Context, account: Name, start: Name = "", type: str = "blog", limit: U32 = FOLLOWS_MAX
) -> Any:
    """As condenser_api.get_following."""
    return get_following(context, account, start, type, limit)


@follow.method
@condenser.method
def get_reblogged_by(context: Context, author: Name, permlink: Permlink) -> Any:
    """Who has reblogged a post, by name. At most 1000."""
    get_post(context.state, author, permlink)
    return views.reblogged_by(context.state, author, permlink, REBLOGGERS_MAX)


@follow.method
@condenser.method
def get_blog(context: Context, account: Name, start_entry_id: int = 0, limit: U32 = 0) -> Any:
    """Posts and reblogs of an account, the newest first, from an entry downwards (0 or −1: the newest). At most 20."""
    return [
        views.blog_post_view(context.state, row)
        for row in blog_page(context, account, start_entry_id, limit, BLOG_POSTS_MAX)
    ]


@follow.method
@condenser.method
def get_blog_entries(context: Context, account: Name, start_entry_id: int = 0, limit: U32 = 0) -> Any:
    """The same without the posts themselves. At most 500."""
    return [views.blog_entry_view(row) for row in blog_page(context, account, start_entry_id, limit, BLOG_ENTRIES_MAX)]


def blog_page(context: Context, account: str, start_entry_id: int, limit: int, largest: int) -> list[Any]:
    existing(context.state, account)
    newest = start_entry_id if start_entry_id > 0 else None
    return views.blog_page(context.state, account, newest, page_size(limit, largest))


# --- discussions of one account --------------------------------------------------------------------------------------


@condenser.method(bare_object=True)
def get_discussions_by_feed(context: Context, query: Any) -> Any:
    """Posts and reblogs of everybody whom the account `tag` follows, the newest first, from behind a post on. At most 20."""
    state = context.state
    reader, start, count = _query_of(state, query)
    entries = islice(views.feed_behind(state, reader, start), count)
    return [views.post_view(state, entry.author, entry.permlink, entry.reblogged_by) for entry in entries]


@condenser.method(bare_object=True)
def get_discussions_by_blog(context: Context, query: Any) -> Any:
    """Posts and reblogs of the account `tag`, the newest first, from behind a post on. At most 20."""
    state = context.state
    account, start, count = _query_of(state, query)
    newest = None
    if start is not None:
        place = state.blog_places.find((*start, account))
        if place is None or not place.entry_id:
            return []
        newest = place.entry_id - 1
    rows = views.blog_page(state, account, newest, count)
    return [
        views.post_view(state, row.author, row.permlink, (account,) if row.author != account else ()) for row in rows
    ]


def _query_of(state: State, query: Any) -> tuple[str, tuple[str, str] | None, int]:
    """(account, the post to go on behind, how many)."""
    members: Mapping[str, Any] = as_object(query)
    account = as_text(members.get("tag"))
    existing(state, account)
    author, permlink = as_text(members.get("start_author")), as_text(members.get("start_permlink"))
    limit = members.get("limit")
    count = page_size(limit if type(limit) is int and limit > 0 else 0, BLOG_POSTS_MAX)
    return account, (author, permlink) if author and permlink else None, count
