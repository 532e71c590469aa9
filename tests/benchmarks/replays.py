"""`python -m tests.benchmarks.replays FOLDER`: what a long log costs, imported and fetched from a peer.

FOLDER holds what `tests.benchmarks.long_log` has made. Each way is a run of the real program in processes of its own, into an empty data
directory; CPU is that of all its processes (system time included), divided by the operations of the log. Beside it stands one libsodium
verify, taken before each way.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.table import Table

from node.data_directory import RUNNING_NAME
from tests.benchmarks.measuring import Verify
from tests.helpers.ports import unused_port

SKALD = (str(Path(sys.executable).with_name("skald")),)
REPORT_COLUMNS = 130
LOOK_SECONDS = 0.25
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Way(NamedTuple):
    name: str
    is_trusted: bool
    with_history: bool
    from_peer: bool
    cpu_max: float  # µs an operation


WAYS = (
    Way("import, signatures trusted, no history", True, False, False, 18),
    Way("import, signatures trusted, history", True, True, False, 60),
    Way("import, every check, no history", False, False, False, 90),
    Way("import, every check, history", False, True, False, 130),
    Way("sync from a peer, no history", False, False, True, 90),
    Way("sync from a peer, history", False, True, True, 130),
)


class Cost(NamedTuple):
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    disk_bytes: int


class Log:
    """What long_log has made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about: dict[str, Any] = json.loads((folder / "about.json").read_text())
        self.operations: int = self.about["operations"]
        self.settings = ["--chain-genesis-file", str(folder / "genesis.json")]

    def import_into(self, data_dir: Path, *, is_trusted: bool, with_history: bool) -> Cost:
        more = ["--chain-trusted-block", self.about["head_id"]] if is_trusted else []
        more.append("--history-enabled" if with_history else "--no-history-enabled")
        command = [*SKALD, "blocklog", "import", str(self.folder / "blocks.log"), "--json", *self.settings]
        before, started = _children(), time.perf_counter()
        done = subprocess.run(
            [*command, *more, "--data-dir", str(data_dir)], check=True, stdout=subprocess.PIPE, text=True
        )
        seconds, after = time.perf_counter() - started, _children()
        assert json.loads(done.stdout)["head_block_id"] == self.about["head_id"]
        return Cost(seconds, after[0] - before[0], after[1], size_of(data_dir))

    @contextmanager
    def node(self, data_dir: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
        command = [*SKALD, "node", "start", "--data-dir", str(data_dir), *self.settings, "--rpc-port", "0"]
        child = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield child, _running(data_dir, child)
        finally:
            child.terminate()
            child.wait()

    def fetch_from(self, source: Path, data_dir: Path, *, with_history: bool) -> Cost:
        """Of the fetching node alone, from when it answers. The giving one holds the chain in `source`."""
        data_dir.mkdir()
        history = "--history-enabled" if with_history else "--no-history-enabled"
        port = unused_port()
        listen = ("--p2p-enabled", "--p2p-port", str(port), "--no-history-enabled")
        with self.node(source, *listen):
            started = time.perf_counter()
            with self.node(data_dir, history, "--peer", f"127.0.0.1:{port}", "--p2p-port", "0") as (child, found):
                begun, _ = cpu_of(child.pid)
                while _head(found["url"]) < self.about["blocks"]:
                    time.sleep(LOOK_SECONDS)
                seconds = time.perf_counter() - started
                cpu_seconds, peak_bytes = cpu_of(child.pid)
        return Cost(seconds, cpu_seconds - begun, peak_bytes, size_of(data_dir))


def _children() -> tuple[float, int]:
    """CPU seconds of all processes that have ended, and the most memory that one of them held."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def _running(data_dir: Path, child: subprocess.Popen[bytes]) -> dict[str, Any]:
    """How to reach the node, once it says so."""
    while child.poll() is None:
        with suppress(FileNotFoundError):
            return json.loads((data_dir / RUNNING_NAME).read_text())  # type: ignore[no-any-return]
        time.sleep(0.05)
    raise RuntimeError("the node has ended")


def _head(url: str) -> int:
    """Of a node that is not called healthy before it has caught up."""
    try:
        with urllib.request.urlopen(f"{url}/health") as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as unhealthy:
        found = json.load(unhealthy)
    return int(found["head_block_num"])


def cpu_of(pid: int) -> tuple[float, int]:
    """CPU seconds of a process and its children, those that have ended included; its peak of memory."""
    total = 0
    for one in [pid, *_children_of(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15]))
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return total / TICKS_A_SECOND, int(peak.split()[1]) * 1024


def _children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(log: Log, only: str, scratch: Path) -> Iterator[tuple[Way, Cost, float]]:
    source = scratch / "source"
    for way in WAYS:
        if only not in way.name:
            continue
        verify = min(Verify().microseconds() for _ in range(5))
        target = scratch / "target"
        if way.from_peer:
            if not source.exists():
                log.import_into(source, is_trusted=True, with_history=False)
            cost = log.fetch_from(source, target, with_history=way.with_history)
        else:
            cost = log.import_into(target, is_trusted=way.is_trusted, with_history=way.with_history)
        shutil.rmtree(target)
        yield way, cost, verify


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", default="", help="Ways whose name holds these words.")
def main(*, folder: Path, only: str) -> None:
    """Import and fetch the log in FOLDER, every way."""
    log = Log(folder)
    table = Table(title=f"{log.operations:,} operations in {log.about['blocks']:,} blocks", title_justify="left")
    table.add_column("way", no_wrap=True)
    for heading in ("operations/s", "CPU", "aim", "per verify", "memory", "disk"):
        table.add_column(heading, justify="right", no_wrap=True)
    with tempfile.TemporaryDirectory() as scratch:
        for way, cost, verify in measure(log, only, Path(scratch)):
            each = cost.cpu_seconds * 1e6 / log.operations
            table.add_row(
                way.name,
                f"{log.operations / cost.seconds:,.0f}",
                f"{each:.1f} µs",
                f"≤ {way.cpu_max:g} {'[green]met[/]' if each <= way.cpu_max else '[red]missed[/]'}",
                f"{each / verify:.2f}",
                f"{cost.peak_bytes / 1e6:,.0f} MB",
                f"{cost.disk_bytes / 1e6:,.0f} MB",
            )
    Console(width=None if sys.stdout.isatty() else REPORT_COLUMNS).print(table)


if __name__ == "__main__":
    main()
