"""CPU time, medians and floors.

All times are CPU time of one process (user and system, threads included), in microseconds. Nothing here is compared with a number
that was measured another day or elsewhere: a figure stands beside a floor that was taken in the same run, in turns with it, and the
ratio of the two is what a target is set on.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import nacl.bindings
from nacl._sodium import ffi, lib

VERIFIED_BYTES = 200  # of a usual transaction
VERIFIES_EACH = 400


def cpu_microseconds(work: Callable[[], object]) -> float:
    """The CPU time that one call takes."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1e6


class Verify:
    """The floor for whatever a transaction costs: libsodium's own check of one ed25519 signature, called with the least wrapping."""

    def __init__(self) -> None:
        public, secret = nacl.bindings.crypto_sign_keypair()
        self.signed = nacl.bindings.crypto_sign(os.urandom(VERIFIED_BYTES), secret)
        self.public = public
        self.out = ffi.new("unsigned char[]", len(self.signed))
        self.size = ffi.new("unsigned long long *")

    def many(self) -> None:
        out, size, signed, count, public = self.out, self.size, self.signed, len(self.signed), self.public
        check = lib.crypto_sign_open
        for _ in range(VERIFIES_EACH):
            assert check(out, size, signed, count, public) == 0

    def microseconds(self) -> float:
        return cpu_microseconds(self.many) / VERIFIES_EACH


@dataclass
class Figure:
    """What was measured, sample by sample, beside its floor. `target` is the largest ratio that is wanted, `most` the largest median."""

    group: str
    name: str
    unit: str = "µs"
    samples: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    floor_name: str = ""
    target: float | None = None
    most: float | None = None
    note: str = ""

    def add(self, sample: float, floor: float | None = None) -> None:
        self.samples.append(sample)
        if floor is not None:
            self.floors.append(floor)

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a part of the median."""
        if not self.median:
            return 0.0
        if len(self.samples) < 4:
            return (max(self.samples) - min(self.samples)) / 2 / self.median
        low, _, high = statistics.quantiles(self.samples, n=4)
        return (high - low) / 2 / self.median

    @property
    def floor(self) -> float | None:
        return statistics.median(self.floors) if self.floors else None

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.median / self.floor

    @property
    def is_met(self) -> bool | None:
        """None where there is no target."""
        if self.most is not None:
            return self.median <= self.most
        return None if self.target is None or self.ratio is None else self.ratio <= self.target

    def to_json(self) -> dict[str, Any]:
        return {
            "group": self.group,
            "name": self.name,
            "unit": self.unit,
            "median": round(self.median, 3),
            "spread": round(self.spread, 4),
            "samples": len(self.samples),
            "floor": None if self.floor is None else round(self.floor, 3),
            "floor_name": self.floor_name,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "target": self.target,
            "most": self.most,
            "met": self.is_met,
            "note": self.note,
        }
