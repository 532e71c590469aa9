"""Blocks as peers speak of them: by id and number, as bytes; whether we know them, and giving them out without decoding them."""

from typing import Final

from chain.block import NO_BLOCK_ID, BlockHeader, num_of_id
from chain.chain import Chain, UnknownBlock
from chain.errors import InvalidInput
from chain.history import block_key
from chain.wire import reading
from node.p2p.messages import BLOCK_BYTES_MAX

BLOCKS_BYTES_MAX: Final = BLOCK_BYTES_MAX
"""Of the blocks of one answer: one block of the largest size fits, and many small ones."""

ITEM_BYTES: Final = 5
"""What an element of a message takes beside its bytes, at most."""


def holds(chain: Chain, block_id: bytes) -> bool:
    """Whether a block is on our branch. Nobody can be told so of blocks that a snapshot has spared us."""
    try:
        return chain.holds(block_id)
    except UnknownBlock:
        return False


def is_known(chain: Chain, block_id: bytes) -> bool:
    """Whether a block is on our branch or linked to it: then all below it are known, too."""
    return block_id in chain.forks.tree.linked or holds(chain, block_id)


def read_header(data: bytes) -> BlockHeader | None:
    """The header that fills all of `data`, in its one form."""
    header = first_header(data)
    return header if header is not None and header.packed_bytes == data else None


def first_header(data: bytes) -> BlockHeader | None:
    """The header at the beginning of a block's bytes."""
    try:
        with reading():
            header, _ = BlockHeader.read(data, 0)
    except InvalidInput:
        return None
    return header


def branch_blocks(chain: Chain, branch_id: bytes, first_num: int, count: int) -> tuple[bytes, ...]:
    """Up to `count` blocks from `first_num` on of the branch that ends with `branch_id` (all zeros: ours); as many as fit.

    None where we do not know the branch, or lack its block `first_num`.
    """
    last_num = first_num + count - 1
    if branch_id == NO_BLOCK_ID:
        return _own_blocks(chain, first_num, last_num)
    last_num = min(last_num, num_of_id(branch_id))
    path = chain.forks.tree.path(branch_id)
    if not path:
        return _own_blocks(chain, first_num, last_num) if holds(chain, branch_id) else ()
    fork_num = path[0].num - 1
    below = _own_blocks(chain, first_num, min(last_num, fork_num))
    if len(below) < fork_num - first_num + 1:
        return below  # as many as fit, or as there are
    beside = [entry.packed_bytes for entry in path if first_num <= entry.num <= last_num]
    return tuple(fitting([*below, *beside]))


def _own_blocks(chain: Chain, first_num: int, last_num: int) -> tuple[bytes, ...]:
    found: list[bytes] = []
    room = BLOCKS_BYTES_MAX
    for num in range(first_num, last_num + 1):
        data = chain.backend.get(block_key(num))
        if data is None:
            break
        room -= len(data) + ITEM_BYTES
        if room < 0 and found:
            break
        found.append(data)
    return tuple(found)


def fitting(items: list[bytes]) -> list[bytes]:
    """As many of the first as fit into one answer; the first in any case."""
    room = BLOCKS_BYTES_MAX
    for count, data in enumerate(items):
        room -= len(data) + ITEM_BYTES
        if room < 0 and count:
            return items[:count]
    return items
