"""Ranked lists as they are read: the places that posts have, and above them the posts that blocks have touched of late.

chain.social.ranking puts a post to its places when it was left alone for a while. Until then its places in the tables are those of
before, so they are passed over, and the post is shown where it belongs now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

from chain.rows import Content, RankedPost, TagTotals
from chain.social.ranking import Change, add, change_of, how_far, ranked, rankings_of, score_in, score_of

if TYPE_CHECKING:
    from chain.state import State
    from chain.store import Head


class Standing(NamedTuple):
    """A post in a list, by what the list is in the order of."""

    score: int
    id: int
    author: str
    permlink: str


class Unsettled:
    """The posts that were touched of late, as one head leaves them. They are few, and all lists of that head ask for them."""

    def __init__(self, state: State) -> None:
        self.head: Head = state.store.head
        self.ids: set[int] = set()
        self.posts: list[RankedPost] = []  # as far as they still wait to be paid
        self.changes: list[Change] = []  # of what waits in their categories
        self._lists: dict[tuple[int, str], list[Standing]] = {}
        for place in dict.fromkeys(place for row in state.touched_posts.scan() for place in row.places):
            content = state.contents.find(place)
            if content is not None:
                self._add(content.id, state.ranked_posts.find(content.id), ranked(state, content))

    def _add(self, id_: int, before: RankedPost | None, after: RankedPost | None) -> None:
        self.ids.add(id_)
        if after is not None:
            self.posts.append(after)
        change = change_of(before, after)
        if change is not None:
            self.changes.append(change)

    def standings(self, ranking: int, scope: str) -> list[Standing]:
        """Those of them that stand in a list, from the first on."""
        found = self._lists.get((ranking, scope))
        if found is None:
            found = self._lists[ranking, scope] = sorted(
                (
                    Standing(score_in(ranking, row), row.id, row.author, row.permlink)
                    for row in self.posts
                    if any(kind == ranking and scope in scopes for kind, scopes in rankings_of(row))
                ),
                reverse=True,
            )
        return found


def unsettled(state: State) -> Unsettled:
    found = state.unsettled
    if found is None or found.head is not state.store.head:
        found = state.unsettled = Unsettled(state)
    return found


def standings(state: State, ranking: int, scope: str, behind: Content | None = None) -> Iterator[Standing]:
    """A list from its first place on, or from behind a post, which need not stand there any more."""
    late = unsettled(state)
    moved = late.standings(ranking, scope)
    start = None
    if behind is not None:
        last = (_score_now(state, ranking, behind), behind.id)
        moved = [standing for standing in moved if standing[:2] < last]
        start = (ranking, scope, *last)
    yield from merge(
        (
            standing
            for standing in _settled(state, ranking, scope, start, late.ids)
            if behind is None or standing.id != behind.id
        ),
        moved,
        reverse=True,
    )


def _settled(
    state: State, ranking: int, scope: str, start: tuple[int, str, int, int] | None, moved: set[int]
) -> Iterator[Standing]:
    for place in state.rank_places.scan(ranking, scope, start=start, reverse=True):
        if place.id not in moved:
            row = state.ranked_posts.get(place.id)
            yield Standing(place.score, place.id, row.author, row.permlink)


def _score_now(state: State, ranking: int, content: Content) -> int:
    """Where a post stands, or would if it had not been paid."""
    place = (content.author, content.permlink)
    settings = state.cashouts.find(place) or state.receipts.get(place)
    return score_of(ranking, settings.net_rshares, settings.created, content.promoted)


# --- categories ------------------------------------------------------------------------------------------------------


def category(state: State, tag: str) -> TagTotals | None:
    """What waits in a category; None where nothing does."""
    found = _moved_categories(state).get(tag) or state.tag_totals.find(tag)
    return found if found is not None and _is_waiting(found) else None


def categories(state: State, behind: TagTotals | None = None) -> Iterator[TagTotals]:
    """Categories with what waits in them, from the most down, or from behind one on."""
    moved = _moved_categories(state)
    places = state.tag_places.scan(start=None if behind is None else _order(behind))
    settled = (state.tag_totals.get(place.tag) for place in places if place.tag not in moved)
    for totals in merge(settled, sorted(filter(_is_waiting, moved.values()), key=_order), key=_order):
        if behind is None or _order(totals) > _order(behind):
            yield totals


def _moved_categories(state: State) -> dict[str, TagTotals]:
    moved: dict[str, TagTotals] = {}
    for change in unsettled(state).changes:
        totals = moved.get(change.category)
        if totals is None:
            settled = state.tag_totals.find(change.category)
            totals = moved[change.category] = TagTotals(change.category) if settled is None else replace(settled)
        add(totals, change)
    return moved


def _order(totals: TagTotals) -> tuple[int, str]:
    return how_far(totals), totals.tag


def _is_waiting(totals: TagTotals) -> bool:
    return bool(totals.posts or totals.comments)
