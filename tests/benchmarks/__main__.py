"""`python -m tests.benchmarks`: every figure beside its floor, medians and spread over repeats, targets marked.

--only imports,payouts                       some groups
--repeats 7                                  samples of each figure
--quick                                      few repeats, no million of anything
--json                                       the same as JSON
--save build/bench                           bench.json and bench.svg into this folder, beside the tables
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from chain.compiled import IS_COMPILED
from tests.benchmarks.broadcasts import measure_broadcasts
from tests.benchmarks.commits import measure_commits
from tests.benchmarks.floors import measure_floors
from tests.benchmarks.growth import SIZES, measure_growth
from tests.benchmarks.imports import measure_imports
from tests.benchmarks.lives import measure_lives
from tests.benchmarks.measuring import Figure
from tests.benchmarks.memory import measure_memory
from tests.benchmarks.pages import SIZES as PAGE_SIZES
from tests.benchmarks.pages import measure_pages
from tests.benchmarks.payouts import measure_payouts
from tests.benchmarks.report import Machine, as_json, plot, show
from tests.benchmarks.requests import measure_requests
from tests.benchmarks.workers import measure_workers

REPORT_COLUMNS = 130
Measurement = Callable[[Path, int, bool], Iterator[Figure]]
"""What to measure, by a folder for its files, the samples of each figure, and whether it must be quick."""

GROUPS: dict[str, Measurement] = {
    "floors": lambda folder, repeats, _: measure_floors(folder, repeats),
    "imports": lambda folder, repeats, _: measure_imports(folder, repeats),
    "lives": lambda folder, repeats, _: measure_lives(folder, repeats),
    "store": lambda folder, repeats, _: measure_commits(folder, repeats),
    "payouts": lambda folder, repeats, quick: measure_payouts(folder, repeats, quick=quick),
    "requests": lambda folder, repeats, _: measure_requests(folder, repeats),
    "broadcasts": lambda folder, repeats, _: measure_broadcasts(folder, repeats),
    "workers": lambda folder, repeats, _: measure_workers(folder, repeats),
    "memory": lambda _, __, quick: measure_memory(quick=quick),
    "growth": lambda folder, repeats, quick: measure_growth(folder, repeats, SIZES[:2] if quick else SIZES),
    "pages": lambda folder, repeats, quick: measure_pages(folder, repeats, PAGE_SIZES[:2] if quick else PAGE_SIZES),
}


def measure(groups: list[str], repeats: int, *, quick: bool, console: Console) -> list[Figure]:
    figures = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting")
        for group in groups:
            progress.update(task, description=group)
            for figure in GROUPS[group](Path(folder), repeats, quick):
                figures.append(figure)
                progress.update(task, description=f"{group}: {figure.name}")
    return figures


@click.command()
@click.option("--only", default=",".join(GROUPS), show_default=True, help="Groups, separated by commas.")
@click.option("--repeats", default=7, show_default=True, help="Samples of each figure.")
@click.option("--quick", is_flag=True, help="Three repeats, no million of anything.")
@click.option("--json", "is_json", is_flag=True, help="JSON instead of tables.")
@click.option("--save", type=click.Path(path_type=Path), help="A folder for bench.json and bench.svg.")
def main(*, only: str, repeats: int, quick: bool, is_json: bool, save: Path | None) -> None:
    """Measure this machine: CPU time per operation, as ratios to floors taken in the same run."""
    groups = only.split(",")
    unknown = [group for group in groups if group not in GROUPS]
    if unknown:
        raise click.BadParameter(f"there is no group {unknown[0]}; there are {', '.join(GROUPS)}", param_hint="--only")
    console = Console(stderr=is_json)
    if not console.is_terminal:
        console.width = REPORT_COLUMNS
    machine = Machine.here(cores=len(os.sched_getaffinity(0)), is_compiled=IS_COMPILED)
    console.print(f"{machine}. CPU time, medians; ± is half the distance between the quartiles.")
    figures = measure(groups, 3 if quick else repeats, quick=quick, console=console)
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        (save / "bench.json").write_text(as_json(machine, figures), encoding="utf-8")
        plot(save / "bench.svg", machine, figures)
    if is_json:
        print(as_json(machine, figures))
    else:
        show(console, figures)


if __name__ == "__main__":
    main()
