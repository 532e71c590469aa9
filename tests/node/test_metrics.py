"""Metrics in Prometheus' text and as a dictionary."""

from node.metrics import Metrics
from node.rpc.jsonrpc import Usage


def test_counts_and_reads_when_asked() -> None:
    metrics = Metrics()
    head = [5]
    usage = {"toy_api.add": Usage()}
    metrics.watch("head_block_num", "Height of the head block", lambda: head[0])
    metrics.watch_calls(usage)
    metrics.blocks_applied.inc()
    metrics.transactions_rejected.labels(reason="insufficient_funds").inc(2)
    metrics.block_apply_seconds.observe(0.02)
    head[0] = 6
    usage["toy_api.add"].call_count = 3

    view = metrics.as_dict()
    assert view["skald_head_block_num"] == 6
    assert view["skald_blocks_applied_total"] == 1
    assert view["skald_transactions_rejected_total"] == {"insufficient_funds": 2}
    assert view["skald_block_apply_seconds_count"] == 1
    assert view["skald_block_apply_seconds_sum"] == 0.02
    assert view["skald_rpc_calls_total"] == {"toy_api.add": 3}

    text = metrics.text().decode()
    assert "skald_head_block_num 6.0" in text
    assert 'skald_block_apply_seconds_bucket{le="0.025"} 1.0' in text


def test_two_nodes_in_a_process_count_for_themselves() -> None:
    first, second = Metrics(), Metrics()
    first.blocks_produced.inc()
    assert first.as_dict()["skald_blocks_produced_total"] == 1
    assert second.as_dict()["skald_blocks_produced_total"] == 0
