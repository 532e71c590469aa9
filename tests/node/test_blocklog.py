"""Blocks of a log on their way into a chain: looked at ahead, in their order, as far as the log is sound."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from chain.block import Block
from chain.blocklog import BlockLogWriter, DamagedBlockLog, read_blocks
from chain.chain import Chain, NotTheTrustedBlock
from chain.header import WrongSigner
from chain.memory import MemoryBackend
from chain.transaction import Transaction
from node import blocklog
from node.blocklog import Imported, import_blocks, prefetched
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
        assert import_blocks(chain, log, lambda _: None, verifier) == Imported(60, 0)
        assert import_blocks(chain, log, lambda _: None, verifier) == Imported(0, 0)
    assert (chain.head_id, chain.digest) == (play.chain.head_id, play.chain.digest)


class NobodyAsked(Notes):
    """Whoever is asked who signed has been asked in vain. As signers, they know nobody."""

    def transaction_signers(self, transaction: Transaction, chain_id: bytes) -> tuple[bytes, ...]:
        raise AssertionError("asked who signed a transaction")

    def block_signer(self, digest: bytes, signature: bytes) -> bytes:
        raise AssertionError("asked who signed a block")


def imported(play: Play, log: Path, trusted_id: bytes, verifier: Notes, start: int = 0) -> tuple[Chain, Imported]:
    """Into a new chain that trusts a block, from behind block `start` on."""
    chain = Chain(MemoryBackend(), play.genesis, trusted_id=trusted_id)
    for block in blocks_of(play)[:start]:
        chain.push_block(block)
    if isinstance(verifier, NobodyAsked):
        chain.signers = verifier
    return chain, import_blocks(chain, log, lambda _: None, verifier)


@pytest.fixture
def log(play: Play, tmp_path: Path) -> Path:
    path = tmp_path / "blocks.log"
    path.write_bytes(log_of(play))
    return path


@pytest.mark.parametrize("start", [0, 20])
def test_no_signature_is_looked_at_before_the_trusted_block(play: Play, log: Path, start: int) -> None:
    chain, result = imported(play, log, play.chain.head_id, NobodyAsked(), start)
    assert result == Imported(60 - start, 60)
    assert chain.digest == play.chain.digest


def test_behind_the_trusted_block_all_signatures_are_checked(play: Play, log: Path) -> None:
    notes = Notes()
    chain, result = imported(play, log, play.chain.id_of(50), notes)
    assert result == Imported(60, 50)
    assert notes.finished == list(range(51, 61))
    assert chain.digest == play.chain.digest


def forged(play: Play, num: int) -> bytes:
    """The log with another signature under the header of one block: a chain that is broken behind it."""
    blocks = blocks_of(play)
    header = blocks[num - 1].header
    other = header.signed(play.key("initminer", "witness").sign(bytes(32)))
    blocks[num - 1] = Block.build(other, blocks[num - 1].transactions)
    file = BytesIO()
    writer = BlockLogWriter(file)
    for block in blocks:
        writer.append(block.packed_bytes)
    return file.getvalue()


def test_a_log_that_does_not_lead_to_the_trusted_block_is_checked_from_the_first_block(play: Play, log: Path) -> None:
    log.write_bytes(forged(play, 46))
    notes = Notes()
    with pytest.raises(WrongSigner):
        imported(play, log, play.chain.head_id, notes)
    assert notes.finished == list(range(1, 47))


def test_a_trusted_block_that_the_log_does_not_reach_vouches_for_nothing(play: Play, log: Path) -> None:
    notes = Notes()
    _, result = imported(play, log, (61).to_bytes(4, "big") + bytes(16), notes)
    assert result == Imported(60, 0)
    assert notes.finished == list(range(1, 61))


def test_a_log_with_another_trusted_block_vouches_for_nothing(play: Play, log: Path) -> None:
    notes = Notes()
    with pytest.raises(NotTheTrustedBlock):
        imported(play, log, (50).to_bytes(4, "big") + bytes(16), notes)
    assert notes.finished == list(range(1, 51))
