"""Ask a node to stop, at any moment and in any way: `python -m tests.functional.stops --stops 200`.

The node of `make crash`, under the same load, gets SIGTERM or SIGINT instead of SIGKILL: while it makes blocks, while it starts, while it
opens what a kill has left, a second time while it stops. Every time it must

    end with status 0, make no block after it has heard the signal, and say at last where it stands,
    open there again, at exactly that block and digest, and
    have, in the end, all that was ever seen of it.

An import of blocks that is stopped is not done, so its status is 130. What it had applied is there, and the same command goes on.
"""

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console

from tests.functional import crash
from tests.functional.campaign import Named, command, show_facts, show_verdict
from tests.functional.node_process import NodeProcess

SIGNALS = (signal.SIGTERM, signal.SIGINT)
AGAIN_SECONDS_MAX = 0.05  # between two signals
UNHEARD = frozenset((-signal.SIGTERM, -signal.SIGINT, 130))
"""How a program ends that is told to before it has begun to be one of ours."""

WORKING, TWICE, STARTING, RECOVERING, IMPORTING = KINDS = (
    "while it works",
    "twice",
    "while it starts",
    "while it recovers",
    "while it imports",
)


@dataclass
class Report(crash.Report):
    stops: Counter[str] = field(default_factory=Counter)  # by kind
    signals: Counter[str] = field(default_factory=Counter)
    before_it_had_begun: int = 0
    imports_stopped: int = 0
    end_seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.losses and not self.faults


class Campaign(crash.Campaign):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self.folder = folder
        self.report: Report = Report(seed)
        self.stopped: dict[str, Any] | None = None  # where the node said at last that it stands
        self.exported: Path | None = None

    def run(self, times: int) -> Iterator[int]:
        """Yields after each stop; afterwards `report` is complete."""
        self.start()
        self.node.ask("devnet_api.produce", {"count": 43})
        todo: list[str] = []
        for done in range(1, times + 1):
            todo = todo or self.rng.sample(KINDS, len(KINDS))
            kind = todo.pop()
            faults = len(self.report.faults)
            self.stop(kind)
            self.report.faults[faults:] = [f"stop {done}, {kind}: {fault}" for fault in self.report.faults[faults:]]
            self.report.stops[kind] += 1
            self.start()
            yield done
        assert self.node.stop() == 0
        self.reckon()

    def start(self) -> None:
        """As after a kill; and after a stop it stands where it said."""
        super().start()
        (opened,) = self.node.events("chain opened")
        if self.stopped is not None and (opened["head"], opened["digest"]) != (
            self.stopped["head"],
            self.stopped["digest"],
        ):
            self.report.faults.append(f"stopped at {self.stopped['head']}, and opens at {opened['head']}")
        self.stopped = None

    # --- ways to stop

    def stop(self, kind: str) -> None:
        if kind in {WORKING, TWICE}:
            self.live_and_stop(is_twice=kind == TWICE)
            return
        if kind == RECOVERING:
            self.node.kill()
        else:
            assert self.node.stop() == 0
        if kind == IMPORTING:
            self.stop_an_import()
        else:
            self.stop_while_starting()

    def signal(self) -> signal.Signals:
        chosen = self.rng.choice(SIGNALS)
        self.report.signals[chosen.name] += 1
        return chosen

    def live_and_stop(self, *, is_twice: bool) -> None:
        first, second = self.signal(), self.signal() if is_twice else None
        again_after = self.rng.uniform(0, AGAIN_SECONDS_MAX)

        def interrupt() -> None:
            self.node.send_signal(first)
            if second is not None:
                self.node.outlive(again_after)
                self.node.send_signal(second)

        timer = threading.Timer(self.rng.uniform(*crash.LIFE_SECONDS), interrupt)
        timer.start()
        try:
            while True:
                self.burst()
        except crash.GONE:
            pass
        finally:
            timer.join()
            self.judge(is_twice=is_twice)

    def stop_while_starting(self) -> None:
        self.node.spawn()
        self.node.outlive(self.rng.uniform(0, median(self.report.start_seconds)))
        self.node.send_signal(self.signal())
        self.judge(is_twice=False)

    def judge(self, *, is_twice: bool) -> None:
        """Wait for the end, and look at what it said on the way."""
        asked = perf_counter()
        status = self.node.ended()
        self.report.end_seconds.append(perf_counter() - asked)
        names = [event["event"] for event in self.node.all_events()]
        if "starting" not in names and status in UNHEARD:
            self.report.before_it_had_begun += 1
            return
        faults = self.report.faults
        if status != 0:
            faults.append(f"status {status}")
        if "Traceback" in self.node.said():
            faults.append("a traceback")
        if "stopping" in names:
            after = Counter(names[names.index("stopping") :])
            if after["block produced"]:
                faults.append(f"{after['block produced']} blocks after the signal")
            if not after["stopped"] and not is_twice:
                faults.append("it does not say where it stands")
        self.stopped = next(iter(self.node.events("stopped")), None)

    # --- an import

    def stop_an_import(self) -> None:
        """Of the blocks that there were at the first such stop, into a directory of its own."""
        if self.exported is None:
            self.exported = self.folder / "blocks.log"
            skald("blocklog", "export", self.exported, "--data-dir", self.node.data_dir)
            began = perf_counter()
            self.imported = self.import_into("whole")
            self.import_seconds = perf_counter() - began
        into = self.folder / f"import-{self.report.stops[IMPORTING]}"
        process = spawned("blocklog", "import", self.exported, "--data-dir", into)
        try:
            process.communicate(timeout=self.rng.uniform(0, self.import_seconds))
        except subprocess.TimeoutExpired:
            process.send_signal(self.signal())
        _, said = process.communicate()
        if process.returncode not in {0, 130} and (process.returncode not in UNHEARD or into.exists()):
            self.report.faults.append(f"status {process.returncode}: {said.decode()[-500:]}")
        if process.returncode == 130:
            self.report.imports_stopped += 1
        finished = self.import_into(into.name)
        if {name: finished[name] for name in ENDS} != {name: self.imported[name] for name in ENDS}:
            self.report.faults.append(f"it ends at {finished}, not at {self.imported}")

    def import_into(self, name: str) -> dict[str, Any]:
        assert self.exported is not None
        told: dict[str, Any] = skald("blocklog", "import", self.exported, "--data-dir", self.folder / name)
        return told


ENDS = ("head", "head_block_id", "state_digest")


def spawned(*words: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from cli.main import main; main()", *map(str, words), "--json"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=NodeProcess.environment_of(Path(command[-2]))
    )


def skald(*words: object) -> Any:
    process = spawned(*words)
    told, said = process.communicate()
    assert process.returncode == 0, said.decode()
    return json.loads(told)


def show(report: Report, console: Console) -> None:
    counts = ", ".join(f"{kind} {report.stops[kind]}" for kind in KINDS)
    facts = (
        ("asked to stop", counts),
        ("by", ", ".join(f"{name} {times}" for name, times in report.signals.most_common())),
        ("before the program had begun", report.before_it_had_begun),
        ("imports stopped before they were done", report.imports_stopped),
        ("from the signal to the end, median / longest", crash.milliseconds(report.end_seconds)),
        ("blocks, with transactions", f"{report.blocks:,}, {report.transactions:,}"),
        ("blocks lost that had been shown / irreversible", f"{report.heads_lost} / {report.irreversible_lost}"),
        ("opening the chain, median / longest", crash.milliseconds(report.open_seconds)),
        ("digests compared / different", f"{report.digests_compared:,} / {report.digest_differences}"),
        ("pairs on disk compared / different", f"{report.pairs_compared:,} / {report.pair_differences}"),
    )
    show_facts(console, f"{report.stops.total()} stops, seed {report.seed}", facts)
    show_verdict(console, report, "every end was a good one, and nothing was lost", report.faults)


NAMED = Named("tests.functional.stops", __doc__ or "", "stops", 200)

if __name__ == "__main__":
    command(NAMED, Campaign, show)()
