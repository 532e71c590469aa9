"""Reading a data directory from end to end without trusting a byte of it. The node that writes there is stopped.

Each check goes through one kind of thing and compares it with what it was made from: blocks with their own hashes, rows with their keys,
indexes with the rows, the newest digests with what the newest blocks have changed, histories with the blocks. A check yields itself after
each thing it has looked at, and never ends early but where the database cannot be read on.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgpack

from chain.block import Block
from chain.blocklog import DamagedBlockLog
from chain.blocklog_audit import FAULTS, audit
from chain.errors import ChainError, StorageError
from chain.history import (
    ACCOUNT_PREFIX,
    BLOCK_PREFIX,
    OPERATIONS_PREFIX,
    History,
    block_key,
    operations_key,
    transaction_key,
)
from chain.impacted import impacted_accounts
from chain.invariants import BrokenInvariant, check_invariants
from chain.past import past_key
from chain.rowkeys import after
from chain.state import State
from chain.store import META_HEAD, Backend, Store, chain_digest
from chain.table import PREFIX_BYTES
from chain.undo import Undo, undo_key

if TYPE_CHECKING:
    from chain.index import Index
    from chain.leveldb import LevelDbBackend
    from chain.params import Params
    from chain.row import Row
    from chain.table import Table

UNREADABLE: Final = (ValueError, TypeError, LookupError, struct.error, msgpack.UnpackException, ChainError)
"""What reading bytes may raise that are not what they should be."""


@dataclass(slots=True)
class Check:
    """How many things were looked at, how many are wrong, and what is wrong with the first."""

    name: str
    looked_at: int = 0
    wrong: int = 0
    first: str = ""

    def blame(self, what: str) -> None:
        self.wrong += 1
        self.first = self.first or what


class Audited:
    """A data directory that is looked at: its backend, and a state over it that knows the tables."""

    def __init__(self, backend: LevelDbBackend, params: Params) -> None:
        """Raises StorageError where not even the head can be read."""
        self.backend = backend
        self.params = params
        store = Store(backend)
        data = backend.get(META_HEAD)
        if data is None:
            raise StorageError(reason="there is no head")
        self.head: tuple[int, bytes, bytes] = msgpack.unpackb(data, use_list=False)
        self.has_history = backend.get(operations_key(self.head[0])) is not None
        self.state = State(store, params, for_readers=self.has_history)
        self.store = store

    @property
    def first_num(self) -> int:
        """The first block that is here; 0 where there is none."""
        for key, _ in self.backend.scan(BLOCK_PREFIX, after(BLOCK_PREFIX)):
            return int.from_bytes(key[-8:], "big")
        return 0

    def blocks(self) -> Iterator[Block]:
        """From the first on. Raises ChainError where one cannot be read."""
        for _, data in self.backend.scan(BLOCK_PREFIX, after(BLOCK_PREFIX)):
            yield Block.decode(data, self.params.dialect)

    def differing_rows(self, other: Backend) -> Iterator[bytes]:
        """Keys of consensus rows that are not the same, or only in one of the two."""
        for table in self.store.tables:
            if table.consensus:
                bounds = table.prefix, after(table.prefix)
                theirs = dict(other.scan(*bounds))
                for key, data in self.backend.scan(*bounds):
                    if theirs.pop(key, None) != data:
                        yield key
                yield from theirs

    def close(self) -> None:
        self.backend.close()


def run(audited: Audited, name: str) -> Iterator[Check]:
    """One of `CHECKS`. Damage that keeps it from going on is the last thing it finds."""
    check = Check(name)
    yield check
    try:
        for _ in CHECKS[name](audited, check):
            check.looked_at += 1
            yield check
    except StorageError as error:
        check.blame(str(error))
        yield check


# --- what is looked at. Each yields after every thing.


def _database(audited: Audited, _: Check) -> Iterator[None]:
    """Every pair with LevelDB's checksum."""
    for _pair in audited.backend.scan_all():
        yield


class StoredBlocks:
    """The blocks of a data directory, as a log."""

    def __init__(self, audited: Audited) -> None:
        self._backend = audited.backend
        self.first_num = audited.first_num
        self.last_num = audited.head[0]

    def raw(self, num: int) -> bytes:
        data = self._backend.get(block_key(num))
        if data is None:
            raise DamagedBlockLog(num=num, offset=0, reason="it is missing")
        return data


def _blocks(audited: Audited, check: Check) -> Iterator[None]:
    """Links, ids, merkle roots, encodings, witness signatures; and the head is the last of them."""
    log = StoredBlocks(audited)
    if not log.first_num:
        return
    known = 0
    for found in audit(log, audited.params.dialect):
        if found.first_bad is not None:
            num, fault = found.first_bad
            check.first = check.first or f"block {num}: {FAULTS[fault]}"
        wrong = sum(getattr(found, fault) for fault in FAULTS)
        check.wrong += wrong - known
        known = wrong
        yield
    head = _block(audited, audited.head[0])
    if head is not None and head.id != audited.head[1]:
        check.blame(f"block {head.num} is {head.id.hex()}, and the head is said to be {audited.head[1].hex()}")


def _block(audited: Audited, num: int) -> Block | None:
    data = audited.backend.get(block_key(num))
    try:
        return None if data is None else Block.decode(data, audited.params.dialect)
    except ChainError:
        return None


def _rows(audited: Audited, check: Check) -> Iterator[None]:
    """Each can be read, would be written as it stands, and stands under its key."""
    for table in audited.store.tables:
        for key, data in audited.backend.scan(table.prefix, after(table.prefix)):
            row = _row(table, data)
            if row is None or table.pack(row) != data:
                check.blame(f"a row of {table.row_type.__name__} cannot be read: {key.hex()}")
            elif table.encode_key(table.key_of(row)) != key:
                check.blame(f"a row of {table.row_type.__name__} stands under the key of another: {key.hex()}")
            yield


def _row(table: Table[Any, Any], data: bytes) -> Row | None:
    try:
        row: Row = table.unpack(data)
    except UNREADABLE:
        return None
    return row


def _indexes(audited: Audited, check: Check) -> Iterator[None]:
    """Every row that belongs into an index stands there, where it belongs; and nothing else does."""
    for table in audited.store.tables:
        if not table.indexes:
            continue
        expected = Counter[str]()
        for _, data in audited.backend.scan(table.prefix, after(table.prefix)):
            row = _row(table, data)
            for index in table.indexes if row is not None else ():
                record = index.record(row)
                if record is not None:
                    expected[_name(index)] += 1
                    if audited.backend.get(record[0]) != record[1]:
                        check.blame(f"{_words(table, index)} does not show the row {table.key_of(row)!r}")
                    yield
        for index in table.indexes:
            there = sum(1 for _ in audited.backend.scan(index.prefix, after(index.prefix)))
            if there > expected[_name(index)]:
                check.blame(f"{_words(table, index)} shows {there:,} rows, and {expected[_name(index)]:,} belong there")


def _words(table: Table[Any, Any], index: Index[Any]) -> str:
    return f"the index {_name(index)} of {table.row_type.__name__}"


def _name(index: Index[Any]) -> str:
    return index.prefix[1 + PREFIX_BYTES : -1].decode("ascii")


def _digests(audited: Audited, check: Check) -> Iterator[None]:
    """From the head back as far as it is known how blocks can be undone: each digest is that of what its block has changed."""
    consensus = {table.prefix for table in audited.store.tables if table.consensus}
    get = audited.backend.get
    later: dict[bytes, bytes | None] = {}  # what blocks above the one that is looked at have replaced
    head = audited.head
    while head[0] and (record := get(undo_key(head[0])) or get(past_key(head[0]))) is not None:
        try:
            undo = Undo.read(record)
            rows = dict(undo.rows())
        except UNREADABLE:
            check.blame(f"how to undo block {head[0]} cannot be read")
            return
        changed = [key for key in rows if key[:PREFIX_BYTES] in consensus]
        writes = sorted((key, later[key] if key in later else get(key)) for key in changed)
        if undo.previous[0] != head[0] - 1 or chain_digest(undo.previous[2], writes) != head[2]:
            check.blame(f"the digest of block {head[0]} is not that of what the block has changed")
        later.update(rows)
        head = undo.previous
        yield


def _histories(audited: Audited, check: Check) -> Iterator[None]:
    """Each transaction has its place, and each account as many entries as the blocks have operations and events for it."""
    if not audited.has_history:
        return
    history = History(audited.state, enabled=True)
    expected = Counter[str]()
    for key, _ in audited.backend.scan(OPERATIONS_PREFIX, after(OPERATIONS_PREFIX)):
        num = int.from_bytes(key[-8:], "big")
        block = _block(audited, num)
        if block is None:
            continue  # the check of blocks has told that
        try:
            for place, transaction in enumerate(block.transactions):
                data = audited.backend.get(transaction_key(transaction.id))
                if data is None or msgpack.unpackb(data)[:2] != [num, place]:
                    check.blame(f"transaction {transaction.id.hex()} of block {num} is not found by its id")
            for entry in history.operations_in(block):
                expected.update(impacted_accounts(entry.operation))
        except UNREADABLE:
            check.blame(f"the operations of block {num} cannot be read")
        yield
    found = Counter[str]()
    for key, data in audited.backend.scan(ACCOUNT_PREFIX, after(ACCOUNT_PREFIX)):
        account = key[len(ACCOUNT_PREFIX) : -9].decode("ascii", "replace")
        if int.from_bytes(key[-8:], "big") != found[account]:
            check.blame(f"the history of {account} has a hole at entry {found[account]:,}")
        found[account] = int.from_bytes(key[-8:], "big") + (len(msgpack.unpackb(data)) >> 1)
        yield
    for account in sorted(expected.keys() | found.keys()):
        if expected[account] != found[account]:
            check.blame(f"the history of {account} has {found[account]:,} entries, and blocks {expected[account]:,}")


def _laws(audited: Audited, check: Check) -> Iterator[None]:
    """The sums that hold after every block (docs/invariants.md)."""
    try:
        audited.store.load()
        check_invariants(audited.state)
    except BrokenInvariant as broken:
        check.blame(str(broken))
    except UNREADABLE as error:
        check.blame(f"the sums cannot be made: {error!r}")
    yield


CHECKS: Final[dict[str, Callable[[Audited, Check], Iterator[None]]]] = {
    "database": _database,
    "blocks": _blocks,
    "rows": _rows,
    "indexes": _indexes,
    "digests": _digests,
    "histories": _histories,
    "laws": _laws,
}
