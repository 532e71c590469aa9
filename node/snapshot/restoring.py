"""A data directory out of a snapshot: rows, what is derived from them, and what the chain needs to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgpack

from chain.finality.archive import certificate_key
from chain.finality.rounds import voters_key
from chain.finality.votes import Certificate
from chain.history import block_key
from chain.leveldb import RestoredDirectory
from chain.memory import MemoryBackend
from chain.rows import Irreversible
from chain.state_root import consensus_tables
from chain.store import META_HEAD, Store
from chain.table import PACK, PREFIX_BYTES
from chain.tables import Tables
from node.snapshot.file import SnapshotReader
from node.snapshot.trust import Verdict

Progress = Callable[[int], None]
Pair = tuple[bytes, bytes]


def verified_chunks(reader: SnapshotReader, verdict: Verdict) -> Iterator[list[Pair]]:
    """All rows, chunk by chunk, each checked before it is told of; and at the end that they are the state of the checkpoint.

    Raises DamagedSnapshot.
    """
    globals_ = Tables(Store(MemoryBackend())).globals_
    head_id = b""
    for pairs in reader.chunks():
        for key, value in pairs:
            if key == globals_.encode_key(""):
                head_id = _head_id(globals_.names, value)
        yield pairs
    if head_id != verdict.checkpoint.block_id:
        raise reader.damaged("its rows are not the state of its block")


def _head_id(names: tuple[str, ...], value: bytes) -> bytes:
    try:
        values = msgpack.unpackb(value)
        return bytes(values[names.index("head_block_id")])
    except (ValueError, TypeError, IndexError, KeyError, msgpack.UnpackException):
        return b""


def restore_snapshot(reader: SnapshotReader, verdict: Verdict, data_dir: Path, progress: Progress) -> None:
    """Make a data directory. It counts as one only when all is written; where something is wrong it stays without a chain.

    `progress` hears how many chunks are done. Raises DirectoryNotEmpty or DamagedSnapshot.
    """
    directory = RestoredDirectory(data_dir)
    tables = Tables(Store(MemoryBackend()))
    try:
        for count, pairs in enumerate(verified_chunks(reader, verdict), 1):
            directory.write(pairs)
            directory.write(_index_records(tables, pairs))
            progress(count)
        directory.write(_records(reader, verdict, tables))
    except BaseException:
        directory.abandon()
        raise
    checkpoint = verdict.checkpoint
    directory.finish(reader.manifest.chain_id, checkpoint.num, checkpoint.block_id)


def _index_records(tables: Tables, pairs: list[Pair]) -> Iterator[Pair]:
    indexed = {table.prefix: table for table in consensus_tables(tables) if table.indexes}
    for key, value in pairs:
        table = indexed.get(key[:PREFIX_BYTES])
        if table is not None:
            row = table.unpack(value)
            for index in table.indexes:
                record = index.record(row)
                if record is not None:
                    yield record


def _records(reader: SnapshotReader, verdict: Verdict, tables: Tables) -> Iterator[Pair]:
    """Head, blocks, who votes, and what is final. Nothing below the head can be undone."""
    checkpoint = verdict.checkpoint
    yield META_HEAD, PACK((checkpoint.num, checkpoint.block_id, checkpoint.state_digest))
    table = tables.irreversibles
    yield table.encode_key(""), table.pack(Irreversible(num=checkpoint.num))
    for block in verdict.evidence.blocks:
        yield block_key(block.num), block.packed_bytes
    for num, record in reader.manifest.voters:
        yield voters_key(num), record
    for data in reader.manifest.certificates:
        certificate = Certificate.decode(data)
        if certificate.block_num <= checkpoint.num:  # peers have the others, and their blocks
            yield certificate_key(certificate.round_num), data
