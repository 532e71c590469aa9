"""The rows of a table in other orders, and found by other values than their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Generic

import msgpack
from sortedcontainers import SortedList

from chain.row import R
from chain.rowkeys import after
from chain.rowvalues import PACK

if TYPE_CHECKING:
    from chain.table import Table

INDEX_PREFIX = b"\x02"


class Index(Generic[R]):
    """Rows of a table in another order. `key(row)` gives a tuple to sort by, or None to leave the row out.

    The entries are all in memory, so an index should hold only what is waiting for something. Rows changed since the last
    look are placed anew at the next look; a row obtained by `edit` must not be changed after an index was read in between
    without asking `edit` for it again. `key` reads fields of the row and nothing else that can change: `reads` names them.
    """

    def __init__(self, name: str, table: Table[Any, R], key: Callable[[R], tuple[Any, ...] | None]) -> None:
        self.prefix = INDEX_PREFIX + table.prefix + name.encode() + b"\x00"
        self.table = table
        self.key = key
        self.reads = [name for name in table.names if name in key.__code__.co_names]
        self.entries: SortedList[Any] = SortedList()  # of (sort key, primary key)
        self.placed: dict[Any, tuple[Any, Any]] = {}  # primary key → entry
        self.moved: dict[Any, None] = {}  # since the last commit

    def load(self) -> None:
        pairs = self.table.store.backend.scan(self.prefix, after(self.prefix))
        placed = {entry[1]: entry for entry in (msgpack.unpackb(value, use_list=False) for _, value in pairs)}
        self.entries, self.placed = SortedList(placed.values()), placed

    def unload(self) -> None:
        """Let go of the entries until somebody asks for them again."""
        self.__dict__.pop("entries", None)
        self.__dict__.pop("placed", None)

    def __getattr__(self, name: str) -> Any:
        """What is not there was not loaded yet."""
        if name not in {"entries", "placed"}:
            raise AttributeError(name)
        self.load()
        return self.__dict__[name]

    def place(self, primary: Any, row: R | None) -> None:
        """Put a row, or what is left of one, where it belongs now."""
        sort_key = None if row is None else self.key(row)
        old = self.placed.get(primary)
        entry = None if sort_key is None else (sort_key, primary)
        if entry == old:
            return
        if old is not None:
            self.entries.remove(old)
            del self.placed[primary]
        if entry is not None:
            self.entries.add(entry)
            self.placed[primary] = entry
        self.moved[primary] = None

    def scan(self, start: tuple[Any, ...] | None = None, *, reverse: bool = False) -> Iterator[R]:
        """Rows in index order, from the first whose sort key is ≥ start (reverse: from the last that is ≤ start, downwards).

        The order is that of the moment of the call; a row that was removed meanwhile is left out.
        """
        self.table.settle()
        entries = self.entries
        if start is None:
            chosen = list(reversed(entries)) if reverse else list(entries)
        else:
            position = entries.bisect_left((start,))
            if reverse:
                while position < len(entries) and entries[position][0] == start:
                    position += 1
                chosen = list(entries.islice(0, position, reverse=True))
            else:
                chosen = list(entries.islice(position))
        for _, primary in chosen:
            row = self.table.find(primary)
            if row is not None:
                yield row

    def page(self, count: int, behind: R | None = None) -> list[R]:
        """So many rows in index order, from the first or from behind a row. Costs the same at any size."""
        self.table.settle()
        position = 0
        if behind is not None:
            position = self.entries.bisect_right((self.key(behind), self.table.key_of(behind)))
        return [self.table.get(primary) for _, primary in self.entries.islice(position, position + count)]

    def until(self, stop: tuple[Any, ...]) -> list[R]:
        """The rows whose sort key is ≤ stop, in order. A shorter tuple stands for everything that begins with it."""
        self.table.settle()
        chosen = []
        width = len(stop)
        for sort_key, primary in self.entries:
            if sort_key[:width] > stop:
                break
            chosen.append(primary)
        return [self.table.get(primary) for primary in chosen]

    def passing(self, stop: tuple[Any, ...]) -> Iterator[R]:
        """The rows up to `stop` as an iterator of hived passes them, which looks for the next one before it gives this one away.

        A row that the caller moves behind the next one comes again; one that is moved to a place before it does not.
        """
        self.table.settle()
        entry = self.entries[0] if self.entries else None
        while entry is not None and entry[0][: len(stop)] <= stop:
            position = self.entries.bisect_right(entry)
            following = self.entries[position] if position < len(self.entries) else None
            yield self.table.get(entry[1])
            self.table.settle()
            entry = following

    def within(self, *parts: Any) -> list[R]:
        """The rows whose sort key begins with the given parts, in order; it looks at no others."""
        self.table.settle()
        entries, width = self.entries, len(parts)
        chosen = takewhile(lambda entry: entry[0][:width] == parts, entries.islice(entries.bisect_left((parts,))))
        return [self.table.get(primary) for _, primary in chosen]

    def between(self, low: tuple[Any, ...], high: tuple[Any, ...]) -> list[R]:
        """The rows whose sort key is ≥ low and < high, in order; it looks at no others."""
        self.table.settle()
        entries = self.entries
        chosen = entries.islice(entries.bisect_left((low,)), entries.bisect_left((high,)))
        return [self.table.get(primary) for _, primary in chosen]

    def first(self, start: tuple[Any, ...] | None = None) -> R | None:
        """The first row, or the first whose sort key is ≥ start."""
        self.table.settle()
        position = 0 if start is None else self.entries.bisect_left((start,))
        return self.table.get(self.entries[position][1]) if position < len(self.entries) else None

    def __len__(self) -> int:
        self.table.settle()
        return len(self.entries)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """What the backend must be told at a commit."""
        self.table.settle()
        if not self.moved:
            return []
        moved, self.moved = self.moved, {}
        puts: list[tuple[bytes, bytes | None]] = []
        for primary in moved:
            entry = self.placed.get(primary)
            puts.append((self.key_of_entry(primary), None if entry is None else PACK(entry)))
        return puts

    def record(self, row: R) -> tuple[bytes, bytes] | None:
        """What the backend holds for a row that stands in this index."""
        sort_key, primary = self.key(row), self.table.key_of(row)
        return None if sort_key is None else (self.key_of_entry(primary), PACK((sort_key, primary)))

    def key_of_entry(self, primary: Any) -> bytes:
        return self.prefix + self.table.encode_key(primary)[len(self.table.prefix) :]


class Lookup(Generic[R]):
    """Finds rows by values of which each holds several, and no two the same. Kept in memory only, so the table must be small."""

    def __init__(self, table: Table[Any, R], values: Callable[[R], list[Any]]) -> None:
        self.table = table
        self.values = values
        self.reads = [name for name in table.names if name in values.__code__.co_names]
        self.holders: dict[Any, Any] = {}  # value → primary key
        self.placed: dict[Any, list[Any]] = {}  # primary key → values

    def load(self) -> None:
        for row in self.table.scan():
            self.place(self.table.key_of(row), row)

    def unload(self) -> None:
        """Consensus alone asks here, and it reads at the head."""

    def place(self, primary: Any, row: R | None) -> None:
        for value in self.placed.pop(primary, ()):
            del self.holders[value]
        if row is not None:
            self.placed[primary] = values = self.values(row)
            self.holders.update(dict.fromkeys(values, primary))

    def __contains__(self, value: object) -> bool:
        if self.table.stale:
            self.table.settle()
        return value in self.holders
