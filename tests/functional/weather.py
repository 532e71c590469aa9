"""`python -m tests.functional.weather`: a network whose disks grow slow and whose clocks are set, back and forth.

    --spells 20          of bad weather, one after the other
    --rate 10            transactions a second
    --seed 1             what happens when

Every node lives over the shim (tests.functional.faults.shim), which takes its weather from a file: how far the clock is off, and how much
longer a sync takes, 5 to 3,000 ms. Each spell hits one node, or for a slow disk now and then all, and is followed by calm, in which all
nodes must find one head and one state again. Slots may be missed. But

    no witness signs two blocks for a slot, or for one before the last that it signed,
    no block that any node ever called final is replaced,
    a node whose clock is wrong says so in /health, and makes no block by it,
    and whoever asks is answered: between two answers a node applies a few blocks at most, however slow its disk is.
"""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console

from chain.types import parse_time
from tests.functional.campaign import show_facts, show_verdict
from tests.functional.faults import shim
from tests.functional.load import LoadNetwork
from tests.functional.network import NetworkNode
from tests.functional.soak import NODES, PEOPLE, Soak, Trickle

SYNC_MS = (5, 3_000)
STEP_SECONDS = (2, 3_600)
SLOTS = (3, 10)  # that a spell lasts
DRIFT_SECONDS = 0.02  # a look, of which there are ten a second: a fifth of the time goes too fast, or too slow
DRIFT_LOOKS = 60
BLOCKS_BETWEEN_ANSWERS_MAX = 8
CLOCK_WRONG_SECONDS = 2.0  # beyond this a node must know that its clock is wrong


@dataclass
class Report:
    seed: int
    spells: list[str] = field(default_factory=list)
    calm_seconds: list[float] = field(default_factory=list)
    blocks: int = 0
    answers: int = 0
    blocks_between_answers: int = 0  # at most
    reasons: set[str] = field(default_factory=set)
    produced: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults and bool(self.spells)


class Sky:
    """The weather of one node."""

    def __init__(self, node: NetworkNode) -> None:
        self.node = node
        self.path = node.data_dir.with_name(f"{node.data_dir.name}.weather")
        self.seconds_off = 0.0
        self.sync_ms = 0.0
        self.write()
        node.faults = shim.settings(node.data_dir, weather=self.path)

    def write(self) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(f"{self.seconds_off:.3f} {self.sync_ms:.3f}\n")
        draft.replace(self.path)

    def set_clock(self, seconds_off: float) -> None:
        self.seconds_off = seconds_off
        self.write()

    def slow_down(self, sync_ms: float) -> None:
        self.sync_ms = sync_ms
        self.write()


class Weather(Soak):
    """The spells, over a running network."""

    def __init__(self, network: LoadNetwork, skies: list[Sky], seed: int, tell: Callable[[str], None]) -> None:
        super().__init__(network, seed, tell)
        self.skies = skies
        self.report = Report(seed)
        self.mishaps = {
            "slow disk": self.slow_disk,
            "slow disks": self.slow_disks,
            "clock set forward": lambda: self.clock_set(+1),
            "clock set back": lambda: self.clock_set(-1),
            "clock back and forth": self.back_and_forth,
            "clock too fast": lambda: self.drift(+1),
            "clock too slow": lambda: self.drift(-1),
        }

    def run_spells(self, count: int) -> None:
        todo: list[str] = []
        for _ in range(count):
            todo = todo or self.chance.sample(sorted(self.mishaps), len(self.mishaps))
            self.spell(todo.pop())
        self.reckon()

    def spell(self, name: str) -> None:
        self.mishaps[name]()
        for sky in self.skies:
            assert (sky.seconds_off, sky.sync_ms) == (0, 0)
        self.calm(name)
        self.report.spells.append(name)

    # --- disks

    def some_slots(self) -> int:
        return self.chance.randint(*SLOTS)

    def some_ms(self) -> float:
        low, high = map(math.log, SYNC_MS)
        return math.exp(self.chance.uniform(low, high))

    def slow_disk(self) -> None:
        self.slow([self.chance.choice(self.skies)])

    def slow_disks(self) -> None:
        self.slow(self.skies)

    def slow(self, skies: list[Sky]) -> None:
        for sky in skies:
            sky.slow_down(self.some_ms())
        self.ask_meanwhile(skies[0].node, self.some_slots())
        for sky in skies:
            sky.slow_down(0)

    def ask_meanwhile(self, node: NetworkNode, slots: int) -> None:
        """One question after the other; how many blocks it has applied from one answer to the next."""
        deadline = time.monotonic() + slots * self.network.interval_seconds
        head_num = node.position()[0]
        while time.monotonic() < deadline:
            answered = node.position()[0]
            self.report.answers += 1
            self.report.blocks_between_answers = max(self.report.blocks_between_answers, answered - head_num)
            head_num = answered

    # --- clocks

    def some_step(self) -> float:
        low, high = map(math.log, STEP_SECONDS)
        return math.exp(self.chance.uniform(low, high))

    def clock_set(self, direction: int) -> None:
        sky = self.chance.choice(self.skies)
        self.live_by(sky, direction * self.some_step(), self.some_slots())
        sky.set_clock(0)

    def back_and_forth(self) -> None:
        sky = self.chance.choice(self.skies)
        for _ in range(self.chance.randint(2, 4)):
            self.live_by(sky, self.chance.choice((-1, 1)) * self.some_step(), self.chance.randint(1, 3))
        sky.set_clock(0)

    def live_by(self, sky: Sky, seconds_off: float, slots: int) -> None:
        """Set the clock, and look whether the node knows that it is wrong."""
        sky.set_clock(seconds_off)
        self.wait_slots(2)
        status, health = sky.node.get("/health")
        if status == 200 and abs(seconds_off) > CLOCK_WRONG_SECONDS:
            self.report.faults.append(f"{sky.node.data_dir.name} is well with a clock {seconds_off:+.0f} s off")
        self.report.reasons.add("".join(letter for letter in health["reason"] if not letter.isdigit()))
        self.wait_slots(slots)

    def drift(self, direction: int) -> None:
        """Faster and faster away from the others, and as slowly back."""
        sky = self.chance.choice(self.skies)
        for sign in (1, -1):
            for _ in range(DRIFT_LOOKS):
                sky.set_clock(sky.seconds_off + sign * direction * DRIFT_SECONDS)
                time.sleep(0.1)  # it is time that passes
        sky.set_clock(0)

    # --- the reckoning

    def reckon(self) -> None:
        """Hold against each other all blocks that were made, and what the nodes have said of each other."""
        report = self.report
        report.faults += self.network.conflicts
        report.calm_seconds = [calm.seconds for calm in self.calms]
        report.blocks = max(self.network.heads())
        if report.blocks_between_answers > BLOCKS_BETWEEN_ANSWERS_MAX:
            report.faults.append(f"{report.blocks_between_answers} blocks between two answers")
        for node in self.network.nodes:
            report.faults += faults_of(node.data_dir.name, node.all_events())
            report.produced += len(node.events("block produced"))


def faults_of(name: str, events: list[dict[str, object]]) -> list[str]:
    """Of one node, whose witnesses no other has: no slot twice, none before the last, and nobody caught at contradicting itself."""
    faults = []
    newest = 0
    for event in events:
        if event["event"] == "block produced":
            at = parse_time(str(event["time"]))
            if at <= newest:
                faults.append(f"{name} signed for {event['time']} after a later slot, or twice")
            newest = max(newest, at)
        elif event["event"] in {"a witness contradicted itself", "two final blocks", "our state is wrong"}:
            faults.append(f"{name}: {event}")
    return faults


def show(report: Report, console: Console) -> None:
    counts = {name: report.spells.count(name) for name in sorted(set(report.spells))}
    times = sorted(report.calm_seconds)
    facts = (
        ("spells", ", ".join(f"{name} {count}" for name, count in counts.items())),
        ("calm after, median / longest", f"{times[len(times) // 2]:.1f} / {times[-1]:.1f} s" if times else ""),
        ("blocks, made by these nodes", f"{report.blocks:,}, {report.produced:,}"),
        ("answers by slow disks, most blocks between two", f"{report.answers:,}, {report.blocks_between_answers}"),
        ("what /health said of wrong clocks", "; ".join(sorted(report.reasons))),
    )
    show_facts(console, f"{len(report.spells)} spells, seed {report.seed}", facts)
    show_verdict(console, report, "nothing was lost, nothing was signed twice", report.faults)


@click.command(help=__doc__)
@click.option("--spells", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--rate", default=10, show_default=True, help="Transactions a second.")
@click.option("--seed", type=int, default=None, help="What happens when. [default: by chance]")
@click.option("--interval", type=click.IntRange(1, 10), default=3, show_default=True, help="Seconds of a slot.")
def main(spells: int, rate: int, seed: int | None, interval: int) -> None:
    console = Console()
    seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
    console.print(f"seed {seed}")
    with (
        tempfile.TemporaryDirectory(prefix="skald-weather-") as folder,
        LoadNetwork(Path(folder), nodes=NODES, people=PEOPLE, seed=seed, interval_seconds=interval) as network,
    ):
        weather = Weather(network, [Sky(node) for node in network.nodes], seed, console.print)
        network.start()
        with Trickle(network, rate):
            try:
                weather.run_spells(spells)
            except AssertionError as error:
                weather.report.faults.append(str(error))
    show(weather.report, console)
    raise SystemExit(0 if weather.report.is_good else 1)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
