"""Blocks of a chain that is far behind, written many at a time.

    with gathered(chain):
        chain.push_block(block) …

Nobody waits for a block that the network made an hour ago, and whoever gave it can give it again. So the batches of such blocks are put
together in memory, and one synced batch holds the newest value of each key: a row that changed in every block is written once, and the
undo record of a block that became irreversible meanwhile not at all. After a crash the chain is some blocks further behind, and as
sound as ever: the head, the rows and the mark beside the database go on together.

Whatever else is written with `sync`, a certificate or a switch of branches, takes with it all that was gathered before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sortedcontainers import SortedList

from chain.overlay import merged
from chain.rowkeys import after
from chain.table import PREFIX_BYTES
from chain.undo import UNDO_PREFIX

if TYPE_CHECKING:
    from chain.chain import Chain
    from chain.store import Put, View

BLOCKS_MAX: Final = 1_000
"""Gathered before they are written: a minute of work to do again after a crash."""

BYTES_MAX: Final = 32 << 20
"""Of keys and values written to a gathering, over and over to some of them: it holds less."""


class Gathering:
    """A backend over a chain's own one, and its mark. Reads see what was written here; the disk sees it at the next `flush`."""

    def __init__(self, chain: Chain, *, blocks_max: int = BLOCKS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._chain = chain
        self._base = chain.backend
        self._base_mark = chain.mark
        self._blocks_max = blocks_max
        self._bytes_max = bytes_max
        self._puts: dict[bytes, bytes | None] = {}
        self._unsorted: dict[bytes, list[bytes]] = defaultdict(list)  # new keys by prefix
        self._sorted: dict[bytes, SortedList[bytes]] = {}  # of prefixes that somebody has scanned
        self._size_bytes = 0
        self._write_count = 0
        self._flushed_num = chain.head_num
        self._marked = chain.head_num, chain.head_id
        self._mark = self._marked

    # as a backend

    def get(self, key: bytes) -> bytes | None:
        try:
            return self._puts[key]
        except KeyError:
            return self._base.get(key)

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        mine = [(key, self._puts.get(key)) for key in self._keys(start, stop, reverse=reverse)]
        return merged(mine, self._base.scan(start, stop, reverse=reverse), reverse=reverse)

    def _keys(self, start: bytes, stop: bytes, *, reverse: bool) -> Iterable[bytes]:
        """Those within bounds that were put or deleted here."""
        prefix = start[:PREFIX_BYTES]
        if stop > after(prefix):
            return sorted([key for key in self._puts if start <= key < stop], reverse=reverse)
        fresh = self._unsorted.pop(prefix, None)
        if fresh is not None:
            self._sorted.setdefault(prefix, SortedList()).update(fresh)
        found = self._sorted.get(prefix)
        return () if found is None else found.irange(start, stop, (True, False), reverse=reverse)

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:
        """Keep it until the next flush; with `sync` that is now."""
        mine, unsorted = self._puts, self._unsorted
        size_bytes = 0
        for key, value in puts:
            if key not in mine:
                unsorted[key[:PREFIX_BYTES]].append(key)
            elif value is None and self._is_ours_alone(key):
                del mine[key]
                continue
            mine[key] = value
            size_bytes += len(key) if value is None else len(key) + len(value)
        self._size_bytes += size_bytes
        self._write_count += 1
        if sync or self._write_count >= self._blocks_max or self._size_bytes >= self._bytes_max:
            self.flush()

    def _is_ours_alone(self, key: bytes) -> bool:
        """Whether the disk has never held it: how to undo a block that is not there yet."""
        return key.startswith(UNDO_PREFIX) and int.from_bytes(key[-8:], "big") > self._flushed_num

    def view(self) -> View:
        """Of the disk, after all has been written there."""
        self.flush()
        return self._base.view()

    def close(self) -> None:
        self._base.close()

    # as a mark

    def set_mark(self, num: int, block_id: bytes) -> None:
        """Told to the mark itself when the disk has the block."""
        self._mark = num, block_id
        if not self._puts:
            self._tell_mark()

    def set_final_mark(self, num: int, block_id: bytes) -> None:
        """A certificate is written with `sync`, so the disk has it."""
        if self._base_mark is not None:
            self._base_mark.set_final_mark(num, block_id)

    def _tell_mark(self) -> None:
        if self._base_mark is not None and self._mark != self._marked:
            self._base_mark.set_mark(*self._mark)
        self._marked = self._mark

    # to the disk

    def flush(self) -> None:
        """Write what was gathered in one synced batch. Raises what the backend raises; then the store is broken."""
        if not self._puts:
            return
        if self._mark[0] < self._marked[0]:
            self._tell_mark()  # first: the database must never be behind its mark
        try:
            self._base.write(self._puts.items(), sync=self._chain.sync)
        except BaseException:
            self._chain.store.is_broken = True
            raise
        self._puts = {}
        self._unsorted.clear()
        self._sorted.clear()
        self._size_bytes = self._write_count = 0
        self._flushed_num = self._chain.head_num
        self._tell_mark()


@contextmanager
def gathered(chain: Chain, *, blocks_max: int = BLOCKS_MAX, bytes_max: int = BYTES_MAX) -> Iterator[Gathering]:
    """Gather what the body pushes. When it ends, for whatever reason, all that was pushed is on the disk."""
    gathering = Gathering(chain, blocks_max=blocks_max, bytes_max=bytes_max)
    backend, mark = chain.backend, chain.mark
    chain.store.backend = chain.mark = gathering
    chain.waits_for_disk = False
    chain.state.is_far_behind = True
    try:
        yield gathering
    finally:
        try:
            if not chain.store.is_broken:
                gathering.flush()
        finally:
            chain.store.backend, chain.mark = backend, mark
            chain.waits_for_disk = True
            chain.state.is_far_behind = False
