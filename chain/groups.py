"""Rows that leave together: all whose key begins with the same value, as the votes of a post do when it is paid.

A post may have 100,000 votes. To remove each by itself would make a row of it, note it in a journal and encode its key again; rows that
no open layer has touched leave as the bytes that the backend holds, and are noted as one group.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import msgpack

from chain.row import Row
from chain.rowkeys import after, encode_key

if TYPE_CHECKING:
    from chain.table import Table

ARRAY_32 = b"\xdd"  # msgpack's mark of an array whose length follows in four bytes

UNREAD: Final = Row()  # stands for a row that is not in memory, so no layer has touched it
UNREAD.layer = 0


class TakenGroup:
    """The pairs of the backend that a layer has taken away, until they are committed or given back."""

    __slots__ = ("db_keys", "first", "keys", "packed", "table")

    def __init__(
        self, table: Table[Any, Any], first: Any, keys: list[Any], db_keys: list[bytes], packed: list[bytes]
    ) -> None:
        self.table = table
        self.first = first
        self.keys = keys
        self.db_keys = db_keys
        self.packed = packed

    def forget(self) -> None:
        """It is committed, and the backend itself knows that nothing is there."""
        self.table.groups.discard(self.first)
        self.table.taken.discard(self.first)

    def give_back(self) -> None:
        """The backend still holds them; whoever asked meanwhile was told that nothing is there."""
        self.table.groups.discard(self.first)
        self.table.taken.discard(self.first)
        for key in self.keys:
            self.table.rows.pop(key, None)


def take_group(table: Table[Any, Any], first: Any) -> list[tuple[Any, ...]]:
    """Remove all rows whose key begins with `first`. Returns their values, in key order.

    Only for tables without indexes, and nothing may be inserted under such a key any more.
    """
    assert not table.orders, "an index would not be told"
    low = table.prefix + encode_key(first)
    is_taken = first in table.taken  # what the backend holds has gone already, in a layer that is still open
    pairs = [] if is_taken else list(table.store.backend.scan(low, after(low)))
    db_keys, packed = [db_key for db_key, _ in pairs], [data for _, data in pairs]
    values = unpack_each(packed)
    keys = [row[: table.key_width] for row in values]
    touched = _take_touched(table, low, keys)
    if touched:
        kept = [place for place, key in enumerate(keys) if key not in touched]
        keys, values = [keys[place] for place in kept], [values[place] for place in kept]
        db_keys, packed = [db_keys[place] for place in kept], [packed[place] for place in kept]
        values += [row for row in touched.values() if row is not None]
        values.sort(key=lambda row: table.encode_key(row[: table.key_width]))
    if not is_taken:
        table.store.layers[-1].taken.append(TakenGroup(table, first, keys, db_keys, packed))
        table.taken.add(first)
        table.begin_group(first)
    return values


def _take_touched(table: Table[Any, Any], low: bytes, stored: list[Any]) -> dict[Any, tuple[Any, ...] | None]:
    """Remove the rows that the open layers have touched, one by one: their values, or None for one that was gone already.

    The cache lets go of all the others.
    """
    rows = table.rows
    cached = zip(stored, map(rows.pop, stored, repeat(UNREAD)), strict=True)
    touched = {key: row for key, row in cached if row is None or row.layer}
    if table.older:
        for key in stored:
            table.older.pop(key, None)
    touched |= {key: rows[key] for _, key in table.appeared_within(low, after(low)) if key in rows}
    rows.update(touched)
    values = {key: None if row is None else table.values(row) for key, row in touched.items()}
    for key, row in touched.items():
        if row is not None:
            table.remove(key)
    return values


def unpack_each(packed: list[bytes]) -> list[tuple[Any, ...]]:
    """Many msgpack arrays, read in one go."""
    head = ARRAY_32 + len(packed).to_bytes(4, "big")
    return list(msgpack.unpackb(head + b"".join(packed), use_list=False))
