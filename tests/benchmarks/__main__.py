"""`make bench`: every figure as a ratio to a floor taken in the same run, by CPU time, with median and spread.

python -m tests.benchmarks [--json] [--quick]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from node.runner import quieten_collector
from tests.benchmarks.floors import libsodium_verify, secp256k1_recover
from tests.benchmarks.imports import commit_ratio, growth, import_ratios
from tests.benchmarks.measure import Ratio
from tests.benchmarks.payouts import payout_ratios
from tests.benchmarks.ping import ping_ratio


def ratios(folder: Path, *, is_quick: bool) -> Iterator[Ratio]:
    blocks = 3 if is_quick else 9
    accounts = 5_000 if is_quick else 50_000
    quieten_collector()
    verify, recover = libsodium_verify(), secp256k1_recover()
    yield from import_ratios(folder, verify, recover, blocks, accounts)
    yield from commit_ratio(folder, blocks, accounts)
    yield ping_ratio(2 if is_quick else 5)
    yield from payout_ratios([100, 1_000] if is_quick else [100, 1_000, 10_000, 50_000], verify)
    yield from growth(folder, [5_000, 10_000] if is_quick else [10_000, 100_000, 1_000_000], blocks)


def show(console: Console, ratio: Ratio) -> list[str]:
    figure, floor = ratio.figure, ratio.floor
    mark = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[ratio.is_met]
    target = "" if ratio.target is None else f"≤ {ratio.target:g}"
    return [
        ratio.group,
        ratio.name,
        f"{figure.median_us:.2f}",
        f"{figure.least_us:.2f}–{figure.most_us:.2f}",
        f"{floor.median_us:.2f}",
        f"[bold]{ratio.ratio:.2f}[/]",
        target,
        mark,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    options = parser.parse_args()
    console = Console(stderr=options.json, width=None if sys.stdout.isatty() else 150)
    machine = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    table = Table(
        "", "what", "µs CPU", "least–most", "floor", "ratio", "target", "", title=f"Ratios on {machine}", box=None
    )
    found = []
    with tempfile.TemporaryDirectory() as folder, console.status("measuring") as status:
        for ratio in ratios(Path(folder), is_quick=options.quick):
            found.append(ratio)
            table.add_row(*show(console, ratio))
            status.update(f"{ratio.group}: {ratio.name}")
    if options.json:
        print(json.dumps({"machine": machine, "ratios": [ratio.to_json() for ratio in found]}, indent=2))
    else:
        console.print(table)


if __name__ == "__main__":
    main()
