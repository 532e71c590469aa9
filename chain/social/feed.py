"""Feeds: the posts and reblogs of everybody whom an account follows, newest first.

A feed is merged from blogs when somebody reads it, not written when somebody posts: a post of somebody with a hundred thousand
followers then costs a block one row, not a hundred thousand. The merge looks at each followed account once, at ten thousand at
most, and reads only from those blogs that reach the page. A month back is where every feed ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from chain.rows import BlogEntry
from chain.social.limits import FEED_SECONDS, REBLOGS_CHECKED_MAX
from chain.social.personas import persona_of
from chain.social.ties import FOLLOWED, has_tie, ties_of
from chain.state import State


class FeedEntry(NamedTuple):
    """A post in a feed: since when, and who of those who are followed has reblogged it."""

    at: int
    author: str
    permlink: str
    reblogged_by: tuple[str, ...]


class Blog:
    """One of the blogs to be merged, from a time downwards."""

    __slots__ = ("account", "entries")

    def __init__(self, state: State, account: str, until: int) -> None:
        last = last_until(state, account, until)
        self.account = account
        self.entries = iter(()) if last < 0 else state.blog_entries.scan(account, start=(account, last), reverse=True)

    def next(self) -> BlogEntry | None:
        return next(self.entries, None)


def feed_of(state: State, reader: str, *, until: int) -> Iterator[FeedEntry]:
    """From the newest that is not later than `until` to the oldest of the last month."""
    oldest = max(state.now - FEED_SECONDS, 0)
    for entry in _merged(state, reader, until, oldest):
        found = _entry(state, reader, entry)
        if found is not None:
            yield found


def _merged(state: State, reader: str, until: int, oldest: int) -> Iterator[BlogEntry]:
    """Entries of all blogs by time. A blog is opened when the merge comes down to the time of its newest entry."""
    heap: list[tuple[int, str, BlogEntry | None]] = []
    for tie in ties_of(state, reader, FOLLOWED):
        persona = persona_of(state, tie.target)
        if persona.next_entry and persona.newest_entry_at >= oldest:
            heap.append((-min(persona.newest_entry_at, until), tie.target, None))
    heapify(heap)
    blogs: dict[str, Blog] = {}
    while heap:
        _, account, entry = heappop(heap)
        if entry is None:
            blogs[account] = Blog(state, account, until)
        else:
            yield entry
        following = blogs[account].next()
        if following is not None and following.at >= oldest:
            heappush(heap, (-following.at, account, following))


def _entry(state: State, reader: str, entry: BlogEntry) -> FeedEntry | None:
    """None where the post stands further down: where somebody whom the reader follows had it first."""
    has_author = entry.author != entry.account and has_tie(state, reader, FOLLOWED, entry.author)
    if has_author and (entry.author, entry.permlink, entry.author) in state.blog_places:
        return None
    reblogged_by: list[str] = []
    for count, place in enumerate(state.blog_places.scan(entry.author, entry.permlink)):
        if count == REBLOGS_CHECKED_MAX:
            break
        if place.account == entry.author or not has_tie(state, reader, FOLLOWED, place.account):
            continue
        if entry.account != entry.author and (place.at, place.account) < (entry.at, entry.account):
            return None
        reblogged_by.append(place.account)
    return FeedEntry(entry.at, entry.author, entry.permlink, tuple(reblogged_by))


def last_until(state: State, account: str, until: int) -> int:
    """The number of the last entry of a blog that is not later than a time, or −1. Entries come in the order of time: halving finds it."""
    persona = persona_of(state, account)
    if persona.newest_entry_at <= until:
        return persona.next_entry - 1
    low, high = 0, persona.next_entry  # all entries below `low` are early enough, none from `high` on
    while low < high:
        middle = (low + high) >> 1
        entry = next(state.blog_entries.scan(account, start=(account, middle)), None)
        if entry is None or entry.id >= high or entry.at > until:
            high = middle
        else:
            low = entry.id + 1
    return low - 1
