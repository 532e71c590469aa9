"""Nodes that attest the state over links, and one that begins with a snapshot and goes on with its peers."""

from pathlib import Path

import pytest

from node.effects import StateAttested
from node.p2p.messages import StateAttestation
from node.snapshot.making import create_snapshot
from tests.helpers.mesh import final_by_votes
from tests.helpers.network import Network, Node
from tests.helpers.snapshots import judged, quiet, restored

INTERVAL = 50
HEAD = 2 * INTERVAL + 15


@pytest.fixture(scope="module")
def network() -> tuple[Network, list[Node]]:
    """Two nodes that share the witnesses, and one that has none."""
    net = Network(final_by_votes(state_root_interval_blocks=INTERVAL))
    names = [witness.name for witness in net.genesis.witnesses]
    nodes = [net.node("even", names[::2]), net.node("odd", names[1::2]), net.node("reader")]
    net.mesh(*nodes)
    net.slots(HEAD)
    return net, nodes


def test_attestations_reach_everybody_over_links(network: tuple[Network, list[Node]]) -> None:
    net, nodes = network
    for node in nodes:
        certificates = node.chain.finality.root_certificates()
        assert [one.checkpoint.num for one in certificates] == [2 * INTERVAL, INTERVAL]
        assert len(node.told(StateAttested)) == 2
    assert net.said(StateAttestation)
    assert net.offences() == []


def test_a_node_that_links_later_hears_what_was_attested(network: tuple[Network, list[Node]]) -> None:
    net, nodes = network
    late = net.node("late")
    net.link(late, nodes[2])
    assert net.run(20, until=lambda: late.chain.head_id == nodes[2].chain.head_id)
    net.slots(21)  # attestations are said again every minute, if they came before their blocks
    net.cut(late, nodes[2])
    net.link(late, nodes[2])
    assert net.run(5, until=lambda: bool(late.chain.finality.root_certificates()))


def test_a_node_begins_with_a_snapshot_and_goes_on_with_its_peers(
    network: tuple[Network, list[Node]], tmp_path: Path
) -> None:
    net, nodes = network
    source = nodes[0].chain
    made = create_snapshot(source, tmp_path / "file", quiet)
    assert made.is_attested
    assert judged(tmp_path / "file", net.genesis, source.id_of(made.moment.num + 3)).is_proven
    chain = restored(tmp_path / "file", net.genesis, tmp_path / "data")
    young = net.node("young", chain=chain)
    for node in nodes:
        net.link(young, node)
    assert net.run(20, until=lambda: chain.head_id == source.head_id)
    net.slots(4)
    assert chain.head_id == source.head_id
    assert chain.digest == source.digest
    assert chain.final_num >= source.final_num - 1
    empty = net.node("empty")  # asks for blocks that the young one never had
    net.link(empty, young)
    net.slots(1)
    assert empty.chain.head_num == 0
    net.link(empty, nodes[1])
    assert net.run(30, until=lambda: empty.chain.head_id == source.head_id)
    assert net.offences() == []
    chain.close()
    net.nodes.remove(young)
