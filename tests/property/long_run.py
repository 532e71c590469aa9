"""A long random chain, run twice under different hash seeds at the same time: both must end in the same state.

    python -m tests.property.long_run --blocks 100000 [--seed 1] [--json]

Each run is a process of its own that tells its progress as lines of JSON; the invariants are checked after every block there.
Exit status 1 when a law breaks or the two differ; the seed and the block are named, and the same seed repeats the failure.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.property.random_chain import RandomChain

PROJECT = Path(__file__).resolve().parents[2]
HASH_SEEDS = ("1", "4242")
REPORT_INTERVAL_BLOCKS = 250


def work(seed: int, blocks: int, transactions_mean: float) -> None:
    """The run itself: JSON lines on standard output, the last one with the result."""
    chain = RandomChain(seed, transactions_mean=transactions_mean)
    try:
        while chain.chain.head_num < blocks:
            chain.advance()
            if chain.chain.head_num % REPORT_INTERVAL_BLOCKS == 0:
                print(json.dumps({"blocks": chain.chain.head_num}), flush=True)
    except BaseException:
        print(json.dumps({"failed_after": chain.chain.head_num}), flush=True)
        raise
    print(json.dumps(chain.summary()), flush=True)


@dataclass
class Run:
    """One of the two processes, and what it has told so far."""

    hash_seed: str
    process: subprocess.Popen[str]
    blocks: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    failed_after: int | None = None
    seconds: float = 0.0

    @classmethod
    def start(cls, hash_seed: str, arguments: list[str]) -> "Run":
        command = [sys.executable, "-m", "tests.property.long_run", "--worker", *arguments]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        return cls(
            hash_seed, subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)
        )

    def listen(self) -> None:
        """Until the process ends."""
        started = time.monotonic()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            if "failed_after" in told:
                self.failed_after = told["failed_after"]
            elif "digest" in told:
                self.result = told
            self.blocks = told.get("blocks", self.blocks)
        self.process.wait()
        self.seconds = time.monotonic() - started

    @property
    def is_good(self) -> bool:
        return self.process.returncode == 0 and bool(self.result)


def run_twice(seed: int, blocks: int, transactions_mean: float, console: Console) -> tuple[Run, Run]:
    arguments = ["--seed", str(seed), "--blocks", str(blocks), "--transactions", str(transactions_mean)]
    runs = Run.start(HASH_SEEDS[0], arguments), Run.start(HASH_SEEDS[1], arguments)
    listeners = [Thread(target=run.listen) for run in runs]
    for listener in listeners:
        listener.start()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks = [progress.add_task(f"PYTHONHASHSEED={run.hash_seed}", total=blocks) for run in runs]
        while any(listener.is_alive() for listener in listeners):
            for task, run in zip(tasks, runs, strict=True):
                progress.update(task, completed=run.blocks)
            listeners[0].join(0.2)
            listeners[1].join(0.2)
    return runs


def differences(runs: tuple[Run, Run]) -> list[str]:
    """What the two runs do not agree on."""
    first, second = (run.result for run in runs)
    return [name for name in first if first[name] != second.get(name)]


def show(console: Console, seed: int, runs: tuple[Run, Run]) -> None:
    result = runs[0].result
    kinds = Table(title=f"Operations of seed {seed}", title_justify="left")
    for heading, justify in (("operation", "left"), ("accepted", "right"), ("refused", "right")):
        kinds.add_column(heading, justify=justify)
    for name, counts in sorted(result["operations"].items()):
        kinds.add_row(name, f"{counts.get('accepted', 0):,}", f"{counts.get('refused', 0):,}")
    console.print(kinds)
    events = Table(title="Events", title_justify="left")
    events.add_column("event")
    events.add_column("count", justify="right")
    for name, count in sorted(result["events"].items()):
        events.add_row(name, f"{count:,}")
    console.print(events)
    ends = Table(title="Ends", title_justify="left")
    for heading in ("PYTHONHASHSEED", "blocks", "popped and pushed", "opened anew", "seconds", "state digest"):
        ends.add_column(heading)
    for run in runs:
        told = run.result
        ends.add_row(
            run.hash_seed,
            f"{told['blocks']:,}",
            f"{told['popped']:,}",
            f"{told['reopened']:,}",
            f"{run.seconds:,.0f}",
            told["digest"],
        )
    console.print(ends)


@click.command()
@click.option("--blocks", default=100_000, show_default=True, help="How long the chain gets.")
@click.option("--seed", default=1, show_default=True, help="Everything follows from it.")
@click.option("--transactions", default=10.0, show_default=True, help="Sent on average between two blocks.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.option("--worker", is_flag=True, hidden=True)
def main(*, blocks: int, seed: int, transactions: float, as_json: bool, worker: bool) -> None:
    """Run a random chain twice, under different hash seeds, and compare the ends."""
    if worker:
        work(seed, blocks, transactions)
        return
    console = Console(stderr=as_json)
    runs = run_twice(seed, blocks, transactions, console)
    for run in runs:
        if not run.is_good:
            console.print(f"[red]PYTHONHASHSEED={run.hash_seed}: failed after block {run.failed_after}, seed {seed}[/]")
    if not all(run.is_good for run in runs):
        raise SystemExit(1)
    if as_json:
        print(json.dumps({"seed": seed, "runs": [run.result | {"seconds": run.seconds} for run in runs]}))
    else:
        show(console, seed, runs)
    if unequal := differences(runs):
        console.print(f"[red]The two runs differ in {', '.join(unequal)}[/]")
        raise SystemExit(1)
    console.print(f"[green]Invariants held after each of {blocks:,} blocks; both runs end in the same state.[/]")


if __name__ == "__main__":
    main()
