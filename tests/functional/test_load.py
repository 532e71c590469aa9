"""A short load on a network of two nodes: whatever is accepted is in the chain, and final. The long one is `make load`."""

from pathlib import Path

import pytest

from tests.functional.load import LoadNetwork

pytestmark = pytest.mark.functional

SEED = 3
PEOPLE = 60


def test_whatever_is_accepted_becomes_final_on_all_nodes(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    with LoadNetwork(tmp_path, nodes=2, people=PEOPLE, seed=SEED, interval_seconds=1) as network:
        network.start()
        people = network.people
        first = network.take(people.first_posts(network.anchor()), rate=60, connections=3)
        load = network.take(list(people.live(90, 30, network.anchor())), rate=30, connections=6)
        network.until(network.agrees, 30, "all nodes have one state")
        network.check_final()
    assert len(first.accepted) == PEOPLE, first.errors
    assert len(load.accepted) > 80, load.errors
    assert not first.lost
    assert not load.lost
    told = load.to_json()
    assert told["final"] == told["accepted"]
    assert told["latency_seconds"]["accepted"]["p50"] <= told["latency_seconds"]["included"]["p50"]
    assert told["latency_seconds"]["included"]["p50"] <= told["latency_seconds"]["final"]["p50"]
    assert all(spent > 0 for spent in told["node_cpu_microseconds_each"])
