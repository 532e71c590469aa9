"""Which blocks this node knows to be valid, as a voter asks for them: those of our branch, and those of branches it has left.

A block that was left counts only as long as the fork tree holds it, so that there is a way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chain.block import num_of_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chain.block import Block
    from chain.chain import Chain

LEFT_BLOCKS_MAX = 10_000
"""Left and not forgotten, 100 bytes each: a night of branches that nothing becomes final of."""


class Left(NamedTuple):
    """A block of a branch that was ours. `time` in seconds."""

    previous: bytes
    time: int


class KnownBlocks:
    """A `Blocks` of chain.finality.voter. Left branches are forgotten in a crash; whoever voted for them has them again from a peer."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._left: dict[bytes, Left] = {}

    @property
    def head_id(self) -> bytes:
        return self._chain.head_id

    def ancestor(self, block_id: bytes, num: int) -> bytes | None:
        """The id of block `num` on the branch that ends with `block_id`."""
        while not self._chain.holds(block_id):
            left = self._left.get(block_id)
            if left is None or block_id not in self._chain.forks.tree.linked:
                return None
            if num_of_id(block_id) == num:
                return block_id
            block_id = left.previous
        return self._chain.id_of(num) if num <= num_of_id(block_id) else None

    def time(self, block_id: bytes) -> int:
        """Of a block that is known to be valid, in seconds."""
        left = self._left.get(block_id)
        if left is not None:
            return left.time
        return self._chain.header(num_of_id(block_id)).timestamp

    def knows(self, block_id: bytes) -> bool:
        return self.ancestor(block_id, num_of_id(block_id)) is not None

    def leave(self, blocks: Iterable[Block]) -> None:
        """These blocks of ours were undone."""
        for block in blocks:
            if len(self._left) >= LEFT_BLOCKS_MAX:
                del self._left[next(iter(self._left))]
            self._left[block.id] = Left(block.header.previous, block.header.timestamp)

    def forget_to(self, num: int) -> None:
        """Block `num` is final: nobody votes on a block as low as that any more."""
        for block_id in [block_id for block_id in self._left if num_of_id(block_id) <= num]:
            del self._left[block_id]
