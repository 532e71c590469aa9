"""Four nodes in processes of their own, real sockets and disks between them: what the demo of `make testnet` shows, in short."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.network import TestNetwork
from tests.functional.testnet import AGREE_SECONDS, Demo
from tests.functional.walkthrough import Shell

pytestmark = pytest.mark.functional


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One network for all steps, each of which leaves it whole; slots of a second."""
    folder: Path = tmp_path_factory.mktemp("testnet")
    with TestNetwork(folder, nodes=4, interval_seconds=1) as network:
        network.start()
        made = Demo(network)
        made.agree()
        yield made


def test_what_is_sent_to_one_node_is_seen_on_all(demo: Demo) -> None:
    demo.write_and_vote()


@pytest.mark.parametrize("groups", [({0, 1, 2}, {3}), ({0, 1}, {2, 3})], ids=["3 + 1", "2 + 2"])
def test_a_parted_network_becomes_one_again(demo: Demo, groups: tuple[set[int], ...]) -> None:
    demo.partition(*groups)


def test_an_operator_sees_the_others(demo: Demo) -> None:
    node = demo.network.nodes[3]
    demo.network.until(lambda: len(node.network()["peers"]) == 3, AGREE_SECONDS, "all links are there again")
    shown = Shell(node.data_dir.with_name("home"), f"http://127.0.0.1:{node.port}").run("skald network status")
    told = node.network()
    assert told["identity"] in shown
    for peer in told["peers"]:
        assert peer["address"] in shown
        assert peer["identity"] in {other.network()["identity"] for other in demo.network.nodes}


def test_a_killed_node_comes_back(demo: Demo) -> None:
    demo.kill(1)


def test_an_empty_node_joins(demo: Demo) -> None:
    demo.join()
