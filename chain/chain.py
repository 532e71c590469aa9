"""A chain: a state with its blocks, growing and shrinking at the head (design §4).

The store's layers from below: what is committed; while a block is at work, the block; otherwise what the mempool's pending
transactions would do. `push_block` puts one block on the head and commits it whole or not at all. Where blocks may be of several
branches, `receive_block` decides which to push (chain.fork_choice).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from chain import genesis
from chain.block import BLOCK_ID_BYTES, NO_BLOCK_ID, Block, num_of_id
from chain.errors import InvalidBlock
from chain.fork_choice import ForkChoice, Received
from chain.fork_tree import ForkTree
from chain.history import History, block_key
from chain.invariants import check_invariants
from chain.mempool import Mempool
from chain.params import Params
from chain.presets import Genesis
from chain.signatures import RememberedSigners, Signers
from chain.stage import Stage
from chain.state import AppliedOperation, State
from chain.store import Backend, Store, undo_key
from chain.transaction import Transaction
from chain.transition import apply_block

INVARIANTS_INTERVAL_BLOCKS = 1_200


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
        forks: ForkTree | None = None,
    ) -> None:
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
        self.undo_floor = max(self.state.irreversible.num, self._undo_forgotten_num())
        self.forks = ForkChoice(self, forks or ForkTree())
        self.mempool = Mempool(self.state, self.signers)
        self.mempool.begin()

    def _begin(self) -> None:
        """Write the state before the first block."""
        self.store.begin()
        genesis.create(self.state, self.origin)
        self.store.commit(0, bytes(20), sync=self.sync)

    def _undo_forgotten_num(self) -> int:
        """The last block without an undo record. It was irreversible once, whatever a branch that came after it says."""
        for key, _ in self.backend.scan(undo_key(1), undo_key(self.head_num + 1)):
            return int.from_bytes(key[-8:], "big") - 1
        return self.head_num

    @property
    def backend(self) -> Backend:
        return self.store.backend

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

    # blocks in

    def receive_block(self, block: Block, source: str = "") -> Received:
        """Take in a block of any branch from `source`: extend ours, keep the block beside it, or switch to the longer branch.

        Raises the ChainError for which the block is refused; then our branch is as it was before.
        """
        return self.forks.receive(block, source)

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
        applied, records = self._build(block)
        irreversible_num = self.irreversible_num
        forget = range(self.undo_floor + 1, irreversible_num + 1)
        self.store.commit(self.head_num + 1, block.id, records, forget_undo=forget, sync=self.sync)
        self._settle_head(irreversible_num)
        self.forks.landed([block.id])
        return applied

    def _build(self, block: Block) -> tuple[list[AppliedOperation], list[tuple[bytes, bytes]]]:
        """Apply a block on a layer that is left open; returns what was applied and the records to be committed with it."""
        self.store.begin()
        try:
            applied = apply_block(self.state, block, self.signers)
            num = self.head_num + 1
            if self.check_every_block or num % INVARIANTS_INTERVAL_BLOCKS == 0:
                check_invariants(self.state)
            return applied, [(block_key(num), block.packed_bytes), *self.history.record(block, applied)]
        except BaseException:
            self.store.rollback()
            raise

    def _settle_head(self, irreversible_num: int) -> None:
        """The new head is on the disk, with no undo records up to the irreversible block."""
        self.undo_floor = irreversible_num
        if self.mark is not None:
            self.mark.set_mark(self.head_num, self.head_id)

    # steps of a switch, between which the disk stays as it is

    def apply_staged(self, block: Block) -> list[AppliedOperation]:
        """Push a block onto a stage. How to undo it is kept, whatever it makes irreversible: the switch may yet be called off."""
        applied, records = self._build(block)
        self.store.commit(self.head_num + 1, block.id, records, sync=False)
        return applied

    def publish(self, stage: Stage) -> None:
        """Write what was staged in one batch: from here on its last block is the head."""
        irreversible_num = self.irreversible_num
        stage.write([(undo_key(num), None) for num in range(self.undo_floor + 1, irreversible_num + 1)], sync=False)
        stage.publish(sync=self.sync)
        self._settle_head(irreversible_num)

    # blocks out

    def pop_block(self) -> Block:
        """Take the head back; its transactions return to the mempool. Raises UndoForgotten for an irreversible block."""
        block = self.block(self.head_num)
        self.mempool.suspend()
        try:
            if self.mark is not None:
                self.mark.set_mark(self.head_num - 1, block.header.previous)
            self.store.pop()
            self.forks.keep(block)
        finally:
            self.mempool.resume((), returned=block.transactions)
        return block

    def id_of(self, num: int) -> bytes:
        """The id of a block of our branch: it stands at the beginning of the block after it. Raises UnknownBlock."""
        if num == self.head_num:
            return self.head_id
        data = self.backend.get(block_key(num + 1)) if num else NO_BLOCK_ID
        if data is None:
            raise UnknownBlock(num=num, head_num=self.head_num)
        return data[:BLOCK_ID_BYTES]

    def holds(self, block_id: bytes) -> bool:
        """Whether a block is on our branch."""
        num = num_of_id(block_id)
        return num <= self.head_num and self.id_of(num) == block_id

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
