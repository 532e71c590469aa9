"""Ways to break a node by one small change. Whole networks must notice every one of them (reliability.md C.6), as the worlds of voters
alone do with theirs (tests/sim/finality_mutants.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from chain.finality.ballot import Ballot
from chain.finality.votes import Certificate
from chain.fork_choice import ForkChoice
from chain.store import Store
from tests.sim.finality_mutants import lock_ignored, one_step, quorum_of_half
from tests.sim.finality_toys import Violation
from tests.sim.network_disk import SignFile
from tests.sim.network_faults import Faults
from tests.sim.network_plots import LockForgotten, LockUnheeded, Plot, TwoSides
from tests.sim.network_sim import World, run


class ForgetsLock(SignFile):
    def after_crash(self) -> None:
        self.ballot = replace(self.ballot, lock=None)


class ForgetsVotes(SignFile):
    def after_crash(self) -> None:
        self.ballot = Ballot()


def certificate_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Certificate, "verify", lambda *arguments, **options: None)


def undo_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A switch leaves one row of each popped block as it was after the block."""
    right = Store._forget_rows

    def forget_rows(self: Store, rows: Any) -> None:
        rows = list(rows)
        right(self, rows[1:] if self.layers == [] and len(rows) > 1 else rows)

    patch.setattr(Store, "_forget_rows", forget_rows)


def anchor_ignored(patch: pytest.MonkeyPatch) -> None:
    """The longest branch is followed, whatever is preferred by a quorum."""
    patch.setattr(ForkChoice, "follow", lambda self, anchor_id: None)


class Mutant(NamedTuple):
    """`feared` are the faults that a mutant does not stand: it is hunted in worlds that have them, and what else a seed draws;
    or in those with a `plot`.
    """

    change: Callable[[pytest.MonkeyPatch], None] | None = None
    sign_file: type[SignFile] = SignFile
    feared: Mapping[str, Any] = {}
    plot: type[Plot] | None = None


SPLIT = {"partitions": 0.15, "parting_slots_max": 10, "latency_ms": 3_000}
MUTANTS = {
    "quorum n//2+1": Mutant(quorum_of_half, plot=TwoSides),
    "lock not persisted": Mutant(sign_file=ForgetsLock, plot=LockForgotten),
    "lock ignored": Mutant(lock_ignored, plot=LockUnheeded),
    "certificate unchecked": Mutant(
        certificate_unchecked, feared=SPLIT | {"byzantine": 1, "moves": frozenset({"forge"})}
    ),
    "votes not persisted": Mutant(sign_file=ForgetsVotes, feared={"crashes": 0.1}),
    "one step": Mutant(one_step, plot=LockUnheeded),
    "switch forgets undo": Mutant(undo_forgotten, feared=SPLIT),
    "anchor ignored": Mutant(anchor_ignored, plot=LockForgotten),
}


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if mutant.change is not None:
            mutant.change(patch)
        yield


def world_of(name: str, seed: int, nodes: int, sign_file: type[SignFile] = SignFile) -> World:
    """Where a mutant is hunted."""
    mutant = MUTANTS[name]
    if mutant.plot is not None:
        return mutant.plot(seed, nodes, sign_file=sign_file)
    faults = replace(Faults.drawn(random.Random(seed), nodes), **mutant.feared)
    return World(seed, nodes, faults, sign_file=sign_file)


def verdict(name: str, seed: int, nodes: int) -> str | None:
    """What the simulator has against a mutant in one world; None where it did not notice."""
    mutant = MUTANTS[name]
    world = world_of(name, seed, nodes, mutant.sign_file)  # by right rules until it begins
    with mutated(mutant):
        try:
            result = run(world)
        except Violation as violation:
            return str(violation)
        except Exception as error:  # noqa: BLE001  # a node notices it first, and stops
            return f"a node stops: {error!r}"
    return None if result.heal_slots >= 0 else "nothing becomes final any more"


def first_kill(name: str, nodes: int, seeds: range) -> int | None:
    """The first seed that kills a mutant."""
    return next((seed for seed in seeds if verdict(name, seed, nodes) is not None), None)
