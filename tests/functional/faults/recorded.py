"""A node whose every write is put into a trace, among three in memory: `python -m tests.functional.faults.recorded <folder> <seed> <slots>`.

It is run under the shim (tests.functional.faults.shim). Between the writes stand notes, pickled: what the database held after each batch, what was
signed, and what the node has told others. From these a cut at any record knows what must be there (tests.functional.faults.power).
"""

import pickle
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from chain import leveldb
from chain.chain import Chain
from chain.leveldb import LevelDbBackend
from chain.presets import Genesis
from node.config import Config
from node.core import NodeCore
from node.data_directory import open_chain
from node.effects import Effect
from node.producing import ProducingRules, Production
from node.sign_state import WAIT_ROUNDS, SignState
from tests.functional.crash import Crowd
from tests.functional.crash_node import TOLD, Place, Plan, Points, Signed, Writing, Written, _place, crash_genesis
from tests.functional.faults.shim import note
from tests.helpers.mesh import Member, Mesh
from tests.helpers.play import signing_keys

OTHERS = 3
OWN_WITNESSES = 2
BUFFER_BYTES = 64 << 10  # LevelDB's least: so it begins new files often, and its writes of these are cut as well
ALL_TAKE_PART = 43  # slots until all witnesses are in the schedule
CUT_SLOTS_MAX = 8
RESTART_CHANCE = 0.02


@dataclass(frozen=True)
class Held:
    """A batch is in the database, which now holds exactly this."""

    dump: bytes
    is_synced: bool


@dataclass(frozen=True)
class Told:
    """Others have heard of the node standing here."""

    place: Place
    now: float


@dataclass(frozen=True)
class Began:
    """A node opens the directory, and stands here once it is open."""


def dump_of(backend: LevelDbBackend) -> bytes:
    """One hash over every pair."""
    summary = sha256()
    for key, value in backend.scan_all():
        summary.update(len(key).to_bytes(4, "big") + key + len(value).to_bytes(4, "big") + value)
    return summary.digest()


def open_node(
    folder: Path, genesis: Genesis, witnesses: Sequence[str], now: float
) -> tuple[Chain, SignState, NodeCore]:
    """As the runner does it, without its sockets."""
    chain = open_chain(Config(data_dir=folder), genesis)
    with ExitStack() as opened:
        opened.callback(chain.close)
        round_seconds = genesis.params.witnesses_max * genesis.params.block_interval_seconds
        signed = SignState(folder, now=now, wait_seconds=WAIT_ROUNDS * round_seconds, trusts_new=True)
        opened.callback(signed.close)
        rules = ProducingRules(participation_percent_min=0, is_forced=True)
        production = Production(witnesses, signing_keys(genesis), rules, signed)
        production.recognise(chain, now)
        opened.pop_all()
    return chain, signed, NodeCore(chain, production)


class RecordedMember(Member):
    """The node on the traced directory."""

    def __init__(self, name: str, genesis: Genesis, witnesses: Sequence[str], folder: Path, now: float) -> None:
        self.folder = folder
        self.now = now
        super().__init__(name, genesis, witnesses)

    def start(self) -> None:
        note(pickle.dumps(Began()))
        self.chain, self.signed, self.core = open_node(self.folder, self.genesis, self.witnesses, self.now)  # type: ignore[assignment]

    def stop(self) -> None:
        self.chain.close()
        self.signed.close()  # type: ignore[attr-defined]

    def tell(self, effects: Sequence[Effect]) -> None:
        if any(isinstance(effect, TOLD) for effect in effects):
            note(pickle.dumps(Told(_place(self.chain), self.now)))


class RecordedMesh(Mesh):
    def __init__(self, folder: Path) -> None:
        genesis = crash_genesis()
        super().__init__(OTHERS, genesis)
        names = [witness.name for witness in genesis.witnesses]
        for at, member in enumerate(self.members):
            member.witnesses = names[:-OWN_WITNESSES][at::OTHERS]
            member.start()
        self.produce(ALL_TAKE_PART)
        self.recorded = RecordedMember("recorded", genesis, names[-OWN_WITNESSES:], folder, self.now)
        self.by_name["recorded"] = self.recorded

    def join(self) -> None:
        """It hears of the next block, and asks for those before it."""
        self.members.append(self.recorded)

    def _handle(self, member: Member, input: Any) -> list[Effect]:
        effects = super()._handle(member, input)
        member.effects.clear()
        if isinstance(member, RecordedMember):
            member.now = self.now
            member.tell(effects)
        return effects


class Recording:
    """Such a network in a world that follows from a seed: links are cut and mended, people send, the node is started anew."""

    def __init__(self, folder: Path, seed: int) -> None:
        leveldb.WRITE_BUFFER_BYTES = BUFFER_BYTES
        self.rng = random.Random(seed)
        self.crowd = Crowd(random.Random(seed + 1))
        self.own = {witness.name for witness in crash_genesis().witnesses[-OWN_WITNESSES:]}
        Points(Plan(), folder, self._note).install()
        self._note_dumps()
        self.mesh = RecordedMesh(folder)
        self.mesh.join()
        self.cut_slots_left = 0

    def _note(self, told: Any) -> None:
        if isinstance(told, Writing | Written) or (isinstance(told, Signed) and told.who not in self.own):
            return
        note(pickle.dumps(told))

    @staticmethod
    def _note_dumps() -> None:
        """Around the wrapper of `Points`, which knows when a batch is written but not what the database holds then."""
        write: Callable[..., None] = LevelDbBackend.write

        def wrapped(backend: LevelDbBackend, puts: Any, *, sync: bool) -> None:
            write(backend, puts, sync=sync)
            note(pickle.dumps(Held(dump_of(backend), sync)))

        LevelDbBackend.write = wrapped  # type: ignore[method-assign]

    def run(self, slots: int) -> None:
        """The node comes to a chain of two rounds, and lives with it from then on."""
        for _ in range(slots):
            self.slot()
        self.mesh.recorded.stop()

    def slot(self) -> None:
        mesh, rng = self.mesh, self.rng
        if mesh.sides:
            self.cut_slots_left -= 1
            if self.cut_slots_left <= 0:
                mesh.sides = []
                mesh.greet()
        elif rng.random() < 0.15 and mesh.recorded.chain.head_num:
            self.cut_slots_left = rng.randint(2, CUT_SLOTS_MAX)
            with_it = {rng.choice(mesh.members[:OTHERS]).name} if rng.random() < 0.4 else set()
            mesh.sides = [{"recorded"} | with_it, {member.name for member in mesh.members[:OTHERS]} - with_it]
        elif rng.random() < RESTART_CHANCE and mesh.recorded.chain.head_num:
            mesh.recorded.stop()
            mesh.recorded.start()
            mesh.greet()
        for _ in range(rng.randrange(4)):
            self.send_something()
        mesh.produce()

    def send_something(self) -> None:
        member = self.rng.choice(self.mesh.members[:OTHERS])
        self.mesh.give(member, self.crowd.submission(member.chain))


if __name__ == "__main__":
    # By its name: what is pickled here is read elsewhere.
    from tests.functional.faults import recorded  # noqa: PLW0406

    where, seed, slots = sys.argv[1:]
    recorded.Recording(Path(where), int(seed)).run(int(slots))
