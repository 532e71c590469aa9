"""What an operator hears of the core's effects."""

from node.effects import BlocksPopped, Missed
from node.metrics import Metrics
from node.reporting import MISSED_ADVICE, Reporter
from tests.helpers.play import Play


def test_a_switch_counts_the_blocks_that_it_undid() -> None:
    play = Play()
    play.produce(3)
    metrics = Metrics()
    reporter = Reporter(play.chain, metrics)
    blocks = list(play.chain.blocks(1, 3))[::-1]
    reporter.report(BlocksPopped(blocks), 0.01, 0)
    reporter.report(BlocksPopped(blocks[:1]), 0.01, 0)
    told = metrics.as_dict()
    assert told["skald_blocks_undone_total"] == 4
    assert (told["skald_fork_switch_depth_blocks_count"], told["skald_fork_switch_depth_blocks_sum"]) == (2, 4)


def test_there_is_advice_for_every_missed_slot() -> None:
    assert set(MISSED_ADVICE) == set(Missed)
