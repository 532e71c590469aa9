"""Whether our clock is right, by those of our peers and by the machine's steady one.

A witness with a wrong clock makes blocks at wrong times: too early, and others refuse them; too late, and its slot is gone. Nothing
here sets a clock. It decides when to warn, and when to rather make no block (node.producing).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

PEERS_MIN: Final = 3
"""Of fewer peers one alone could decide."""

OFFSET_SECONDS_MAX: Final = 1.0
"""A third of a slot. Beyond it no block is made."""

OFFSET_SECONDS_WARN: Final = 0.25
"""Clocks that are kept by NTP stay within a tenth of it."""

LATENCY_SECONDS_MAX: Final = 1.0
"""Of a ping that counts: its answer was written at some moment of that time, so it tells no more than half of it."""

UNCONFIRMED_SECONDS_MAX: Final = 120.0
"""So long a witness waits for a peer to confirm a clock that was set: one peer may lie, or be silent, and not stop it for good."""

STEP_SECONDS: Final = 1.0
"""What NTP does at once rather than bit by bit, and what an operator does by hand."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one peer says: how far its clock is ahead of ours."""

    offset_seconds: float
    latency_seconds: float
    is_chosen: bool
    """We have dialled it. Those who dialled us may be one attacker with many faces."""


@dataclass(frozen=True, slots=True)
class PeerClocks:
    """How far the clocks of our peers are ahead of ours, in the median, and of how many that is."""

    offset_seconds: float = 0.0
    peer_count: int = 0
    is_unconfirmed: bool = False
    """Our clock was set, and no peer has said since that it is right."""

    def __str__(self) -> str:
        if not self.peer_count:
            return "this machine's clock was set, and no peer has confirmed it yet"
        return f"this machine's clock is {-self.offset_seconds:+,.1f} s off the clocks of {self.peer_count} peers"

    @property
    def is_telling(self) -> bool:
        return self.peer_count >= PEERS_MIN

    @property
    def is_skewed(self) -> bool:
        """Too far to make blocks, or so it must be feared."""
        return self.is_unconfirmed or self.is_far

    @property
    def is_far(self) -> bool:
        return self.is_telling and abs(self.offset_seconds) > OFFSET_SECONDS_MAX

    @property
    def is_doubtful(self) -> bool:
        """Far enough to tell the operator."""
        return self.is_telling and abs(self.offset_seconds) > OFFSET_SECONDS_WARN


def compare(samples: Iterable[Sample]) -> PeerClocks:
    """The median of those we chose, of all where these are too few."""
    sound = [sample for sample in samples if sample.latency_seconds <= LATENCY_SECONDS_MAX]
    chosen = [sample for sample in sound if sample.is_chosen]
    counted = chosen if len(chosen) >= PEERS_MIN else sound
    if not counted:
        return PeerClocks()
    return PeerClocks(median(sample.offset_seconds for sample in counted), len(counted))


class StepWatch:
    """Notices when somebody sets the machine's clock: its distance to the steady one jumps."""

    __slots__ = ("_distance",)

    def __init__(self, wall: float, steady: float) -> None:
        self._distance = wall - steady

    def look(self, wall: float, steady: float) -> float:
        """By how many seconds the clock was set since the last look; 0 where it only ran. A second's drift is no step."""
        step, self._distance = wall - steady - self._distance, wall - steady
        return step if abs(step) > STEP_SECONDS else 0.0


class Doubt:
    """Of a clock that was set, until a peer confirms it: a block for a slot of the wrong hour would silence its witness for that hour."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until = float("-inf")

    def begin(self, steady: float) -> None:
        self._until = steady + UNCONFIRMED_SECONDS_MAX

    def weigh(self, clocks: PeerClocks, steady: float) -> PeerClocks:
        """What the peers say, with the doubt that is left. Their agreement ends it, and so does time."""
        if clocks.peer_count and abs(clocks.offset_seconds) <= OFFSET_SECONDS_MAX:
            self._until = float("-inf")
        return replace(clocks, is_unconfirmed=steady < self._until)
