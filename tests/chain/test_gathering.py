"""Many blocks in one batch: the disk ends up as if each had been written by itself, and holds a chain at every moment."""

import random
from collections.abc import Iterable

import pytest

from chain.block import Block
from chain.chain import Chain
from chain.errors import InvalidBlock
from chain.gathering import Gathering, gathered
from chain.memory import MemoryBackend
from chain.store import BrokenStore
from tests.functional.crash import Crowd
from tests.helpers.play import Play

SEED = 9


class Disk(MemoryBackend):
    """Counts batches, and refuses them when it is full. Also the mark beside it, which must never be ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[bool] = []
        self.is_full = False
        self.marked = 0

    def write(self, puts: Iterable[tuple[bytes, bytes | None]], *, sync: bool) -> None:
        if self.is_full:
            raise OSError("no space left")
        super().write(puts, sync=sync)
        self.batches.append(sync)

    def set_final_mark(self, num: int, block_id: bytes) -> None:
        raise AssertionError("nothing is final here")

    def set_mark(self, num: int, block_id: bytes) -> None:
        self.marked = num
        found = opened(self, Play().genesis)
        assert found.head_num >= num
        assert found.id_of(num) == block_id


def opened(disk: MemoryBackend, genesis: object) -> Chain:
    """As after a crash at this moment."""
    copy = MemoryBackend()
    copy.pairs = disk.pairs.copy()
    return Chain(copy, genesis)  # type: ignore[arg-type]  # the one that the play has


@pytest.fixture(scope="module")
def play() -> Play:
    """Eighty blocks in which people act."""
    print(f"seed {SEED}")
    play, crowd = Play(), Crowd(random.Random(SEED))
    play.produce(43)
    for _ in range(37):
        for _ in range(3):
            operation, by, role = crowd.next_operation()
            play.submit(play.sign(operation, by=by, role=role))
        play.produce()
    return play


@pytest.fixture(scope="module")
def blocks(play: Play) -> list[Block]:
    return list(play.chain.blocks(1, play.chain.head_num))


@pytest.fixture(scope="module")
def one_by_one(play: Play, blocks: list[Block]) -> dict[bytes, bytes]:
    """What the disk holds where each block has been written by itself. Whoever made a block notes its changes in another order."""
    chain, disk = begun(play)
    for block in blocks:
        chain.push_block(block)
    return dict(disk.pairs)


def begun(play: Play) -> tuple[Chain, Disk]:
    """A chain before its first block, and its disk."""
    disk = Disk()
    chain = Chain(disk, play.genesis)
    chain.mark = disk
    disk.batches.clear()
    return chain, disk


def push(chain: Chain, blocks: Iterable[Block]) -> None:
    """All in one batch."""
    with gathered(chain):
        for block in blocks:
            chain.push_block(block)


@pytest.mark.parametrize("blocks_max", [1, 7, 1_000])
def test_the_disk_ends_as_if_each_block_had_been_written_by_itself(
    play: Play, blocks: list[Block], one_by_one: dict[bytes, bytes], blocks_max: int
) -> None:
    chain, disk = begun(play)
    with gathered(chain, blocks_max=blocks_max):
        chain.state.is_far_behind = False  # else posts come to their places in ranked lists later
        for block in blocks:
            chain.push_block(block)
    assert dict(disk.pairs) == one_by_one
    assert disk.marked == 80
    assert disk.batches == [True] * -(-80 // blocks_max)
    assert chain.backend is chain.mark is disk


def test_a_batch_is_written_when_enough_bytes_have_come(play: Play, blocks: list[Block]) -> None:
    chain, disk = begun(play)
    with gathered(chain, bytes_max=50_000):
        for block in blocks:
            chain.push_block(block)
    assert 2 < len(disk.batches) < 80


def test_what_is_gathered_is_read_and_not_yet_written(play: Play, blocks: list[Block]) -> None:
    chain, disk = begun(play)
    with gathered(chain) as gathering:
        for block in blocks[:70]:
            chain.push_block(block)
        assert disk.batches == []
        assert (opened(disk, play.genesis).head_num, disk.marked) == (0, 0)
        assert [block.id for block in chain.blocks(60, 70)] == [block.id for block in blocks[59:70]]
        assert chain.first_num == 1
        entries = list(chain.history.entries("alice", chain.history.length("alice") - 1))
        gathering.flush()
        assert entries == list(chain.history.entries("alice", chain.history.length("alice") - 1))
        assert len(entries) > 10
        whole = b"\x00", b"\xff"
        chain.push_block(blocks[70])
        assert list(gathering.scan(*whole)) == list(gathering.scan(*whole, reverse=True))[::-1]
        assert len(list(gathering.scan(*whole))) > len(list(disk.scan(*whole)))
        assert chain.backend.view().get(b"\x00head") == disk.get(b"\x00head")
    assert opened(disk, play.genesis).digest == chain.digest


def test_after_a_crash_the_chain_goes_on_from_the_last_batch(play: Play, blocks: list[Block]) -> None:
    chain, disk = begun(play)
    with gathered(chain, blocks_max=25):
        for block in blocks[:64]:
            chain.push_block(block)
        survivor = opened(disk, play.genesis)
        assert survivor.head_num == 50
        for block in blocks[50:]:
            survivor.push_block(block)
        assert survivor.digest == play.chain.digest


def test_a_block_is_taken_back_while_others_are_gathered(
    play: Play, blocks: list[Block], one_by_one: dict[bytes, bytes]
) -> None:
    chain, disk = begun(play)
    with gathered(chain) as gathering:
        chain.state.is_far_behind = False
        for block in blocks[:60]:
            chain.push_block(block)
        gathering.flush()
        for block in blocks[60:62]:
            chain.push_block(block)
        for _ in range(4):  # two of them are on the disk
            chain.pop_block()
        assert opened(disk, play.genesis).head_num == disk.marked == 58
        for block in blocks[58:]:
            chain.push_block(block)
    assert dict(disk.pairs) == one_by_one


def test_a_bad_block_leaves_those_before_it_on_the_disk(play: Play, blocks: list[Block]) -> None:
    chain, disk = begun(play)
    with pytest.raises(InvalidBlock):
        push(chain, [*blocks[:30], blocks[31]])
    assert opened(disk, play.genesis).head_num == disk.marked == 30
    assert chain.waits_for_disk
    chain.push_block(blocks[30])
    assert opened(disk, play.genesis).head_num == 31


def test_nothing_follows_a_batch_that_the_disk_refused(play: Play, blocks: list[Block]) -> None:
    chain, disk = begun(play)
    disk.is_full = True
    with pytest.raises(OSError, match="no space"):
        push(chain, blocks[:30])
    with pytest.raises(BrokenStore):
        chain.push_block(blocks[30])
    assert (opened(disk, play.genesis).head_num, disk.marked) == (0, 0)


def test_what_must_be_on_the_disk_at_once_takes_the_rest_with_it(play: Play, blocks: list[Block]) -> None:
    chain, disk = begun(play)
    with gathered(chain):
        for block in blocks[:30]:
            chain.push_block(block)
        chain.backend.write([(b"\x01z", b"of a final block")], sync=True)
        assert isinstance(chain.backend, Gathering)
        assert opened(disk, play.genesis).head_num == disk.marked == 30
        assert disk.get(b"\x01z") is not None
