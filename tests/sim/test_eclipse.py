"""An attacker around one node, in short: `python -m tests.sim.eclipse` plays many more."""

import pytest

from node.p2p import dialling, peers
from node.p2p.forms import PeerAddress
from node.p2p.peers import Table
from tests.sim.eclipse import ATTACKER_GROUPS, HONEST_MIN, flood, least_honest


@pytest.mark.parametrize("seed", range(2))
def test_half_of_the_links_stay_honest(seed: int) -> None:
    """He is in four networks: more than four of the eight links he never has."""
    assert least_honest(seed, restarts=6) >= 8 - ATTACKER_GROUPS >= HONEST_MIN


@pytest.mark.parametrize("seed", range(2))
def test_without_distinct_networks_the_attacker_wins(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "_group", _every_address_for_itself)
    assert least_honest(seed, restarts=10) < HONEST_MIN


def test_without_buckets_he_wins_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "_group", _every_address_for_itself)
    monkeypatch.setattr(Table, "pick", _any_address)
    assert least_honest(0, restarts=5) == 0


def test_one_peer_fills_a_small_part_of_the_book_whatever_it_sends() -> None:
    stored, known = flood(6_000, seed=1)
    assert 300 < stored <= 1_100
    assert stored <= 0.23 * known


def test_without_buckets_for_each_source_one_peer_fills_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "NEW_BUCKETS_PER_SOURCE", 240)
    stored, _ = flood(6_000, seed=1)
    assert stored > 1_100


def _every_address_for_itself(address: PeerAddress) -> bytes:
    return address.text.encode()


def _any_address(table: Table, chooser: peers.Chooser) -> PeerAddress | None:
    addresses = [address for bucket in table._buckets.values() for address in bucket.values()]
    return addresses[chooser.randrange(len(addresses))] if addresses else None
