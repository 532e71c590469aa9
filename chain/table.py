"""Tables of rows in memory, and the orders they can be read in. `chain.store` commits them and takes changes back.

Keys are built so that their bytes sort as their parts do; docs/storage.md describes their layouts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgpack
from sortedcontainers import SortedDict, SortedList

if TYPE_CHECKING:
    from chain.store import Store

INDEX_PREFIX = b"\x02"

PACK = msgpack.Packer(use_bin_type=True).pack


class MissingRow(LookupError):
    """A row that must exist does not: a bug of ours, never an answer to bad input."""


class Row:
    """Base of all rows. Subclasses are slotted dataclasses; key fields come first and never change.

    `converters` names the fields that msgpack cannot hold by themselves, with the two functions that turn them.
    """

    __slots__ = ("layer", "packed")

    layer: int  # the layer that last noted this row's values; 0 when it is as committed
    packed: bytes | None  # what the backend holds for it; None for a row that was never committed

    converters: ClassVar[dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {}


def as_u128() -> tuple[Callable[[int], bytes], Callable[[bytes], int]]:
    """Integers of up to 128 bits, as 16 big-endian bytes."""
    return (lambda value: value.to_bytes(16, "big")), (lambda data: int.from_bytes(data, "big"))


K = TypeVar("K")
R = TypeVar("R", bound=Row)


def encode_key(key: object) -> bytes:
    """Bytes that sort as the key does: texts end in a zero byte, integers are eight big-endian bytes, bytes have a fixed width.

    A text may hold what was not UTF-8 (see `wire.Text`): nothing is stored under such a name, but anybody may ask for it.
    """
    if isinstance(key, tuple):
        return b"".join(map(encode_key, key))
    if isinstance(key, str):
        return key.encode("utf-8", "surrogateescape") + b"\x00"
    if isinstance(key, int):
        return key.to_bytes(8, "big")
    if isinstance(key, bytes):
        return key
    raise TypeError(f"no key can hold {key!r}")


def after(prefix: bytes) -> bytes:
    """The first key behind all that start with prefix."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1])


class Index(Generic[R]):
    """Rows of a table in another order. `key(row)` gives a tuple to sort by, or None to leave the row out.

    The entries are all in memory, so an index should hold only what is waiting for something. Rows changed since the last
    look are placed anew at the next look; a row obtained by `edit` must not be changed after an index was read in between
    without asking `edit` for it again.
    """

    def __init__(self, name: str, table: Table[Any, R], key: Callable[[R], tuple[Any, ...] | None]) -> None:
        self.prefix = INDEX_PREFIX + table.prefix + name.encode() + b"\x00"
        self.table = table
        self.key = key
        self.entries: SortedList[Any] = SortedList()  # of (sort key, primary key)
        self.placed: dict[Any, tuple[Any, Any]] = {}  # primary key → entry
        self.stale: dict[Any, None] = {}
        self.moved: dict[Any, None] = {}  # since the last commit

    def load(self) -> None:
        entries = []
        for _, value in self.table.store.backend.scan(self.prefix, after(self.prefix)):
            entry = msgpack.unpackb(value, use_list=False)
            entries.append(entry)
            self.placed[entry[1]] = entry
        self.entries = SortedList(entries)

    def settle(self) -> None:
        """Place every row anew that changed since the last look."""
        if not self.stale:
            return
        stale, self.stale = self.stale, {}
        placed, find = self.placed, self.table.find
        for primary in stale:
            row = find(primary)
            sort_key = None if row is None else self.key(row)
            old = placed.get(primary)
            if sort_key is None:
                if old is None:
                    continue
                self.entries.remove(old)
                del placed[primary]
            else:
                entry = (sort_key, primary)
                if entry == old:
                    continue
                if old is not None:
                    self.entries.remove(old)
                self.entries.add(entry)
                placed[primary] = entry
            self.moved[primary] = None

    def scan(self, start: tuple[Any, ...] | None = None, *, reverse: bool = False) -> Iterator[R]:
        """Rows in index order, from the first whose sort key is ≥ start (reverse: from the last that is ≤ start, downwards).

        The order is that of the moment of the call; a row that was removed meanwhile is left out.
        """
        self.settle()
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

    def until(self, stop: tuple[Any, ...]) -> list[R]:
        """The rows whose sort key is ≤ stop, in order. A shorter tuple stands for everything that begins with it."""
        self.settle()
        chosen = []
        width = len(stop)
        for sort_key, primary in self.entries:
            if sort_key[:width] > stop:
                break
            chosen.append(primary)
        return [self.table.get(primary) for primary in chosen]

    def first(self) -> R | None:
        self.settle()
        return self.table.get(self.entries[0][1]) if self.entries else None

    def __len__(self) -> int:
        self.settle()
        return len(self.entries)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """What the backend must be told at a commit."""
        self.settle()
        moved, self.moved = self.moved, {}
        puts: list[tuple[bytes, bytes | None]] = []
        for primary in moved:
            entry = self.placed.get(primary)
            puts.append((self.prefix + encode_key(primary), None if entry is None else msgpack.packb(entry)))
        return puts


class Table(Generic[K, R]):
    """All rows of one type. Keys are str, int, bytes (of one width) or tuples of them."""

    def __init__(
        self,
        store: Store,
        prefix: bytes,
        row_type: type[R],
        key: tuple[str, ...],
        *,
        consensus: bool = True,
    ) -> None:
        self.store = store
        self.prefix = prefix
        self.row_type = row_type
        self.consensus = consensus
        self.names = tuple(field.name for field in fields(row_type))  # type: ignore[arg-type]  # every row is a dataclass
        self.values: Callable[[R], tuple[Any, ...]] = tuple_getter(self.names)
        self.key_of: Callable[[R], K] = attrgetter(*key)  # type: ignore[assignment]  # gives a tuple only for several
        self.rows: dict[K, R | None] = {}
        self.older: dict[K, R | None] = {}
        self.indexes: list[Index[R]] = []
        self.fresh: list[K] = []  # keys that came or went since the last commit, not yet sorted into `appeared`
        self.appeared: SortedDict[bytes, K] = SortedDict()  # key by backend key
        converters = row_type.converters
        self.packers = [(self.names.index(name), pack) for name, (pack, _) in converters.items()]
        self.unpackers = [(self.names.index(name), unpack) for name, (_, unpack) in converters.items()]
        store.tables.append(self)

    def index(self, name: str, key: Callable[[R], tuple[Any, ...] | None]) -> Index[R]:
        index = Index(name, self, key)
        self.indexes.append(index)
        return index

    # reading

    def find(self, key: K) -> R | None:
        """The row, or None. Read only: ask `edit` for a row to change."""
        try:
            return self.rows[key]
        except KeyError:
            return self._fetch(key)

    def get(self, key: K) -> R:
        """The row. Raises MissingRow."""
        try:
            row = self.rows[key]
        except KeyError:
            row = self._fetch(key)
        if row is None:
            raise MissingRow(f"{self.row_type.__name__} {key!r}")
        return row

    def committed(self, key: K) -> R | None:
        """The row as the last block left it, whatever the open layers made of it: a copy, read from the backend."""
        data = self.store.backend.get(self.prefix + encode_key(key))
        return None if data is None else self.unpack(data)

    def __contains__(self, key: K) -> bool:
        return self.find(key) is not None

    def scan(self, *prefix: object, start: object = None, reverse: bool = False) -> Iterator[R]:
        """Rows whose key begins with the given parts, in key order, from `start` (a whole key) on."""
        low = self.prefix + encode_key(prefix)
        high = after(low)
        if start is not None:
            place = self.prefix + encode_key(start)
            low, high = (low, place + b"\x00") if reverse else (max(low, place), high)
        for key in self._merge(low, high, reverse=reverse):
            row = self.find(key)
            if row is not None:
                yield row

    # changing

    def edit(self, key: K) -> R:
        """The row, to be changed in place. Raises MissingRow."""
        try:  # as `get` does: the hottest function of all spares itself the calls
            row = self.rows[key]
        except KeyError:
            row = self._fetch(key)
        if row is None:
            raise MissingRow(f"{self.row_type.__name__} {key!r}")
        layer = self.store.layers[-1]
        serial = layer.serial
        if row.layer != serial:
            layer.journal.append((self, key, row, self.values(row), row.layer))
            row.layer = serial
        for index in self.indexes:
            index.stale[key] = None
        return row

    def insert(self, row: R) -> R:
        key = self.key_of(row)
        if self.find(key) is not None:
            raise ValueError(f"{self.row_type.__name__} {key!r} exists")
        layer = self.store.layers[-1]
        layer.journal.append((self, key, None, None, 0))
        row.layer = layer.serial
        row.packed = None
        self._place(key, row)
        return row

    def remove(self, key: K) -> None:
        row = self.get(key)
        self.store.layers[-1].journal.append((self, key, row, None, 0))
        self._place(key, None)

    # below here: for the store

    def _place(self, key: K, row: R | None) -> None:
        self.rows[key] = row
        self.fresh.append(key)
        for index in self.indexes:
            index.stale[key] = None

    def _fetch(self, key: K) -> R | None:
        row: R | None
        try:
            row = self.older.pop(key)
        except KeyError:
            data = self.store.backend.get(self.prefix + encode_key(key))
            row = None if data is None else self.unpack(data)
        self.rows[key] = row
        return row

    def pack(self, row: R) -> bytes:
        values = self.values(row)
        if self.packers:
            mutable = list(values)
            for position, pack in self.packers:
                mutable[position] = pack(mutable[position])
            values = tuple(mutable)
        return PACK(values)  # type: ignore[no-any-return]  # msgpack has no types

    def unpack(self, data: bytes) -> R:
        values = msgpack.unpackb(data, use_list=False, strict_map_key=False)
        if self.unpackers:
            mutable = list(values)
            for position, unpack in self.unpackers:
                mutable[position] = unpack(mutable[position])
            values = mutable
        row = self.row_type(*values)
        row.layer = 0
        row.packed = data
        return row

    def restore(self, key: K, row: R | None, values: tuple[Any, ...] | None, layer: int) -> None:
        """Take one journal entry back."""
        if values is None:
            self._place(key, row)
            return
        for name, value in zip(self.names, values, strict=True):
            setattr(row, name, value)
        if row is not None:
            row.layer = layer
        for index in self.indexes:
            index.stale[key] = None

    def _merge(self, low: bytes, high: bytes, *, reverse: bool) -> Iterator[K]:
        """Keys of the backend and those that appeared since, merged in order. May name rows that are gone."""
        if self.fresh:
            self.appeared.update((self.prefix + encode_key(key), key) for key in self.fresh)
            self.fresh = []
        mine = list(self.appeared.irange(low, high, inclusive=(True, False), reverse=reverse))
        position = 0
        for db_key, data in self.store.backend.scan(low, high, reverse=reverse):
            while position < len(mine) and ((mine[position] > db_key) if reverse else (mine[position] < db_key)):
                yield self.appeared[mine[position]]
                position += 1
            if position < len(mine) and mine[position] == db_key:
                position += 1
            yield self._adopt(data)
        for db_key in mine[position:]:
            yield self.appeared[db_key]

    def _adopt(self, data: bytes) -> K:
        """The key of a row just read from the backend; the cache keeps its own, newer, opinion of the row."""
        row = self.unpack(data)
        key = self.key_of(row)
        if key not in self.rows:
            self.rows[key] = self.older.pop(key, row)
        return key


def tuple_getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Like attrgetter, but gives a tuple for a single name, too."""
    if len(names) == 1:
        one = attrgetter(names[0])
        return lambda row: (one(row),)
    return attrgetter(*names)
