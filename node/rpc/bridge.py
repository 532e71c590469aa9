"""bridge: profiles, relations, notifications, communities, as hivemind serves them to front ends."""

from typing import Any, Final

from chain.social import ties
from chain.social.roles import GUEST, role_of
from chain.views import communities as community_views
from chain.views import social as views
from node.rpc.arguments import U32, U64, Name, Names, Permlink, check_names
from node.rpc.context import Context
from node.rpc.errors import HivemindRefusal
from node.rpc.hivemind import account_in, community_in, observer_in, page_size, post_in
from node.rpc.registry import Namespace

PAGE_MAX: Final = 100  # of notifications, communities, subscribers
ROLES_MAX: Final = 1_000
ROLES_DEFAULT: Final = 50
SCORE_DEFAULT: Final = 25
SORTS: Final = ("rank", "new", "subs")

api = Namespace("bridge")


# --- accounts --------------------------------------------------------------------------------------------------------


@api.method
def get_profile(context: Context, account: Name, observer: Name = "") -> Any:
    """What an account says about itself, its reputation, how many it follows and is followed by."""
    state = context.state
    return views.profile_view(state, account_in(state, account), observer_in(state, observer).name)


@api.method(heavy=True)
def get_profiles(context: Context, accounts: Names, observer: Name = "") -> Any:
    """The same of up to 1000 accounts."""
    check_names(accounts, "accounts", "accounts")
    state = context.state
    eyes = observer_in(state, observer).name
    return [views.profile_view(state, account_in(state, name), eyes) for name in accounts]


@api.method
def get_relationship_between_accounts(
    context: Context, account1: Name, account2: Name, observer: Name = "", debug: bool = False
) -> Any:
    """On which of its lists an account has another."""
    del observer, debug
    account_in(context.state, account1)
    account_in(context.state, account2)
    return views.relationship_view(context.state, account1, account2)


@api.method
def get_follow_list(context: Context, observer: Name, follow_type: str = "blacklisted") -> Any:
    """A list of an account: blacklisted, muted, or whose lists it follows: follow_blacklist, follow_muted."""
    account_in(context.state, observer)
    if follow_type not in views.FOLLOW_LISTS:
        raise HivemindRefusal("Unsupported follow_type, valid values: ${names}", names=", ".join(views.FOLLOW_LISTS))
    return views.follow_list_view(context.state, observer, follow_type)


@api.method
def does_user_follow_any_lists(context: Context, observer: Name) -> Any:
    """Whether an account follows anybody's blacklist."""
    account_in(context.state, observer)
    return any(True for _ in ties.ties_of(context.state, observer, ties.BLACKLISTS_FOLLOWED))


@api.method(heavy=True)
def account_notifications(
    context: Context, account: Name, min_score: U32 = SCORE_DEFAULT, last_id: U64 = 0, limit: U32 = PAGE_MAX
) -> Any:
    """What an account is told, the newest first, from below an id on."""
    account_in(context.state, account)
    count = page_size(limit, PAGE_MAX)
    return views.notifications_page(context.state, account, min_score=min_score, before=last_id or None, limit=count)


@api.method(heavy=True)
def unread_notifications(context: Context, account: Name, min_score: U32 = SCORE_DEFAULT) -> Any:
    """How many notifications are newer than what the account has marked as read."""
    account_in(context.state, account)
    return views.unread_view(context.state, account, min_score)


@api.method(heavy=True)
def post_notifications(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    author: Name,
    permlink: Permlink,
    min_score: U32 = SCORE_DEFAULT,
    last_id: U64 = 0,
    limit: U32 = PAGE_MAX,
) -> Any:
    """What the author of a post is told about it: votes, replies, reblogs, moderation, the newest first, from below an id on."""
    post = post_in(context.state, author, permlink).post
    count = page_size(limit, PAGE_MAX)
    return views.notifications_page(
        context.state, author, min_score=min_score, before=last_id or None, limit=count, post=post
    )


# --- communities -----------------------------------------------------------------------------------------------------


@api.method
def get_community(context: Context, name: Name, observer: Name = "") -> Any:
    """A community with its team and rules."""
    state = context.state
    return community_views.community_view(state, community_in(state, name), observer_in(state, observer).name)


@api.method
def get_community_context(context: Context, name: Name, account: Name) -> Any:
    """What an account is in a community."""
    state = context.state
    account_in(state, account)
    return community_views.context_view(state, community_in(state, name).name, account)


@api.method
def list_communities(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context, last: Name = "", limit: U32 = PAGE_MAX, query: str = "", sort: str = "rank", observer: Name = ""
) -> Any:
    """Communities by rank, by subscribers (`subs`) or the newest first (`new`), from behind one on; `query`: words they contain."""
    state = context.state
    if sort not in SORTS:
        raise HivemindRefusal("Unsupported sort, valid sorts: rank, new, subs", sort=sort)
    behind = community_in(state, last) if last else None
    rows = community_views.communities_page(state, sort, behind, query, page_size(limit, PAGE_MAX))
    observer_in(state, observer)
    return [community_views.community_in_list_view(state, row, observer) for row in rows]


@api.method
def list_community_roles(context: Context, community: Name, last: Name = "", limit: U32 = ROLES_DEFAULT) -> Any:
    """[account, role, title] of everybody who is more or less than a guest, from the owner down, from behind an account on."""
    state = context.state
    name = community_in(state, community).name
    if last and role_of(state, name, last) == GUEST:
        raise HivemindRefusal("invalid last", last=last)
    return community_views.roles_page(state, name, last, page_size(limit, ROLES_MAX))


@api.method
def list_subscribers(context: Context, community: Name, last: Name = "", limit: U32 = PAGE_MAX) -> Any:
    """[account, role, title, since] of a community's subscribers by name, from behind an account on."""
    state = context.state
    name = community_in(state, community).name
    return community_views.subscribers_page(state, name, last, page_size(limit, PAGE_MAX))


@api.method(heavy=True)
def list_all_subscriptions(context: Context, account: Name) -> Any:
    """[community, title, role, title of the account] of all communities that an account has subscribed to."""
    account_in(context.state, account)
    return community_views.subscriptions_view(context.state, account)
