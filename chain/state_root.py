r"""The state root: one hash over all rows that consensus depends on, by which a copy of the state can be checked piece by piece.

    pair     [key, value]                      a msgpack array of two bins, as the database holds them
    chunk    pairs behind each other, in key order, up to the one that makes it CHUNK_BYTES long or longer
    leaf     SHA-256 of 00 ‖ chunk
    node     SHA-256 of 01 ‖ left ‖ right      a last one without a neighbour goes up as it is
    root     SHA-256 of 02 ‖ count of chunks ‖ count of rows ‖ top node        counts in eight big-endian bytes

The rows are those of the tables that count for the state digest, and nothing else, so all nodes that agree have the same root,
whatever way they came to their state. No rule of consensus depends on it. `chunks` reads one chunk after the other, so whoever
computes a root may do something else between any two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from chain.memory import MemoryBackend
from chain.rowkeys import after
from chain.rowvalues import PACK
from chain.store import Store, View
from chain.table import Table
from chain.tables import Tables

CHUNK_BYTES = 1 << 17
"""A few milliseconds of work, between which a node does other things; a million accounts make some 4,000 leaves."""


class Chunk(NamedTuple):
    """Consecutive rows. `last_key` is the key of the last of them."""

    data: bytes
    row_count: int
    last_key: bytes


@cache
def consensus_prefixes() -> tuple[bytes, ...]:
    """What the keys of consensus rows begin with, in their order."""
    return tuple(sorted(table.prefix for table in consensus_tables(Tables(Store(MemoryBackend())))))


def consensus_tables(tables: Tables) -> list[Table]:  # type: ignore[type-arg]  # of all kinds
    return [table for table in vars(tables).values() if isinstance(table, Table) and table.consensus]


def chunks(rows: View) -> Iterator[Chunk]:
    """All consensus rows of a view, chunk by chunk."""
    parts: list[bytes] = []
    size_bytes = 0
    key = b""
    for prefix in consensus_prefixes():
        for key, value in rows.scan(prefix, after(prefix)):  # the last one is asked for below
            pair = PACK((key, value))
            parts.append(pair)
            size_bytes += len(pair)
            if size_bytes >= CHUNK_BYTES:
                yield Chunk(b"".join(parts), len(parts), key)
                parts, size_bytes = [], 0
    if parts:
        yield Chunk(b"".join(parts), len(parts), key)


def leaf(chunk: bytes) -> bytes:
    return sha256(b"\x00" + chunk).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes], row_count: int) -> bytes:
    """The root over the leaves of all chunks, of which there is at least one."""
    level = leaves
    while len(level) > 1:
        pairs = [_node(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
        level = pairs + level[-1:] if len(level) % 2 else pairs
    counts = len(leaves).to_bytes(8, "big") + row_count.to_bytes(8, "big")
    return sha256(b"\x02" + counts + level[0]).digest()


@dataclass(slots=True)
class RootBuilder:
    """A root in the making."""

    leaves: list[bytes] = field(default_factory=list)
    row_count: int = 0

    def add(self, chunk: Chunk) -> None:
        self.leaves.append(leaf(chunk.data))
        self.row_count += chunk.row_count

    def root(self) -> bytes:
        return root_of(self.leaves, self.row_count)


def state_root(rows: View) -> bytes:
    """All of it at once."""
    builder = RootBuilder()
    for chunk in chunks(rows):
        builder.add(chunk)
    return builder.root()
