r"""What readers ask for and the chain itself does not need: who did what, where a transaction is, what posts say.

Everything is derived from the applied operations and events of a block, beside consensus: records go into the block's batch, and
are taken back with it. A witness runs without.

    \x01o ‖ block number                 [timestamp, the block's operations in order: [transaction, op_in_trx, offset, event or nil] …]
    \x01a ‖ account ‖ \0 ‖ sequence      [block number, position in the list above, operation id, position, operation id …]
    \x01t ‖ transaction id               [block number, position in the block, cost in resource credits]
    \x01b ‖ block number                 the block's bytes (written by chain.chain)

A block adds one record to the history of each account it concerns, under the number of its first entry there.
Integers in keys are eight big-endian bytes. An event is its binary form with NAI assets; a real operation stands in the block, in
the transaction that begins at the offset (0: none). So one operation is found without reading the rest of its block, and a filtered
history without reading any block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat
from operator import add, attrgetter
from typing import TYPE_CHECKING, Any

import msgpack

from chain.errors import StorageError
from chain.events import VirtualOperation, decode_event, encode_event
from chain.impacted import IMPACTED
from chain.readers import note_operations
from chain.rowkeys import key_encoder
from chain.rowvalues import PACK
from chain.state import NO_TRANSACTION_ID, AppliedOperation, State
from chain.transaction import transaction_reader
from chain.wire import reading

if TYPE_CHECKING:
    from chain.block import Block
    from chain.operation import Operation

OPERATIONS_PREFIX = b"\x01o"
ACCOUNT_PREFIX = b"\x01a"
TRANSACTION_PREFIX = b"\x01t"
BLOCK_PREFIX = b"\x01b"

SEQUENCE_MAX = 2**63
LENGTHS_MAX = 1_000_000  # some 100 MB; an account not among them costs a look at the disk


def operations_key(num: int) -> bytes:
    return OPERATIONS_PREFIX + num.to_bytes(8, "big")


def block_key(num: int) -> bytes:
    return BLOCK_PREFIX + num.to_bytes(8, "big")


_encode_account_key = key_encoder(ACCOUNT_PREFIX, (str, int))


def account_key(account: str, sequence: int) -> bytes:
    return _encode_account_key((account, sequence))


def transaction_key(transaction_id: bytes) -> bytes:
    return TRANSACTION_PREFIX + transaction_id


class HistoryMissing(StorageError):
    code = "history_missing"
    text = (
        "Block {num} was applied without history, so histories would have a hole. Set `history.enabled = false`, "
        "or import all blocks into a new data directory"
    )


@dataclass(slots=True, frozen=True)
class HistoricOperation:
    """An applied operation found again."""

    block_num: int
    timestamp: int
    transaction_id: bytes
    trx_in_block: int
    op_in_trx: int
    operation: Operation | VirtualOperation
    virtual: bool


class History:
    """Writes the records of new blocks; reads those of old ones."""

    def __init__(self, state: State, *, enabled: bool) -> None:
        self.state = state
        self.enabled = enabled
        self.lengths: dict[
            str, int
        ] = {}  # of histories as they are after the block below, as far as they were asked for
        self.measured_block_id = b""
        self._last_record: tuple[bytes, Any] = (b"", None)

    def check(self) -> None:
        """Raises HistoryMissing where the head was applied by a node that kept no history, or came as a snapshot."""
        store = self.state.store
        if self.enabled and store.head.num and store.backend.get(operations_key(store.head.num)) is None:
            raise HistoryMissing(num=store.head.num)

    def record(self, block: Block, applied: Sequence[AppliedOperation]) -> list[tuple[bytes, bytes]]:
        """Keys and values to be written with the block. The rows for readers change on the open layer."""
        if not self.enabled:
            return []
        note_operations(self.state, applied)
        num = block.num
        if block.header.previous != self.measured_block_id or len(self.lengths) > LENGTHS_MAX:
            self.lengths.clear()  # another branch, or another start
        self.measured_block_id = block.id
        listed, entries = _listed(applied, _offsets(block), num)
        # Column by column: that spares a turn of Python for each transaction and each account.
        costs = map(sum, map(attrgetter("costs"), self.state.charges))
        keys = [TRANSACTION_PREFIX + transaction.id for transaction in block.transactions]
        places = zip(repeat(num, len(keys)), range(len(keys)), costs, strict=True)
        records = list(zip(keys, map(PACK, places), strict=True))
        keys = list(map(_encode_account_key, zip(entries, self._prolonged(entries), strict=True)))
        records += zip(keys, map(PACK, entries.values()), strict=True)
        records.append((operations_key(num), PACK((block.header.timestamp, listed))))
        return records

    def _prolonged(self, entries: dict[str, list[int]]) -> list[int]:
        """How many entries each of the accounts had so far; now they have these as well."""
        lengths = self.lengths
        for account in [account for account in entries if account not in lengths]:
            lengths[account] = self.length(account)
        before = list(map(lengths.__getitem__, entries))
        counts = [len(places) >> 1 for places in entries.values()]
        lengths.update(zip(entries, map(add, before, counts), strict=True))
        return before

    # reading

    def operations_in(self, block: Block) -> list[HistoricOperation]:
        """All operations and events of a block, in hived's order."""
        data = self.state.store.backend.get(operations_key(block.num))
        if data is None:
            return []
        timestamp, listed = msgpack.unpackb(data, use_list=False)
        found = []
        real = {position: iter(transaction.operations) for position, transaction in enumerate(block.transactions)}
        for trx_in_block, op_in_trx, offset, event in listed:
            operation = next(real[trx_in_block]) if event is None else decode_event(event)
            found.append(
                HistoricOperation(
                    block.num,
                    timestamp,
                    block.transactions[trx_in_block].id if offset else NO_TRANSACTION_ID,
                    trx_in_block,
                    op_in_trx,
                    operation,
                    event is not None,
                )
            )
        return found

    def operation_at(self, num: int, position: int) -> HistoricOperation:
        """One operation or event of a block, by its position in the block's list."""
        return self.operations_at(num, (position,))[0]

    def operations_at(self, num: int, positions: Sequence[int]) -> list[HistoricOperation]:
        """Operations and events of one block, by their positions in its list. Records and block are large, so each is read once."""
        get = self.state.store.backend.get
        data = get(operations_key(num))
        assert data is not None, num
        timestamp, listed = self._unpacked(data)
        packed = get(block_key(num)) if any(listed[position][2] for position in positions) else b""
        assert packed is not None, num
        read = transaction_reader(self.state.params.dialect)
        found = []
        with reading():
            for position in positions:
                trx_in_block, op_in_trx, offset, event = listed[position]
                operation: Operation | VirtualOperation | None = None if event is None else decode_event(event)
                transaction_id = NO_TRANSACTION_ID
                if offset:
                    transaction, _ = read(packed, offset)
                    transaction_id = transaction.id
                    if operation is None:
                        operation = transaction.operations[_operations_before(listed, position)]
                assert operation is not None
                found.append(
                    HistoricOperation(
                        num, timestamp, transaction_id, trx_in_block, op_in_trx, operation, event is not None
                    )
                )
        return found

    def _unpacked(self, data: bytes) -> Any:
        """A block's record. The last one is kept: a page of a history asks for the operations of one block after the other."""
        if data != self._last_record[0]:
            self._last_record = data, msgpack.unpackb(data, use_list=False)
        return self._last_record[1]

    def events_at(self, num: int) -> list[tuple[int, int]]:
        """(position in the block's list, operation id) of a block's events."""
        data = self.state.store.backend.get(operations_key(num))
        if data is None:
            return []
        _, listed = msgpack.unpackb(data, use_list=False)
        # An event begins with its number, which is below 128 and so a varint of one byte.
        return [(position, entry[3][0]) for position, entry in enumerate(listed) if entry[3] is not None]

    def length(self, account: str) -> int:
        """How many entries an account's history has: its newest record tells."""
        low, high = account_key(account, 0), account_key(account, SEQUENCE_MAX)
        for key, data in self.state.store.backend.scan(low, high, reverse=True):
            return _first_sequence(key) + (len(msgpack.unpackb(data)) >> 1)
        return 0

    def places(self, account: str, newest: int) -> Iterator[tuple[int, int, int]]:
        """(sequence, block number, position in the block's list) from entry `newest` downwards."""
        for sequence, num, position, _ in self.entries(account, newest):
            yield sequence, num, position

    def entries(self, account: str, newest: int) -> Iterator[tuple[int, int, int, int]]:
        """(sequence, block number, position in the block's list, operation id) from entry `newest` downwards, or from the last one."""
        backend = self.state.store.backend
        for key, data in backend.scan(account_key(account, 0), account_key(account, newest) + b"\x00", reverse=True):
            first = _first_sequence(key)
            num, *places = msgpack.unpackb(data)
            for sequence in range(min(newest, first + (len(places) >> 1) - 1), first - 1, -1):
                offset = 2 * (sequence - first)
                yield sequence, num, places[offset], places[offset + 1]

    def transaction_place(self, transaction_id: bytes) -> tuple[int, int] | None:
        """(block number, position in the block)."""
        found = self._transaction(transaction_id)
        return None if found is None else (found[0], found[1])

    def transaction_cost(self, transaction_id: bytes) -> int | None:
        """In resource credits."""
        found = self._transaction(transaction_id)
        return None if found is None else found[2]

    def _transaction(self, transaction_id: bytes) -> tuple[int, int, int] | None:
        data = self.state.store.backend.get(transaction_key(transaction_id))
        return None if data is None else tuple(msgpack.unpackb(data))


Listed = list[tuple[int, int, int, bytes | None]]


def _listed(
    applied: Sequence[AppliedOperation], offsets: Sequence[int], num: int
) -> tuple[Listed, dict[str, list[int]]]:
    """The block's list, and for each account [block number, position in it, operation id, position, operation id …]."""
    listed: Listed = []
    entries: defaultdict[str, list[int]] = defaultdict(lambda: [num])
    operation: Any
    for operation, transaction_id, trx_in_block, op_in_trx, is_event in applied:
        accounts = IMPACTED[operation.name](operation)
        if not accounts:
            continue  # told, and counted, but nobody's history
        place = (len(listed), operation.operation_id)
        for account in accounts:
            entries[account].extend(place)
        offset = 0 if transaction_id == NO_TRANSACTION_ID else offsets[trx_in_block]
        listed.append((trx_in_block, op_in_trx, offset, encode_event(operation) if is_event else None))
    return listed, entries


def _first_sequence(key: bytes) -> int:
    return int.from_bytes(key[-8:], "big")


def _operations_before(listed: Sequence[tuple[int, int, int, bytes | None]], position: int) -> int:
    """How many operations of the same transaction stand before one; what is of one transaction stands together."""
    trx_in_block, count = listed[position][0], 0
    while position and listed[position - 1][0] == trx_in_block:
        position -= 1
        count += listed[position][3] is None
    return count


def _offsets(block: Block) -> list[int]:
    """Where each transaction begins in the block's bytes."""
    sizes = list(map(len, map(attrgetter("packed_bytes"), block.transactions)))
    return list(accumulate(sizes, initial=len(block.packed_bytes) - sum(sizes)))
