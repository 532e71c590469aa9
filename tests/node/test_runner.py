"""A whole node in the test's own loop: real data directory and socket, a clock that moves when told to."""

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chain.directory import DirectoryInUse
from chain.errors import StorageError
from chain.keys import PrivateKey
from chain.presets import preset
from chain.transaction import Transaction
from node.clock import ManualClock, SystemClock
from node.config import Config
from node.runner import Node, resting_collector
from tests.helpers.play import START, Play, signing_keys

WITNESSES = tuple(witness.name for witness in preset("devnet").witnesses)


def devnet_config(data_dir: Path, **settings: Any) -> Config:
    data_dir.mkdir(parents=True, exist_ok=True)
    keys = data_dir / "witness-keys"
    keys.write_text("".join(f"{key.text}\n" for key in signing_keys(preset("devnet")).values()))
    keys.chmod(0o600)
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "rpc_port": 0,
        "witness_names": WITNESSES,
        "witness_keys_file": keys,
        "witness_stale_production": True,
    }
    return Config(**(values | settings))


class Driven:
    """A running node, its clock and a client."""

    def __init__(self, node: Node, clock: ManualClock, client: httpx.AsyncClient) -> None:
        self.node = node
        self.clock = clock
        self.client = client

    async def ask(self, method: str, params: Any = None) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or []}
        return (await self.client.post("/", json=body)).json()

    async def next_block(self) -> None:
        """Let three seconds pass, and the node notice."""
        num = self.node.chain.head_num
        await self.until(lambda: self.clock.sleeper_count > 0)
        self.clock.advance(3)
        await self.until(lambda: self.node.chain.head_num > num)

    @staticmethod
    async def until(holds: Callable[[], bool]) -> None:
        for _ in range(10_000):
            if holds():
                return
            await asyncio.sleep(0)
        raise AssertionError("it never came")


@asynccontextmanager
async def running(config: Config, now: float = START) -> AsyncIterator[Driven]:
    clock = ManualClock(now)
    node = Node(config, clock=clock)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(node.serve(ready.set_result))
    try:
        async with httpx.AsyncClient(base_url=await ready, trust_env=False) as client:
            yield Driven(node, clock, client)
    finally:
        node.stop()
        await task
        node.close()


def drive(config: Config, scenario: Callable[[Driven], Awaitable[None]], now: float = START) -> None:
    async def main() -> None:
        async with running(config, now) as driven:
            await scenario(driven)

    asyncio.run(main())


def signed_transfer(driven: Driven, amount: str = "1.000 HIVE") -> dict[str, Any]:
    """From alice to bob, as JSON."""
    chain = driven.node.chain
    pen = Play(witnesses=[])
    operation = pen.transfer("alice", "bob", amount)
    head_time, head_id = chain.state.globals.time, chain.head_id
    transaction = Transaction(
        chain.head_num & 0xFFFF, int.from_bytes(head_id[4:8], "little"), head_time + 30, [operation]
    )
    packed = pen.packed(transaction)
    signature = PrivateKey.from_login("alice", "active", "skald-devnet").sign(packed.digest(chain.params.chain_id))
    return pen.as_json(packed.with_signatures([signature]))


def test_a_new_devnet_has_its_first_block_before_its_first_reader(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        assert driven.node.chain.head_num == 1
        health = await driven.client.get("/health")
        assert health.status_code == 200
        about = health.json()
        assert about["healthy"]
        assert about["producing"]
        assert about["chain_id"] == preset("devnet").params.chain_id.hex()
        assert about["head_block_id"] == driven.node.chain.head_id.hex()

    drive(devnet_config(tmp_path), scenario)


def test_a_block_comes_with_every_slot(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        for num in range(2, 6):
            await driven.next_block()
            assert driven.node.chain.head_num == num
            assert driven.node.chain.state.globals.time == driven.clock.now()

    drive(devnet_config(tmp_path), scenario)


def test_a_client_can_wait_for_its_block(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        waiting = asyncio.create_task(
            driven.ask("condenser_api.broadcast_transaction_synchronous", [signed_transfer(driven)])
        )
        await driven.until(lambda: len(driven.node.chain.mempool) == 1)
        await driven.next_block()
        answer = (await waiting)["result"]
        assert (answer["block_num"], answer["trx_num"], answer["expired"]) == (2, 0, False)
        assert answer["id"] == driven.node.chain.block(2).transactions[0].id.hex()

    drive(devnet_config(tmp_path), scenario)


def test_a_client_that_waits_in_vain_hears_so(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        node = driven.node
        node.core.production.witnesses = frozenset()
        waiting = asyncio.create_task(
            driven.ask("network_broadcast_api.broadcast_transaction_synchronous", {"trx": signed_transfer(driven)})
        )
        await driven.until(lambda: len(node.chain.mempool) == 1)
        await driven.until(lambda: driven.clock.sleeper_count > 0)
        driven.clock.advance(90)
        assert (await waiting)["result"]["expired"] is True

    drive(devnet_config(tmp_path), scenario)


def test_invalid_transaction_gets_the_chains_reason(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        refused = await driven.ask(
            "condenser_api.broadcast_transaction", [signed_transfer(driven, "99999999.000 HIVE")]
        )
        assert "insufficient" in refused["error"]["message"].lower() or "funds" in refused["error"]["message"].lower()
        assert sum(driven.node.metrics.as_dict()["skald_transactions_rejected_total"].values()) == 1

    drive(devnet_config(tmp_path), scenario)


def test_an_old_head_is_not_healthy(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        driven.clock.advance(1)
        driven.node.core.production.witnesses = frozenset()
        driven.clock.advance(9)
        reply = await driven.client.get("/health")
        assert reply.status_code == 503
        assert reply.json()["reason"] == "the head block is 10 s old"

    drive(devnet_config(tmp_path), scenario)


def test_a_head_that_is_ahead_of_the_clock_is_not_healthy(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        driven.clock.advance(-3)
        assert (await driven.client.get("/health")).json()["healthy"]
        driven.clock.advance(-3_597)
        reply = await driven.client.get("/health")
        assert reply.status_code == 503
        assert reply.json()["reason"] == "the head block is 3600 s ahead of this machine's clock"

    drive(devnet_config(tmp_path), scenario)


def test_a_reader_that_produces_nothing_says_there_is_no_block(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        reply = await driven.client.get("/health")
        assert (reply.status_code, reply.json()["reason"]) == (503, "no block yet")
        assert not reply.json()["producing"]

    drive(devnet_config(tmp_path, witness_names=(), witness_keys_file=None), scenario)


def test_a_stopped_chain_goes_on_where_it_was(tmp_path: Path) -> None:
    config = devnet_config(tmp_path)
    seen: list[tuple[int, bytes]] = []

    async def grow(driven: Driven) -> None:
        for _ in range(3):
            await driven.next_block()
        seen.append((driven.node.chain.head_num, driven.node.chain.digest))

    async def look(driven: Driven) -> None:
        assert driven.node.chain.head_num == seen[0][0]
        assert driven.node.chain.digest == seen[0][1]

    drive(config, grow)
    drive(devnet_config(tmp_path, witness_names=(), witness_keys_file=None), look, START + 9)


def test_no_slot_is_signed_twice_over_a_restart(tmp_path: Path) -> None:
    chains = json.loads(Path("genesis.json").read_text())["chains"]
    chains["devnet"]["parameters"]["finality_votes"] = False  # so that a block can be lost
    genesis = tmp_path / "genesis.json"
    genesis.write_text(json.dumps({"format": 1, "chains": {"reversible": chains["devnet"]}}))
    config = devnet_config(tmp_path / "data", chain_genesis_file=genesis)

    async def grow(driven: Driven) -> None:
        await driven.next_block()

    async def lose_the_block(driven: Driven) -> None:
        driven.node.chain.pop_block()
        driven.node.tick()
        assert driven.node.chain.head_num == 1  # its slot was signed before the restart

    drive(config, grow)
    drive(config, lose_the_block, START + 3)


def test_a_play_chain_on_a_network_has_the_worlds_time_and_a_witness_that_waits(tmp_path: Path) -> None:
    for is_networked in (False, True):
        config = devnet_config(tmp_path / str(is_networked), p2p_enabled=is_networked, witness_stale_production=False)
        node = Node(config)
        try:
            assert isinstance(node.clock, SystemClock) is is_networked
            assert (node._signed.waits_until > node.clock.now()) is is_networked
            assert (node._rules().late_seconds_max < 1) is is_networked
        finally:
            node.close()


def test_other_programs_find_the_running_node(tmp_path: Path) -> None:
    cookie_file = str(tmp_path.resolve() / "operator-cookie")

    async def scenario(driven: Driven) -> None:
        about = json.loads((tmp_path / "running.json").read_text())
        assert about["pid"] == os.getpid()
        assert about["url"] == str(driven.client.base_url).rstrip("/")
        assert about["operator_url"].startswith("http://127.0.0.1:")
        assert about["cookie_file"] == cookie_file

    drive(devnet_config(tmp_path), scenario)
    assert not (tmp_path / "running.json").exists()
    assert not (tmp_path / "operator-cookie").exists()


def test_invalid_two_nodes_on_one_directory(tmp_path: Path) -> None:
    async def scenario(_driven: Driven) -> None:
        with pytest.raises(DirectoryInUse):
            Node(devnet_config(tmp_path))

    drive(devnet_config(tmp_path), scenario)


def test_a_bug_while_producing_ends_the_node_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(driven: Driven) -> None:
        monkeypatch.setattr(driven.node.core, "_produce", lambda _now: 1 // 0)
        await driven.until(lambda: driven.clock.sleeper_count > 0)
        driven.clock.advance(3)
        await driven.until(lambda: driven.node.is_stopping)

    with pytest.raises(ZeroDivisionError):
        drive(devnet_config(tmp_path), scenario)


def test_a_stop_does_not_keep_those_who_wait(tmp_path: Path) -> None:
    waiting: list[asyncio.Task[Any]] = []

    async def scenario(driven: Driven) -> None:
        call = driven.ask("condenser_api.broadcast_transaction_synchronous", [signed_transfer(driven)])
        waiting.append(asyncio.create_task(call))
        await driven.until(lambda: len(driven.node.chain.mempool) == 1)
        driven.node.stop()
        assert "node_stops" in (await waiting[0])["error"]["message"]

    drive(devnet_config(tmp_path), scenario)


def test_a_disk_that_fails_under_a_call_ends_the_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_transaction: object) -> None:
        raise StorageError(reason="it is on fire")

    async def scenario(driven: Driven) -> None:
        monkeypatch.setattr(driven.node.chain.mempool, "add", fail)
        reply = await driven.ask("condenser_api.broadcast_transaction", [signed_transfer(driven)])
        assert reply["error"]["code"] == -32603
        assert driven.node.is_stopping

    with pytest.raises(StorageError):
        drive(devnet_config(tmp_path), scenario)


def test_a_running_node_attests_its_state_beside_its_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chains = json.loads(Path("genesis.json").read_text(encoding="utf-8"))
    devnet = chains["chains"]["devnet"]
    devnet["parameters"]["state_root_interval_blocks"] = 30
    file = tmp_path / "genesis.json"
    file.write_text(json.dumps(chains | {"chains": {"devnet": devnet}}), encoding="utf-8")
    monkeypatch.setattr("node.runner.ASIDE_SECONDS", 0)

    async def scenario(driven: Driven) -> None:
        archive = driven.node.chain.finality
        while driven.node.chain.final_num < 32:
            await driven.next_block()
        await driven.until(lambda: bool(archive.root_certificates()))
        assert archive.root_certificates()[0].checkpoint.num == 30
        await driven.next_block()

    drive(devnet_config(tmp_path / "data", chain_genesis_file=file), scenario)


def test_the_collector_rests_during_an_import_and_works_again_after_one_that_failed() -> None:
    def failing_import() -> None:
        with resting_collector():
            assert not gc.isenabled()
            raise DirectoryInUse(path="anywhere")

    before = gc.get_threshold()
    try:
        with pytest.raises(DirectoryInUse):
            failing_import()
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
