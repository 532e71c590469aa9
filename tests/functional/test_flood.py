"""A short flood of reads over a producing node: everything is answered, and blocks come on. The long one is `python -m tests.functional.flood`."""

from pathlib import Path

import pytest

from tests.functional.flood import facts_of, flood
from tests.functional.flood_world import FloodNetwork

pytestmark = pytest.mark.functional

SEED = 5
LONG_READS = ("history, 1000", "block range", "events", "heavy batch")


def test_everybody_is_answered_while_blocks_are_made(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    with FloodNetwork(tmp_path, SEED) as network:
        network.start(rounds=2)
        node = network.nodes[0]
        result = flood(node, facts_of(node, network.posts), connections=16, seconds=4, seed=SEED)
    assert not result.errors
    assert result.blocks, "the node made blocks meanwhile"
    assert result.metrics["skald_blocks_produced_total"] >= len(result.blocks)
    assert result.metrics["skald_block_lateness_seconds_count"] >= len(result.blocks)
    assert result.metrics["skald_heavy_reads_cut_off"] == 0
    assert any(result.answers[name].seconds for name in LONG_READS)
