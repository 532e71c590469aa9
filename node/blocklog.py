"""Block logs in hived's format, out of a data directory and into one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chain.blocklog import BlockLogWriter, read_blocks
from chain.chain import Chain

Progress = Callable[[int], None]


def export_blocks(chain: Chain, path: Path, progress: Progress, *, compressed: bool = False) -> int:
    """Write all blocks of a chain to a new file. Returns how many. Raises FileExistsError."""
    with path.open("xb") as file:
        writer = BlockLogWriter(file, is_compressed=compressed)
        count = 0
        for block in chain.blocks(1, chain.head_num):
            writer.append(block.packed_bytes)
            count += 1
            progress(count)
        return count


def import_blocks(chain: Chain, path: Path, progress: Progress) -> int:
    """Push the blocks of a file that come after the chain's head. Returns how many. Raises what the chain raises."""
    count = 0
    with path.open("rb") as file:
        for block in read_blocks(file, chain.params.dialect):
            if block.num <= chain.head_num:
                continue
            chain.push_block(block)
            count += 1
            progress(block.num)
    return count
