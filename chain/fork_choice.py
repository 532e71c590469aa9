"""Which branch is ours: the longest valid one, and of equals the one we saw first (protocol.md §4.5).

A block that arrives extends our branch, is kept beside it, or makes another branch the better one. Then we switch: the blocks down to
the common ancestor are popped, those of the other branch pushed, all of it on a stage (chain.stage). If one fails, what stands on it
is forgotten and its id remembered. What came before it is kept where that is still better than our old branch; otherwise nothing
has happened. Nothing at or below the irreversible block is ever popped.

Where witnesses vote on finality there is an *anchor*, the block that a quorum has preferred last (docs/finality.md): once it is known,
only branches that contain it count, also where a longer one does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from chain.block import NO_BLOCK_ID, Block, num_of_id
from chain.branch_header import BranchPoint, check_body, check_branch_header, fork_point
from chain.errors import ChainError, InvalidBlock, StorageError
from chain.fork_tree import BranchBlock, BranchesFull, ForkTree
from chain.header import BlockTooLarge, WrongMerkleRoot
from chain.mempool import PENDING_BLOCKS_MAX
from chain.stage import Stage
from chain.state import AppliedOperation
from chain.transaction import Transaction

if TYPE_CHECKING:
    from chain.chain import Chain

ABOUT_THE_BODY = (WrongMerkleRoot, BlockTooLarge)  # says nothing about the id, which covers the header alone


class WhyIgnored(StrEnum):
    KNOWN = "we have this block"
    IRREVERSIBLE = "another block is irreversible there"
    FAR_AHEAD = "there are too many blocks between our head and this one"


@dataclass(frozen=True, slots=True)
class AppliedBlock:
    """A block on our branch now, with the operations and events of it."""

    block: Block
    applied: list[AppliedOperation]


@dataclass(frozen=True, slots=True)
class RefusedBlock:
    """A block kept before, which turned out to be invalid."""

    block: Block
    error: ChainError


@dataclass(frozen=True, slots=True)
class Applied:
    """Our branch has grown by these blocks."""

    pushed: list[AppliedBlock]
    refused: list[RefusedBlock]


@dataclass(frozen=True, slots=True)
class Switched:
    """We have left our branch for another. `popped` is newest first, `pushed` oldest first."""

    popped: list[Block]
    pushed: list[AppliedBlock]
    refused: list[RefusedBlock]


@dataclass(frozen=True, slots=True)
class Stored:
    """The block is kept beside our branch. Where the way down to it is not known, `missing` is the id of the first block we lack."""

    block: Block
    missing: bytes | None
    refused: list[RefusedBlock]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing was done, and nothing is wrong with the block."""

    block: Block
    reason: WhyIgnored


Moved: TypeAlias = Applied | Switched
Received: TypeAlias = Moved | Stored | Ignored


@dataclass(slots=True)
class _Moves:
    """What has become of our branch while one block was received."""

    popped: list[Block] = field(default_factory=list)
    pushed: list[AppliedBlock] = field(default_factory=list)
    refused: list[RefusedBlock] = field(default_factory=list)

    def told(self) -> Moved | None:
        if self.popped:
            return Switched(self.popped, self.pushed, self.refused)
        return Applied(self.pushed, self.refused) if self.pushed else None

    def pop(self, block: Block) -> None:
        """A block that nobody has been told of yet need not be told as popped either."""
        if self.pushed:
            assert self.pushed[-1].block.id == block.id, block
            self.pushed.pop()
        else:
            self.popped.append(block)


class ForkChoice:
    """The part of a chain that decides between branches."""

    def __init__(self, chain: Chain, tree: ForkTree) -> None:
        self.chain = chain
        self.tree = tree
        self.anchor_id = NO_BLOCK_ID  # which every branch contains
        self._pruned_num = 0  # the irreversible block at that time

    def follow(self, anchor_id: bytes) -> Moved | None:
        """Let our branch be the best of those that contain this block. Returns what has moved by that."""
        self.anchor_id = anchor_id
        moves = _Moves()
        self._follow_best(moves)
        return moves.told()

    def receive(self, block: Block, source: str = "") -> Received:
        """Take a block in. Raises the ChainError for which it is refused; then our branch is as before."""
        chain, tree = self.chain, self.tree
        why_ignored = self._why_ignored(block)
        if why_ignored is not None:
            return Ignored(block, why_ignored)
        if block.id in tree.loose and not self._is_known(block.header.previous):
            return Stored(block, tree.lowest_missing(block.id), [])  # the one asked before may not have had that
        tree.check(block)
        tree.drop_loose(block.id)
        moves = _Moves()
        missing = None
        if block.header.previous == chain.head_id:
            moves.pushed.append(self._extend(block))
        else:
            check_body(block, chain.params.maximum_block_size_bytes_max)
            if not self._link(block):
                tree.hold(block, source)
                missing = tree.lowest_missing(block.id)
        self._link_waiting(block.id if missing is None else missing, moves)
        if block.id not in tree.loose:
            missing = None  # what it waited for had come by another way
        self._follow_best(moves)
        moved = moves.told()
        if moved is not None:
            return moved
        tree.check(block)  # it may have stood on one that has just failed
        return Stored(block, missing, moves.refused)

    def _why_ignored(self, block: Block) -> WhyIgnored | None:
        chain = self.chain
        num, irreversible_num = block.num, chain.irreversible_num
        if block.id in self.tree.linked or chain.holds(block.id):
            return WhyIgnored.KNOWN
        if num <= irreversible_num:
            return WhyIgnored.IRREVERSIBLE
        if num == irreversible_num + 1 and not chain.holds(block.header.previous):
            return WhyIgnored.IRREVERSIBLE
        if num > chain.head_num + self.tree.loose_blocks_max and block.header.previous not in self.tree.linked:
            return WhyIgnored.FAR_AHEAD
        return None

    def _is_known(self, block_id: bytes) -> bool:
        return block_id in self.tree.linked or self.chain.holds(block_id)

    # linking

    def _extend(self, block: Block) -> AppliedBlock:
        try:
            return AppliedBlock(block, self.chain.push_block(block))
        except StorageError:
            raise
        except ChainError as error:
            if not isinstance(error, ABOUT_THE_BODY):
                self.tree.condemn(block.id, error.code)
            raise

    def _link(self, block: Block) -> bool:
        """Keep the block if the way down to our branch is known. Raises InvalidBlock."""
        chain = self.chain
        previous = block.header.previous
        parent = self.tree.linked.get(previous)
        if parent is not None:
            point = parent.point
        elif chain.holds(previous):
            point = fork_point(chain.state, block.num - 1)
        else:
            return False
        check_branch_header(chain.state, point, block, chain.signers.block_signer)
        self.tree.link(block, self._above(point, block))
        return True

    def _above(self, point: BranchPoint, block: Block) -> BranchPoint:
        params = self.chain.params
        return point.after(block, params.block_interval_seconds, params.witnesses_max)

    def _link_waiting(self, block_id: bytes, moves: _Moves) -> None:
        """Link the loose blocks that have been waiting for this one, those that have been waiting for them, and so on."""
        parents = [block_id] if self._is_known(block_id) else []
        while parents:
            for loose in self.tree.release(parents.pop()):
                block = self._decode(loose.packed_bytes)
                try:
                    self._link(block)
                except InvalidBlock as error:
                    moves.refused.append(RefusedBlock(block, error))
                else:
                    parents.append(block.id)

    def _decode(self, packed_bytes: bytes) -> Block:
        return Block.decode(packed_bytes, self.chain.params.dialect)

    # following

    def _follow_best(self, moves: _Moves) -> None:
        """As long as some branch is better than ours, try it. Each attempt follows or condemns a block, so this ends."""
        best = self._better()
        while best is not None:
            self._follow(self.tree.path(best.id), moves)
            best = self._better()

    def _better(self) -> BranchBlock | None:
        """The end of the branch that we should be on instead of ours, if there is one."""
        chain, tree = self.chain, self.tree
        if self.anchor_id in tree.linked:  # so it is not on our branch
            return tree.highest_above(self.anchor_id)
        anchor_num = num_of_id(self.anchor_id) if self._stands_on_anchor() else 0
        for leaf in tree.leaves():
            if leaf.num <= chain.head_num:
                return None
            if num_of_id(tree.path(leaf.id)[0].previous) >= anchor_num:
                return leaf
        return None

    def _stands_on_anchor(self) -> bool:
        """Whether our branch contains the anchor. One that nobody has shown us yet binds us to nothing."""
        return self.chain.holds(self.anchor_id) or self.anchor_id == NO_BLOCK_ID

    def _follow(self, path: list[BranchBlock], moves: _Moves) -> None:
        chain = self.chain
        if path[0].previous == chain.head_id:
            self._grow(path, moves)
            return
        if not chain.holds(path[0].previous):
            raise AssertionError(f"a branch hangs in the air: {path[0].previous.hex()}")
        self._switch(path, moves)

    def _grow(self, path: list[BranchBlock], moves: _Moves) -> None:
        """Nothing has to be popped: block by block, as if they came one after the other."""
        for entry in path:
            block = self._decode(entry.packed_bytes)
            try:
                applied = self.chain.push_block(block)
            except StorageError:
                raise
            except ChainError as error:
                self._refuse(block, error, moves)
                return
            moves.pushed.append(AppliedBlock(block, applied))

    def _refuse(self, block: Block, error: ChainError, moves: _Moves) -> None:
        moves.refused.append(RefusedBlock(block, error))
        self.tree.condemn(block.id, error.code)

    def _switch(self, path: list[BranchBlock], moves: _Moves) -> None:
        """All or nothing: the better branch as far as it is valid, if that is still better than ours; else ours as it was."""
        chain = self.chain
        old_num, must_hold = chain.head_num, self.anchor_id if self.anchor_id in self.tree.linked else NO_BLOCK_ID
        popped: list[Block] = []
        pushed: list[AppliedBlock] = []
        failed: RefusedBlock | None = None
        chain.mempool.suspend()
        with Stage(chain.store) as stage:
            while chain.head_num > path[0].num - 1:
                popped.append(chain.block(chain.head_num))
                chain.store.pop()
            chain.forget_ids()
            for entry in path:
                block = self._decode(entry.packed_bytes)
                try:
                    pushed.append(AppliedBlock(block, chain.apply_staged(block)))
                except StorageError:
                    raise
                except ChainError as error:
                    failed = RefusedBlock(block, error)
                    break
            is_better = chain.holds(must_hold) if must_hold != NO_BLOCK_ID else chain.head_num > old_num
            if is_better:
                chain.publish(stage)
            else:
                stage.abandon()
            chain.forget_ids()
        if is_better:
            self._settle_switch(popped, [entry.block.id for entry in pushed])
            _note_switch(moves, popped, pushed)
        if failed is not None:
            self._refuse(failed.block, failed.error, moves)
        if is_better:
            included = [transaction for entry in pushed for transaction in entry.block.transactions]
            chain.mempool.resume(included, returned=self._returned(popped, included))
        else:
            chain.mempool.resume(())

    def _settle_switch(self, popped: list[Block], pushed_ids: list[bytes]) -> None:
        """The tree holds the old branch now instead of the new one, unless that has become irreversible."""
        ancestor_num = popped[-1].num - 1
        self.landed(pushed_ids)
        if self.chain.irreversible_num <= ancestor_num:
            point = fork_point(self.chain.state, ancestor_num)
            for block in reversed(popped):
                point = self._above(point, block)
                self._keep(block, point)
        else:
            for block in popped:
                self.tree.drop_above(block.id)

    def landed(self, block_ids: Iterable[bytes]) -> None:
        """These blocks are on our branch now, and may have made others irreversible."""
        tree = self.tree
        for block_id in block_ids:
            if block_id in tree.linked:
                tree.unlink(block_id)
        self.prune()

    def prune(self) -> None:
        """Let go of the branches that leave ours below the irreversible block."""
        chain = self.chain
        if chain.irreversible_num > self._pruned_num:
            self._pruned_num = chain.irreversible_num
            self.tree.prune(chain.id_of(self._pruned_num))

    def keep(self, block: Block) -> None:
        """The block that was just popped stays within reach."""
        self._keep(block, self._above(fork_point(self.chain.state, block.num - 1), block))

    def _keep(self, block: Block, point: BranchPoint) -> None:
        """Link a popped block. What stood on it is judged from its new fork on, or goes with it where there is no room."""
        tree = self.tree
        if not self._is_known(block.header.previous) or not self._finds_room(block, point):
            tree.drop_above(block.id)
            return
        for entry in tree.above(block.id):
            entry.point = self._above(tree.linked[entry.previous].point, self._decode(entry.packed_bytes))

    def _finds_room(self, block: Block, point: BranchPoint) -> bool:
        try:
            self.tree.link(block, point)
        except BranchesFull:
            return False
        return True

    def _returned(self, popped: list[Block], included: list[Transaction]) -> list[Transaction]:
        """The transactions of the branch we left, oldest first, without those that the new one holds; no more than may wait."""
        room_bytes = PENDING_BLOCKS_MAX * self.chain.state.globals.maximum_block_size
        known = {transaction.id for transaction in included}
        returned: list[Transaction] = []
        for block in reversed(popped):
            for transaction in block.transactions:
                room_bytes -= len(transaction.packed_bytes)
                if room_bytes < 0:
                    return returned
                if transaction.id not in known:
                    returned.append(transaction)
        return returned


def _note_switch(moves: _Moves, popped: list[Block], pushed: list[AppliedBlock]) -> None:
    for block in popped:
        moves.pop(block)
    moves.pushed += pushed
