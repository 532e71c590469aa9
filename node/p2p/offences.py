"""What a refused block says about the peer it came from: less than one might think.

A peer that has applied a block stands for all of it. One that was asked for a branch by its end may give blocks that it keeps beside its
own branch and has never applied; it stands for their headers and for nothing else. And some blocks are refused although nothing is
wrong with them, or because of our clock.
"""

from typing import Final

from chain.branch_header import BranchBlockTooLarge
from chain.errors import ChainError
from chain.fork_tree import BranchesFull
from chain.header import BlockTooEarly, PaddedBlock, UnknownBlockWitness, WrongMerkleRoot, WrongSigner, WrongWitness
from node.core import BlockFromTheFuture

EXCUSED: Final = (BlockFromTheFuture, BranchesFull)
"""Their clock or ours is wrong, and ours is as likely; or we have no room for a branch that is low, but may be valid."""

SELF_EVIDENT: Final = (
    WrongMerkleRoot,
    PaddedBlock,
    BranchBlockTooLarge,
    BlockTooEarly,
    WrongWitness,
    UnknownBlockWitness,
    WrongSigner,
)
"""What everybody checks who keeps a block, on whatever branch."""


def is_to_blame(error: ChainError, *, has_applied: bool) -> bool:
    """Whether a peer must have known that a block is invalid. `has_applied` says that it called the block part of its branch."""
    if isinstance(error, EXCUSED):
        return False
    return has_applied or isinstance(error, SELF_EVIDENT)
