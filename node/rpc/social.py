"""condenser_api and follow_api: follows and blogs, in the words of hivemind."""

from typing import Any, Final

from chain.views import social as views
from node.rpc.arguments import QUERY_MAX, U32, Name, Permlink
from node.rpc.context import Context
from node.rpc.errors import HivemindRefusal
from node.rpc.hivemind import POSTS_MAX, account_in, page_size, post_in
from node.rpc.registry import Namespace
from node.rpc.reputation import reputations_from

FOLLOWS_MAX: Final = 1_000
BLOG_ENTRIES_MAX: Final = 500
REBLOGGERS_MAX: Final = 1_000

condenser = Namespace("condenser_api", positional=True)
follow = Namespace("follow_api")


def check_follow_type(follow_type: str) -> None:
    if follow_type not in views.FOLLOW_TYPES:
        raise HivemindRefusal("Unsupported follow type, valid types: blog, ignore", follow_type=follow_type)


@follow.method
@condenser.method
def get_follow_count(context: Context, account: Name) -> Any:
    """How many an account follows, and how many follow it."""
    account_in(context.state, account)
    return views.follow_count_view(context.state, account)


@condenser.method
def get_followers(
    context: Context, account: Name, start: Name = "", follow_type: str = "blog", limit: U32 = FOLLOWS_MAX
) -> Any:
    """Who follows an account (`blog`) or mutes it (`ignore`), by name, from behind a name on. At most 1000."""
    account_in(context.state, account)
    check_follow_type(follow_type)
    return views.followers_view(context.state, account, follow_type, start, page_size(limit, FOLLOWS_MAX))


@condenser.method
def get_following(
    context: Context, account: Name, start: Name = "", follow_type: str = "blog", limit: U32 = FOLLOWS_MAX
) -> Any:
    """Whom an account follows (`blog`) or mutes (`ignore`), by name, from behind a name on. At most 1000."""
    account_in(context.state, account)
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
    post_in(context.state, author, permlink)
    return views.reblogged_by(context.state, author, permlink, REBLOGGERS_MAX)


@follow.method
@condenser.method
def get_blog(context: Context, account: Name, start_entry_id: int = 0, limit: U32 = 0) -> Any:
    """Posts and reblogs of an account, the newest first, from an entry downwards (0 or −1: the newest). At most 20."""
    return [
        views.blog_post_view(context.state, row)
        for row in blog_page(context, account, start_entry_id, limit, POSTS_MAX)
    ]


@follow.method
@condenser.method
def get_blog_entries(context: Context, account: Name, start_entry_id: int = 0, limit: U32 = 0) -> Any:
    """The same without the posts themselves. At most 500."""
    return [views.blog_entry_view(row) for row in blog_page(context, account, start_entry_id, limit, BLOG_ENTRIES_MAX)]


def blog_page(context: Context, account: str, start_entry_id: int, limit: int, largest: int) -> list[Any]:
    account_in(context.state, account)
    newest = start_entry_id if start_entry_id > 0 else None
    return views.blog_page(context.state, account, newest, page_size(limit, largest))


@follow.method
def get_account_reputations(context: Context, account_lower_bound: Name = "", limit: U32 = QUERY_MAX) -> Any:
    """As reputation_api.get_account_reputations, where old clients ask for it; each is named as they name it, too."""
    rows = reputations_from(context, account_lower_bound, page_size(limit, QUERY_MAX))
    return {"reputations": [{"name": row["account"]} | row for row in rows]}
