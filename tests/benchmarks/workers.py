"""How much faster a block log is imported when other processes check its signatures: blocks a second, by the wall's clock.

The log is made once, of full blocks of votes by both kinds of keys. Each sample imports all of it into a chain that has not seen it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

from chain.blocklog import BlockLogWriter
from node.blocklog import import_blocks
from node.verify.pool import workers_for
from tests.benchmarks.crowd import Crowd, on_disk
from tests.benchmarks.imports import packed_block, take_in, vote
from tests.benchmarks.measuring import Figure

BLOCKS = 40
ACCOUNTS = 3_000
POSTS = 1_000
WORKERS = (0, 1)


def measure_workers(folder: Path, repeats: int) -> Iterator[Figure]:
    log = folder / "votes.log"
    write_log(folder / "made", log)
    figures = [
        Figure(
            f"import of a log, {BLOCKS} blocks of 1,000 votes",
            f"{count} workers" if count != 1 else "1 worker",
            unit="blocks/s",
            floor_name="no worker" if count else "",
        )
        for count in WORKERS
    ]
    for number in range(repeats):
        speeds = [blocks_a_second(folder / f"import-{number}-{count}", log, count) for count in WORKERS]
        for figure, speed in zip(figures, speeds, strict=True):
            figure.add(speed, None if figure is figures[0] else speeds[0])
    yield from figures


def write_log(folder: Path, log: Path) -> None:
    crowd = small_crowd(folder)
    chance = random.Random(7)
    with log.open("xb") as file:
        writer = BlockLogWriter(file)
        for block in crowd.chain.blocks(1, crowd.chain.head_num):
            writer.append(block.packed_bytes)
        for _ in range(BLOCKS):
            packed = packed_block(crowd, vote, chance, None)
            take_in(crowd, packed)
            writer.append(packed)
    crowd.chain.close()


def small_crowd(folder: Path) -> Crowd:
    return Crowd(on_disk(folder), accounts=ACCOUNTS, posts=POSTS)


def blocks_a_second(folder: Path, log: Path, count: int) -> float:
    chain = small_crowd(folder).chain
    with closing(workers_for(chain, count)) as workers:
        started = perf_counter()
        assert import_blocks(chain, log, lambda _: None, workers) == BLOCKS
        seconds = perf_counter() - started
    chain.close()
    return BLOCKS / seconds
