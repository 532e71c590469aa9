"""Blocks of a log on their way into a chain: looked at ahead, in their order, as far as the log is sound."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from chain.block import Block
from chain.blocklog import BlockLogWriter, DamagedBlockLog, read_blocks
from chain.chain import Chain
from chain.memory import MemoryBackend
from node import blocklog
from node.blocklog import import_blocks, prefetched
from node.verify.pool import workers_for
from tests.functional.crash import Crowd
from tests.helpers.play import Play

SEED = 5


class Notes:
    """A verifier that writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.finished: list[int] = []

    def prefetch(self, blocks: Sequence[Block]) -> None:
        self.asked += [block.num for block in blocks]

    def finish(self, block: Block) -> None:
        assert block.num in self.asked
        self.finished.append(block.num)


@pytest.fixture(scope="module")
def play() -> Play:
    """Sixty blocks in which people act."""
    print(f"seed {SEED}")
    play, crowd = Play(), Crowd(random.Random(SEED))
    play.produce(43)
    for _ in range(17):
        for _ in range(3):
            operation, by, role = crowd.next_operation()
            play.submit(play.sign(operation, by=by, role=role))
        play.produce()
    return play


def blocks_of(play: Play) -> list[Block]:
    return list(play.chain.blocks(1, play.chain.head_num))


def log_of(play: Play) -> bytes:
    file = BytesIO()
    writer = BlockLogWriter(file)
    for block in blocks_of(play):
        writer.append(block.packed_bytes)
    return file.getvalue()


@pytest.mark.parametrize("ahead_blocks", [1, 7, 60, 1_000])
def test_every_block_comes_once_and_in_order_with_the_next_ones_asked(
    play: Play, monkeypatch: pytest.MonkeyPatch, ahead_blocks: int
) -> None:
    monkeypatch.setattr(blocklog, "AHEAD_BLOCKS", ahead_blocks)
    notes, nums = Notes(), []
    for block in prefetched(iter(blocks_of(play)), notes):
        nums.append(block.num)
        assert len(notes.asked) >= min(60, len(nums) + 1)
        assert len(notes.asked) <= len(nums) + 2 * ahead_blocks
    assert nums == notes.asked == notes.finished == list(range(1, 61))


def test_what_stands_before_the_damage_is_taken(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocklog, "AHEAD_BLOCKS", 8)

    def damaged() -> Iterator[Block]:
        yield from blocks_of(play)[:21]
        raise DamagedBlockLog(num=22, offset=0, reason="it is torn")

    nums: list[int] = []
    with pytest.raises(DamagedBlockLog):
        nums.extend(block.num for block in prefetched(damaged(), Notes()))
    assert nums == list(range(1, 22))


@pytest.mark.parametrize("workers", [0, 1])
def test_an_import_ends_where_the_log_came_from(play: Play, tmp_path: Path, workers: int) -> None:
    log = tmp_path / "blocks.log"
    log.write_bytes(log_of(play))
    assert len(list(read_blocks(BytesIO(log_of(play)), play.params.dialect))) == 60
    chain = Chain(MemoryBackend(), play.genesis)
    with closing(workers_for(chain, workers)) as verifier:
        assert import_blocks(chain, log, lambda _: None, verifier) == 60
        assert import_blocks(chain, log, lambda _: None, verifier) == 0
    assert (chain.head_id, chain.digest) == (play.chain.head_id, play.chain.digest)
