"""What survives a crash of a simulated node: its database but for the last writes that nobody waited for, and the file SIGNED."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from chain.finality.ballot import Ballot
from chain.memory import MemoryBackend
from node.producing import SignMemoryInRam

if TYPE_CHECKING:
    import random

    from chain.store import Put

CrashPoint = Callable[[], None]
"""Raises Crash now and then."""


class Disk(MemoryBackend):
    """A database that the power may leave at any write. What was written with `sync` stays, and what came before it."""

    def __init__(self, crash: CrashPoint) -> None:
        super().__init__()
        self._crash = crash
        self.is_dead = False
        self._unsynced: list[list[Put]] = []  # for each batch, what its keys held before

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:
        puts = list(puts)
        self._end_here()
        if sync:
            self._unsynced.clear()
        else:
            self._unsynced.append([(key, self.get(key)) for key, _ in puts])
        super().write(puts, sync=sync)
        self._end_here()

    def _end_here(self) -> None:
        self.is_dead = True
        self._crash()
        self.is_dead = False

    def lose_unsynced(self, rng: random.Random) -> None:
        """The newest batches that nobody waited for are gone, all or some."""
        for _ in range(rng.randint(0, len(self._unsynced))):
            super().write(self._unsynced.pop(), sync=False)
        self._unsynced.clear()

    def copy(self) -> MemoryBackend:
        made = MemoryBackend()
        made.pairs = self.pairs.copy()
        return made


class SignFile(SignMemoryInRam):
    """The file SIGNED of a node. It is synced when a note returns; the crash may come just before or after."""

    def __init__(self, crash: CrashPoint) -> None:
        super().__init__()
        self._crash = crash

    def note(self, time: int) -> None:
        self._crash()
        super().note(time)
        self._crash()

    def note_ballot(self, ballot: Ballot) -> None:
        self._crash()
        super().note_ballot(ballot)
        self._crash()

    def after_crash(self) -> None:
        """What a restart finds: here everything; a mutant may have forgotten something."""
