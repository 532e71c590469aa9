"""Block logs in hived's format, out of a data directory and into one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from chain.block import Block
from chain.blocklog import BlockLogWriter, read_blocks
from chain.chain import Chain
from chain.errors import StorageError

AHEAD_BYTES = 1 << 20  # of blocks whose signers are found out while others are applied: seconds of work
AHEAD_BLOCKS = 1_000


class EarlierBlocksMissing(StorageError):
    code = "earlier_blocks_missing"
    text = "The chain here began with a snapshot: there are no blocks before {first}. Export from a directory that has them all"


Progress = Callable[[int], None]


class Verifier(Protocol):
    """Finds out who signed before a block is applied (node.verify)."""

    def prefetch(self, blocks: Sequence[Block]) -> None: ...

    def finish(self, block: Block) -> None: ...


def export_blocks(chain: Chain, path: Path, progress: Progress, *, compressed: bool = False) -> int:
    """Write all blocks of a chain to a new file. Returns how many. Raises FileExistsError or EarlierBlocksMissing."""
    if chain.first_num > 1:
        raise EarlierBlocksMissing(first=chain.first_num)
    with path.open("xb") as file:
        writer = BlockLogWriter(file, is_compressed=compressed)
        count = 0
        for block in chain.blocks(1, chain.head_num):
            writer.append(block.packed_bytes)
            count += 1
            progress(count)
        return count


def import_blocks(chain: Chain, path: Path, progress: Progress, verifier: Verifier) -> int:
    """Push the blocks of a file that come after the chain's head. Returns how many. Raises what the chain raises."""
    count = 0
    with path.open("rb") as file:
        new = (block for block in read_blocks(file, chain.params.dialect) if block.num > chain.head_num)
        for block in prefetched(new, verifier):
            chain.push_block(block)
            count += 1
            progress(block.num)
    return count


def prefetched(blocks: Iterable[Block], verifier: Verifier) -> Iterator[Block]:
    """The same blocks, each with its signatures checked: while one portion is used, the next is at the workers.

    Raises what `blocks` raises, after all that stands before the damage.
    """
    portion: list[Block] = []
    try:
        for following in _portions(blocks):
            verifier.prefetch(following)
            yield from _finished(portion, verifier)
            portion = following
    except StorageError:
        yield from _finished(portion, verifier)
        raise
    yield from _finished(portion, verifier)


def _finished(portion: list[Block], verifier: Verifier) -> Iterator[Block]:
    for block in portion:
        verifier.finish(block)
        yield block


def _portions(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    portion: list[Block] = []
    size_bytes = 0
    try:
        for block in blocks:
            portion.append(block)
            size_bytes += len(block.packed_bytes)
            if size_bytes >= AHEAD_BYTES or len(portion) >= AHEAD_BLOCKS:
                yield portion
                portion, size_bytes = [], 0
    except StorageError:
        yield portion
        raise
    yield portion
