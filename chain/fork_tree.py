"""Blocks beside our branch: those that stand on it further down, and those whose parents nobody has shown us yet.

    irreversible ── 101 ── 102 ── 103 ── 104      our branch: in the store, not here
                     └──── 102'── 103'            *linked*: a path leads down to our branch
                             …    107" ── 108"    *loose*: the parent is not known

All of it is in memory, and bounded. Linked blocks are bounded by bytes and by irreversibility, never by a count of blocks: a branch
must stay followable however long irreversibility stands still (Steem, 17 September 2018). Loose blocks cost nothing to invent, so
they are bounded by count, bytes and source. Ids of blocks that failed to apply are remembered, so that nothing above them is tried.

The tree knows no state and no rule but this one: of two heads the higher counts, of equal ones the one seen first
(protocol.md §4.5).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sortedcontainers import SortedDict, SortedList

from chain.block import num_of_id
from chain.errors import InvalidBlock

if TYPE_CHECKING:
    from chain.block import Block
    from chain.branch_header import BranchPoint

BRANCH_BYTES_MAX = 256 << 20  # a partition of three hours with full blocks on both sides
LOOSE_BLOCKS_MAX = 512
LOOSE_BYTES_MAX = 32 << 20
LOOSE_BLOCKS_PER_SOURCE_MAX = 32  # more than a peer sends ahead of what we asked for
INVALID_IDS_MAX = 10_000
ENTRY_BYTES = 1_024  # what an entry takes beside the bytes of its block, measured

K = TypeVar("K")


class InvalidAncestor(InvalidBlock):
    code = "invalid_ancestor"
    text = "Block {num} stands on the refused block {ancestor} ({reason})"


class KnownInvalid(InvalidBlock):
    code = "known_invalid"
    text = "Block {num} was refused before ({reason})"


class BranchesFull(InvalidBlock):
    code = "branches_full"
    text = "Block {num} stands on a branch lower than {size_bytes} bytes of others. Send it again when its branch has grown"


class BranchBlock:
    """A linked block: packed, as most are never applied. `point` is what the header after it is checked by."""

    __slots__ = ("id", "num", "order", "packed_bytes", "point", "previous")

    def __init__(self, block: Block, point: BranchPoint, order: int) -> None:
        self.id = block.id
        self.num = block.num
        self.previous = block.header.previous
        self.packed_bytes = block.packed_bytes
        self.point = point
        self.order = order  # of arrival

    @property
    def size_bytes(self) -> int:
        return len(self.packed_bytes) + ENTRY_BYTES

    @property
    def place(self) -> tuple[int, int, bytes]:
        """Sorts leaves by how soon they can be spared: the lowest, of equal ones the newest."""
        return self.num, -self.order, self.id


class LooseBlock(NamedTuple):
    """A block whose parent is not known. `block` is packed."""

    id: bytes
    previous: bytes
    packed_bytes: bytes
    source: str

    @property
    def size_bytes(self) -> int:
        return len(self.packed_bytes) + ENTRY_BYTES


class Fault(NamedTuple):
    """Why an id is refused: the block that failed, and the code of its error."""

    culprit: bytes
    reason: str


class ForkTree:
    """The limits are in bytes and blocks; their defaults are the module's."""

    def __init__(
        self,
        *,
        branch_bytes_max: int = BRANCH_BYTES_MAX,
        loose_blocks_max: int = LOOSE_BLOCKS_MAX,
        loose_bytes_max: int = LOOSE_BYTES_MAX,
        loose_blocks_per_source_max: int = LOOSE_BLOCKS_PER_SOURCE_MAX,
        invalid_ids_max: int = INVALID_IDS_MAX,
    ) -> None:
        self.branch_bytes_max = branch_bytes_max
        self.loose_blocks_max = loose_blocks_max
        self.loose_bytes_max = loose_bytes_max
        self.loose_blocks_per_source_max = loose_blocks_per_source_max
        self.invalid_ids_max = invalid_ids_max
        self.linked: dict[bytes, BranchBlock] = {}
        self.branch_bytes = 0
        self.loose: OrderedDict[bytes, LooseBlock] = OrderedDict()  # in the order of arrival
        self.loose_bytes = 0
        self.invalid: OrderedDict[bytes, Fault] = OrderedDict()
        self._children: dict[bytes, dict[bytes, None]] = {}  # of linked blocks, by the id of their parent
        self._leaves: SortedList[tuple[int, int, bytes]] = SortedList()
        self._heights: SortedDict[int, dict[bytes, None]] = SortedDict()
        self._waiting: dict[bytes, dict[bytes, None]] = {}  # ids of loose blocks, by the parent they wait for
        self._by_source: dict[str, dict[bytes, None]] = {}  # ids of loose blocks, oldest first
        self._arrivals = 0

    def __contains__(self, block_id: bytes) -> bool:
        return block_id in self.linked or block_id in self.loose

    # linked blocks

    def link(self, block: Block, point: BranchPoint) -> None:
        """Add a block whose parent is linked or on our branch. Where there is no room the lowest leaves give way.

        Raises BranchesFull when that is this very block.
        """
        self._arrivals += 1
        added = BranchBlock(block, point, self._arrivals)
        self.linked[added.id] = added
        self.branch_bytes += added.size_bytes
        siblings = self._children.setdefault(added.previous, {})
        if not siblings and (parent := self.linked.get(added.previous)) is not None:
            self._leaves.discard(parent.place)
        siblings[added.id] = None
        if added.id not in self._children:
            self._leaves.add(added.place)
        self._heights.setdefault(added.num, {})[added.id] = None
        while self.branch_bytes > self.branch_bytes_max and self._leaves:
            self.unlink(self._leaves[0][2])
        if added.id not in self.linked:
            raise BranchesFull(num=added.num, size_bytes=self.branch_bytes)

    def unlink(self, block_id: bytes) -> None:
        """Forget a linked block, because it can be spared or has come onto our branch. Its children keep standing."""
        gone = self.linked.pop(block_id)
        self.branch_bytes -= gone.size_bytes
        self._leaves.discard(gone.place)
        _discard(self._heights, gone.num, block_id)
        _discard(self._children, gone.previous, block_id)
        if gone.previous not in self._children and (parent := self.linked.get(gone.previous)) is not None:
            self._leaves.add(parent.place)

    def leaves(self) -> Iterator[BranchBlock]:
        """The ends of all branches, the highest first, of equal ones the one seen first."""
        for _, _, block_id in reversed(self._leaves):
            yield self.linked[block_id]

    def highest_above(self, block_id: bytes) -> BranchBlock:
        """The highest block that stands on a linked one, or is that block; of several the one seen first."""
        return max([self.linked[block_id], *self.above(block_id)], key=lambda block: (block.num, -block.order))

    def path(self, block_id: bytes) -> list[BranchBlock]:
        """The linked blocks from our branch up to this one."""
        found = []
        block = self.linked.get(block_id)
        while block is not None:
            found.append(block)
            block = self.linked.get(block.previous)
        return found[::-1]

    def children(self, block_id: bytes) -> list[BranchBlock]:
        """The linked blocks on a linked one or on one of our branch."""
        return [self.linked[child] for child in self._children.get(block_id, ())]

    def above(self, block_id: bytes) -> Iterator[BranchBlock]:
        """All linked blocks above this one, parents first."""
        level = self.children(block_id)
        while level:
            yield from level
            level = [child for block in level for child in self.children(block.id)]

    # loose blocks

    def hold(self, block: Block, source: str) -> None:
        """Keep a block until its parent comes. Where there is no room the oldest of its source, or of the greediest, gives way."""
        self.drop_loose(block.id)
        held = LooseBlock(block.id, block.header.previous, block.packed_bytes, source)
        self.loose[held.id] = held
        self.loose_bytes += held.size_bytes
        mine = self._by_source.setdefault(source, {})
        mine[held.id] = None
        self._waiting.setdefault(held.previous, {})[held.id] = None
        if len(mine) > self.loose_blocks_per_source_max:
            self._drop_oldest(source)
        while len(self.loose) > self.loose_blocks_max or self.loose_bytes > self.loose_bytes_max:
            self._drop_oldest(max(self._by_source, key=self._held_from))

    def release(self, parent_id: bytes) -> list[LooseBlock]:
        """Take out the loose blocks that wait for this parent, in the order of their arrival."""
        waiting = [self.loose[block_id] for block_id in self._waiting.get(parent_id, ())]
        for block in waiting:
            self.drop_loose(block.id)
        return waiting

    def lowest_missing(self, block_id: bytes) -> bytes:
        """The id that a loose block waits for in the end: the parent of the lowest of those it stands on."""
        missing = block_id
        while missing in self.loose:
            missing = self.loose[missing].previous
        return missing

    def _drop_oldest(self, source: str) -> None:
        self.drop_loose(next(iter(self._by_source[source])))

    def _held_from(self, source: str) -> int:
        return len(self._by_source[source])

    def drop_loose(self, block_id: bytes) -> None:
        """Forget a loose block, if it is there."""
        gone = self.loose.pop(block_id, None)
        if gone is None:
            return
        self.loose_bytes -= gone.size_bytes
        _discard(self._by_source, gone.source, block_id)
        _discard(self._waiting, gone.previous, block_id)

    # invalid blocks

    def check(self, block: Block) -> None:
        """Raises KnownInvalid or InvalidAncestor."""
        fault = self.invalid.get(block.id)
        if fault is None:
            fault = self.invalid.get(block.header.previous)
            if fault is None:
                return
            self._remember(block.id, fault)
        if fault.culprit == block.id:
            raise KnownInvalid(num=block.num, reason=fault.reason)
        raise InvalidAncestor(num=block.num, ancestor=fault.culprit.hex(), reason=fault.reason)

    def condemn(self, block_id: bytes, reason: str) -> None:
        """Remember that a block cannot be applied, and let go of all that stands on it."""
        fault = Fault(block_id, reason)
        fallen = [block_id, *(block.id for block in self.above(block_id))]
        if block_id in self.linked:
            self._fell(block_id)
        while fallen:
            refused = fallen.pop()
            self._remember(refused, fault)
            fallen += [loose.id for loose in self.release(refused)]

    def _remember(self, block_id: bytes, fault: Fault) -> None:
        self.invalid[block_id] = fault
        if len(self.invalid) > self.invalid_ids_max:
            self.invalid.popitem(last=False)

    # growing older

    def prune(self, irreversible_id: bytes) -> None:
        """Let go of what cannot be followed any more: all that stands on our branch below the irreversible block."""
        num = num_of_id(irreversible_id)
        for height in list(self._heights.irange(maximum=num)):
            for root in list(self._heights.get(height, ())):
                self._fell(root)
        for loose in list(self.loose.values()):
            height = num_of_id(loose.id)
            if height <= num or (height == num + 1 and loose.previous != irreversible_id):
                self.drop_loose(loose.id)
        while self.invalid and num_of_id(next(iter(self.invalid))) <= num:
            self.invalid.popitem(last=False)

    def drop_above(self, block_id: bytes) -> None:
        """Forget all linked blocks above one that is not linked itself."""
        for child in self.children(block_id):
            self._fell(child.id)

    def _fell(self, root_id: bytes) -> None:
        """Forget a linked block with all above it."""
        for block_id in reversed([root_id, *(block.id for block in self.above(root_id))]):
            self.unlink(block_id)


def _discard(groups: MutableMapping[K, dict[bytes, None]], name: K, block_id: bytes) -> None:
    """Take an id out of its group; a group without ids is none."""
    group = groups[name]
    del group[block_id]
    if not group:
        del groups[name]
