"""condenser_api and tags_api: lists of posts and replies of one account, as hivemind answers them.

Clients send the parameters as an object, as an array with that object in it, or by position; members that only old nodes knew
(`filter_tags`, `select_authors`, …) are passed over.
"""

from itertools import islice
from typing import Any

from chain.state import State
from chain.views import social as views
from chain.views.account_posts import account_posts
from chain.views.content import PostFacts, comment_view
from chain.views.discussions import condenser_post
from chain.views.observers import Observer
from chain.wire import LEGACY
from node.rpc.arguments import U32, Name, Permlink
from node.rpc.condenser_content import get_active_votes, get_content_replies
from node.rpc.context import Context
from node.rpc.hivemind import POSTS_MAX, account_in, observer_in, page_size, post_in, start_in
from node.rpc.registry import Namespace

condenser = Namespace("condenser_api", positional=True)
tags = Namespace("tags_api")

tags.add(get_content_replies)
tags.add(get_active_votes)


@tags.method
def get_discussion(context: Context, author: Name, permlink: Permlink) -> Any:
    """A post or reply as condenser_api.get_content shows it; an error where there is none."""
    return comment_view(context.state, post_in(context.state, author, permlink), LEGACY)


def reading_of(
    state: State, account: str, start: tuple[str, str], observer: str
) -> tuple[Observer, tuple[str, str] | None]:
    """Through whose eyes a list of an account is read, and behind which post; all of them have to exist."""
    account_in(state, account)
    eyes, facts = observer_in(state, observer), start_in(state, *start)
    return eyes, (facts.post.author, facts.post.permlink) if facts else None


@tags.method(boxed=True, heavy=True)
@condenser.method(boxed=True, heavy=True)
def get_discussions_by_feed(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    tag: Name,
    start_author: Name = "",
    start_permlink: Permlink = "",
    limit: U32 = POSTS_MAX,
    truncate_body: U32 = 0,
    filter_tags: Any = None,
    observer: Name = "",
) -> Any:
    """Posts and reblogs of everybody whom the account `tag` follows, the newest first, from behind a post on. At most 20."""
    del filter_tags
    state = context.state
    eyes, place = reading_of(state, tag, (start_author, start_permlink), observer)
    entries = islice(views.feed_behind(state, tag, place), page_size(limit, POSTS_MAX))
    return [
        condenser_post(
            state, entry.author, entry.permlink, eyes, body_length=truncate_body, reblogged_by=entry.reblogged_by
        )
        for entry in entries
    ]


@tags.method(boxed=True, heavy=True)
@condenser.method(boxed=True, heavy=True)
def get_discussions_by_blog(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    tag: Name,
    start_author: Name = "",
    start_permlink: Permlink = "",
    limit: U32 = POSTS_MAX,
    truncate_body: U32 = 0,
    filter_tags: Any = None,
    observer: Name = "",
) -> Any:
    """Posts and reblogs of the account `tag`, the newest first, from behind a post on. At most 20."""
    del filter_tags
    state = context.state
    eyes, place = reading_of(state, tag, (start_author, start_permlink), observer)
    rows = islice(views.blog_behind(state, tag, place), page_size(limit, POSTS_MAX))
    return [
        condenser_post(
            state,
            row.author,
            row.permlink,
            eyes,
            body_length=truncate_body,
            reblogged_by=(tag,) if row.author != tag else (),
        )
        for row in rows
    ]


@tags.method(boxed=True, heavy=True)
@condenser.method(boxed=True, heavy=True)
def get_discussions_by_comments(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    start_author: Name,
    start_permlink: Permlink = "",
    limit: U32 = POSTS_MAX,
    truncate_body: U32 = 0,
    filter_tags: Any = None,
    observer: Name = "",
) -> Any:
    """Replies by the account `start_author`, the newest first, from behind its reply `start_permlink` on. At most 20."""
    del filter_tags
    state = context.state
    account_in(state, start_author)
    start = start_in(state, start_author, start_permlink)
    return _page(context, "comments", start_author, start, limit, truncate_body, observer)


@tags.method(boxed=True, heavy=True)
@condenser.method(boxed=True, heavy=True)
def get_discussions_by_author_before_date(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    author: Name,
    start_permlink: Permlink = "",
    before_date: str = "",
    limit: U32 = POSTS_MAX,
    truncate_body: U32 = 0,
    observer: Name = "",
) -> Any:
    """Posts of an author, the newest first, from behind one of them on; the date says nothing, as in hivemind. At most 20."""
    del before_date
    state = context.state
    account_in(state, author)
    start = start_in(state, author, start_permlink)
    return _page(context, "posts", author, start, limit, truncate_body, observer)


@tags.method(boxed=True, heavy=True)
@condenser.method(boxed=True, heavy=True)
def get_replies_by_last_update(  # noqa: PLR0917  # hivemind's parameters in hivemind's order
    context: Context,
    start_author: Name,
    start_permlink: Permlink = "",
    limit: U32 = POSTS_MAX,
    truncate_body: U32 = 0,
    observer: Name = "",
) -> Any:
    """Replies to an account, the newest first; behind a reply: to whomever that one answers. At most 20."""
    state = context.state
    account_in(state, start_author)
    start = start_in(state, start_author, start_permlink)
    account = start.post.parent_author if start else start_author
    return _page(context, "replies", account, start, limit, truncate_body, observer)


def _page(  # noqa: PLR0917  # what the three lists have in common
    context: Context, sort: str, account: str, start: PostFacts | None, limit: int, body_length: int, observer: str
) -> list[dict[str, Any]]:
    state, eyes = context.state, observer_in(context.state, observer)
    behind = start.content if start else None
    page = account_posts(state, sort, account, eyes, behind=behind, limit=page_size(limit, POSTS_MAX))
    return [
        condenser_post(state, facts.post.author, facts.post.permlink, eyes, body_length=body_length)
        for facts, _ in page
    ]
