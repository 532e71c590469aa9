r"""What readers ask for and the chain itself does not need: who did what, where a transaction is, what posts say.

Everything is derived from the applied operations and events of a block, beside consensus: records go into the block's batch, and
are taken back with it. A witness runs without.

    \x01o ‖ block number                 the block's operations in order: [transaction, op_in_trx, is in it, event or nil] …
    \x01a ‖ account ‖ \0 ‖ sequence      [block number, position in the list above]
    \x01t ‖ transaction id               [block number, position in the block]

Integers in keys are eight big-endian bytes. An event is its binary form with NAI assets; a real operation stands in the block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgpack

from chain.content import note_operations
from chain.events import VirtualOperation, decode_event, encode_event
from chain.impacted import impacted_accounts
from chain.rows import HistoryCount
from chain.state import NO_TRANSACTION_ID, AppliedOperation, State
from chain.table import PACK, encode_key

if TYPE_CHECKING:
    from chain.block import Block
    from chain.operation import Operation

OPERATIONS_PREFIX = b"\x01o"
ACCOUNT_PREFIX = b"\x01a"
TRANSACTION_PREFIX = b"\x01t"


def operations_key(num: int) -> bytes:
    return OPERATIONS_PREFIX + num.to_bytes(8, "big")


def account_key(account: str, sequence: int) -> bytes:
    return ACCOUNT_PREFIX + encode_key((account, sequence))


def transaction_key(transaction_id: bytes) -> bytes:
    return TRANSACTION_PREFIX + transaction_id


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

    def record(self, block: Block, applied: Sequence[AppliedOperation]) -> list[tuple[bytes, bytes]]:
        """Keys and values to be written with the block. The rows for readers change on the open layer."""
        if not self.enabled:
            return []
        note_operations(self.state, applied)
        num = block.num
        records = [
            (transaction_key(transaction.id), PACK((num, position)))
            for position, transaction in enumerate(block.transactions)
        ]
        listed = []
        for entry in applied:
            accounts = impacted_accounts(entry.operation)
            if not accounts:
                continue  # told, and counted, but nobody's history
            data = encode_event(entry.operation) if entry.virtual else None
            in_transaction = entry.transaction_id != NO_TRANSACTION_ID
            place = PACK((num, len(listed)))
            listed.append((entry.trx_in_block, entry.op_in_trx, in_transaction, data))
            records.extend((account_key(account, self._next_sequence(account)), place) for account in accounts)
        records.append((operations_key(num), PACK(listed)))
        return records

    def _next_sequence(self, account: str) -> int:
        counts = self.state.history_counts
        if account not in counts:
            counts.insert(HistoryCount(account))
        row = counts.edit(account)
        row.count += 1
        return row.count - 1

    # reading

    def operations_in(self, block: Block) -> list[HistoricOperation]:
        """All operations and events of a block, in hived's order."""
        data = self.state.store.backend.get(operations_key(block.num))
        if data is None:
            return []
        found = []
        real = {position: iter(transaction.operations) for position, transaction in enumerate(block.transactions)}
        for trx_in_block, op_in_trx, in_transaction, event in msgpack.unpackb(data, use_list=False):
            operation = next(real[trx_in_block]) if event is None else decode_event(event)
            found.append(
                HistoricOperation(
                    block.num,
                    block.header.timestamp,
                    block.transactions[trx_in_block].id if in_transaction else NO_TRANSACTION_ID,
                    trx_in_block,
                    op_in_trx,
                    operation,
                    event is not None,
                )
            )
        return found

    def length(self, account: str) -> int:
        """How many entries an account's history has."""
        row = self.state.history_counts.find(account)
        return 0 if row is None else row.count

    def places(self, account: str, newest: int) -> Iterator[tuple[int, int, int]]:
        """(sequence, block number, position in the block's list) from entry `newest` downwards."""
        backend = self.state.store.backend
        low = ACCOUNT_PREFIX + encode_key(account)
        for key, data in backend.scan(low, account_key(account, newest) + b"\x00", reverse=True):
            num, position = msgpack.unpackb(data)
            yield int.from_bytes(key[-8:], "big"), num, position

    def transaction_place(self, transaction_id: bytes) -> tuple[int, int] | None:
        """(block number, position in the block)."""
        data = self.state.store.backend.get(transaction_key(transaction_id))
        return None if data is None else tuple(msgpack.unpackb(data))
