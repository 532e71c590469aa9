"""Tables of rows in memory. `chain.store` commits them and takes changes back; `chain.index` has the orders they can be read in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgpack
from sortedcontainers import SortedDict

from chain.index import Index, Lookup
from chain.native import mypyc_attr
from chain.row import R
from chain.rowkeys import after, encode_key, key_decoder, key_encoder
from chain.rowvalues import (
    PACK,
    converted,
    is_object,
    shared,
    values_getter,
    values_packer,
    values_setter,
    whole_getter,
    wide_bytes,
    wide_integer,
)

if TYPE_CHECKING:
    from chain.store import Store

PREFIX_BYTES = 2


class MissingRow(LookupError):
    """A row that must exist does not: a bug of ours, never an answer to bad input."""


K = TypeVar("K")


@mypyc_attr(allow_interpreted_subclasses=True)  # chain.tables reads the source of its orders, so it is never compiled
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
        declared = fields(row_type)  # type: ignore[arg-type]  # every row is a dataclass
        self.names = tuple(field.name for field in declared)
        self.key_width = len(key)
        self.values: Callable[[R], tuple[Any, ...]] = whole_getter(row_type, self.names)
        self.assign: Callable[[R, tuple[Any, ...]], None] = values_setter(self.names)
        types: dict[str, Any] = {field.name: field.type for field in declared}
        key_types = [types[name] for name in key]
        self.encode_key: Callable[[K], bytes] = key_encoder(prefix, tuple(key_types))
        self.decode_key: Callable[[bytes], K] | None = key_decoder(PREFIX_BYTES, key_types)
        self.key_of: Callable[[R], K] = attrgetter(*key)  # type: ignore[assignment]  # gives a tuple only for several
        self.rows: dict[K, R | None] = {}
        self.older: dict[K, R | None] = {}
        self.groups: set[Any] = set()  # first parts of keys below which memory holds every row there is
        self.taken: set[Any] = set()  # those of them whose stored rows an open layer has taken away
        self.indexes: list[Index[R]] = []
        self.lookups: list[Lookup[R]] = []
        self.orders: list[Index[R] | Lookup[R]] = []  # all that a changed row is placed in anew
        self.watched: Callable[[R], tuple[Any, ...]] = values_getter(self.names[:1])  # what the indexes sort by
        self.stale: dict[K, R | None] = {}  # rows touched since the indexes were last looked at
        self.fresh: list[K] = []  # keys that came or went since the last commit, not yet sorted into `appeared`
        self.appeared: SortedDict[bytes, K] = SortedDict()  # key by backend key
        converters = row_type.converters
        self.packers = [(self.names.index(name), pack) for name, (pack, _) in converters.items()]
        self.unpackers = [(self.names.index(name), unpack) for name, (_, unpack) in converters.items()]
        self.unpackers += [(self.names.index(name), wide_integer) for name in row_type.wide]
        usual = [field.default for field in declared]
        self.unpackers += [(place, shared(value)) for place, value in enumerate(usual) if is_object(value)]
        is_plain = not converters and not row_type.wide
        self.pack: Callable[[R], bytes] = values_packer(self.names) if is_plain else self._pack_converted
        store.tables.append(self)

    def index(self, name: str, key: Callable[[R], tuple[Any, ...] | None]) -> Index[R]:
        index = Index(name, self, key)
        self.indexes.append(index)
        self.store.indexes.append(index)
        self._watch(index)
        return index

    def lookup(self, values: Callable[[R], list[Any]]) -> Lookup[R]:
        lookup = Lookup(self, values)
        self.lookups.append(lookup)
        self._watch(lookup)
        return lookup

    def _watch(self, order: Index[R] | Lookup[R]) -> None:
        self.orders.append(order)
        self.watched = values_getter(tuple(dict.fromkeys(name for order in self.orders for name in order.reads)))

    # reading

    def find(self, key: K) -> R | None:
        """The row, or None. Read only: ask `edit` for a row to change."""
        row = self.rows.get(key)
        return row if row is not None or key in self.rows else self._fetch(key)

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

    def edit_each(self, keys: Iterable[K], make: Callable[[K], R]) -> list[R]:
        """Many rows, to be changed in place; one that is not there is made and inserted. Only for tables without indexes."""
        store, held = self.store, self.rows
        serial, note, values = store.serial, store.journal.append, self.values
        rows: list[R] = []
        for key in keys:
            row = held.get(key) or self.find(key) or self.insert(make(key), is_new=True)
            if row.layer != serial:
                note((self, key, row, values(row) if row.layer else row.packed, row.layer))
                row.layer = serial
            rows.append(row)
        return rows

    def insert(self, row: R, *, is_new: bool = False) -> R:  # is_new: known to be, so the disk need not be asked
        key = self.key_of(row)
        if not is_new and self.find(key) is not None:
            raise ValueError(f"{self.row_type.__name__} {key!r} exists")
        store = self.store
        store.journal.append((self, key, None, None, 0))
        row.layer = store.serial
        row.packed = None
        self.rows[key] = row  # as `_place` does, for each vote there is
        self.fresh.append(key)
        if self.orders:
            self.stale[key] = row
            row.placed = None
        return row

    def append(self, *values: Any) -> None:
        """A new row, by the values of its fields, that nobody asks for before it is committed: it is bytes at once, and no object.

        Only for tables that readers scan, without indexes and with several key fields: a tenth of what `insert` and its commit take.
        """
        key: Any = values[: self.key_width]
        self.store.layers[-1].appended.append((self.encode_key(key), PACK(values)))

    def remove(self, key: K) -> None:
        row = self.get(key)
        self.store.journal.append((self, key, row, None, row.layer))
        row.layer = 0  # nothing of it is to be written
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
            if data is None:
                row = None
            else:
                row = self.unpack(data)
                key = self.key_of(row)  # it has these very strings already, and whoever asks has others
        self.rows[key] = row
        return row

    def _pack_converted(self, row: R) -> bytes:
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
            if row is not None:
                row.layer = layer
            self._place(key, row)
            return
        assert row is not None, "an entry with values has its row"
        if isinstance(values, bytes):
            values = self.unpack_values(values)
        self.assign(row, values)
        row.layer = layer
        if self.orders:
            self.stale[key] = row

    def forget(self, key: K, row: R | None) -> None:
        """Put a row of a popped block back, as it was committed before."""
        self.older.pop(key, None)
        if row is None:
            self.rows.pop(key, None)  # the next block may append it
        else:
            self.rows[key] = row
        if self.orders:
            self.stale[key] = row

    def let_go(self, count: int) -> int:
        """Drop up to so many rows of the older generation; returns how many."""
        older, groups = self.older, self.groups
        count = min(count, len(older))
        for _ in range(count):
            key, row = older.popitem()
            if groups and row is not None:
                groups.discard(key[0])  # type: ignore[index]  # only tables of several key fields have groups
        return count

    def key_in(self, db_key: bytes) -> K | None:
        """The key that bytes stand for; None where only the row tells."""
        return None if self.decode_key is None else self.decode_key(db_key)

    def _merge(self, low: bytes, high: bytes, *, reverse: bool) -> Iterator[K]:
        """Keys of the backend and those that appeared since, merged in order. May name rows that are gone."""
        mine = self.appeared_within(low, high, reverse=reverse)
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

    def appeared_within(self, low: bytes, high: bytes, *, reverse: bool = False) -> list[tuple[bytes, K]]:
        """Keys that came or went since the last commit, each behind the backend's form of it."""
        if self.fresh:
            self.appeared.update((self.encode_key(key), key) for key in self.fresh)
            self.fresh = []
        appeared = self.appeared
        return [(key, appeared[key]) for key in appeared.irange(low, high, inclusive=(True, False), reverse=reverse)]

    def _adopt(self, db_key: bytes, data: bytes) -> K:
        """The key of a pair just read from the backend; the cache keeps its own, newer, opinion of the row."""
        key = self.decode_key(db_key) if self.decode_key is not None else self.key_of(self.unpack(data))
        if key not in self.rows and not (self.groups and key[0] in self.groups):  # type: ignore[index]  # as in `_fetch`
            self.rows[key] = self.older.pop(key) if key in self.older else self.unpack(data)
        return key
