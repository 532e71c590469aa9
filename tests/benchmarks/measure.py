"""Measuring by CPU time, several times over, and saying how much the figures spread."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

REPEATS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """Microseconds of CPU a unit: the median of the repeats, the least and the most."""

    median_us: float
    least_us: float
    most_us: float

    @classmethod
    def of(cls, samples: list[float]) -> Figure:
        return cls(median(samples), min(samples), max(samples))

    def over(self, floor: Figure) -> float:
        return self.median_us / floor.median_us

    def to_json(self) -> dict[str, float]:
        return {name: round(getattr(self, name), 3) for name in ("median_us", "least_us", "most_us")}


@dataclass(frozen=True, slots=True)
class Ratio:
    """One line of the table: a figure over a floor taken in the same run, and the target if there is one."""

    group: str
    name: str
    figure: Figure
    floor: Figure
    target: float | None = None

    @property
    def ratio(self) -> float:
        return self.figure.over(self.floor)

    @property
    def is_met(self) -> bool | None:
        return None if self.target is None else self.ratio <= self.target

    def to_json(self) -> dict[str, Any]:
        return {
            "group": self.group,
            "name": self.name,
            "figure": self.figure.to_json(),
            "floor": self.floor.to_json(),
            "ratio": round(self.ratio, 3),
            "target": self.target,
            "met": self.is_met,
        }


def cpu_us(work: Callable[[], object], units: int) -> float:
    """Microseconds of this process's CPU for each of the units that `work` does."""
    gc.collect()
    started = process_time()
    work()
    return (process_time() - started) * 1e6 / units


def repeated(work: Callable[[], object], units: int, repeats: int = REPEATS) -> Figure:
    """`work` may be done again and again; the first time only warms up."""
    cpu_us(work, units)
    return Figure.of([cpu_us(work, units) for _ in range(repeats)])
