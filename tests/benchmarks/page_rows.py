"""A chain on disk with lists of any length to be read page by page: a history, a blog, a feed, lists of posts.

All of it belongs to one writer, and to one reader who follows twenty people that have reblogged the writer's posts. The rows are
written straight into LevelDB, as a million blocks would leave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from chain.asset import VESTS, Asset
from chain.events import ProducerReward, encode_event
from chain.history import account_key, operations_key
from chain.row import Row
from chain.rows import (
    AccountPost,
    BlogEntry,
    BlogPlace,
    Content,
    Persona,
    Post,
    RankedPost,
    RankPlace,
    Receipt,
    TagPost,
    Tie,
)
from chain.rowvalues import PACK
from chain.social.limits import FEED_SECONDS
from chain.social.ranking import TRENDING, score_in
from chain.social.ties import FOLLOWED
from chain.store import Put
from tests.benchmarks.crowd import Crowd, account_name, on_disk, permlink

WRITER, READER = account_name(0), account_name(1)
FOLLOWED_BY_READER = tuple(account_name(number) for number in range(2, 22))
TAG = "skald"
BODY = "Words about something, as people write them. " * 5
PUTS_EACH = 50_000


class Shelf:
    """`size` posts and as many entries of a history."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        backend = on_disk(folder)
        crowd = Crowd(backend, accounts=2 + len(FOLLOWED_BY_READER), posts=0, with_history=True)
        self.chain = chain = crowd.chain
        self.tables = {table.row_type: table for table in chain.store.tables}
        puts = self._puts()
        while batch := list(islice(puts, PUTS_EACH)):
            backend.write(batch, sync=False)
        backend.db.compact_range()  # a thousand rows would lie in the write buffer, and a million in files
        for table in chain.store.tables:
            table.rows.clear()
        chain.store.head = replace(chain.store.head, num=size)  # no method looks at the blocks themselves

    def _puts(self) -> Iterator[Put]:
        yield from map(self._put, self._people())
        for number in range(self.size):
            yield from map(self._put, self._rows_of(number))
            yield from self._event(number)

    def _put(self, row: Row) -> Put:
        table = self.tables[type(row)]
        return table.encode_key(table.key_of(row)), table.pack(row)

    def _time_of(self, number: int) -> int:
        """All within the month that feeds show, the newest now."""
        now = self.chain.state.globals.time
        return now - (self.size - 1 - number) * (FEED_SECONDS // 2) // self.size

    def _people(self) -> Iterator[Row]:
        newest = self._time_of(self.size - 1)
        yield Persona(WRITER, next_entry=self.size, newest_entry_at=newest)
        yield Persona(READER, list_sizes=(len(FOLLOWED_BY_READER), 0, 0, 0, 0), next_tie=len(FOLLOWED_BY_READER))
        for number, name in enumerate(FOLLOWED_BY_READER):
            yield Tie(READER, FOLLOWED, name, id=number)
            yield Persona(name, followers=1, next_entry=self.size // len(FOLLOWED_BY_READER), newest_entry_at=newest)

    def _rows_of(self, number: int) -> Iterator[Row]:
        """One post in all its places."""
        at, place = self._time_of(number), (WRITER, permlink(number))
        entry, by = divmod(number, len(FOLLOWED_BY_READER))
        follower = FOLLOWED_BY_READER[by]
        yield Post(*place, number, "", TAG, *place, created=at)
        yield Content(
            *place, f"About {number}", BODY, '{"tags":["skald"]}', number, "", TAG, TAG, at, reblogs=1, tags=(TAG,)
        )
        yield Receipt(
            *place, number, created=at, paid_at=at, net_rshares=number, median=(1000, 1000), vesting_hive=1, vests=1
        )
        yield AccountPost(WRITER, number, place[1])
        yield TagPost("", number, *place)
        yield TagPost(TAG, number, *place)
        yield BlogEntry(WRITER, number, *place, at)
        yield BlogPlace(*place, WRITER, number, at)
        yield BlogEntry(follower, entry, *place, at)
        yield BlogPlace(*place, follower, entry, at)
        ranked = RankedPost(number, *place, created=at, category=TAG, tags=(TAG,), net_rshares=number)
        yield ranked
        yield RankPlace(TRENDING, "", score_in(TRENDING, ranked), number)
        yield RankPlace(TRENDING, TAG, score_in(TRENDING, ranked), number)

    def _event(self, number: int) -> Iterator[Put]:
        """One entry of the writer's history, in a block of its own."""
        num, event = number + 1, ProducerReward(WRITER, Asset(10**6 + number, VESTS))
        yield operations_key(num), PACK((self._time_of(number), [(0xFFFF_FFFF, 1, 0, encode_event(event))]))
        yield account_key(WRITER, number), PACK((num, 0, event.operation_id))

    # what a page of it is asked by

    def behind(self, number: int) -> dict[str, Any]:
        """Members of a query that name the post to go on behind."""
        return {"start_author": WRITER, "start_permlink": permlink(number)}
