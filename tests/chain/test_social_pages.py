"""A page of any list costs the same however long the list is: what is read of the backend is counted."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from chain.memory import MemoryBackend
from chain.social import blog, communities, notifications, ties
from chain.state import State
from chain.views import communities as community_views
from chain.views import social as views
from tests.helpers.social import Society

NAME = "hive-133333"
PAGE = 5
SIZES = (40, 400)


class CountingBackend(MemoryBackend):
    """`reads` counts the pairs that somebody has really taken, and the keys asked for."""

    reads = 0

    def get(self, key: bytes) -> bytes | None:
        self.reads += 1
        return super().get(key)

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        for pair in super().scan(start, stop, reverse=reverse):
            self.reads += 1
            yield pair


def town(size: int) -> Society:
    """So many people follow alice, who follows ten of them, are in a community with her, and have told her something."""
    society = Society()
    state = society.state
    state.store.backend = CountingBackend()
    society.community(NAME)
    people = [f"person{number:03}" for number in range(size)]
    community = state.communities.get(NAME)
    for number, name in enumerate(people):
        society.account(name)
        state.now += 3
        ties.tie(state, name, ties.FOLLOWED, "alice")
        ties.tie(state, "alice", ties.MUTED, name)
        communities.subscribe(state, name, community, {})
        notifications.note(state, "alice", notifications.FOLLOW, score=25, source=name)
        blog.add_entry(state, "bob", name, "post")
        if number < 10:
            ties.tie(state, "alice", ties.FOLLOWED, name)
            for count in range(size):
                blog.add_entry(state, name, name, f"post{count}")
    society.mute("alice", "bob")
    for name in people:
        society.acts(NAME, NAME, "setRole", account=name, role="member")
    state.store.commit(1, bytes(20))
    state.store.begin()
    return society


PAGES: dict[str, Callable[[State], Any]] = {
    "followers by name": lambda state: views.followers_view(state, "alice", "blog", "person010", PAGE),
    "followers by time": lambda state: list(islice(ties.newest_followers(state, "alice", before=30), PAGE)),
    "muted": lambda state: views.following_view(state, "alice", "ignore", "person010", PAGE),
    "blog": lambda state: views.blog_page(state, "bob", 30, PAGE),
    "feed": lambda state: list(islice(views.feed_behind(state, "alice", None), PAGE)),
    "notifications": lambda state: views.notifications_page(state, "alice", min_score=0, before=30, limit=PAGE),
    "roles": lambda state: community_views.roles_page(state, NAME, "person010", PAGE),
    "subscribers": lambda state: community_views.subscribers_page(state, NAME, "person010", PAGE),
}


@pytest.fixture(scope="module")
def towns() -> list[Society]:
    return [town(size) for size in SIZES]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_at_any_size(towns: list[Society], name: str) -> None:
    costs = []
    for society in towns:
        backend = society.state.store.backend
        assert isinstance(backend, CountingBackend)
        assert len(PAGES[name](society.state)) == PAGE
        backend.reads = 0
        assert len(PAGES[name](society.state)) == PAGE
        costs.append(backend.reads)
    small, large = costs
    assert 0 < large <= small + 2
    assert large <= 40


def test_a_page_of_communities_is_cut_out_of_an_order(towns: list[Society]) -> None:
    """Few as they are, they stand in memory."""
    state = towns[1].state
    assert [row.name for row in state.communities.by_rank.page(PAGE)] == [NAME]
    assert state.communities.by_rank.page(PAGE, state.communities.get(NAME)) == []
