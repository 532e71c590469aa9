"""A chain: a state with its blocks, growing and shrinking at the head (design §4).

The store's layers from below: what is committed; while a block is at work, the block; otherwise what the mempool's pending
transactions would do. Every block, ours or a peer's, enters through `push_block`, which commits it whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from chain import genesis
from chain.block import Block
from chain.errors import InvalidBlock
from chain.history import History, block_key
from chain.invariants import check_invariants
from chain.mempool import Mempool
from chain.params import Params
from chain.presets import Genesis
from chain.signatures import RememberedSigners, Signers
from chain.state import AppliedOperation, State
from chain.store import Backend, Store
from chain.transaction import Transaction
from chain.transition import apply_block

INVARIANTS_INTERVAL_BLOCKS = 1_200
UNDO_KEPT_BLOCKS_MAX = 10_000


class UnlinkedBlock(InvalidBlock):
    code = "unlinked_block"
    text = "Block {num} does not follow our head {head_num}"


class UnknownBlock(InvalidBlock):
    code = "unknown_block"
    text = "There is no block {num}: the head is {head_num}"


class Mark(Protocol):
    """Something beside the database that remembers how far it must reach (LevelDbBackend)."""

    def set_mark(self, num: int, block_id: bytes) -> None: ...


class Chain:
    """One chain over one backend. Not shared between threads."""

    def __init__(
        self,
        backend: Backend,
        origin: Genesis,
        *,
        signers: Signers | None = None,
        with_history: bool = True,
        cached_rows_max: int = 2_000_000,
        check_every_block: bool = False,
        mark: Mark | None = None,
    ) -> None:
        self.backend = backend
        self.origin = origin
        self.signers = signers or RememberedSigners()
        self.store = Store(backend, cached_rows_max=cached_rows_max)
        self.state = State(self.store, origin.params, for_readers=with_history)
        self.history = History(self.state, enabled=with_history)
        self.check_every_block = check_every_block
        self.sync = True
        self.mark = mark
        self.store.load()
        if "" not in self.state.globals_:
            self._begin()
        self.undo_floor = self.state.irreversible.num
        self.mempool = Mempool(self.state, self.signers)
        self.mempool.begin()

    def _begin(self) -> None:
        """Write the state before the first block."""
        self.store.begin()
        genesis.create(self.state, self.origin)
        self.store.commit(0, bytes(20), sync=self.sync)

    @property
    def params(self) -> Params:
        return self.origin.params

    @property
    def head_num(self) -> int:
        return self.store.head.num

    @property
    def head_id(self) -> bytes:
        return self.store.head.block_id

    @property
    def digest(self) -> bytes:
        """The state digest at the head: equal on all nodes that agree."""
        return self.store.head.digest

    @property
    def irreversible_num(self) -> int:
        """The last block that can no longer be popped. It never goes back, even where popped blocks had said so."""
        return max(self.state.irreversible.num, self.undo_floor)

    def push_block(self, block: Block) -> list[AppliedOperation]:
        """Apply and commit the block after the head. Raises InvalidBlock or what spoils a transaction of it; then nothing changed."""
        if block.header.previous != self.head_id:
            raise UnlinkedBlock(num=block.num, head_num=self.head_num)
        included: tuple[Transaction, ...] = ()  # of a refused block nothing: anybody can make one of what waits
        self.mempool.suspend()
        try:
            applied = self._apply(block)
            included = block.transactions
        finally:
            self.mempool.resume(included)
        return applied

    def _apply(self, block: Block) -> list[AppliedOperation]:
        self.store.begin()
        try:
            applied = apply_block(self.state, block, self.signers)
            num = self.head_num + 1
            if self.check_every_block or num % INVARIANTS_INTERVAL_BLOCKS == 0:
                check_invariants(self.state)
            records = [(block_key(num), block.packed_bytes), *self.history.record(block, applied)]
        except BaseException:
            self.store.rollback()
            raise
        irreversible_num = self.irreversible_num
        forget = range(self.undo_floor + 1, irreversible_num + 1)
        self.store.commit(num, block.id, records, forget_undo=forget, sync=self.sync)
        self.undo_floor = irreversible_num
        if self.mark is not None:
            self.mark.set_mark(num, block.id)
        return applied

    def pop_block(self) -> Block:
        """Take the head back; its transactions return to the mempool. Raises UndoForgotten for an irreversible block."""
        block = self.block(self.head_num)
        self.mempool.suspend()
        try:
            if self.mark is not None:
                self.mark.set_mark(self.head_num - 1, block.header.previous)
            self.store.pop()
        finally:
            self.mempool.resume((), returned=block.transactions)
        return block

    def block(self, num: int) -> Block:
        """Raises UnknownBlock."""
        data = self.backend.get(block_key(num))
        if data is None:
            raise UnknownBlock(num=num, head_num=self.head_num)
        return Block.decode(data, self.params.dialect)

    def blocks(self, first: int, last: int) -> Iterator[Block]:
        """Blocks first to last, as far as there are any."""
        for _, data in self.backend.scan(block_key(first), block_key(last + 1)):
            yield Block.decode(data, self.params.dialect)

    def close(self) -> None:
        self.mempool.suspend()
        self.backend.close()
