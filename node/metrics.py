"""What a node counts, for Prometheus (`/metrics`) and for `skald_api.get_metrics`.

Figures that something else keeps anyway (head block, mempool, calls by method) are read when somebody asks, so that
counting costs nothing on the way of a block or a request. Every metric is declared here, with its unit in its name.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from chain import __version__
from node.rpc.jsonrpc import Usage

APPLY_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0)  # 0.3 warns, 1 pages (a slot is 3)
COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0)  # 0.1 warns, 1 pages: a slow disk
LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)  # 0.1 warns, 0.5 pages: something held everybody up
LATENESS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75)  # 0.25 warns; later than 0.75 none is made
FORK_DEPTHS = (1, 2, 3, 5, 8, 13, 21)  # 3 warns, 21 pages


class Metrics:
    """One node's metrics, in a registry of its own: several nodes may live in one process."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.blocks_applied = Counter("skald_blocks_applied", "Blocks applied, own and others'", registry=registry)
        self.blocks_produced = Counter("skald_blocks_produced", "Blocks made by this node", registry=registry)
        self.blocks_rejected = Counter("skald_blocks_rejected", "Blocks refused", ["reason"], registry=registry)
        self.slots_missed = Counter("skald_slots_missed", "Slots of own witnesses without a block", registry=registry)
        self.transactions_applied = Counter(
            "skald_transactions_applied", "Transactions in applied blocks", registry=registry
        )
        self.operations_applied = Counter("skald_operations_applied", "Operations in applied blocks", registry=registry)
        self.transactions_admitted = Counter(
            "skald_transactions_admitted", "Transactions taken into the mempool", registry=registry
        )
        self.transactions_rejected = Counter(
            "skald_transactions_rejected", "Transactions refused at admission", ["reason"], registry=registry
        )
        self.blocks_undone = Counter("skald_blocks_undone", "Blocks popped in fork switches", registry=registry)
        self.fork_switch_depth = Histogram(
            "skald_fork_switch_depth_blocks", "Blocks popped in one switch", buckets=FORK_DEPTHS, registry=registry
        )
        self.block_apply_seconds = Histogram(
            "skald_block_apply_seconds", "Time to apply one block", buckets=APPLY_SECONDS, registry=registry
        )
        self.block_lateness_seconds = Histogram(
            "skald_block_lateness_seconds",
            "How long after its slot began a block of ours was begun",
            buckets=LATENESS_SECONDS,
            registry=registry,
        )
        self.commit_seconds = Histogram(
            "skald_commit_seconds", "Time to write one block to the disk", buckets=COMMIT_SECONDS, registry=registry
        )
        self.peer_bytes = Counter("skald_peer_bytes", "Bytes of links with peers", ["direction"], registry=registry)
        self.peers_banned = Counter("skald_peers_banned", "Peers refused for a day", registry=registry)
        self.loop_lag_seconds = Histogram(
            "skald_loop_lag_seconds", "How late a timer of the node came", buckets=LAG_SECONDS, registry=registry
        )
        self.clock_offset_seconds = Gauge(
            "skald_clock_offset_seconds",
            "How far our peers' clocks are ahead of ours, in the median",
            registry=registry,
        )
        self._peers = Gauge("skald_peers", "Open links by who dialled", ["direction"], registry=registry)
        build = Gauge("skald_build_info", "Software of this node", ["version"], registry=registry)
        build.labels(version=__version__).set(1)

    def watch(self, name: str, help: str, read: Callable[[], float]) -> None:
        """A gauge `skald_<name>` that asks `read` at each scrape; the unit is the name's last word."""
        Gauge(f"skald_{name}", help, registry=self.registry).set_function(read)

    def watch_peers(self, direction: str, read: Callable[[], float]) -> None:
        """Ask `read` at each scrape for the links of that direction."""
        self._peers.labels(direction=direction).set_function(read)

    def watch_calls(self, usage: Mapping[str, Usage]) -> None:
        """Export a dispatcher's count of calls by method."""
        self.registry.register(_Calls(usage))

    def text(self) -> bytes:
        """All metrics in Prometheus' text form."""
        return generate_latest(self.registry)

    def as_dict(self) -> dict[str, Any]:
        """All metrics by name; those with labels as an object by label values, histograms as count and sum."""
        result: dict[str, Any] = {}
        for metric in self.registry.collect():
            for sample in metric.samples:
                if sample.name.endswith(("_bucket", "_created")):
                    continue
                value = int(sample.value) if float(sample.value).is_integer() else sample.value
                if sample.labels:
                    result.setdefault(sample.name, {})[",".join(sample.labels.values())] = value
                else:
                    result[sample.name] = value
        return result


class _Calls(Collector):
    def __init__(self, usage: Mapping[str, Usage]) -> None:
        self._usage = usage

    def collect(self) -> Iterable[Metric]:
        calls = CounterMetricFamily("skald_rpc_calls", "JSON-RPC calls", labels=["method"])
        errors = CounterMetricFamily("skald_rpc_errors", "JSON-RPC calls answered with an error", labels=["method"])
        seconds = CounterMetricFamily("skald_rpc_seconds", "Time spent in JSON-RPC calls", labels=["method"])
        for name, usage in sorted(self._usage.items()):
            calls.add_metric([name], usage.call_count)
            errors.add_metric([name], usage.error_count)
            seconds.add_metric([name], usage.seconds)
        return [calls, errors, seconds]
