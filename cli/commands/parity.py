"""`skald parity`: do we answer as hived did?"""

from itertools import chain
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from cli import launch
from cli.commands.blocklog import last_num
from cli.output import answers, progress

SHOWN_MAX = 20


def show(console: Console, answer: dict[str, Any]) -> None:
    table = Table("scenario", "blocks", "transactions", "operations", "differences", "first divergent block", box=None)
    for report in answer["scenarios"]:
        count = len(report["differences"]) + bool(report["refused"])
        table.add_row(
            report["scenario"],
            f"{report['blocks']:,}",
            f"{report['transactions']:,}",
            f"{report['operations']:,}",
            f"[{'red' if count else 'green'}]{count:,}",
            str(report["first_divergent_block"] or "–"),
        )
    console.print(table)
    if len(answer["scenarios"]) > 1:
        console.print()
        console.print(matrix(answer["scenarios"]))
    for report in answer["scenarios"]:
        _show_differences(console, report)
    console.print(f"{answer['count']} differences")


def matrix(reports: list[dict[str, Any]]) -> Table:
    """Every dump of every scenario: how many values were compared, or in red how many differ."""
    table = Table("compared values", box=None)
    for report in reports:
        table.add_column(report["scenario"], justify="right")
    for dump in {dump: None for report in reports for dump in report["compared"]}:
        table.add_row(dump, *(_cell(report, dump) for report in reports))
    return table


def _cell(report: dict[str, Any], dump: str) -> str:
    if dump in report["by_dump"]:
        return f"[red]{report['by_dump'][dump]:,} differ[/]"
    count = report["compared"].get(dump)
    return "–" if count is None else f"[green]{count:,}[/]"


def _show_differences(console: Console, report: dict[str, Any]) -> None:
    if report["refused"]:
        console.print(f"[red]{report['scenario']}: {report['refused']}[/]", highlight=False)
    for dump, count in report["by_dump"].items():
        console.print(f"[bold]{report['scenario']}[/] {dump}: {count:,}")
        chosen = [difference for difference in report["differences"] if difference["dump"] == dump]
        for difference in chosen[:SHOWN_MAX]:
            console.print(
                f"  {difference['path']}  hived {difference['hived']!r}  skald {difference['skald']!r}",
                highlight=False,
                markup=False,
            )


def scenarios_in(folder: Path) -> list[Path]:
    """A folder itself, or the scenarios in it."""
    return sorted(log.parent for log in folder.glob("*/block_log")) or [folder]


@click.command()
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@answers(show, exit_code=lambda answer: 1 if answer["count"] else 0)
def parity(scenarios: tuple[Path, ...]) -> dict[str, Any]:
    """Replay hived's logs and compare with its answers.

    Each SCENARIO is a folder with block_log, spec.json and dumps/, or a folder of such folders. Exit status 0 only without any
    difference.
    """
    reports = []
    for folder in chain.from_iterable(map(scenarios_in, scenarios)):
        log = folder / "block_log"
        with progress(f"Replaying {folder.name}", last_num(log) if log.exists() else None) as done:
            reports.append(launch.compare_scenario(folder, done))
    return {
        "scenarios": [report.to_json() for report in reports],
        "count": sum(report.count for report in reports),
    }
