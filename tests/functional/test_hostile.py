"""A witness's node among hostile peers, in short: `python -m tests.functional.hostile` lets them stay for longer."""

import asyncio
from pathlib import Path

import pytest

from tests.functional.hostile import MEMORY_GROWTH_MAX_MIB, attack
from tests.functional.hostile_peers import KINDS

pytestmark = pytest.mark.functional


def test_hostile_peers_of_all_kinds_stop_neither_blocks_nor_honest_peers(tmp_path: Path) -> None:
    """How quickly all goes is for the long form to judge, which has the machine for itself."""
    report, horde = asyncio.run(attack(tmp_path, peers=len(KINDS), seconds=6, seed=1))
    assert report.bugs == 0
    assert report.honest_links_lost == 0
    assert report.blocks >= report.slots - 1
    assert report.follower_behind <= 1
    assert report.memory_peak_mib - report.memory_before_mib < MEMORY_GROWTH_MAX_MIB
    assert min(horde.cuts[kind] for kind in ("speaks_at_random", "compresses", "breaks_the_seal", "writes_text")) > 0
