"""Rows in memory over a key-value backend: layers, undo, one atomic batch a block.

    committed ◄── block layer ◄── transaction layer ◄── savepoint of an operation
       │                │
    backend          journal: what each row was before this layer first touched it

A *row* is a slotted object of immutable values. It lives in its table's cache and is changed in place; before the first
change in a layer `Table.edit` notes its values in that layer's journal, so a layer can be rolled back, or merged into the
one below, in time proportional to the rows touched. Nobody else writes undo code.

`Store.commit` ends the only open layer: every touched row is packed once, and one synced batch holds the rows, the entries of
the secondary indexes, the undo record, the caller's own records (the block, the history) and the new head. After `kill -9`
the backend holds that batch whole or not at all, so the next start needs no replay. `Store.pop` takes the last block back
from its undo record.

The *state digest* chains blocks: SHA-256 over the previous digest and the packed consensus rows of the block in key order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Any, Protocol

import msgpack

from chain.errors import StorageError
from chain.groups import TakenGroup
from chain.index import Index
from chain.row import Row
from chain.rowvalues import PACK
from chain.table import PREFIX_BYTES, Table
from chain.undo import Undo, undo_key

META_HEAD = b"\x00head"

NO_DIGEST = bytes(32)

Put = tuple[bytes, bytes | None]  # a key of the backend, and what it shall hold: None for nothing


class View(Protocol):
    """What a backend held at one moment, whatever is written since. Costs nothing but room, until it is closed."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Pairs with start ≤ key < stop, in key order."""
        ...

    def close(self) -> None: ...


class Backend(Protocol):
    """The little that the store needs of a disk."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Pairs with start ≤ key < stop, in key order."""
        ...

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:
        """All or nothing. A value of None deletes the key."""
        ...

    def view(self) -> View: ...

    def close(self) -> None: ...


@dataclass(slots=True, frozen=True)
class Head:
    """The last committed block. At genesis the number is 0."""

    num: int
    block_id: bytes
    digest: bytes


# (table, key, row before, its values, the layer that noted them). A row that came or went has no values; those of a row as committed
# are its bytes.
Entry = tuple[Table[Any, Any], Any, Row | None, tuple[Any, ...] | bytes | None, int]


class Layer:
    """What a group of changes must be able to take back."""

    __slots__ = ("appended", "journal", "serial", "taken")

    def __init__(self, serial: int) -> None:
        self.serial = serial
        self.journal: list[Entry] = []
        self.appended: list[Put] = []  # new rows that nobody reads before they are committed
        self.taken: list[TakenGroup] = []


class Store:
    """Tables, layers and the head. One writer; nothing here knows what the rows mean."""

    def __init__(self, backend: Backend, *, cached_rows_max: int = 2_000_000) -> None:
        self.backend = backend
        self.cached_rows_max = cached_rows_max
        self.tables: list[Table[Any, Any]] = []
        self.indexes: list[Index[Any]] = []  # of all tables
        self.layers: list[Layer] = []
        self.journal: list[Entry] = []  # of the innermost layer
        self.serial = 0  # of the innermost layer
        self.layer_count = 0  # that were ever opened: while it stays, no row changes
        self.head = Head(0, bytes(20), NO_DIGEST)
        self.is_broken = False

    def load(self) -> None:
        """Read head and indexes. Call once, when all tables are declared."""
        data = self.backend.get(META_HEAD)
        if data is not None:
            self.head = Head(*msgpack.unpackb(data))
        for table in self.tables:
            for order in table.orders:
                order.load()

    def look_again(self) -> None:
        """The backend shows another moment now: forget what was read. Orders are loaded when somebody asks for one."""
        self.head = Head(*msgpack.unpackb(self.backend.get(META_HEAD)))
        for table in self.tables:
            table.rows.clear()
            for order in table.orders:
                order.unload()

    # layers

    def begin(self) -> None:
        """Open a layer. Raises BrokenStore."""
        if self.is_broken:
            raise BrokenStore
        self.layer_count += 1
        self.layers.append(Layer(self.layer_count))
        self._enter()

    def _enter(self) -> None:
        """The innermost layer has changed: tables find what they need of it in one step."""
        layer = self.layers[-1] if self.layers else Layer(0)
        self.journal, self.serial = layer.journal, layer.serial

    def rollback(self) -> None:
        """Take back everything since the last `begin`."""
        layer = self.layers.pop()
        for table, key, row, values, before in reversed(layer.journal):
            table.restore(key, row, values, before)
        for group in layer.taken:
            group.give_back()
        self._enter()

    def merge(self) -> None:
        """Hand the innermost layer's changes to the one below, which may by that note a row a second time: that of the first time counts."""
        inner = self.layers.pop()
        self._enter()
        below = self.layers[-1]
        below.journal += inner.journal
        below.appended += inner.appended
        below.taken += inner.taken

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Changes made in the body stay if it ends, and are taken back if it raises."""
        self.begin()
        try:
            yield
        except BaseException:
            self.rollback()
            raise
        self.merge()

    # commit and pop

    def commit(
        self,
        num: int,
        block_id: bytes,
        records: Iterable[tuple[bytes, bytes]] = (),
        *,
        retired: Iterable[Put] = (),
        sync: bool = True,
    ) -> Head:
        """Make the only open layer block `num`, with the caller's own records beside it.

        `retired` is what becomes of the undo records of blocks that are irreversible now; it is not taken back with the block.
        """
        if len(self.layers) != 1:
            raise AssertionError(f"commit with {len(self.layers)} open layers")
        writes, others, replaced, new_keys = self._changes()
        digest = chain_digest(self.head.digest, writes)
        head = Head(num, block_id, digest)
        records = list(records)
        previous = (self.head.num, self.head.block_id, self.head.digest)
        undo = Undo(previous, replaced, new_keys, list(map(itemgetter(0), records)))
        puts = writes + others
        puts.extend(records)
        for index in self.indexes:
            puts.extend(index.changes())
        puts.append((undo_key(num), undo.pack()))
        puts.extend(retired)
        puts.append((META_HEAD, PACK((num, block_id, digest))))
        self._write(puts, sync=sync)
        for group in self.layers.pop().taken:
            group.forget()
        self._enter()
        self._settle_committed()
        self.head = head
        return head

    def _write(self, puts: list[Put], *, sync: bool) -> None:
        """What memory holds is ahead of a disk that refuses to write: from then on nothing may be built on it."""
        try:
            self.backend.write(puts, sync=sync)
        except BaseException:
            self.is_broken = True
            raise

    def _changes(self) -> tuple[list[Put], list[Put], list[tuple[bytes, int, bytes]], list[bytes]]:
        """What differs from the backend: puts of consensus rows in key order, puts of other rows; and what takes them all back, see `Undo`:
        the rows as they were, and the keys of new ones.
        """
        writes: list[Put] = []
        others: list[Put] = []
        replaced: defaultdict[Table[Any, Any], list[bytes]] = defaultdict(list)
        new_keys: list[bytes] = []
        row: Row | None
        old: Any  # bytes or None: in the lowest layer nothing else is noted
        for table, key, before, values, _ in self.journal:
            if values is None:  # it came or went: what counts is what became of it
                row, old = table.rows.get(key), None if before is None else before.packed
            else:
                row, old = before, values
            if row is None:
                new = None
            elif row.layer:
                new = row.packed = table.pack(row)
                row.layer = 0
            else:
                continue  # it was written already, or it went, of which its own entry tells
            if new != old:
                db_key = table.encode_key(key)
                (writes if table.consensus else others).append((db_key, new))
                if old is None:
                    new_keys.append(db_key)
                else:
                    replaced[table].append(old)
        for group in self.layers[0].taken:
            (writes if group.table.consensus else others).extend([(db_key, None) for db_key in group.db_keys])
            replaced[group.table] += group.packed
        appended = self.layers[0].appended
        others += appended
        new_keys.extend(map(itemgetter(0), appended))
        writes.sort(key=itemgetter(0))  # no key comes twice, and to compare pairs takes longer
        return writes, others, [(of.prefix, of.key_width, b"".join(rows)) for of, rows in replaced.items()], new_keys

    def _settle_committed(self) -> None:
        """Start the next block with clean tables, and let go of as many rows as the cache has too many."""
        count = 0
        for table in self.tables:
            if table.fresh or table.appeared:
                table.fresh = []
                table.appeared.clear()
            count += len(table.rows) + len(table.older)
        if count > self.cached_rows_max:
            self._let_go(count - self.cached_rows_max)

    def _let_go(self, count: int) -> None:
        """Of rows that nobody has asked for lately: a block adds some, so a block drops some, and none pays for a million at once.

        There are two generations. A row that is asked for moves to the younger one; what is left in the older one goes. Where that is
        empty, the younger one becomes the older one.
        """
        for table in self.tables:
            count -= table.let_go(count)
        if count:
            for table in self.tables:
                table.older, table.rows = table.rows, {}

    def pop(self) -> Head:
        """Take the last block back. Raises StorageError when its undo record is gone (the block is irreversible)."""
        if self.layers:
            raise AssertionError("pop with open layers")
        data = self.backend.get(undo_key(self.head.num))
        if data is None:
            raise UndoForgotten(num=self.head.num)
        undo = Undo.read(data)
        rows = list(undo.rows())
        puts: list[Put] = [(key, None) for key in undo.records]
        puts.extend(rows)
        self._forget_rows(rows)
        for index in self.indexes:
            puts.extend(index.changes())
        puts.append((undo_key(self.head.num), None))
        self.head = Head(*undo.previous)
        puts.append((META_HEAD, PACK(undo.previous)))
        self._write(puts, sync=True)
        return self.head

    def _forget_rows(self, rows: Iterable[Put]) -> None:
        """Put the rows of an undo record back into the caches."""
        by_prefix = {table.prefix: table for table in self.tables}
        for db_key, old in rows:
            table = by_prefix[db_key[:PREFIX_BYTES]]
            if old is not None:
                row = table.unpack(old)
                table.forget(table.key_of(row), row)
            else:
                table.forget(self._committed_key(table, db_key), None)

    def _committed_key(self, table: Table[Any, Any], db_key: bytes) -> Any:
        data = self.backend.get(db_key)
        if data is None:
            raise StorageError(reason="an undo record names a row that is not there")
        return table.key_of(table.unpack(data))


class BrokenStore(StorageError):
    code = "broken_store"
    text = "The last block could not be written, so nothing can follow it. Free the disk or mend it, then start the node again"


class UndoForgotten(StorageError):
    code = "undo_forgotten"
    text = "Block {num} is irreversible: what it changed can no longer be taken back"


def chain_digest(previous: bytes, writes: list[Put]) -> bytes:
    """SHA-256 over the msgpack array [previous digest, [[key, bytes or nil] …]] with the writes in key order."""
    return sha256(PACK((previous, writes))).digest()
