"""A witness's node among hostile peers, over real sockets: does it still make its blocks in time, and do honest peers still follow?

    python -m tests.functional.hostile [--peers 20] [--seconds 120] [--seed 1]

Three processes: a node that makes all blocks, and two that follow it, one from before the attack, one that joins in the middle of it.
This process is the horde. It prints what it has cost them, and ends with 1 where it was too much.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import click

from chain.presets import preset
from node.identity import genesis_id
from node.p2p.session import Network
from tests.functional.hostile_peers import Horde, Target
from tests.functional.node_process import START_SECONDS_MAX, NodeProcess
from tests.helpers.play import Play, signing_keys

SLOT_SECONDS = 3
BEAT_SECONDS = 0.25  # between two looks at how quickly the node answers
MEMORY_GROWTH_MAX_MIB = 200
APPLY_SECONDS_MAX = 0.5
JOIN_SECONDS_MAX = 5


class Member(NodeProcess):
    """`skald node start` with links to others; with keys it makes all blocks."""

    def __init__(self, data_dir: Path, *, peers: tuple[int, ...] = (), is_witness: bool = False) -> None:
        super().__init__(data_dir)
        self.peers = peers
        self.is_witness = is_witness
        self.p2p_port = 0

    def spawn(self) -> None:
        self.data_dir.mkdir(exist_ok=True)
        arguments = ["node", "start", "--data-dir", self.data_dir, "--rpc-port", "0", "--chain-preset", "devnet"]
        arguments += ["--p2p-enabled", "--p2p-port", "0", "--p2p-private-addresses"]
        arguments += [part for port in self.peers for part in ("--peer", f"127.0.0.1:{port}")]
        if self.is_witness:
            arguments += ["--witness-keys-file", self._write_keys(), "--witness-stale-production"]
            arguments += ["--witness-names", " ".join(witness.name for witness in preset("devnet").witnesses)]
        environment = os.environ | {"SKALD_LOG_FORMAT": "json", "PYTHONPATH": str(Path(__file__).parents[2])}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from cli.main import main; main()", *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )

    def _write_keys(self) -> Path:
        path = self.data_dir / "witness-keys"
        path.write_text("".join(f"{key.text}\n" for key in signing_keys(preset("devnet")).values()))
        path.chmod(0o600)
        return path

    def wait_until_ready(self) -> None:
        """Until the log says so."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while not (self.events("answering") and self.events("open to other nodes")):
            assert time.monotonic() < deadline, self.log.read_text()[-2_000:]
            self.outlive(BEAT_SECONDS)
        self.p2p_port = self.events("open to other nodes")[-1]["port"]
        self.port = int(self.events("answering")[-1]["url"].rpartition(":")[2])

    def ask(self, method: str, params: Any = None) -> Any:
        """Each time on a new connection: the node ends those that were silent for some seconds."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        return super().ask(method, params)

    @property
    def head_num(self) -> int:
        return int(self.ask("condenser_api.get_dynamic_global_properties")["head_block_number"])

    def memory_mib(self, field: str = "VmRSS") -> float:
        status = Path(f"/proc/{self._running().pid}/status").read_text()
        found = re.search(rf"{field}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def metrics(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("skald_api.get_metrics")
        return found

    def apply_seconds(self, share: float) -> float:
        """Within how long that share of all blocks was applied: the bound of a bucket."""
        text = self.metrics_text()
        buckets = [
            (float(bound), float(count))
            for bound, count in re.findall(r'skald_block_apply_seconds_bucket\{le="([^"]+)"\} ([\d.]+)', text)
        ]
        return next(bound for bound, count in buckets if count >= share * buckets[-1][1])


@dataclass
class Report:
    """What it has cost."""

    slots: int = 0
    blocks: int = 0
    slots_missed: int = 0
    apply_p99_seconds: float = 0.0
    answer_p99_seconds: float = 0.0
    honest_links_lost: int = 0
    follower_behind: int = 0
    join_seconds: float = 0.0
    memory_before_mib: float = 0.0
    memory_peak_mib: float = 0.0
    bugs: int = 0

    @property
    def is_good(self) -> bool:
        return (
            self.slots_missed == 0
            and self.honest_links_lost == 0
            and self.follower_behind <= 1
            and self.bugs == 0
            and self.apply_p99_seconds <= APPLY_SECONDS_MAX
            and self.join_seconds <= JOIN_SECONDS_MAX
            and self.memory_peak_mib - self.memory_before_mib <= MEMORY_GROWTH_MAX_MIB
        )


def bad_transactions(head: dict[str, Any], count: int) -> tuple[bytes, ...]:
    """Sound but for their signatures."""
    pen = Play(witnesses=[])
    sound = [
        pen.sign_at(head, pen.transfer("alice", "bob", "0.001 HIVE", memo=f"{at}"), by="carol") for at in range(count)
    ]
    return tuple(one.packed_bytes for one in sound)


async def attack(folder: Path, peers: int, seconds: float, seed: int) -> tuple[Report, Horde]:
    """Start the honest nodes, let the horde in, and see."""
    report, genesis = Report(), preset("devnet")
    witness = Member(folder / "witness", is_witness=True)
    members = [witness]
    try:
        witness.start()
        follower = Member(folder / "follower", peers=(witness.p2p_port,))
        members.append(follower)
        follower.start()
        await until(lambda: witness.head_num >= 2 and follower.head_num == witness.head_num)
        head = witness.ask("condenser_api.get_dynamic_global_properties")
        network = Network(genesis.params.chain_id, genesis_id(genesis))
        transactions = bad_transactions(head, 200)
        target = Target(witness.p2p_port, network, bytes.fromhex(head["head_block_id"]), transactions, seed)
        report.memory_before_mib, missed = witness.memory_mib(), missed_slots(witness)
        begin, first = time.monotonic(), witness.head_num
        async with Horde(target, peers) as horde:
            answers = await beats(witness, begin + seconds / 2)
            late = Member(folder / "late", peers=(witness.p2p_port,))
            members.append(late)
            await asyncio.to_thread(late.start)
            joining = time.monotonic()
            await until(lambda: late.head_num >= witness.head_num - 1)
            report.join_seconds = time.monotonic() - joining
            answers += await beats(witness, begin + seconds)
            report.slots = int((time.monotonic() - begin) / SLOT_SECONDS)
            report.blocks = witness.head_num - first
            report.follower_behind = witness.head_num - follower.head_num
        report.slots_missed = missed_slots(witness) - missed
        report.answer_p99_seconds = quantiles(answers, n=100)[98]
        report.apply_p99_seconds = witness.apply_seconds(0.99)
        report.honest_links_lost = sum(len(member.events("link ended")) for member in members[1:])
        report.memory_peak_mib = witness.memory_mib("VmHWM")
        report.bugs = sum(event["level"] == "error" for member in members for event in member.all_events())
    finally:
        for member in members:
            if member.is_running:
                member.stop()
    return report, horde


def missed_slots(witness: Member) -> int:
    return int(witness.metrics().get("skald_slots_missed_total", 0))


async def beats(node: Member, until: float) -> list[float]:
    """How long the node takes to answer, again and again."""
    taken = []
    while time.monotonic() < until or len(taken) < 2:
        begin = time.monotonic()
        await asyncio.to_thread(node.ask, "condenser_api.get_dynamic_global_properties")
        taken.append(time.monotonic() - begin)
        await asyncio.sleep(BEAT_SECONDS)
    return taken


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline
        await asyncio.sleep(BEAT_SECONDS)


@click.command()
@click.option("--peers", default=20, show_default=True)
@click.option("--seconds", default=120.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(peers: int, seconds: float, seed: int) -> None:
    """Attack a witness's node; exit status 1 when it suffers."""
    with TemporaryDirectory(prefix="skald-hostile-") as folder:
        report, horde = asyncio.run(attack(Path(folder), peers, seconds, seed))
    print(f"{peers} hostile peers for {seconds:.0f} s, {sum(horde.cuts.values()):,} times got rid of")
    print("by kind:", horde.cuts)
    for name, value in vars(report).items():
        print(f"{name:20} {value:,.3f}" if isinstance(value, float) else f"{name:20} {value:,}")
    sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    main()
