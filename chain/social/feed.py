"""Feeds: the posts and reblogs of everybody whom an account follows, newest first.

A feed is merged from blogs when somebody reads it, not written when somebody posts: a post of somebody with a hundred thousand
followers then costs a block one row, not a hundred thousand. The merge looks at each followed account once, at ten thousand at
most, and reads only from those blogs that reach the page. A month back is where every feed ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import NamedTuple

from chain.rows import BlogEntry, BlogPlace
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
    oldest = oldest_in_feeds(state)
    for entry in _merged(state, reader, until, oldest):
        found = _entry(state, reader, entry, oldest)
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


def _entry(state: State, reader: str, entry: BlogEntry, oldest: int) -> FeedEntry | None:
    """None where the post stands further down: where somebody else whom the reader follows had it first."""
    places = places_followed(state, reader, entry.author, entry.permlink, oldest)
    if first_of(places).account != entry.account:
        return None
    reblogged_by = tuple(place.account for place in places if place.account != entry.author)
    return FeedEntry(entry.at, entry.author, entry.permlink, reblogged_by)


def places_followed(state: State, reader: str, author: str, permlink: str, oldest: int) -> list[BlogPlace]:
    """In which of the blogs that the reader follows a post stands: asked from the side that is shorter."""
    places = list(islice(state.blog_places.scan(author, permlink), REBLOGS_CHECKED_MAX + 1))
    if len(places) <= REBLOGS_CHECKED_MAX:
        found = [place for place in places if has_tie(state, reader, FOLLOWED, place.account)]
    else:
        followed = ties_of(state, reader, FOLLOWED)
        found = [
            place
            for place in (state.blog_places.find((author, permlink, tie.target)) for tie in followed)
            if place is not None
        ]
    return [place for place in found if place.at >= oldest]


def first_of(places: list[BlogPlace]) -> BlogPlace:
    return min(places, key=lambda place: (place.at, place.account))


def feed_time(state: State, reader: str, author: str, permlink: str) -> int | None:
    """When a post came into a feed; None where it does not stand there."""
    places = places_followed(state, reader, author, permlink, oldest_in_feeds(state))
    return first_of(places).at if places else None


def oldest_in_feeds(state: State) -> int:
    return max(state.now - FEED_SECONDS, 0)


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
