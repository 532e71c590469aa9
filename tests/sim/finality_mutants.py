"""Ways to break finality by one small change. The simulator must notice every one of them, or it proves nothing (reliability.md C.6).

Each mutant is a class that changes the protocol while it is entered; `SEEDS` names a world in which it breaks a promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import pytest

from chain.finality.ballot import Ballot
from chain.finality.voter import FinalityVoter
from chain.finality.votes import PRECOMMIT, Certificate, Place, Round
from tests.sim.finality_sim import Disk, Violation, play


class ForgetsLock(Disk):
    def after_crash(self) -> None:
        self.ballot = replace(self.ballot, lock=None)


class ForgetsVotes(Disk):
    def after_crash(self) -> None:
        self.ballot = Ballot()


def quorum_of_half(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Round, "quorum", property(lambda self: len(self.voters) // 2 + 1))


def lock_ignored(patch: pytest.MonkeyPatch) -> None:
    def may_prevote(self: FinalityVoter, block_id: bytes) -> bool:
        return self.round.holds(block_id) and block_id != self.final_id and self._is_above(block_id, self.final_id)

    patch.setattr(FinalityVoter, "_may_prevote", may_prevote)


def lock_released_by_any_quorum(patch: pytest.MonkeyPatch) -> None:
    """Also by one that is older than the lock."""
    right = FinalityVoter._may_prevote

    def may_prevote(self: FinalityVoter, block_id: bytes) -> bool:
        if right(self, block_id):
            return True
        if not self.round.holds(block_id) or not self._is_above(block_id, self.final_id) or block_id == self.final_id:
            return False
        return any(self._is_above(block_id, proof.block_id) for proof in self._proofs.values())

    def is_news(self: FinalityVoter, certificate: Certificate) -> bool:
        return True

    patch.setattr(FinalityVoter, "_may_prevote", may_prevote)
    patch.setattr(FinalityVoter, "_is_news", is_news)


def certificate_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Certificate, "verify", lambda *arguments, **options: None)


def one_step(patch: pytest.MonkeyPatch) -> None:
    """A quorum of prevotes is taken for a quorum of precommits."""
    right = FinalityVoter._take

    def take(self: FinalityVoter, certificate: Certificate) -> None:
        right(self, certificate)
        right(self, replace(certificate, step=PRECOMMIT))

    patch.setattr(FinalityVoter, "_take", take)


def precommits_on_old_quorums(patch: pytest.MonkeyPatch) -> None:
    """A quorum of an earlier view is taken for one of this view."""

    def precommit(self: FinalityVoter, now: int) -> bool:
        place = Place(self.round.num, self.view, PRECOMMIT)
        proof = self.anchor
        if proof is None or not self._may_vote(place) or not self._is_above(proof.block_id, self.final_id):
            return False
        if proof.block_num <= int.from_bytes(self.final_id[:4], "big"):
            return False
        self._cast(place, proof.block_id, proof, now)
        return True

    patch.setattr(FinalityVoter, "_precommit", precommit)


class Mutant(NamedTuple):
    change: Callable[[pytest.MonkeyPatch], None] | None = None
    disk: type[Disk] = Disk


MUTANTS = {
    "quorum n//2+1": Mutant(quorum_of_half),
    "lock not persisted": Mutant(disk=ForgetsLock),
    "lock ignored": Mutant(lock_ignored),
    "certificate unchecked": Mutant(certificate_unchecked),
    "votes not persisted": Mutant(disk=ForgetsVotes),
    "lock released by any quorum": Mutant(lock_released_by_any_quorum),
    "one step": Mutant(one_step),
    "precommit on an old quorum": Mutant(precommits_on_old_quorums),
}


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if mutant.change is not None:
            mutant.change(patch)
        yield


def verdict(name: str, seed: int, nodes: int) -> str | None:
    """What the simulator has against a mutant in one world; None where it did not notice."""
    mutant = MUTANTS[name]
    with mutated(mutant):
        try:
            play(seed, nodes, disk=mutant.disk)
        except Violation as violation:
            return str(violation)
    return None


def first_kill(name: str, nodes: int, seeds: range) -> int | None:
    """The first seed that kills a mutant."""
    return next((seed for seed in seeds if verdict(name, seed, nodes) is not None), None)
