"""Whole nodes that talk over real sockets: data directories, identities, hub and transport, with clocks that move when told to."""

import asyncio
import json
import logging
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvloop

from chain.keys import public_key_text
from chain.presets import genesis_file
from chain.transaction import Transaction
from chain.types import time_text
from node.clock import ManualClock
from node.config import Config
from node.data_directory import PEERS_NAME
from node.identity import NODE_KEY_NAME, genesis_id, node_identity
from node.key_files import UnsafeKeyFile
from node.network import configured_peers
from node.network_status import network_view
from node.p2p.conduct import Offence
from node.p2p.reasons import Reason
from node.peer_clocks import StepWatch
from node.runner import Node
from node.settings import WrongSetting
from tests.helpers.play import START, Play
from tests.helpers.ports import unused_port
from tests.node.test_runner import devnet_config

SECONDS_MAX = 30


class Village:
    """Nodes in one loop, which share one clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(START)
        self.nodes: list[Node] = []
        self._tasks: list[asyncio.Task[None]] = []

    def witness(self, name: str, **settings: Any) -> Config:
        return devnet_config(self.folder / name, rpc_enabled=False, p2p_enabled=True, p2p_port=0, **settings)

    def reader(self, name: str, *peers: Node, **settings: Any) -> Config:
        """A node without keys that dials these."""
        places = tuple(f"127.0.0.1:{peer.network.port}" for peer in peers if peer.network is not None)
        return self.witness(name, witness_names=(), witness_keys_file=None, p2p_peers=places, **settings)

    async def start(self, config: Config) -> Node:
        node = Node(config, clock=self.clock)
        self.nodes.append(node)
        self._tasks.append(asyncio.create_task(node.serve()))
        network = node.network
        assert network is not None
        await self.until(lambda: network.port)
        return node

    async def stop(self, node: Node) -> None:
        at = self.nodes.index(node)
        node.stop()
        await self._tasks.pop(at)
        self.nodes.pop(at)
        node.close()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while not holds():
                for task in self._tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.001)

    async def produce(self, node: Node, count: int = 1) -> None:
        """So many slots, each filled by this node, and heard of by all that are linked."""
        for _ in range(count):
            num = node.chain.head_num
            await self.until(lambda: self.clock.sleeper_count >= len(self.nodes))
            self.clock.advance(3)
            await self.until(lambda num=num: node.chain.head_num > num)

    async def agree(self) -> None:
        """All have the same head and the same state."""
        await self.until(lambda: len({(node.chain.head_id, node.chain.digest) for node in self.nodes}) == 1)


@asynccontextmanager
async def village(folder: Path) -> AsyncIterator[Village]:
    made = Village(folder)
    try:
        yield made
    finally:
        for node in list(made.nodes):
            await made.stop(node)


def play(folder: Path, scenario: Callable[[Village], Awaitable[None]]) -> None:
    async def main() -> None:
        async with village(folder) as made:
            await scenario(made)

    uvloop.run(main())


def test_an_empty_node_catches_up_and_follows(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        await village.produce(anna, 60)
        bert = await village.start(village.reader("bert", anna))
        await village.agree()
        assert bert.chain.head_num == 61
        await village.produce(anna, 3)
        await village.agree()
        assert bert.chain.head_num == 64

    play(tmp_path, scenario)


def test_a_witness_whose_clock_was_set_waits_for_a_peer_to_confirm_it(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        network = anna.network
        assert network is not None
        await village.produce(anna, 3)
        network._steps = StepWatch(time.time() - 3_600, time.monotonic())
        num = anna.chain.head_num
        await village.until(lambda: village.clock.sleeper_count >= 1)
        village.clock.advance(3)
        await village.until(lambda: anna.core.production.clocks.is_unconfirmed)
        assert anna.health().reason == "this machine's clock was set, and no peer has confirmed it yet"
        assert anna.chain.head_num == num
        await village.start(village.reader("bert", anna))
        await village.until(lambda: not anna.core.production.clocks.is_skewed)
        await village.produce(anna)

    play(tmp_path, scenario)


def test_what_is_sent_to_one_node_stands_in_the_block_of_another(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        await village.produce(anna, 3)
        bert = await village.start(village.reader("bert", anna))
        carl = await village.start(village.reader("carl", bert))
        await village.agree()
        transfer = transfer_at(bert)
        carl.submit(transfer)
        await village.until(lambda: len(anna.chain.mempool) == 1)
        await village.produce(anna)
        await village.agree()
        assert [one.id for one in carl.chain.block(carl.chain.head_num).transactions] == [transfer.id]

    play(tmp_path, scenario)


def test_while_it_catches_up_everybody_has_a_turn_between_two_blocks(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        await village.produce(anna, 100)
        bert = await village.start(village.reader("bert", anna))
        at_once = [0]
        while bert.chain.head_num < anna.chain.head_num:
            before = bert.chain.head_num
            await asyncio.sleep(0)
            at_once.append(bert.chain.head_num - before)
        assert max(at_once) == 1

    play(tmp_path, scenario)


def test_two_that_dial_each_other_have_one_link(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        port = unused_port()
        anna = await village.start(village.witness("anna", p2p_peers=(f"127.0.0.1:{port}",)))
        await village.produce(anna, 3)
        bert = await village.start(replace(village.reader("bert", anna), p2p_port=port))
        await village.agree()
        await village.until(lambda: all(len(linked(node)) == 1 for node in (anna, bert)))
        await village.produce(anna, 2)
        await village.agree()
        assert [len(linked(node)) for node in (anna, bert)] == [1, 1]

    play(tmp_path, scenario)


def test_a_node_that_stops_is_missed_and_found_again(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        await village.produce(anna, 3)
        config = village.reader("bert", anna)
        bert = await village.start(config)
        await village.agree()
        await village.stop(bert)
        await village.until(lambda: not linked(anna))
        assert (config.data_dir / PEERS_NAME).exists()
        await village.produce(anna, 3)
        bert = await village.start(config)
        await village.agree()
        assert bert.chain.head_num == 7

    play(tmp_path, scenario)


def test_an_address_book_that_is_damaged_is_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(village: Village) -> None:
        config = village.witness("anna")
        (config.data_dir / PEERS_NAME).write_bytes(b"\x94what")
        await village.start(config)
        assert any("address book" in record.getMessage() for record in caplog.records)

    play(tmp_path, scenario)


def test_a_node_of_another_first_state_is_left_and_the_operator_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        genesis = json.loads(genesis_file())["chains"]["devnet"] | {"genesis_time": 1_700_000_000}
        file = tmp_path / "other.json"
        file.write_text(json.dumps({"format": 1, "chains": {"devnet": genesis}}))
        same_id = anna.chain.params.chain_id.hex()
        await village.start(village.reader("bert", anna, chain_genesis_file=file, chain_id=same_id))
        await village.until(lambda: any(Reason.WRONG_GENESIS.text in str(reasons(record)) for record in caplog.records))
        assert not linked(anna)

    play(tmp_path, scenario)


def reasons(record: logging.LogRecord) -> object:
    values: dict[str, object] = getattr(record, "skald_values", {})
    return values.get("reason")


def test_a_transaction_of_a_peer_that_trips_us_does_not_end_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        await village.produce(anna, 3)
        bert = await village.start(village.reader("bert", anna))
        await village.agree()
        stumbled: list[object] = []

        def stumble(transaction: object) -> None:
            stumbled.append(transaction)
            raise ZeroDivisionError

        monkeypatch.setattr(anna.chain.mempool, "add", stumble)
        bert.submit(transfer_at(bert))
        await village.until(lambda: stumbled)
        await village.produce(anna, 2)
        assert not anna.is_stopping

    play(tmp_path, scenario)


def test_a_peer_that_breaks_the_rules_is_banned_and_named(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        await village.produce(anna, 3)
        bert = await village.start(village.reader("bert", anna))
        await village.until(lambda: linked(anna))
        assert anna.network is not None
        assert anna.network.transport is not None
        (link,) = anna.network.transport.links.values()
        link.penalise(Offence.INVALID_BLOCK, "a test says so")
        await village.until(lambda: not linked(anna))
        (banned,) = network_view(anna.network)["banned"]
        assert bert.network is not None
        assert banned["identity"] == public_key_text(bert.network.identity.public_key)
        assert anna.metrics.as_dict()["skald_peers_banned_total"] == 1

    play(tmp_path, scenario)


def linked(node: Node) -> list[Any]:
    assert node.network is not None
    peers: list[Any] = network_view(node.network)["peers"]
    return peers


def transfer_at(node: Node) -> Transaction:
    """From alice to bob, signed for where a node stands."""
    pen = Play(witnesses=[])
    globals_ = {
        "head_block_id": node.chain.head_id.hex(),
        "head_block_number": node.chain.head_num,
        "time": time_text(node.chain.state.globals.time),
    }
    return pen.sign_at(globals_, pen.transfer("alice", "bob", "1.000 HIVE"), by="alice", expires_in=600)


def test_each_tells_its_operator_of_the_other(tmp_path: Path) -> None:
    async def scenario(village: Village) -> None:
        anna = await village.start(village.witness("anna"))
        await village.produce(anna, 3)
        bert = await village.start(village.reader("bert", anna))
        assert anna.network is not None
        assert bert.network is not None
        networks = (anna.network, bert.network)
        await village.agree()
        for network in networks:
            await village.until(lambda network=network: all_measured(network_view(network)))
        (of_bert,), (of_anna,) = (network_view(network)["peers"] for network in networks)
        assert of_anna["identity"] == network_view(anna.network)["identity"]
        assert (of_anna["direction"], of_bert["direction"]) == ("outbound", "inbound")
        assert (of_anna["kind"], of_bert["kind"]) == ("configured", "inbound")
        assert of_anna["address"] == network_view(anna.network)["listening"]
        assert of_anna["head_block_num"] == anna.chain.head_num
        assert of_anna["score"] == of_bert["score"] == 0
        assert abs(of_anna["clock_offset_ms"]) < 1_000
        view = network_view(bert.network)
        assert view["sync"]["target_block_num"] == view["head_block_num"] == 4
        assert orjson.loads(orjson.dumps(view)) == view
        told = anna.metrics.as_dict()
        assert told["skald_peers"] == {"inbound": 1, "outbound": 0}

    play(tmp_path, scenario)


def all_measured(view: dict[str, Any]) -> bool:
    return bool(view["peers"]) and all(peer["latency_ms"] is not None for peer in view["peers"])


def test_nodes_of_another_genesis_do_not_talk(tmp_path: Path) -> None:
    ours, theirs = Play().genesis, Play().genesis.starting_at(1_700_000_000)
    assert ours.params.chain_id == theirs.params.chain_id
    assert genesis_id(ours) == genesis_id(Play().genesis) != genesis_id(theirs)


def test_an_identity_is_made_once_and_kept_secret(tmp_path: Path) -> None:
    first = node_identity(tmp_path)
    path = tmp_path / NODE_KEY_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert node_identity(tmp_path).public_key == first.public_key
    path.chmod(0o644)
    with pytest.raises(UnsafeKeyFile):
        node_identity(tmp_path)


@pytest.mark.parametrize("text", ["", "no key\n", "5JNHfZYKGaomSFvd4NUdQ9qMcEAC43kujbfjueTHpVapX1Kzq2n\n"])
def test_invalid_identity(tmp_path: Path, text: str) -> None:
    path = tmp_path / NODE_KEY_NAME
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UnsafeKeyFile):
        node_identity(tmp_path)
    assert path.read_text() == text


def test_peers_in_the_settings(tmp_path: Path) -> None:
    key = node_identity(tmp_path).public_key
    one, other = configured_peers(("127.0.0.1:2001", f"{public_key_text(key)}@[::1]:2002"))
    assert (one.address.text, one.identity) == ("127.0.0.1:2001", None)
    assert (other.address.text, other.identity) == ("[::1]:2002", key)


@pytest.mark.parametrize(
    "name", ["here", "here:", "here:0", "here:70000", ":2001", "here:٣", "KEY@127.0.0.1:2001", "@a:1"]
)
def test_invalid_peers_in_the_settings(name: str) -> None:
    with pytest.raises(WrongSetting, match=r"p2p\.peers"):
        configured_peers((name,))
