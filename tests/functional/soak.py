"""`python -m tests.functional.soak`: a network under load for hours, while its nodes are killed, stopped, frozen and parted.

    --minutes 120        how long
    --rate 20            transactions a second, to whichever nodes are up
    --seed 1             what happens when
    --previous v0.1      another version, by its directory or commit, which the last node runs in turn with this one

One mishap after the other, each followed by calm in which all nodes must find one head and one state again. No block that any node ever
called final may be replaced. Memory and open files are written down after each calm: over hours they must not climb.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import random
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import click
from rich.console import Console
from rich.table import Table

from tests.functional.flood import Client
from tests.functional.load import LoadNetwork, anchor_of
from tests.functional.load_people import Anchor, Signed
from tests.functional.node_process import REPOSITORY

NODES = 4
PEOPLE = 300
CALM_SECONDS_MAX = (
    180  # for one head after a mishap: a frozen witness comes back in the middle of somebody else's round
)
FROZEN_SECONDS = 10
PARTED_SLOTS = 8
BATCH_SECONDS = 30  # of transactions are signed at a time, over a head of now
ANSWER_SECONDS_MAX = 10
MIB = 1 << 20
REFUSED_FORMAT = "was written in format"  # the words of chain.directory.WrongFormat


class Trickle:
    """Sends on and on, from a thread of its own, to whoever answers. What a dead node had taken in alone may be lost with it."""

    def __init__(self, network: LoadNetwork, rate: int) -> None:
        self.network = network
        self.rate = rate
        self.outcomes: Counter[str] = Counter()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    async def _run(self) -> None:
        while not self._ends.is_set():
            anchor = await self._anchor()
            for signed in self.network.people.live(self.rate * BATCH_SECONDS, self.rate, anchor):
                if self._ends.is_set():
                    return
                began = time.monotonic()
                await self._send(signed)
                await asyncio.sleep(max(1 / self.rate - (time.monotonic() - began), 0))

    async def _anchor(self) -> Anchor:
        """By a connection of its own: those of the network's nodes belong to another thread."""
        client = Client(self.network.nodes[0].port)
        call = {"jsonrpc": "2.0", "id": 1, "method": "database_api.get_dynamic_global_properties", "params": {}}
        globals_ = json.loads(await client.ask(json.dumps(call).encode()))["result"]
        client.close()
        return anchor_of(globals_)

    async def _send(self, signed: Signed) -> None:
        ports = [node.port for node in self.network.running]
        client = Client(ports[self.outcomes.total() % len(ports)])
        try:
            reply = json.loads(await asyncio.wait_for(client.ask(signed.body), ANSWER_SECONDS_MAX))
            self.outcomes["refused" if "error" in reply else "accepted"] += 1
        except (OSError, EOFError, TimeoutError):
            self.outcomes["not answered"] += 1
        finally:
            client.close()


@dataclass(frozen=True, slots=True)
class Calm:
    """How things stood once all agreed again."""

    minutes: float
    mishap: str
    seconds: float
    head_num: int
    memory_mib: tuple[float, ...]
    files: tuple[int, ...]


class Soak:
    """The mishaps, over a running network."""

    def __init__(
        self, network: LoadNetwork, seed: int, tell: Callable[[str], None], previous: Path | None = None
    ) -> None:
        """`previous` holds the sources of another version, with which the last node runs now and then."""
        self.network = network
        self.previous = previous
        self.chance = random.Random(seed)
        self.tell = tell
        self.calms: list[Calm] = []
        self.started = time.monotonic()
        self.mishaps: dict[str, Callable[[], None]] = {
            "kill -9": self.kill,
            "restart": self.restart,
            "freeze": self.freeze,
            "part 3 + 1": lambda: self.part(1),
            "part 2 + 2": lambda: self.part(2),
            "kill in a partition": self.kill_parted,
        }
        if previous is not None:
            self.mishaps["another version"] = self.change_version

    def run(self, minutes: float) -> None:
        """Every mishap in turn, in an order drawn anew each time, until the time is over."""
        while True:
            for name in self.chance.sample(sorted(self.mishaps), len(self.mishaps)):
                if time.monotonic() - self.started > minutes * 60:
                    return
                self.mishaps[name]()
                self.calm(name)

    def calm(self, mishap: str) -> None:
        network = self.network
        took = network.until(network.agrees, CALM_SECONDS_MAX, f"all agree after {mishap}")
        network.check_final()
        memory, files = zip(*[(node.memory_bytes() / MIB, node.open_files()) for node in network.nodes], strict=True)
        minutes, head_num = (time.monotonic() - self.started) / 60, max(network.heads())
        self.calms.append(Calm(minutes, mishap, took, head_num, memory, files))
        sizes = " ".join(f"{one:.0f}" for one in memory)
        self.tell(
            f"{minutes:6.1f} min  {mishap:20} calm after {took:5.1f} s, head {head_num:,}, MiB {sizes}, files {files}"
        )

    # what goes wrong

    def victim(self) -> int:
        return self.chance.randrange(1, len(self.network.nodes))  # the first is asked where the chain stands

    def wait_slots(self, slots: int) -> None:
        deadline = time.monotonic() + slots * self.network.interval_seconds
        self.network.until(lambda: time.monotonic() > deadline, 3 * slots * self.network.interval_seconds, "slots pass")

    def come_back(self, number: int) -> None:
        self.wait_slots(self.chance.randrange(1, 5))
        self.network.nodes[number].start()

    def kill(self) -> None:
        number = self.victim()
        self.network.nodes[number].kill()
        self.come_back(number)

    def restart(self) -> None:
        number = self.victim()
        status = self.network.nodes[number].stop()
        assert status == 0, f"node {number} ended with {status}"
        self.come_back(number)

    def freeze(self) -> None:
        """It notices nothing, and its witnesses miss their turns."""
        node = self.network.nodes[self.victim()]
        node.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        node.send_signal(signal.SIGCONT)

    def change_version(self) -> None:
        """The last node goes on with the other version, on the directory that it has; where that is refused, with all of the chain anew."""
        node = self.network.nodes[-1]
        assert self.previous is not None
        status = node.stop()
        assert status == 0, f"the last node ended with {status}"
        node.source = REPOSITORY if node.source == self.previous else self.previous
        try:
            node.start()
        except AssertionError:
            if REFUSED_FORMAT not in node.said():
                raise
            self.tell(f"made anew: {node.said().strip().splitlines()[-1]}")
            node.begin_anew()
            node.start()

    def part(self, size: int) -> None:
        some = set(self.chance.sample(range(NODES), size))
        self.network.wires.part(some, set(range(NODES)) - some)
        self.wait_slots(PARTED_SLOTS)
        self.network.wires.heal()

    def kill_parted(self) -> None:
        number = self.victim()
        self.network.wires.part({number}, set(range(NODES)) - {number})
        self.wait_slots(PARTED_SLOTS // 2)
        self.network.nodes[number].kill()
        self.come_back(number)
        self.network.wires.heal()


def sources_of(previous: str, folder: Path) -> Path:
    """Of a version that is named by its directory, or by a commit of this repository, of which a copy is made."""
    if Path(previous).is_dir():
        return Path(previous).resolve()
    copy = folder / "previous"
    copy.mkdir()
    packed = subprocess.run(
        ["git", "archive", "--format=tar", previous], cwd=REPOSITORY, stdout=subprocess.PIPE, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(copy, filter="data")
    return copy


def slope(samples: list[tuple[float, float]]) -> float:
    """Least squares: how much the second grows while the first grows by one."""
    count = len(samples)
    if count < 2:
        return 0.0
    mean_x, mean_y = sum(x for x, _ in samples) / count, sum(y for _, y in samples) / count
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread if spread else 0.0


def show(console: Console, soak: Soak, trickle: Trickle) -> dict[str, Any]:
    table = Table(title="mishaps", title_justify="left")
    for heading in ("mishap", "times", "calm after p50", "longest"):
        table.add_column(heading, justify="left" if heading == "mishap" else "right")
    for mishap, group in itertools.groupby(sorted(soak.calms, key=lambda calm: calm.mishap), lambda calm: calm.mishap):
        times = sorted(calm.seconds for calm in group)
        table.add_row(mishap, str(len(times)), f"{times[len(times) // 2]:.1f} s", f"{times[-1]:.1f} s")
    console.print(table)
    first = [(calm.minutes / 60, calm.memory_mib[0]) for calm in soak.calms]
    told = {
        "mishaps": len(soak.calms),
        "blocks": soak.calms[-1].head_num if soak.calms else 0,
        "final_conflicts": len(soak.network.conflicts),
        "transactions": dict(trickle.outcomes),
        "memory_mib_an_hour_of_the_first_node": round(slope(first), 2),
    }
    console.print_json(data=told)
    return told


@click.command()
@click.option("--minutes", default=120.0, show_default=True, help="How long.")
@click.option("--rate", default=20, show_default=True, help="Transactions a second.")
@click.option("--seed", default=1, show_default=True, help="What happens when.")
@click.option("--previous", default="", help="A directory or a commit with another version, which a node runs in turn.")
def main(*, minutes: float, rate: int, seed: int, previous: str) -> None:
    """Keep a network under load while its nodes are killed, stopped, frozen and parted."""
    console = Console()
    console.print(f"seed {seed}")
    with (
        tempfile.TemporaryDirectory() as folder,
        LoadNetwork(Path(folder), nodes=NODES, people=PEOPLE, seed=seed) as network,
    ):
        other = sources_of(previous, Path(folder)) if previous else None
        if other is None:
            console.print("no other version: --previous DIRECTORY_OR_COMMIT names one")
        else:
            network.nodes[-1].source = other
        network.start()
        network.take(network.people.first_posts(network.anchor()), rate=50, connections=4)
        soak = Soak(network, seed, console.print, other)
        with Trickle(network, rate) as trickle:
            soak.run(minutes)
        show(console, soak, trickle)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
