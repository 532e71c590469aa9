"""Transactions that wait for a block, applied on a layer of their own above the head.

Admission applies a transaction exactly as a block would, and under the soft rules besides; so what waits here fits together, and
reads see its effects. When the head moves, the layer is dropped and what still waits is applied anew; what no longer fits is let go.
Where more waits than a large block takes, only the oldest is applied anew, and the rest waits as it is until its turn comes near.

Where the node makes blocks, the pending layer is the *draft* of one: its own next block, if that comes in the next slot (chain.producer).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chain.errors import ChainError, InvalidTransaction
from chain.signatures import Signers
from chain.state import State
from chain.transaction import Transaction
from chain.transition import DuplicateTransaction, apply_transaction

# A minute of full blocks: what waits longer expires, as clients commonly set it.
PENDING_BLOCKS_MAX = 20
# What one renewal applies: a block of the largest size, up to a second of work. A flood must not hold up every block by all that waits.
RENEWED_BYTES_MAX = 2_097_152
CUSTOM_OPERATIONS = frozenset({"custom", "custom_json"})


class NoBlockYet(InvalidTransaction):
    code = "no_block_yet"
    text = "The chain has no block yet. Try again in a few seconds"


class MempoolFull(InvalidTransaction):
    code = "mempool_full"
    text = "Too much is waiting ({size_bytes} bytes). Try again in a few blocks"


class TransactionTooLarge(InvalidTransaction):
    code = "transaction_too_large"
    text = "The transaction has {size_bytes} bytes; {size_bytes_max} are allowed"


class TooManyCustomOperations(InvalidTransaction):
    code = "too_many_custom_operations"
    text = "Account {account} already submitted {count} custom json operation(s) this block."


class Mempool:
    """The pending layer of a chain. `begin` opens it, `suspend` takes it back, `resume` builds it anew over the new head."""

    def __init__(self, state: State, signers: Signers) -> None:
        self.state = state
        self.signers = signers
        self.waiting: dict[bytes, Transaction] = {}  # by id, in the order of arrival
        self.gives_up_at: dict[bytes, int] = {}
        self.patience_ends = 0  # for what comes above this head
        self.size_bytes = 0
        self.custom_counts: defaultdict[str, int] = defaultdict(int)
        self.is_applied = False  # the pending layer is open
        self.applied_count = 0  # of the transactions that wait: those on that layer
        self.makes_drafts = False  # the node makes blocks: what waits is told as a block would tell it

    def __len__(self) -> int:
        return len(self.waiting)

    def __iter__(self) -> Iterator[Transaction]:
        return iter(self.waiting.values())

    def __contains__(self, transaction_id: bytes) -> bool:
        return transaction_id in self.waiting

    def begin(self) -> None:
        state = self.state
        state.store.begin()
        self.is_applied = True
        next_slot = state.globals.time + state.params.block_interval_seconds  # as if it took them all
        state.begin_block(next_slot, tells=self.makes_drafts and state.for_readers)
        self.patience_ends = state.globals.time + state.params.expiration_seconds_max
        self.applied_count = 0
        self.custom_counts.clear()

    def suspend(self) -> None:
        """Take all pending effects back, unless that has been done. The transactions go on waiting."""
        if self.is_applied:
            self.is_applied = False
            self.state.store.rollback()

    def is_draft(self, time: int, size_bytes_max: int) -> bool:
        """Whether the pending layer is what a block at `time` would be made of: all that waits, in its order, told and with nothing missing."""
        state = self.state
        return (
            self.is_applied
            and state.globals.head_block_num > 0  # the first block begins with what no transaction does
            and self.applied_count == len(self.waiting)
            and self.size_bytes <= size_bytes_max
            and state.block_time == time
            and state.tells == state.for_readers
            and not state.lacks_block
        )

    def give_layer(self) -> None:
        """The pending layer becomes a block. It is the caller's from here on, until `resume`."""
        self.is_applied = False

    def resume(self, included: Sequence[Transaction], returned: Sequence[Transaction] = ()) -> None:
        """Apply what still waits over the new head: not what a block now holds, and first what a popped block gave back."""
        if self.state.store.is_broken:
            return  # who has met the disk's refusal hears of that, not of what follows from it
        for transaction in included if self.waiting else ():
            self._forget(transaction.id)
        waiting = [*returned, *self.waiting.values()]
        self.waiting = {}
        self.size_bytes = 0
        self.begin()
        for transaction in waiting:
            if self.gives_up_at.get(transaction.id, transaction.expiration) <= self.state.globals.time:
                self.gives_up_at.pop(transaction.id, None)
                continue
            signers = _custom_signers(transaction)
            if self.size_bytes >= RENEWED_BYTES_MAX:
                self._keep(transaction, signers)
                continue
            try:
                self._admit(transaction, signers)
            except ChainError:
                self.gives_up_at.pop(transaction.id, None)

    def _forget(self, transaction_id: bytes) -> None:
        self.waiting.pop(transaction_id, None)
        self.gives_up_at.pop(transaction_id, None)

    def add(self, transaction: Transaction) -> None:
        """Admit a transaction. Raises the ChainError that says why not; then nothing changed."""
        size_bytes = len(transaction.packed_bytes)  # raises NotPacked: what has no bytes has no id
        if transaction.id in self.waiting:
            raise DuplicateTransaction
        block_bytes_max = self.state.globals.maximum_block_size
        size_bytes_max = block_bytes_max - self.state.params.block_reserve_bytes
        if size_bytes > size_bytes_max:
            raise TransactionTooLarge(size_bytes=size_bytes, size_bytes_max=size_bytes_max)
        if self.size_bytes + size_bytes > PENDING_BLOCKS_MAX * block_bytes_max:
            raise MempoolFull(size_bytes=self.size_bytes)
        signers = _custom_signers(transaction)
        self._check_custom_operations(signers)
        self._admit(transaction, signers)

    def _admit(self, transaction: Transaction, custom_signers: Sequence[str]) -> None:
        state = self.state
        if not state.store.head.num:
            raise NoBlockYet  # what the first block brings about comes before any transaction (chain.genesis)
        state.is_in_control = True
        try:
            with state.savepoint():
                apply_transaction(state, transaction, self.signers, len(self.waiting))
        finally:
            state.is_in_control = False
        self.applied_count += 1
        self._keep(transaction, custom_signers)

    def _keep(self, transaction: Transaction, custom_signers: Sequence[str]) -> None:
        """Let it wait, and count it."""
        transaction_id = transaction.id
        self.waiting[transaction_id] = transaction
        self.gives_up_at.setdefault(transaction_id, min(transaction.expiration, self.patience_ends))
        self.size_bytes += len(transaction.packed_bytes)
        for account in custom_signers:
            self.custom_counts[account] += 1

    def _check_custom_operations(self, signers: Sequence[str]) -> None:
        """At most so many custom operations of an account between two blocks (§3.1, soft)."""
        if not signers:
            return
        count_max = self.state.params.custom_operations_per_block_max
        counts: dict[str, int] = {}
        for account in signers:
            waiting_count = self.custom_counts.get(account, 0)
            counts[account] = count = counts.get(account, waiting_count) + 1
            if count > count_max:
                raise TooManyCustomOperations(account=account, count=waiting_count)


def _custom_signers(transaction: Transaction) -> list[str]:
    """Who signs its custom operations, each as often as it has some."""
    signers: list[str] = []
    operations = transaction.operations
    for operation in operations:
        if operation.name in CUSTOM_OPERATIONS:
            alone = len(operations) == 1  # as with most: then it is known already
            authorities = transaction.authorities() if alone else operation.authorities()
            signers += authorities.active
            signers += authorities.posting
    return signers
