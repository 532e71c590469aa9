"""A run's figures as tables, as JSON and as a plot."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.measuring import Figure

BAR_INCHES = 0.32
PLOT_WIDTH_INCHES = 10
MET, MISSED, NO_TARGET = "#3a8f5c", "#c2523c", "#8a94a6"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were taken on. Without it they say nothing but their ratios."""

    python: str
    processor: str
    cores: int
    is_compiled: bool

    @classmethod
    def here(cls, *, cores: int, is_compiled: bool) -> Machine:
        return cls(platform.python_version(), _processor(), cores, is_compiled)

    def __str__(self) -> str:
        kind = "compiled" if self.is_compiled else "pure Python"
        return f"{self.processor}, {self.cores} cores, Python {self.python}, {kind}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def show(console: Console, figures: Sequence[Figure]) -> None:
    """A table for each group, and how many targets were met."""
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
    aimed = [figure for figure in figures if figure.is_met is not None]
    console.print(f"{sum(figure.is_met is True for figure in aimed)} of {len(aimed)} targets met.")


def _cells(figure: Figure) -> tuple[str, ...]:
    marks = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}
    return (
        figure.name,
        f"{figure.median:,.2f} {figure.unit}",
        f"{figure.spread:.0%}",
        "" if figure.floor is None else f"{figure.floor:,.2f} {figure.unit}",
        "; ".join(filter(None, (figure.floor_name, figure.note))),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        _target(figure) and f"≤ {_target(figure)} {marks[figure.is_met]}",
    )


def _target(figure: Figure) -> str:
    if figure.most is not None:
        return f"{figure.most:g} {figure.unit}"
    return "" if figure.target is None else f"{figure.target:g}"


def as_json(machine: Machine, figures: Sequence[Figure]) -> str:
    about: dict[str, Any] = {
        "python": machine.python,
        "processor": machine.processor,
        "cores": machine.cores,
        "compiled": machine.is_compiled,
    }
    return json.dumps({"machine": about, "figures": [figure.to_json() for figure in figures]}, indent=1)


def plot(path: Path, machine: Machine, figures: Sequence[Figure]) -> None:
    """Every ratio as a bar over its floor, on a scale of powers, with its spread and its target, as SVG."""
    from matplotlib import rcParams  # takes half a second, and most runs draw nothing
    from matplotlib.figure import Figure as Canvas

    rcParams["svg.hashsalt"] = "skald"  # the same figures give the same file
    shown = [figure for figure in figures if figure.ratio is not None]
    canvas = Canvas(figsize=(PLOT_WIDTH_INCHES, BAR_INCHES * len(shown) + 1.2), layout="constrained")
    axes = canvas.subplots()
    rows = range(len(shown), 0, -1)
    ratios = [figure.ratio or 0.0 for figure in shown]
    colours = [{True: MET, False: MISSED, None: NO_TARGET}[figure.is_met] for figure in shown]
    spreads = [figure.spread * (figure.ratio or 0.0) for figure in shown]
    axes.barh(rows, ratios, xerr=spreads, color=colours, height=0.7)
    for row, figure in zip(rows, shown, strict=True):
        if figure.target is not None:
            axes.plot([figure.target] * 2, [row - 0.45, row + 0.45], color="black", linewidth=1.5)
    axes.set_yticks(list(rows), [f"{figure.name} / {figure.floor_name}" for figure in shown], fontsize=7)
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlabel("times its floor (a black line is the target)", fontsize=8)
    axes.set_title(str(machine), fontsize=8)
    canvas.savefig(path, format="svg", metadata={"Date": None})
