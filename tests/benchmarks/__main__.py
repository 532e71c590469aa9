"""`python -m tests.benchmarks`: every figure beside its floor, medians and spread over repeats, targets marked.

--only imports,store,payouts,growth,pings,workers,pages    some groups
--repeats 7                                  samples of each figure
--quick                                      few repeats, no million of anything
--json                                       the same as JSON
"""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.benchmarks.commits import measure_commits
from tests.benchmarks.growth import SIZES, measure_growth
from tests.benchmarks.imports import measure_imports
from tests.benchmarks.measuring import Figure, Verify
from tests.benchmarks.pages import SIZES as PAGE_SIZES
from tests.benchmarks.pages import measure_pages
from tests.benchmarks.payouts import measure_payouts
from tests.benchmarks.pings import measure_pings
from tests.benchmarks.workers import measure_workers

REPORT_COLUMNS = 130
GROUPS = ("imports", "store", "payouts", "growth", "pings", "workers", "pages")


def measurements(folder: Path, repeats: int, *, quick: bool) -> dict[str, Callable[[], Iterator[Figure]]]:
    sizes = SIZES[:2] if quick else SIZES
    return {
        "imports": lambda: measure_imports(folder, repeats),
        "store": lambda: measure_commits(folder, repeats),
        "payouts": lambda: measure_payouts(folder, repeats),
        "growth": lambda: measure_growth(folder, repeats, sizes),
        "pings": lambda: measure_pings(repeats),
        "workers": lambda: measure_workers(folder, repeats),
        "pages": lambda: measure_pages(folder, repeats, PAGE_SIZES[:2] if quick else PAGE_SIZES),
    }


def measure(groups: list[str], repeats: int, *, quick: bool, console: Console) -> list[Figure]:
    figures = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting")
        for group, run in measurements(Path(folder), repeats, quick=quick).items():
            if group not in groups:
                continue
            progress.update(task, description=group)
            for figure in run():
                figures.append(figure)
                progress.update(task, description=f"{group}: {figure.name}")
    return figures


def show(console: Console, figures: list[Figure]) -> None:
    for group in dict.fromkeys(figure.group for figure in figures):
        table = Table(title=group, title_justify="left", title_style="bold")
        table.add_column("figure", no_wrap=True)
        for heading in ("median", "±", "floor"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("over")
        table.add_column("ratio", justify="right", style="bold")
        table.add_column("target", justify="right")
        for figure in figures:
            if figure.group == group:
                table.add_row(*_cells(figure))
        console.print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    marks = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}
    return (
        figure.name,
        f"{figure.median:.2f} {figure.unit}",
        f"{figure.spread:.0%}",
        "" if figure.floor is None else f"{figure.floor:.2f} {figure.unit}",
        figure.floor_name or figure.note,
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if figure.target is None else f"≤ {figure.target:g} {marks[figure.is_met]}",
    )


@click.command()
@click.option("--only", default=",".join(GROUPS), show_default=True, help="Groups, separated by commas.")
@click.option("--repeats", default=7, show_default=True, help="Samples of each figure.")
@click.option("--quick", is_flag=True, help="Three repeats, no million of anything.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of tables.")
def main(*, only: str, repeats: int, quick: bool, as_json: bool) -> None:
    """Measure this machine: CPU time per operation, as ratios to floors taken in the same run."""
    groups = only.split(",")
    unknown = [group for group in groups if group not in GROUPS]
    if unknown:
        raise click.BadParameter(f"there is no group {unknown[0]}; there are {', '.join(GROUPS)}", param_hint="--only")
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = REPORT_COLUMNS
    verify = Verify()
    floor = min(verify.microseconds() for _ in range(5))
    figures = measure(groups, 3 if quick else repeats, quick=quick, console=console)
    if as_json:
        machine = {"python": platform.python_version(), "machine": platform.machine(), "verify_microseconds": floor}
        print(json.dumps({"machine": machine, "figures": [figure.to_json() for figure in figures]}, indent=1))
        return
    console.print(
        f"CPU time, medians of {3 if quick else repeats}; ± is half the distance between the quartiles. "
        f"Python {platform.python_version()}, one libsodium verify {floor:.1f} µs."
    )
    show(console, figures)
    aimed = [figure for figure in figures if figure.target is not None]
    console.print(f"{sum(figure.is_met is True for figure in aimed)} of {len(aimed)} targets met.")


if __name__ == "__main__":
    main()
