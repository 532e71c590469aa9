"""`python -m tests.benchmarks.restarts`: how long a killed node with many accounts takes until it answers, and what it then holds.

A data directory with a crowd is made once, with histories. The real node is started on it with everything on, killed with -9, and started
again, so many times; each start is timed from the launch of the program to the first answer to `get_dynamic_global_properties`, by the
wall clock and by the processor's time of the process: on a busy machine they are far apart.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from chain.leveldb import LevelDbBackend, create_data_directory
from chain.presets import read_genesis
from node.data_directory import RUNNING_NAME
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.long_log import genesis_text
from tests.benchmarks.replays import REPORT_COLUMNS, SKALD, cpu_of, size_of

BLOCKS_AFTER = 50  # made when the crowd has been settled: what a killed node finds in LevelDB's log
LOOK_SECONDS = 0.01
EVERYTHING = ("--rpc-port", "0", "--rpc-metrics", "--p2p-enabled", "--p2p-port", "0", "--operator-port", "0")
WITH_BYTECODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed package is compiled once; a checkout under that variable would be at every start, which takes a second."""

QUESTION = b'{"jsonrpc":"2.0","id":1,"method":"condenser_api.get_dynamic_global_properties","params":[]}'


class Start(NamedTuple):
    seconds: float
    cpu_seconds: float
    resident_bytes: int


def settle(folder: Path, accounts: int, posts: int) -> None:
    """A data directory and its genesis file."""
    text = genesis_text(0)
    (folder / "genesis.json").write_text(text)
    genesis = read_genesis(text)
    create_data_directory(folder / "data", genesis.params.chain_id)
    backend = LevelDbBackend(folder / "data", genesis.params.chain_id)
    crowd = Crowd(backend, accounts=accounts, posts=posts, with_history=True, genesis=genesis)
    for _ in range(BLOCKS_AFTER):
        crowd.produce()
    crowd.chain.close()


def start_and_kill(folder: Path) -> Start:
    running = folder / "data" / RUNNING_NAME
    running.unlink(missing_ok=True)
    options = ("--data-dir", str(folder / "data"), "--chain-genesis-file", str(folder / "genesis.json"))
    started = time.perf_counter()
    child = subprocess.Popen(
        [*SKALD, "node", "start", *options, *EVERYTHING],
        env=WITH_BYTECODE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(running):
            if child.poll() is not None:
                raise RuntimeError("the node has ended")
            time.sleep(LOOK_SECONDS)
        cpu_seconds, resident_bytes = cpu_of(child.pid)
        return Start(time.perf_counter() - started, cpu_seconds, resident_bytes)
    finally:
        child.kill()
        child.wait()


def _answers(running: Path) -> bool:
    with suppress(FileNotFoundError, OSError):
        url = json.loads(running.read_text())["url"]
        with urllib.request.urlopen(urllib.request.Request(url, QUESTION)) as answer:
            return "result" in json.load(answer)
    return False


@click.command()
@click.option("--accounts", multiple=True, type=int, default=(100_000, 1_000_000), show_default=True)
@click.option("--posts", default=50_000, show_default=True)
@click.option("--repeats", default=5, show_default=True)
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Where directories are kept and found again."
)
def main(*, accounts: tuple[int, ...], posts: int, repeats: int, keep: Path | None) -> None:
    """Start, kill and start again."""
    table = Table(title=f"Start after kill -9, medians of {repeats}", title_justify="left")
    for heading in ("accounts", "to the first answer", "CPU", "memory", "disk"):
        table.add_column(heading, justify="right", no_wrap=True)
    with tempfile.TemporaryDirectory() as scratch:
        for count in accounts:
            folder = (keep or Path(scratch)) / f"restarts-{count}"
            if not folder.exists():
                folder.mkdir(parents=True)
                settle_apart(folder, count, min(posts, count))
            starts = [start_and_kill(folder) for _ in range(repeats + 1)][1:]
            table.add_row(
                f"{count:,}",
                f"{statistics.median(start.seconds for start in starts):.2f} s",
                f"{statistics.median(start.cpu_seconds for start in starts):.2f} s",
                f"{statistics.median(start.resident_bytes for start in starts) / 1e6:,.0f} MB",
                f"{size_of(folder / 'data') / 1e6:,.0f} MB",
            )
            if keep is None:
                shutil.rmtree(folder)
    Console(width=None if sys.stdout.isatty() else REPORT_COLUMNS).print(table)


def settle_apart(folder: Path, accounts: int, posts: int) -> None:
    """In a process of its own: a crowd leaves much memory behind."""
    program = "import sys; from pathlib import Path; from tests.benchmarks.restarts import settle; "
    program += "settle(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"
    subprocess.run([sys.executable, "-c", program, str(folder), str(accounts), str(posts)], check=True)


if __name__ == "__main__":
    main()
