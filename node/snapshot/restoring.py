"""A data directory out of a snapshot: rows, what is derived from them, and what the chain needs to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack

from chain.finality.archive import certificate_key
from chain.finality.rounds import round_num_of, voters_key
from chain.finality.votes import Certificate
from chain.history import block_key
from chain.leveldb import RestoredDirectory
from chain.memory import MemoryBackend
from chain.rows import Irreversible
from chain.rowvalues import PACK
from chain.state import State
from chain.state_root import consensus_tables
from chain.store import META_HEAD, Store
from chain.table import PREFIX_BYTES, Table
from chain.tables import Tables
from node.snapshot.file import SnapshotReader
from node.snapshot.trust import Judge

Progress = Callable[[int], None]
Pair = tuple[bytes, bytes]


def verified_chunks(reader: SnapshotReader, judge: Judge) -> Iterator[list[Pair]]:
    """All rows, chunk by chunk, each checked before it is told of; and at the end that they are the state of the checkpoint.

    Raises DamagedSnapshot or UnprovenSnapshot.
    """
    backend = MemoryBackend()
    state = State(Store(backend), judge.params, for_readers=False)
    looked_at = {table.prefix for table in (state.globals_, state.schedules, state.witnesses)}
    for pairs in reader.chunks():
        backend.write([pair for pair in pairs if pair[0][:PREFIX_BYTES] in looked_at], sync=False)
        yield pairs
    try:
        if state.globals.head_block_id != judge.evidence.checkpoint.block_id:
            raise reader.damaged("its rows are not the state of its block")
        judge.check_voters(state)
    except (ValueError, TypeError, LookupError, msgpack.UnpackException):
        raise reader.damaged("its rows cannot be read") from None


def restore_snapshot(reader: SnapshotReader, judge: Judge, data_dir: Path, progress: Progress) -> None:
    """Make a data directory. It counts as one only when all is written; where something is wrong it stays without a chain.

    `progress` hears how many chunks are done. Raises DirectoryNotEmpty or DamagedSnapshot.
    """
    directory = RestoredDirectory(data_dir)
    tables = Tables(Store(MemoryBackend()))
    indexed = {table.prefix: table for table in consensus_tables(tables) if table.indexes}
    try:
        for count, pairs in enumerate(verified_chunks(reader, judge), 1):
            directory.write(pairs)
            directory.write(_index_records(indexed, pairs))
            progress(count)
        directory.write(_records(reader, judge, tables))
    except BaseException:
        directory.abandon()
        raise
    checkpoint = judge.evidence.checkpoint
    directory.finish(reader.manifest.chain_id, checkpoint.num, checkpoint.block_id)


def _index_records(indexed: dict[bytes, Table[Any, Any]], pairs: list[Pair]) -> Iterator[Pair]:
    for key, value in pairs:
        table = indexed.get(key[:PREFIX_BYTES])
        if table is not None:
            row = table.unpack(value)
            for index in table.indexes:
                record = index.record(row)
                if record is not None:
                    yield record


def _records(reader: SnapshotReader, judge: Judge, tables: Tables) -> Iterator[Pair]:
    """Head, blocks, who votes, and what is final. Nothing below the head can be undone."""
    checkpoint = judge.evidence.checkpoint
    yield META_HEAD, PACK((checkpoint.num, checkpoint.block_id, checkpoint.state_digest))
    table = tables.irreversibles
    yield table.encode_key(""), table.pack(Irreversible(num=checkpoint.num))
    for block in judge.evidence.blocks:
        yield block_key(block.num), block.packed_bytes
    for num, record in reader.manifest.voters:
        if num >= round_num_of(checkpoint.num, judge.params) * judge.params.witnesses_max:
            yield voters_key(num), record  # the state vouches for these, and older ones have done their work
    for data in reader.manifest.certificates:
        certificate = Certificate.decode(data)
        if certificate.block_num <= checkpoint.num:  # peers have the others, and their blocks
            yield certificate_key(certificate.round_num), data
