"""A node far behind writes many blocks at a time; near the head each by itself, and one that makes blocks always."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from chain.chain import Chain
from chain.gathering import Gathering
from chain.memory import MemoryBackend
from node.catching_up import FAR_BEHIND_SECONDS, FLUSH_SECONDS, CatchingUp
from node.clock import ManualClock
from node.core import PushBlock
from node.data_directory import open_chain
from node.runner import Node
from tests.helpers.play import Play
from tests.node.test_runner import devnet_config


class Disk(MemoryBackend):
    """Counts what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0

    def write(self, puts: Iterable[tuple[bytes, bytes | None]], *, sync: bool) -> None:
        super().write(puts, sync=sync)
        self.batches += 1


@pytest.fixture(scope="module")
def play() -> Play:
    """Sixty blocks of long ago."""
    play = Play()
    play.produce(60)
    return play


@pytest.fixture
def chain(play: Play) -> Iterator[Chain]:
    """With the first of those blocks."""
    chain = Chain(Disk(), play.genesis)
    push(chain, play, 1, 1)
    chain.backend.batches = 0  # type: ignore[attr-defined]  # a Disk
    yield chain
    chain.close()


def push(chain: Chain, play: Play, first: int, last: int) -> None:
    for block in play.chain.blocks(first, last):
        chain.push_block(block)


def far(chain: Chain) -> float:
    """A time at which its head is just far behind."""
    return chain.state.globals.time + FAR_BEHIND_SECONDS + 1


def test_far_behind_a_batch_holds_the_blocks_of_some_seconds(play: Play, chain: Chain) -> None:
    disk = chain.backend
    assert isinstance(disk, Disk)
    catching_up = CatchingUp(chain, makes_blocks=False)
    now = far(chain) + 1_000
    catching_up.look(now)
    assert catching_up.is_gathering
    push(chain, play, 2, 20)
    catching_up.look(now + FLUSH_SECONDS - 1)
    assert disk.batches == 0
    catching_up.look(now + FLUSH_SECONDS)
    assert disk.batches == 1
    push(chain, play, 21, 40)
    catching_up.look(now + FLUSH_SECONDS + 1)
    assert disk.batches == 1
    catching_up.close()
    assert disk.batches == 2
    push(chain, play, 41, 42)
    assert disk.batches == 4


def test_near_the_head_each_block_is_written_by_itself(play: Play, chain: Chain) -> None:
    disk = chain.backend
    assert isinstance(disk, Disk)
    catching_up = CatchingUp(chain, makes_blocks=False)
    catching_up.look(far(chain) - 1)
    assert not catching_up.is_gathering
    catching_up.look(far(chain))
    push(chain, play, 2, 30)
    assert disk.batches == 0
    catching_up.look(far(chain) - 1)
    assert not catching_up.is_gathering
    assert disk.batches == 1
    push(chain, play, 31, 32)
    assert disk.batches == 3


def test_who_makes_blocks_waits_for_the_disk_with_each(chain: Chain) -> None:
    catching_up = CatchingUp(chain, makes_blocks=True)
    catching_up.look(far(chain))
    assert not catching_up.is_gathering


def test_a_node_among_others_gathers_and_closes_with_all_on_the_disk(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.runner.origin_of", lambda _: play.genesis)
    config = devnet_config(
        tmp_path / "data",
        rpc_enabled=False,
        p2p_enabled=True,
        p2p_port=0,
        witness_names=(),
        witness_keys_file=None,
    )
    node = Node(config, clock=ManualClock(play.now + 10_000))
    node.tick()
    gathering = node.chain.backend
    assert isinstance(gathering, Gathering)
    for block in play.chain.blocks(1, 60):
        node.handle(PushBlock(block))
    assert node.chain.head_id == play.chain.head_id
    assert node.chain.backend is gathering
    node.close()
    again = open_chain(config, play.genesis)
    assert (again.head_id, again.digest) == (play.chain.head_id, play.chain.digest)
    again.close()
