"""A recorded life of a node (tests.functional.faults.recorded), from which disks of any moment are built."""

import pickle
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.functional.crash_node import Place, Signed
from tests.functional.faults.disk import LAWS, Disk, Record, read_trace
from tests.functional.faults.recorded import Held, Told
from tests.functional.faults.shim import environment

SLOTS_A_LIFE = 60


@dataclass
class Memory:
    """What the notes up to a moment say must be there."""

    held: list[bytes] = field(default_factory=list)  # dumps, by batch
    synced: int = 0  # so many of them cannot be lost
    place: Place | None = None  # told to others …
    told_after: int = 0  # … after so many batches
    now: float = 0
    signed: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict)

    def take(self, told: Any) -> None:
        match told:
            case Held(dump, is_synced):
                self.held.append(dump)
                if is_synced:
                    self.synced = len(self.held)
            case Told(place, now):
                self.place, self.now, self.told_after = place, now, len(self.held)
            case Signed(who, place, what):
                self.signed[who, place] = what


class Life:
    """A recorded run, which can be cut at any record."""

    def __init__(self, folder: Path, seed: int, slots: int = SLOTS_A_LIFE) -> None:
        self.seed = seed
        self.root, trace = folder / "node", folder / "trace"
        command = [sys.executable, "-m", "tests.functional.faults.recorded", self.root, seed, slots]
        subprocess.run([str(word) for word in command], env=environment(self.root, trace=trace), check=True)
        self.records: list[Record | Any] = [
            pickle.loads(record.data) if record.what == b"n" else record for record in read_trace(trace)
        ]
        self.namings = [
            at for at, one in enumerate(self.records) if isinstance(one, Record) and one.what in {b"o", b"r", b"u"}
        ]
        self.held = [told.dump for told in self.records if isinstance(told, Held)]
        trace.unlink()
        shutil.rmtree(self.root)

    def moment(self, rng: random.Random) -> int:
        """Before any of the records; every second time soon after names have changed, where there is most to lose."""
        if rng.random() < 0.5:
            return rng.randint(1, len(self.records))
        return min(rng.choice(self.namings) + rng.randint(1, 12), len(self.records))

    def left_at(self, end: int) -> tuple[dict[str, bytes | None], Memory]:
        """The directory as the process had written it: what is there after `kill -9`."""
        disk, memory = self._until(end, "journal")
        return disk.everything(), memory

    def cut_at(self, end: int, laws: str, rng: random.Random) -> tuple[dict[str, bytes | None], Memory]:
        """As a power cut may leave it."""
        disk, memory = self._until(end, laws)
        return disk.cut(rng, LAWS[laws]), memory

    def _until(self, end: int, laws: str) -> tuple[Disk, Memory]:
        disk, memory = Disk(self.root), Memory()
        for record in self.records[:end]:
            if isinstance(record, Record):
                disk.take(record, LAWS[laws])
            else:
                memory.take(record)
        return disk, memory
