"""Block logs in hived's format, out of a data directory and into one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain as one_after_the_other
from pathlib import Path
from typing import Protocol

from chain.audit import audit
from chain.block import Block, num_of_id
from chain.blocklog import BlockLog, BlockLogWriter
from chain.chain import Chain
from chain.errors import StorageError
from chain.gathering import gathered

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


@dataclass(frozen=True, slots=True)
class Imported:
    """How many blocks were pushed, and up to which one the trusted block stood for all signatures (0: for none)."""

    count: int
    vouched_num: int


def import_blocks(chain: Chain, path: Path, progress: Progress, verifier: Verifier) -> Imported:
    """Push the blocks of a file that come after the chain's head, many in one batch, and check the invariants at the end.

    Raises what the chain raises. Where the file leads to the block that the chain trusts, signatures are checked from there on only.
    """
    count = 0
    with path.open("rb") as file, gathered(chain):
        log = BlockLog(file)
        vouched = vouched_num(log, chain)
        first = max(log.first_num, chain.head_num + 1)
        for block in read_ahead(log.blocks(chain.params.dialect, first), vouched, verifier):
            chain.push_block(block, is_vouched=block.num <= vouched)
            count += 1
            progress(block.num)
    if count:
        audit(chain.backend.view(), chain.params)
    return Imported(count, vouched)


def vouched_num(log: BlockLog, chain: Chain) -> int:
    """The number of the trusted block, if the log leads from the chain's head to it, each block naming the one before; else 0.

    An id is a hash of all that a block holds, its signatures included: whoever trusts one trusts what leads to it.
    """
    num = num_of_id(chain.trusted_id)
    if not chain.head_num < num <= log.last_num or log.first_num > chain.head_num + 1:
        return 0
    previous = chain.head_id
    for header in map(log.header, range(chain.head_num + 1, num + 1)):
        if header.previous != previous:
            return 0
        previous = header.id
    return num if previous == chain.trusted_id else 0


def read_ahead(blocks: Iterator[Block], vouched: int, verifier: Verifier) -> Iterator[Block]:
    """The same blocks; those above number `vouched` with their signatures checked."""
    for block in blocks:
        if block.num > vouched:
            yield from prefetched(one_after_the_other((block,), blocks), verifier)
            return
        yield block


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
