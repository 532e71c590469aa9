"""The short form of `make crash`, and a check that its reckoning notices a loss."""

import random
from pathlib import Path

import pytest

from chain.chain import Chain
from chain.memory import MemoryBackend
from node.effects import TransactionAccepted
from tests.functional.crash import Campaign, Crowd, Seen
from tests.helpers.play import Play

pytestmark = pytest.mark.functional
SEED = 2


def test_three_kills_lose_nothing(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    campaign = Campaign(tmp_path, SEED)
    try:
        assert list(campaign.run(3)) == [1, 2, 3]
    finally:
        if campaign.node.is_running:
            campaign.node.kill()
    report = campaign.report
    assert report.is_good, report
    assert report.accepted > 0
    assert report.digests_compared > 5
    assert report.pairs_compared > 500


def test_the_crowds_transactions_are_taken() -> None:
    play = Play()
    play.produce(43)
    crowd = Crowd(random.Random(SEED))
    accepted = 0
    for _ in range(40):
        play.produce(2)
        operation, by, role = crowd.next_operation()
        accepted += isinstance(play.submit(play.sign(operation, by=by, role=role))[0], TransactionAccepted)
    assert accepted > 30


def reckoned(tmp_path: Path, change: str) -> Campaign:
    """The reckoning over a chain of three blocks, after something was changed behind its back."""
    campaign = Campaign(tmp_path, SEED)
    play = Play()
    play.produce(30)
    block = play.chain.block(20)
    digest = "00" * 32 if change == "digest" else digest_at(play.chain, 20).hex()
    block_id = "00" * 20 if change == "block" else block.id.hex()
    campaign.seen.head(20, block_id, digest)
    campaign.seen.irreversible_num = 25
    memory = campaign.replay(play.chain)
    if change == "pair":
        memory.pairs[b"\x02stray"] = b""
    campaign.compare_databases(play.chain, memory)
    campaign.report.open_seconds.append(0.0)
    return campaign


def digest_at(chain: Chain, num: int) -> bytes:
    replayed = Chain(MemoryBackend(), chain.origin)
    for block in chain.blocks(1, num):
        replayed.push_block(block)
    return replayed.digest


@pytest.mark.parametrize(
    ("change", "is_good"), [("nothing", True), ("digest", False), ("block", False), ("pair", False)]
)
def test_the_reckoning_notices(tmp_path: Path, change: str, is_good: bool) -> None:
    assert reckoned(tmp_path, change).report.is_good is is_good


def test_what_is_seen_twice_must_agree() -> None:
    seen = Seen()
    seen.head(5, None, "aa")
    seen.head(5, "01", "aa")
    assert seen.contradictions == 0
    seen.head(5, "02", "aa")
    seen.head(5, None, "bb")
    assert seen.contradictions == 2
