"""A chain: a state with its blocks, growing and shrinking at the head (design §4).

The store's layers from below: what is committed; while a block is at work, the block; otherwise what the mempool's pending
transactions would do. `push_block` puts one block on the head and commits it whole or not at all. Where blocks may be of several
branches, `receive_block` decides which to push (chain.fork_choice).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from chain import genesis
from chain.block import BLOCK_ID_BYTES, NO_BLOCK_ID, Block, BlockHeader, num_of_id
from chain.errors import InvalidBlock, StorageError
from chain.finality.archive import FinalityArchive
from chain.finality.rounds import is_round_end, round_record, voters_key
from chain.finality.votes import Certificate
from chain.fork_choice import ForkChoice, Moved, Received
from chain.fork_tree import ForkTree
from chain.history import History, block_key
from chain.invariants import check_invariants
from chain.mempool import Mempool
from chain.params import Params
from chain.past import retired
from chain.presets import Genesis
from chain.signatures import RememberedSigners, Signers
from chain.stage import Stage
from chain.state import AppliedOperation, State
from chain.store import Backend, Put, Store
from chain.transaction import Transaction
from chain.transition import apply_block
from chain.undo import undo_key
from chain.wire import reading

RECENT_IDS_MAX = (
    10_000  # of blocks of our branch, 100 bytes each; what is further down is asked for by nobody in a hurry
)


class UnlinkedBlock(InvalidBlock):
    code = "unlinked_block"
    text = "Block {num} does not follow our head {head_num}"


class UnknownBlock(InvalidBlock):
    code = "unknown_block"
    text = "There is no block {num}: the head is {head_num}"


class NotTheTrustedBlock(InvalidBlock):
    code = "not_the_trusted_block"
    text = "Block {num} is {found}, and the setting chain.trusted_block says {expected}: this branch leads elsewhere"


class UntrustedChain(StorageError):
    code = "untrusted_chain"
    text = (
        "This data directory follows a chain whose block {num} is {found}, and chain.trusted_block says {expected}. Check that setting; if it "
        "is right, start with an empty data directory"
    )


Laid: TypeAlias = tuple[Block, list[AppliedOperation]]
"""A block that was applied on the open layer, with its operations and events."""


class Mark(Protocol):
    """Something beside the database that remembers how far it must reach (LevelDbBackend)."""

    def set_mark(self, num: int, block_id: bytes) -> None: ...

    def set_final_mark(self, num: int, block_id: bytes) -> None: ...


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
        trusted_id: bytes = NO_BLOCK_ID,
    ) -> None:
        """`trusted_id` is of a block that every branch must contain, from a source that its operator trusts. Raises UntrustedChain."""
        self.origin = origin
        self.signers = signers or RememberedSigners()
        self.store = Store(backend, cached_rows_max=cached_rows_max)
        self.state = State(self.store, origin.params, for_readers=with_history)
        self.history = History(self.state, enabled=with_history)
        self.check_every_block = check_every_block
        self.sync = True
        self.waits_for_disk = True  # with each block; not while blocks are gathered (chain.gathering)
        self.mark = mark
        self.trusted_id = trusted_id
        self.store.load()
        self._recent_ids: dict[int, bytes] = {}
        self.history.check()
        if "" not in self.state.globals_:
            self._begin()
        self.finality = FinalityArchive(self.store, origin.params)
        self._name_voters()
        newest = self.finality.newest()
        self.final_num = newest.block_num if newest is not None else 0  # by votes
        self.undo_floor = max(self._settled_num, self._undo_forgotten_num())
        self.forks = ForkChoice(self, forks or ForkTree())
        self.mempool = Mempool(self.state, self.signers)
        self.mempool.begin()
        self._check_trusted()

    def _check_trusted(self) -> None:
        """Old keys can sign another history, but not one that holds this block (reliability C16)."""
        num = num_of_id(self.trusted_id)
        found = self._known_id(num)
        if found is not None and found != self.trusted_id:
            raise UntrustedChain(num=num, found=found.hex(), expected=self.trusted_id.hex())

    def _check_leads_to_trusted(self, block: Block) -> None:
        if block.num == num_of_id(self.trusted_id) and block.id != self.trusted_id:
            raise NotTheTrustedBlock(num=block.num, found=block.id.hex(), expected=self.trusted_id.hex())

    def _begin(self) -> None:
        """Write the state before the first block."""
        self.store.begin()
        genesis.create(self.state, self.origin)
        self.store.commit(0, bytes(20), self._round_records(0), sync=self.sync)

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
    def first_num(self) -> int:
        """The first block that we hold: 1, or later where the chain began with a snapshot. 0 where there is none."""
        for key, _ in self.backend.scan(block_key(1), block_key(self.head_num + 1)):
            return int.from_bytes(key[-8:], "big")
        return 0

    @property
    def digest(self) -> bytes:
        """The state digest at the head: equal on all nodes that agree."""
        return self.store.head.digest

    @property
    def irreversible_num(self) -> int:
        """The last block that can no longer be popped. It never goes back, even where popped blocks had said so."""
        return max(self._settled_num, self.undo_floor)

    @property
    def confirmed_num(self) -> int:
        """The block that three quarters of the witnesses have built on: Hive's irreversible one, reported and not relied on."""
        return self.state.irreversible.num

    @property
    def _settled_num(self) -> int:
        return self.final_num if self.params.finality_votes else self.confirmed_num

    # blocks in

    def receive_block(self, block: Block, source: str = "") -> Received:
        """Take in a block of any branch from `source`: extend ours, keep the block beside it, or switch to the longer branch.

        Raises the ChainError for which the block is refused; then our branch is as it was before.
        """
        return self.forks.receive(block, source)

    def follow(self, anchor_id: bytes) -> Moved | None:
        """From now on our branch is the longest that contains this block, once it is known. Returns what has moved by that."""
        return self.forks.follow(anchor_id)

    def finalise(self, certificate: Certificate) -> None:
        """A block of our branch is final, and all before it: from here on the disk says so, and nothing takes it back.

        The certificate must have been verified.
        """
        num = certificate.block_num
        assert self.holds(certificate.block_id)
        self.backend.write([self.finality.put(certificate), *self._retired(num)], sync=self.sync)
        if self.mark is not None:
            self.mark.set_final_mark(num, certificate.block_id)
        self.final_num = num
        self.undo_floor = max(self.undo_floor, num)
        self.forks.prune()

    def push_block(self, block: Block, *, is_vouched: bool = False) -> list[AppliedOperation]:
        """Apply and commit the block after the head. Raises InvalidBlock or what spoils a transaction of it; then nothing changed.

        `is_vouched`: it is known to lead to a block that is trusted, so its transactions are applied unchecked (node.blocklog).
        """
        if block.header.previous != self.head_id:
            raise UnlinkedBlock(num=block.num, head_num=self.head_num)
        signers = None if is_vouched else self.signers
        _, applied = self.extend(lambda: (block, apply_block(self.state, block, signers)))
        return applied

    def extend(self, lay: Callable[[], Laid], *, over_pending: bool = False) -> Laid:
        """Commit the block that `lay` applies on a fresh layer over the head, or on the pending one. Where it raises, nothing changed."""
        included: tuple[Transaction, ...] = ()  # of a refused block nothing: anybody can make one of what waits
        try:
            if over_pending:
                self.mempool.give_layer()
            else:
                self.mempool.suspend()
                self.store.begin()
            block, applied = self._extend(lay)
            included = block.transactions
        finally:
            self.mempool.resume(included)
        return block, applied

    def _extend(self, lay: Callable[[], Laid]) -> Laid:
        block, applied, records = self._build(lay)
        irreversible_num = self.irreversible_num
        gone = self._retired(irreversible_num)
        sync = self.sync and self.waits_for_disk
        self.store.commit(self.head_num + 1, block.id, records, retired=gone, sync=sync)
        self._recent_ids[self.head_num] = block.id
        self._settle_head(irreversible_num)
        self.forks.landed([block.id])
        return block, applied

    def _build(self, lay: Callable[[], Laid]) -> tuple[Block, list[AppliedOperation], list[tuple[bytes, bytes]]]:
        """Have a block applied on the open layer, which stays open; returns it, what was applied and the records to be committed with it."""
        num = self.head_num + 1
        try:
            block, applied = lay()
            self._check_leads_to_trusted(block)
            if self.check_every_block:
                check_invariants(self.state)
            history = self.history.record(block, applied)
            return block, applied, [(block_key(num), block.packed_bytes), *self._round_records(num), *history]
        except BaseException:
            self.store.rollback()
            raise

    def _name_voters(self) -> None:
        """A state that was restored at the end of a round tells by itself who votes above it."""
        records = self._round_records(self.head_num)
        if any(self.backend.get(key) is None for key, _ in records):
            self.backend.write(records, sync=self.sync)

    def _round_records(self, num: int) -> list[tuple[bytes, bytes]]:
        """Who votes on the blocks above block `num`, which was just applied, where a round ends with it."""
        if not self.params.finality_votes or not is_round_end(num, self.params):
            return []
        return [(voters_key(num), round_record(self.state))]

    def _retired(self, irreversible_num: int) -> list[Put]:
        """What becomes of undo records up to the irreversible block. Their past serves the state's root, so it needs finality votes."""
        first = self.undo_floor + 1
        if self.params.finality_votes:
            return list(retired(self.backend, first, irreversible_num, self.params.state_root_interval_blocks))
        return [(undo_key(num), None) for num in range(first, irreversible_num + 1)]

    def _settle_head(self, irreversible_num: int) -> None:
        """The new head is on the disk, with no undo records up to the irreversible block."""
        self.undo_floor = irreversible_num
        if self.mark is not None:
            self.mark.set_mark(self.head_num, self.head_id)

    # steps of a switch, between which the disk stays as it is

    def apply_staged(self, block: Block) -> list[AppliedOperation]:
        """Push a block onto a stage. How to undo it is kept, whatever it makes irreversible: the switch may yet be called off."""
        self.store.begin()
        _, applied, records = self._build(lambda: (block, apply_block(self.state, block, self.signers)))
        self.store.commit(self.head_num + 1, block.id, records, sync=False)
        return applied

    def publish(self, stage: Stage) -> None:
        """Write what was staged in one batch: from here on its last block is the head."""
        irreversible_num = self.irreversible_num
        stage.write(self._retired(irreversible_num), sync=False)
        if self.mark is not None and self.head_num < stage.head.num:
            self.mark.set_mark(self.head_num, self.head_id)  # first: the database must never be behind its mark
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
            self.forget_ids()
            self.forks.keep(block)
        finally:
            self.mempool.resume((), returned=block.transactions)
        return block

    def id_of(self, num: int) -> bytes:
        """The id of a block of our branch: it stands at the beginning of the block after it. Raises UnknownBlock."""
        if num == self.head_num:
            return self.head_id
        found = self._recent_ids.get(num)
        if found is None:
            data = self.backend.get(block_key(num + 1)) if num else NO_BLOCK_ID
            if data is None:
                raise UnknownBlock(num=num, head_num=self.head_num)
            if len(self._recent_ids) >= RECENT_IDS_MAX:
                self._recent_ids.clear()
            found = self._recent_ids[num] = data[:BLOCK_ID_BYTES]
        return found

    def forget_ids(self) -> None:
        """Blocks were popped: others may come to stand at their numbers."""
        self._recent_ids.clear()

    def holds(self, block_id: bytes) -> bool:
        """Whether a block is known to be on our branch. Of those before the snapshot that we began with nothing is known."""
        return self._known_id(num_of_id(block_id)) == block_id

    def _known_id(self, num: int) -> bytes | None:
        try:
            return self.id_of(num) if num <= self.head_num else None
        except UnknownBlock:
            return None

    def block(self, num: int) -> Block:
        """Raises UnknownBlock."""
        data = self.backend.get(block_key(num))
        if data is None:
            raise UnknownBlock(num=num, head_num=self.head_num)
        return Block.decode(data, self.params.dialect)

    def header(self, num: int) -> BlockHeader:
        """Of a block, without reading its transactions. Raises UnknownBlock."""
        data = self.backend.get(block_key(num))
        if data is None:
            raise UnknownBlock(num=num, head_num=self.head_num)
        with reading():
            return BlockHeader.read(data, 0)[0]

    def blocks(self, first: int, last: int) -> Iterator[Block]:
        """Blocks first to last, as far as there are any."""
        for _, data in self.backend.scan(block_key(first), block_key(last + 1)):
            yield Block.decode(data, self.params.dialect)

    def close(self) -> None:
        self.mempool.suspend()
        self.backend.close()
