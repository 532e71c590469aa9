"""What goes wrong in a world of whole nodes: each kind of fault with one chance in two, then of random strength (reliability.md C.3)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

SLOT_MS = 3_000
LATENCY_MS_MAX = 6 * SLOT_MS

MOVES = (
    "two blocks",  # for one slot, each to one half of the neighbours
    "withhold",  # a block until slots later
    "stale branch",  # blocks on an old one
    "invalid blocks",
    "echo",  # agree with whatever somebody says, in both steps
    "two leaders",  # as leader of a view, want two blocks
    "reveal",  # an old quorum of prevotes, completed by our own
    "forge",  # certificates that nobody signed
    "lie",  # about heights and views
)


@dataclass(frozen=True)
class Faults:
    """Of the first phase. Chances are a slot's, where nothing else is said; times in milliseconds."""

    chaos_slots: int = 40
    latency_ms: int = 300  # on average; each line's weather changes every few seconds
    vanishing: float = 0.0  # share of gossip that is lost
    breaking: float = 0.0  # share of messages that take their link with them
    doubled: float = 0.0  # share of gossip
    overtaking: float = 0.0  # share of gossip that comes out of order
    partitions: float = 0.0  # that links between two sides are cut
    stalls: float = 0.0  # that lines between two sides, perhaps only in one direction, hold everything back
    parting_slots_max: int = 10
    flapping: float = 0.0  # for each link, that it breaks
    crashes: float = 0.0  # for each node
    crashes_at_writes: float = 0.0  # at each write to the disk, before or after it
    crashes_at_signing: float = 0.0  # around each note of what is about to be signed
    crashes_before_sending: float = 0.0  # at each vote or block of ours that is about to leave
    crashes_in_recovery: float = 0.0  # at each write of a node that has just been started
    loses_unsynced: bool = False
    skew_ms_max: int = 0
    drift_ppm_max: int = 0
    late_joiners: int = 0
    careful: bool = False  # only one node produces on a head that is old
    byzantine: int = 0
    moves: frozenset[str] = frozenset()
    is_league_silent_after_heal: bool = True
    lonely_quorums: float = 0.0  # share of precommits lost to all but one node, which is then cut off
    transactions: float = 0.0  # a slot
    turnover: float = 0.0  # share of transactions that vote for witnesses
    signs_for_real: bool = False
    speaks_bytes: bool = False  # every message is written and read on its way

    @classmethod
    def drawn(cls, rng: random.Random, nodes: int) -> Faults:
        def sometimes(value: Any, otherwise: Any) -> Any:
            return value if rng.random() < 0.5 else otherwise

        byzantine_max = (nodes - 1) // 3
        return cls(
            chaos_slots=rng.choice((20, 30, 40)) if nodes < 21 else rng.choice((16, 20, 24)),
            latency_ms=sometimes(int(rng.choice((0.5, 1, 2, 3)) * SLOT_MS), rng.choice((100, 400, 1_000))),
            vanishing=sometimes(rng.uniform(0, 0.3), 0.0),
            breaking=sometimes(rng.uniform(0, 0.01), 0.0),
            doubled=sometimes(rng.uniform(0, 0.3), 0.0),
            overtaking=sometimes(rng.uniform(0, 0.3), 0.0),
            partitions=sometimes(rng.uniform(0.02, 0.15), 0.0),
            stalls=sometimes(rng.uniform(0.02, 0.15), 0.0),
            parting_slots_max=rng.choice((5, 10, 20)),
            flapping=sometimes(rng.uniform(0, 0.05), 0.0),
            crashes=sometimes(rng.uniform(0, 0.02), 0.0),
            crashes_at_writes=sometimes(rng.uniform(0, 0.03), 0.0),
            crashes_at_signing=sometimes(rng.uniform(0, 0.05), 0.0),
            crashes_before_sending=sometimes(rng.uniform(0, 0.1), 0.0),
            crashes_in_recovery=sometimes(rng.uniform(0, 0.2), 0.0),
            loses_unsynced=rng.random() < 0.5,
            skew_ms_max=sometimes(rng.choice((500, 2_000, 5_000)), 0),
            drift_ppm_max=sometimes(2_000, 0),
            late_joiners=sometimes(1, 0),
            careful=rng.random() < 0.2,
            byzantine=sometimes(byzantine_max, rng.randint(0, byzantine_max)),
            moves=frozenset(move for move in MOVES if rng.random() < 0.5),
            is_league_silent_after_heal=rng.random() < 0.5,
            lonely_quorums=sometimes(rng.uniform(0.5, 0.9), 0.0) if rng.random() < 0.5 else 0.0,
            transactions=sometimes(rng.uniform(0.2, 2), 0.0),
            turnover=rng.choice((0.1, 0.5)),
            signs_for_real=rng.random() < 0.05,
            speaks_bytes=rng.random() < 0.1,
        )
