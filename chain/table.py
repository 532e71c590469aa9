"""Tables of rows in memory, and the orders they can be read in. `chain.store` commits them and takes changes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

import msgpack
from sortedcontainers import SortedDict, SortedList

from chain.row import Row
from chain.rowkeys import after, encode_key, key_decoder, key_encoder

if TYPE_CHECKING:
    from chain.store import Store

INDEX_PREFIX = b"\x02"
PREFIX_BYTES = 2
WIDE_INTEGER_BYTES = 16

PACK = msgpack.Packer(use_bin_type=True).pack


class MissingRow(LookupError):
    """A row that must exist does not: a bug of ours, never an answer to bad input."""


K = TypeVar("K")
R = TypeVar("R", bound=Row)


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
        moved, self.moved = self.moved, {}
        puts: list[tuple[bytes, bytes | None]] = []
        for primary in moved:
            entry = self.placed.get(primary)
            puts.append((self.prefix + encode_key(primary), None if entry is None else msgpack.packb(entry)))
        return puts

    def record(self, row: R) -> tuple[bytes, bytes] | None:
        """What the backend holds for a row that stands in this index."""
        sort_key, primary = self.key(row), self.table.key_of(row)
        return None if sort_key is None else (self.prefix + encode_key(primary), msgpack.packb((sort_key, primary)))


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
        self.table.settle()
        return value in self.holders


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
        hints = _types_of(row_type)  # type: ignore[arg-type]  # every class is hashable
        key_types = [hints[name] for name in key]
        self.encode_key: Callable[[K], bytes] = key_encoder(prefix, key_types)
        self.decode_key: Callable[[bytes], K] | None = key_decoder(PREFIX_BYTES, key_types)
        self.key_of: Callable[[R], K] = attrgetter(*key)  # type: ignore[assignment]  # gives a tuple only for several
        self.rows: dict[K, R | None] = {}
        self.older: dict[K, R | None] = {}
        self.groups: set[Any] = set()  # first parts of keys below which memory holds every row there is
        self.indexes: list[Index[R]] = []
        self.lookups: list[Lookup[R]] = []
        self.orders: list[Index[R] | Lookup[R]] = []  # all that a changed row is placed in anew
        self.watched: Callable[[R], tuple[Any, ...]] = tuple_getter(self.names[:1])  # what the indexes sort by
        self.stale: dict[K, R | None] = {}  # rows touched since the indexes were last looked at
        self.fresh: list[K] = []  # keys that came or went since the last commit, not yet sorted into `appeared`
        self.appeared: SortedDict[bytes, K] = SortedDict()  # key by backend key
        converters = row_type.converters
        self.packers = [(self.names.index(name), pack) for name, (pack, _) in converters.items()]
        self.unpackers = [(self.names.index(name), unpack) for name, (_, unpack) in converters.items()]
        self.unpackers += [(self.names.index(name), wide_integer) for name in row_type.wide]
        self.is_plain = not self.unpackers  # msgpack takes the values as they are
        store.tables.append(self)

    def index(self, name: str, key: Callable[[R], tuple[Any, ...] | None]) -> Index[R]:
        index = Index(name, self, key)
        self.indexes.append(index)
        self._watch(index)
        return index

    def lookup(self, values: Callable[[R], list[Any]]) -> Lookup[R]:
        lookup = Lookup(self, values)
        self.lookups.append(lookup)
        self._watch(lookup)
        return lookup

    def _watch(self, order: Index[R] | Lookup[R]) -> None:
        self.orders.append(order)
        self.watched = tuple_getter(tuple(dict.fromkeys(name for order in self.orders for name in order.reads)))

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
        data = self.store.backend.get(self.encode_key(key))
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

    def begin_group(self, first: Any) -> None:
        """Nothing is stored under keys that begin with `first`: from now on the disk need not be asked what does not exist."""
        self.groups.add(first)

    def end_group(self, first: Any) -> None:
        """Nobody will ask for such keys any more."""
        self.groups.discard(first)

    # changing

    def edit(self, key: K) -> R:
        """The row, to be changed in place. Raises MissingRow."""
        try:  # as `get` does: the hottest function of all spares itself the calls
            row = self.rows[key]
        except KeyError:
            row = self._fetch(key)
        if row is None:
            raise MissingRow(f"{self.row_type.__name__} {key!r}")
        store = self.store
        if row.layer != store.serial:
            # The values of a row as committed are in its bytes: to keep those costs nothing.
            store.journal.append((self, key, row, self.values(row) if row.layer else row.packed, row.layer))
            row.layer = store.serial
        if self.orders:
            self.stale[key] = row
        return row

    def insert(self, row: R, *, is_new: bool = False) -> R:  # is_new: known to be, so the disk need not be asked
        key = self.key_of(row)
        if not is_new and self.find(key) is not None:
            raise ValueError(f"{self.row_type.__name__} {key!r} exists")
        store = self.store
        store.journal.append((self, key, None, None, 0))
        row.layer = store.serial
        row.packed = None
        self._place(key, row)
        return row

    def remove(self, key: K) -> None:
        row = self.get(key)
        self.store.journal.append((self, key, row, None, 0))
        self._place(key, None)

    # below here: for the store

    def settle(self) -> None:
        """Place rows anew where the indexes sort by something that changed since the last look."""
        if not self.stale:
            return
        stale, self.stale = self.stale, {}
        watched = self.watched
        for key, row in stale.items():
            if row is not None:
                values = watched(row)
                if values == row.placed:
                    continue
                row.placed = values
            for order in self.orders:
                order.place(key, row)

    def _place(self, key: K, row: R | None) -> None:
        self.rows[key] = row
        self.fresh.append(key)
        if self.orders:
            self.stale[key] = row
            if row is not None:
                row.placed = None

    def _fetch(self, key: K) -> R | None:
        row: R | None
        if key in self.older:
            row = self.older.pop(key)
        elif self.groups and key[0] in self.groups:  # type: ignore[index]  # only tables of several key fields have groups
            row = None
        else:
            data = self.store.backend.get(self.encode_key(key))
            row = None if data is None else self.unpack(data)
        self.rows[key] = row
        return row

    def pack(self, row: R) -> bytes:
        values = self.values(row)
        if self.packers:
            values = converted(values, self.packers)
        try:
            return PACK(values)  # type: ignore[no-any-return]  # msgpack has no types
        except OverflowError:
            wide = [(self.names.index(name), wide_bytes) for name in self.row_type.wide]
            return PACK(converted(values, wide))  # type: ignore[no-any-return]

    def unpack(self, data: bytes) -> R:
        row = self.row_type(*self.unpack_values(data))
        row.layer = 0
        row.packed = data
        row.placed = None
        return row

    def unpack_values(self, data: bytes) -> tuple[Any, ...]:
        values: tuple[Any, ...] = msgpack.unpackb(data, use_list=False, strict_map_key=False)
        return converted(values, self.unpackers) if self.unpackers else values

    def restore(self, key: K, row: R | None, values: tuple[Any, ...] | bytes | None, layer: int) -> None:
        """Take one journal entry back."""
        if values is None:
            self._place(key, row)
            return
        assert row is not None, "an entry with values has its row"
        if isinstance(values, bytes):
            values = self.unpack_values(values)
        for name, value in zip(self.names, values, strict=True):
            setattr(row, name, value)
        row.layer = layer
        if self.orders:
            self.stale[key] = row

    def forget(self, key: K, row: R | None) -> None:
        """Put a row of a popped block back, as it was committed before."""
        self.older.pop(key, None)
        self.rows[key] = row
        if self.orders:
            self.stale[key] = row

    def key_in(self, db_key: bytes) -> K | None:
        """The key that bytes stand for; None where only the row tells."""
        return None if self.decode_key is None else self.decode_key(db_key)

    def _merge(self, low: bytes, high: bytes, *, reverse: bool) -> Iterator[K]:
        """Keys of the backend and those that appeared since, merged in order. May name rows that are gone."""
        if self.fresh:
            self.appeared.update((self.encode_key(key), key) for key in self.fresh)
            self.fresh = []
        appeared = self.appeared
        mine = [(key, appeared[key]) for key in appeared.irange(low, high, inclusive=(True, False), reverse=reverse)]
        position = 0
        for db_key, data in self.store.backend.scan(low, high, reverse=reverse):
            while position < len(mine) and ((mine[position][0] > db_key) if reverse else (mine[position][0] < db_key)):
                yield mine[position][1]
                position += 1
            if position < len(mine) and mine[position][0] == db_key:
                position += 1
            yield self._adopt(db_key, data)
        for _, key in mine[position:]:
            yield key

    def _adopt(self, db_key: bytes, data: bytes) -> K:
        """The key of a pair just read from the backend; the cache keeps its own, newer, opinion of the row."""
        key = self.decode_key(db_key) if self.decode_key is not None else self.key_of(self.unpack(data))
        if key not in self.rows:
            self.rows[key] = self.older.pop(key) if key in self.older else self.unpack(data)
        return key


@cache
def _types_of(row_type: type[Row]) -> dict[str, Any]:
    """What the fields of a row hold. Reading that takes 1 ms, and a chain has many tables."""
    return get_type_hints(row_type)


def converted(values: tuple[Any, ...], converters: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    """The values with those at some positions turned into something else."""
    mutable = list(values)
    for position, convert in converters:
        mutable[position] = convert(mutable[position])
    return tuple(mutable)


def wide_bytes(value: int) -> bytes | int:
    """An integer of up to 128 bits in the form that msgpack can hold."""
    return value.to_bytes(WIDE_INTEGER_BYTES, "big") if value.bit_length() > 64 else value


def wide_integer(stored: bytes | int) -> int:
    return int.from_bytes(stored, "big") if isinstance(stored, bytes) else stored


def tuple_getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Like attrgetter, but gives a tuple for a single name, too."""
    if len(names) == 1:
        one = attrgetter(names[0])
        return lambda row: (one(row),)
    return attrgetter(*names)
