"""`python -m tests.functional.load`: a realistic crowd on a network of four nodes; how much it takes in, how soon, and when that is final.

    --rate 100           transactions a second, from all connections together; more than the network takes shows what it takes
    --seconds 60         how long
    --people 1000        accounts that write, vote and pay
    --nodes 4            each with a share of 21 witnesses
    --connections 16     spread over the nodes; each sends on when it has its answer
    --seed 1             who does what

Everything is signed beforehand and sent with broadcast_transaction. A transaction is *accepted* when its node says so, *in a block* when
that block is the head of the first node or below it, and *final* when this node says so of its block. At the end all nodes must have
one state, and whatever was accepted must be in the chain.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from chain.presets import read_genesis
from chain.types import parse_time
from tests.functional.flood import Client, percentile
from tests.functional.load_people import Anchor, People, Signed, person
from tests.functional.network import TestNetwork

POLL_SECONDS = 0.1
SETTLE_SECONDS_MAX = 60  # after the last was sent, for all of it to become final
REPORT_COLUMNS = 110


@dataclass(slots=True)
class Fate:
    """What became of one transaction, in seconds of one clock."""

    kind: str
    sent: float
    accepted: float | None = None
    included: float | None = None
    final: float | None = None
    error: str = ""


@dataclass
class Load:
    """What came of it all."""

    fates: list[Fate]
    seconds: float
    blocks: int
    cpu_seconds: list[float] = field(default_factory=list)
    """Of each node."""

    @property
    def accepted(self) -> list[Fate]:
        return [fate for fate in self.fates if fate.accepted is not None]

    @property
    def lost(self) -> list[Fate]:
        """Accepted, and never in a block."""
        return [fate for fate in self.accepted if fate.included is None]

    @property
    def errors(self) -> Counter[str]:
        return Counter(fate.error for fate in self.fates if fate.error)

    def latencies(self, stage: str) -> list[float]:
        """Seconds from being sent to a stage."""
        reached = [(getattr(fate, stage), fate.sent) for fate in self.fates]
        return [at - sent for at, sent in reached if at is not None]

    def per_second(self, stage: str) -> float:
        """Of those that reached a stage, over the time from the first to the last that did."""
        times = [at for fate in self.fates if (at := getattr(fate, stage)) is not None]
        return len(times) / max(self.seconds, max(times) - min(times)) if times else 0.0

    @property
    def finality_lag(self) -> list[float]:
        """Seconds from being in a block to being final."""
        return [
            fate.final - fate.included for fate in self.fates if fate.final is not None and fate.included is not None
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "sent": len(self.fates),
            "accepted": len(self.accepted),
            "final": sum(fate.final is not None for fate in self.fates),
            "lost": len(self.lost),
            "errors": dict(self.errors),
            "seconds": round(self.seconds, 1),
            "blocks": self.blocks,
            "per_second": {stage: round(self.per_second(stage), 1) for stage in STAGES},
            "latency_seconds": {
                stage: {f"p{percent}": round(percentile(self.latencies(stage), percent), 3) for percent in (50, 99)}
                for stage in STAGES
            },
            "finality_lag_seconds": {
                f"p{percent}": round(percentile(self.finality_lag, percent), 3) for percent in (50, 99)
            },
            "node_cpu_microseconds_each": [
                round(spent / max(len(self.accepted), 1) * 1e6) for spent in self.cpu_seconds
            ],
        }


STAGES = ("accepted", "included", "final")


class Watcher:
    """Follows the first node: which transactions are in blocks, and up to where these are final."""

    def __init__(self, port: int, fates: dict[str, Fate]) -> None:
        self.client = Client(port)
        self.fates = fates
        self.seen_num = 0
        self.deadline: float | None = None
        self.waiting: dict[int, list[Fate]] = {}  # in blocks that are not final yet

    async def ask(self, method: str, params: Any) -> Any:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return orjson.loads(await self.client.ask(orjson.dumps(call)))["result"]

    async def look(self) -> None:
        found = await self.ask("database_api.get_dynamic_global_properties", {})
        head_num, final_num = found["head_block_number"], found["last_irreversible_block_num"]
        self.seen_num = self.seen_num or head_num - 1
        while self.seen_num < head_num:
            self.seen_num += 1
            block = (await self.ask("block_api.get_block", {"block_num": self.seen_num}))["block"]
            now = time.monotonic()
            fates = [self.fates[one] for one in block["transaction_ids"] if one in self.fates]
            for fate in fates:
                fate.included = fate.included or now
            self.waiting[self.seen_num] = fates
        now = time.monotonic()
        for num in [num for num in self.waiting if num <= final_num]:
            for fate in self.waiting.pop(num):
                fate.final = now

    async def follow(self) -> None:
        """Until everything is final, or too late: who has sent the last transaction sets the deadline."""
        while self.deadline is None or (time.monotonic() < self.deadline and not self._is_settled()):
            await self.look()
            await asyncio.sleep(POLL_SECONDS)
        self.client.close()

    def _is_settled(self) -> bool:
        return all(fate.final is not None or fate.accepted is None for fate in self.fates.values())


async def send(client: Client, work: asyncio.Queue[tuple[float, Signed]], fates: dict[str, Fate]) -> None:
    """Whatever is due next, one after the other."""
    while True:
        try:
            due, signed = work.get_nowait()
        except asyncio.QueueEmpty:
            client.close()
            return
        await asyncio.sleep(max(due - time.monotonic(), 0))
        fate = fates[signed.transaction_id] = Fate(signed.kind, time.monotonic())
        reply = orjson.loads(await client.ask(signed.body))
        if "error" in reply:
            fate.error = reply["error"]["message"][:80]
        else:
            fate.accepted = time.monotonic()


async def send_all(ports: Sequence[int], signed: Sequence[Signed], rate: int, connections: int) -> Load:
    """Send at a rate, from connections spread over the nodes, and wait until all is final."""
    fates: dict[str, Fate] = {}
    watcher = Watcher(ports[0], fates)
    await watcher.look()
    first_num = watcher.seen_num
    following = asyncio.create_task(watcher.follow())
    work: asyncio.Queue[tuple[float, Signed]] = asyncio.Queue()
    started = time.monotonic()
    for number, one in enumerate(signed):
        work.put_nowait((started + number / rate, one))
    clients = [Client(ports[number % len(ports)]) for number in range(connections)]
    await asyncio.gather(*[send(client, work, fates) for client in clients])
    passed = time.monotonic() - started
    watcher.deadline = time.monotonic() + SETTLE_SECONDS_MAX
    await following
    return Load(list(fates.values()), passed, watcher.seen_num - first_num)


def anchor_of(globals_: dict[str, Any]) -> Anchor:
    return Anchor(globals_["head_block_number"], bytes.fromhex(globals_["head_block_id"]), parse_time(globals_["time"]))


class LoadNetwork(TestNetwork):
    """A test network with a crowd."""

    def __init__(self, folder: Path, *, nodes: int, people: int, seed: int, interval_seconds: int = 3) -> None:
        super().__init__(folder, nodes, interval_seconds, [person(number) for number in range(people)])
        self.people = People(read_genesis(self.genesis.read_text(encoding="utf-8")), people, seed)

    def start(self, rounds: int = 2) -> None:
        """Until all stand where the first does: what is sent refers to its head."""
        super().start(rounds)
        self.until(self.agrees, SETTLE_SECONDS_MAX, "all nodes have one head")

    def anchor(self) -> Anchor:
        return anchor_of(self.nodes[0].ask("database_api.get_dynamic_global_properties"))

    def take(self, signed: Iterable[Signed], rate: int, connections: int) -> Load:
        """Send all of it, and see what becomes of it."""
        ports = [node.port for node in self.nodes]
        before = [node.cpu_seconds() for node in self.nodes]
        load = asyncio.run(send_all(ports, list(signed), rate, connections))
        load.cpu_seconds = [node.cpu_seconds() - spent for node, spent in zip(self.nodes, before, strict=True)]
        return load


def show(console: Console, load: Load, rate: int) -> None:
    told = load.to_json()
    console.print(
        f"{told['sent']:,} sent at {rate} a second, {told['accepted']:,} accepted, {told['final']:,} final, {told['lost']} lost; "
        f"{told['blocks']} blocks in {told['seconds']} s"
    )
    table = Table(title="stages", title_justify="left")
    table.add_column("stage")
    for heading in ("a second", "after p50", "after p99"):
        table.add_column(heading, justify="right")
    for stage in STAGES:
        after = told["latency_seconds"][stage]
        table.add_row(stage, f"{told['per_second'][stage]:.1f}", f"{after['p50']:.3f} s", f"{after['p99']:.3f} s")
    console.print(table)
    lag = told["finality_lag_seconds"]
    console.print(f"final after being in a block: p50 {lag['p50']:.2f} s, p99 {lag['p99']:.2f} s")
    each = ", ".join(str(spent) for spent in told["node_cpu_microseconds_each"])
    console.print(f"CPU of each node per accepted transaction: {each} µs")
    for error, count in load.errors.most_common(5):
        console.print(f"  {count} × {error}", markup=False)


@click.command()
@click.option("--rate", default=100, show_default=True, help="Transactions a second.")
@click.option("--seconds", default=60, show_default=True, help="How long.")
@click.option("--people", default=1000, show_default=True, help="Accounts that send.")
@click.option("--nodes", default=4, show_default=True, help="Nodes of the network.")
@click.option("--connections", default=16, show_default=True, help="Spread over the nodes.")
@click.option("--seed", default=1, show_default=True, help="Who does what.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def main(*, rate: int, seconds: int, people: int, nodes: int, connections: int, seed: int, as_json: bool) -> None:
    """Put a network under load; report what it takes in, how soon, and when that is final."""
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = REPORT_COLUMNS
    console.print(f"seed {seed}")
    with (
        tempfile.TemporaryDirectory() as folder,
        LoadNetwork(Path(folder), nodes=nodes, people=people, seed=seed) as network,
    ):
        network.start()
        first = network.take(network.people.first_posts(network.anchor()), rate, connections)
        console.print(f"{len(first.accepted):,} first posts, {len(first.lost)} lost")
        with Progress(console=console, transient=True) as progress:
            live = network.people.live(rate * seconds, rate, network.anchor())
            signed = list(progress.track(live, total=rate * seconds, description="signing"))
        load = network.take(signed, rate, connections)
        network.until(network.agrees, SETTLE_SECONDS_MAX, "all nodes have one state")
    show(console, load, rate)
    if as_json:
        print(json.dumps(load.to_json()))
    raise SystemExit(bool(load.lost or first.lost))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
