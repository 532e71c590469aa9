"""A test network: some nodes in processes of their own on this machine, each with a share of the witnesses, joined by wires.

    with TestNetwork(folder) as network:
        network.start()
        network.wires.part({0, 1, 2}, {3})
        network.until(lambda: ..., 60, "the others go on")

The chain is the devnet's with 21 witnesses. Its first two rounds are made here, at slots just gone by, with everybody's keys: so the
schedule is in force before the first node starts. From then on no key is in two places.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chain.keys import PrivateKey, public_key_text
from chain.presets import chain_entries, genesis_file
from node.config import Config
from node.core import Tick
from node.runner import Node
from tests.functional.node_process import START_SECONDS_MAX, NodeProcess, Refused
from tests.functional.wires import Wires
from tests.helpers.ports import unused_port

WITNESSES = 21
POLL_SECONDS = 0.1


def village_genesis(interval_seconds: int = 3, people: Sequence[str] = ()) -> str:
    """The devnet's genesis file with so many witnesses as a round has places, and with more people."""
    entry = chain_entries(genesis_file(), "genesis.json")["devnet"]
    entry = json.loads(json.dumps(entry)) | {"about": "The test network: a devnet with 21 witnesses."}
    password, model = entry["login_password"], next(one for one in entry["accounts"] if one["name"] == "witness-1")
    witnesses = witness_names()[len(entry["witnesses"]) :]
    for name in (*witnesses, *people):
        keys = {
            role: public_key_text(PrivateKey.from_login(name, role, password).public_key)
            for role in ("owner", "active", "posting", "memo", "witness")
        }
        signing_key, memo_key = keys.pop("witness"), keys.pop("memo")
        entry["accounts"].append(model | keys | {"name": name, "memo_key": memo_key})
        if name in witnesses:
            entry["witnesses"].append({"name": name, "signing_key": signing_key})
        entry["supply"]["hive"] += model["hive"] + model["vesting_hive"]
    entry["parameters"] |= {"finality_votes": True, "block_interval_seconds": interval_seconds}
    return json.dumps({"format": 1, "chains": {"test-network": entry}}, indent=2)


def witness_names() -> list[str]:
    return ["initminer", *(f"witness-{number}" for number in range(1, WITNESSES))]


def signing_key(name: str) -> PrivateKey:
    """All of them are public knowledge."""
    return (
        PrivateKey.from_seed("init_key")
        if name == "initminer"
        else PrivateKey.from_login(name, "witness", "skald-devnet")
    )


class NetworkNode(NodeProcess):
    """`skald node start` over a data directory."""

    def __init__(self, data_dir: Path, genesis: Path, p2p_port: int, witnesses: list[str]) -> None:
        super().__init__(data_dir)
        self.genesis = genesis
        self.p2p_port = p2p_port
        self.witnesses = witnesses
        self.peers: list[int] = []  # ports at which it finds others
        self.is_first_start = True
        data_dir.mkdir(parents=True, exist_ok=True)
        self.keys_file = data_dir / "witness-keys"
        self.keys_file.touch(mode=0o600)
        self.keys_file.write_text("".join(f"{signing_key(name).text}\n" for name in witnesses))

    def arguments(self) -> list[object]:
        command: list[object] = ["node", "start", "--data-dir", self.data_dir, "--chain-genesis-file", self.genesis]
        command += ["--rpc-port", "0", "--p2p-enabled", "--p2p-port", self.p2p_port]
        for port in self.peers:
            command += ["--peer", f"127.0.0.1:{port}"]
        if self.witnesses:
            command += ["--witness-names", " ".join(self.witnesses), "--witness-keys-file", self.keys_file]
        if self.witnesses and self.is_first_start:
            command += ["--witness-stale-production"]  # nobody else has these keys: there is nothing to wait for
        return command

    def wait_until_ready(self) -> None:
        """It answers once it says where."""
        process, about = self._running(), self.data_dir / "running.json"
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AssertionError(f"the node ended with {process.wait()}: {self.log.read_text()[-2000:]}")
            with suppress(FileNotFoundError, ValueError):
                running = json.loads(about.read_text())
                if running["pid"] == process.pid:
                    self.port = int(running["url"].rpartition(":")[2])
                    self.is_first_start = False
                    return
            time.sleep(POLL_SECONDS)
        raise AssertionError("the node does not answer")

    def begin_anew(self) -> None:
        """Without what it had of the chain, and with its keys: the others tell it all."""
        for name in ("FORMAT", "HEAD", "SIGNED"):
            (self.data_dir / name).unlink(missing_ok=True)
        shutil.rmtree(self.data_dir / "state", ignore_errors=True)

    # what it says

    def ask(self, method: str, params: Any = None) -> Any:
        self.hang_up()
        return super().ask(method, params)

    def position(self) -> tuple[int, str, str]:
        """Height, block id and digest of its head."""
        told = self.ask("skald_api.get_state_digest")
        return told["block_num"], told["block_id"], told["state_digest"]

    def network(self) -> dict[str, Any]:
        told: dict[str, Any] = self.ask("skald_api.get_network")
        return told

    def block_id(self, num: int) -> str:
        return str(self.ask("block_api.get_block", {"block_num": num})["block"]["block_id"])


class TestNetwork:
    """`nodes` are numbered; each dials those before it."""

    __test__ = False

    def __init__(self, folder: Path, nodes: int = 4, interval_seconds: int = 3, people: Sequence[str] = ()) -> None:
        self.folder = folder
        self.interval_seconds = interval_seconds
        self.genesis = folder / "genesis.json"
        self.genesis.write_text(village_genesis(interval_seconds, people))
        self.wires = Wires()
        self.nodes: list[NetworkNode] = []
        self.final: dict[int, str] = {}
        """Every block that any node has ever called final, by its number."""
        self.conflicts: list[str] = []
        for number in range(nodes):
            self.add(witness_names()[number::nodes])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _cls: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        for node in self.nodes:
            if node.is_running:
                node.kill()
        self.wires.close()

    def add(self, witnesses: list[str]) -> NetworkNode:
        """One more node, which finds all the others through wires of its own."""
        number = len(self.nodes)
        node = NetworkNode(self.folder / f"node-{number}", self.genesis, unused_port(), witnesses)
        node.peers = [self.wires.lay(number, other, self.nodes[other].p2p_port) for other in range(number)]
        self.nodes.append(node)
        return node

    def start(self, rounds: int = 2) -> None:
        """The first rounds, then all nodes."""
        self.begin_chain(rounds)
        for node in self.nodes:
            node.spawn()
        for node in self.nodes:
            node.wait_until_ready()

    def begin_chain(self, rounds: int) -> None:
        """Whole rounds in the first node's directory. No witness has said anything of the round after them."""
        with self._chain_of_all_keys() as node:
            slots = range(rounds * WITNESSES, 0, -1)
            now = time.time()
            for slot in slots:
                node.handle(Tick(), now - slot * self.interval_seconds)
            assert node.chain.head_num == len(slots), node.chain.head_num

    @contextmanager
    def _chain_of_all_keys(self) -> Iterator[Node]:
        keys = self.folder / "all-keys"
        keys.touch(mode=0o600)
        keys.write_text("".join(f"{signing_key(name).text}\n" for name in witness_names()))
        node = Node(
            Config(
                data_dir=self.nodes[0].data_dir,
                chain_genesis_file=self.genesis,
                witness_names=tuple(witness_names()),
                witness_keys_file=keys,
                witness_stale_production=True,
            )
        )
        try:
            yield node
        finally:
            node.close()

    # --- looking

    @property
    def running(self) -> list[NetworkNode]:
        return [node for node in self.nodes if node.is_running]

    def until(self, holds: Callable[[], object], seconds: float, what: str) -> float:
        """Wait for it; returns how long that took. On the way it is noted what the nodes call final."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            self.note_final()
            if holds():
                return time.monotonic() - started
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"after {seconds} s it does not hold that {what}: {self.describe()}")

    def note_final(self) -> None:
        """Ask every node for its newest final block, and hold it against what others have said."""
        for node in self.running:
            num = node.network()["final_block_num"]
            if num == 0:
                continue
            block_id = node.block_id(num)
            known = self.final.setdefault(num, block_id)
            if known != block_id:
                self.conflicts.append(f"block {num} is {known} and {block_id}")

    def check_final(self) -> None:
        """No block that was ever called final has been replaced, on any node."""
        assert not self.conflicts, self.conflicts
        for node in self.running:
            final_num = node.network()["final_block_num"]
            for num, block_id in self.final.items():
                assert num > final_num or node.block_id(num) == block_id, f"block {num} of {node.data_dir.name}"

    def heads(self) -> list[int]:
        return [node.position()[0] for node in self.running]

    def agrees(self, *numbers: int) -> bool:
        """Whether these nodes (all by default) have one head and one state. They are asked one by one: a new block may come between."""
        nodes = [self.nodes[number] for number in numbers] if numbers else self.running
        return len({node.position() for node in nodes}) == 1

    def is_seen(self, author: str, permlink: str, votes: int) -> bool:
        """Whether all nodes show this post with so many votes."""
        shown = [node.ask("condenser_api.get_content", [author, permlink]) for node in self.running]
        return all(post["author"] == author and len(post["active_votes"]) == votes for post in shown)

    def describe(self) -> str:
        lines = []
        for node in self.running:
            with suppress(OSError, Refused):
                told = node.network()
                peers = len(told["peers"])
                lines.append(
                    f"{node.data_dir.name} head {told['head_block_num']} final {told['final_block_num']} peers {peers}"
                )
        return "; ".join(lines)
