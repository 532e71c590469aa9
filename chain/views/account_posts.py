"""Lists of one account's posts, from the newest or from behind a post on: a page is read from a key, whatever there is."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from chain.rows import Content
from chain.social import listing
from chain.social.ranking import ACCOUNT_PAYOUT
from chain.social.standings import standings
from chain.state import State
from chain.views.content import PostFacts, find_post
from chain.views.observers import Observer
from chain.views.social import blog_behind, feed_behind

EXAMINED_MAX: Final = (
    1_000  # entries of a list for one page: some that are not shown must not cost a scan of everything
)


class Listed(NamedTuple):
    """A post in a list, and who has brought it there."""

    author: str
    permlink: str
    reblogged_by: tuple[str, ...] = ()


Behind = Content | None


def _blog(state: State, account: str, behind: Behind) -> Iterator[Listed]:
    """Own posts that belong to no community, and reblogs: what is in communities is read there."""
    for row in blog_behind(state, account, _place(behind)):
        if row.author != account:
            yield Listed(row.author, row.permlink, (account,))
        elif not state.contents.get((row.author, row.permlink)).community:
            yield Listed(row.author, row.permlink)


def _feed(state: State, account: str, behind: Behind) -> Iterator[Listed]:
    for entry in feed_behind(state, account, _place(behind)):
        yield Listed(entry.author, entry.permlink, entry.reblogged_by)


def _posts(state: State, account: str, behind: Behind) -> Iterator[Listed]:
    for row in listing.posts_of(state, account, below=_id(behind)):
        yield Listed(row.account, row.permlink)


def _comments(state: State, account: str, behind: Behind) -> Iterator[Listed]:
    for row in listing.comments_of(state, account, below=_id(behind)):
        yield Listed(row.account, row.permlink)


def _replies(state: State, account: str, behind: Behind) -> Iterator[Listed]:
    for row in listing.replies_to(state, account, below=_id(behind)):
        yield Listed(row.author, row.permlink)


def _payout(state: State, account: str, behind: Behind) -> Iterator[Listed]:
    """What waits to be paid, from the most down."""
    for standing in standings(state, ACCOUNT_PAYOUT, account, behind):
        yield Listed(standing.author, standing.permlink)


SORTS: Final[dict[str, Callable[[State, str, Behind], Iterator[Listed]]]] = {
    "blog": _blog,
    "feed": _feed,
    "posts": _posts,
    "comments": _comments,
    "replies": _replies,
    "payout": _payout,
}
OF_OTHERS: Final = ("feed", "replies")  # without whom the observer mutes; in lists of one's own posts he sees them gray


def account_posts(
    state: State, sort: str, account: str, observer: Observer, *, behind: Behind, limit: int
) -> list[tuple[PostFacts, tuple[str, ...]]]:
    """A page of a list, each with who has reblogged it."""
    found: list[tuple[PostFacts, tuple[str, ...]]] = []
    for listed in islice(SORTS[sort](state, account, behind), EXAMINED_MAX):
        if len(found) == limit:
            break
        facts = find_post(state, listed.author, listed.permlink)
        if facts is not None and not (sort in OF_OTHERS and observer.mutes(listed.author)):
            found.append((facts, listed.reblogged_by))
    return found


def _place(behind: Behind) -> tuple[str, str] | None:
    return None if behind is None else (behind.author, behind.permlink)


def _id(behind: Behind) -> int | None:
    return None if behind is None else behind.id
