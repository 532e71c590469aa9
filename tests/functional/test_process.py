"""A node as an operator has it: a process that is started, stopped and killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.config import Config
from node.data_directory import open_chain, origin_of
from tests.functional.node_process import NodeProcess, Refused
from tests.helpers.play import Play

pytestmark = pytest.mark.functional


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    process = NodeProcess(tmp_path / "devnet", speed=30)
    yield process
    if process.is_running:
        process.kill()


def test_starts_produces_answers_and_stops(node: NodeProcess) -> None:
    node.start()
    assert node.ask("devnet_api.produce", {"count": 22})["head_block_num"] >= 22
    status, health = node.get("/health")
    assert status == 200
    assert health["healthy"]
    assert health["head_block_num"] >= 22

    pen = Play(witnesses=[])
    before = node.ask("condenser_api.get_accounts", [["bob"]])[0]["balance"]
    answer = node.ask("condenser_api.broadcast_transaction_synchronous", [signed_by_alice(pen, node, "1.000 HIVE")])
    assert not answer["expired"]
    assert node.ask("condenser_api.get_accounts", [["bob"]])[0]["balance"] != before
    with pytest.raises(Refused):
        node.ask("condenser_api.broadcast_transaction", [signed_by_alice(pen, node, "99999999.000 HIVE")])

    assert node.stop() == 0
    assert not (node.data_dir / "running.json").exists()
    assert node.events("stopped")


def signed_by_alice(pen: Play, node: NodeProcess, amount: str) -> object:
    globals_ = node.ask("condenser_api.get_dynamic_global_properties")
    return pen.as_json(pen.sign_at(globals_, pen.transfer("alice", "bob", amount), by="alice", expires_in=600))


def test_killed_it_goes_on_with_the_same_head(node: NodeProcess) -> None:
    node.start()
    node.ask("devnet_api.produce", {"count": 30})
    known = node.ask("skald_api.get_state_digest")
    node.kill()
    node.start()
    opened = node.events("chain opened")[-1]
    assert opened["head"] >= known["block_num"]
    node.kill()

    config = Config(data_dir=node.data_dir)
    chain = open_chain(config, origin_of(config))
    replayed = Play(witnesses=[]).chain
    digests = {0: replayed.digest}
    for block in chain.blocks(1, chain.head_num):
        replayed.push_block(block)
        digests[block.num] = replayed.digest
    assert digests[known["block_num"]].hex() == known["state_digest"]
    assert digests[opened["head"]].hex() == opened["digest"]
    assert replayed.digest == chain.digest
    chain.close()


def test_time_advanced_stays_advanced_after_a_kill(node: NodeProcess) -> None:
    node.start()
    later = node.ask("devnet_api.advance", {"seconds": 7 * 86_400})["head_time"]
    node.kill()
    node.start()
    assert node.ask("devnet_api.get_clock")["now"] >= later
    assert node.ask("condenser_api.get_dynamic_global_properties")["time"] >= later
