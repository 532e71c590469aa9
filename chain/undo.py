r"""How a block is taken back: what each row was before it.

    \x01u ‖ block number     [head before, [[prefix, parts of the key, rows as they were] …], [key of a new row …], [key of a record …]]

What a block has changed or removed stands there table by table, one row behind the other. The first fields of a row are its key, so no
key is written beside it, and many rows are one string of bytes: a record costs little to make, and hardly any is ever read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgpack

from chain.rowkeys import encode_key
from chain.rowvalues import PACK

if TYPE_CHECKING:
    from chain.store import Put

UNDO_PREFIX = b"\x01u"


class Undo(NamedTuple):
    """The record of one block."""

    previous: tuple[int, bytes, bytes]  # number, id and digest
    replaced: Sequence[tuple[bytes, int, bytes]]  # a table's prefix, how many fields are the key, the rows
    new_rows: Sequence[bytes]
    records: Sequence[bytes]  # written beside the rows, also new

    @classmethod
    def read(cls, data: bytes) -> Undo:
        return cls(*msgpack.unpackb(data, use_list=False))

    def pack(self) -> bytes:
        return PACK(self)  # type: ignore[no-any-return]  # msgpack has no types

    def rows(self) -> Iterator[Put]:
        """Every row that the block has touched, as it was before; no key comes twice."""
        for part in self.replaced:
            yield from _rows_of(*part)
        for db_key in self.new_rows:
            yield db_key, None

    def rows_under(self, prefix: bytes) -> Iterator[Put]:
        """Those of one table."""
        for part in self.replaced:
            if part[0] == prefix:
                yield from _rows_of(*part)
        for db_key in self.new_rows:
            if db_key.startswith(prefix):
                yield db_key, None


def undo_key(num: int) -> bytes:
    return UNDO_PREFIX + num.to_bytes(8, "big")


def _rows_of(prefix: bytes, width: int, packed: bytes) -> Iterator[Put]:
    unpacker = msgpack.Unpacker(use_list=False, strict_map_key=False, max_buffer_size=0)  # 0: as large as it is
    unpacker.feed(packed)
    start = 0
    for values in unpacker:
        end = unpacker.tell()
        yield prefix + encode_key(values[:width]), packed[start:end]
        start = end
