"""A node in a process of its own that dies at a named point of a named write.

    Plan("block batch", "torn", passes=3)     the fourth block's batch reaches the log file in part

It is moved by a pipe: inputs come in, what came of each goes out, and in between a ledger that tells, the moment it happens, what was
signed and which batch is about to be written. Nothing in the node knows of this: the functions that write are wrapped here.

How a point kills: `before` and `after` by SIGKILL, `during` by a timer whose signal ends the process wherever it is, also inside LevelDB,
and `torn` after the file was cut in the middle of what was just appended, which is what a kill inside a write leaves behind.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

import msgpack
import plyvel

from chain import directory, leveldb
from chain.block import BlockHeader, num_of_id
from chain.chain import Chain
from chain.finality.archive import CERTIFICATE_PREFIX, FinalityArchive
from chain.finality.attestations import Attestation
from chain.finality.votes import Certificate, Vote
from chain.leveldb import LevelDbBackend, RestoredDirectory
from chain.presets import Genesis
from chain.stage import Stage
from chain.store import META_HEAD, Store
from node import sign_state
from node.config import Config
from node.core import Input, NodeCore
from node.data_directory import open_chain
from node.effects import (
    BlocksPopped,
    BlocksWanted,
    CertificateOwed,
    CertificatesWanted,
    Effect,
    FinalityConflict,
    GossipAttestation,
    GossipBlock,
    GossipCertificate,
    GossipEvidence,
    GossipVote,
)
from node.producing import ProducingRules, Production, SignMemoryInRam
from node.sign_state import COPY_BYTES, WAIT_ROUNDS, SignState
from node.snapshot.file import SnapshotReader
from node.snapshot.restoring import restore_snapshot
from node.snapshot.trust import Judge
from tests.helpers.mesh import final_by_votes
from tests.helpers.play import signing_keys

Put: TypeAlias = tuple[bytes, bytes | None]

BATCH = ("before", "torn", "during", "after")
STEP = ("before", "after")
POINTS: dict[str, tuple[str, ...]] = {
    "create clear": STEP,
    "create file": ("before", "torn", "after"),
    "create database": ("before", "during", "after"),
    "create sync": STEP,
    "genesis batch": BATCH,
    "restore clear": STEP,
    "restore file": ("before", "torn", "after"),
    "restore database": ("before", "during", "after"),
    "restore batch": STEP,
    "restore sync": STEP,
    "block batch": BATCH,
    "switch begin": STEP,
    "switch pop": STEP,
    "switch push": STEP,
    "switch batch": BATCH,
    "certificate batch": BATCH,
    "root batch": BATCH,
    "mark": STEP,
    "signed copy 0": ("before", "torn", "after"),
    "signed copy 1": ("before", "torn", "after"),
    "signed sync 0": ("during", "after"),
    "signed sync 1": ("during", "after"),
    "open database": ("before", "during", "after"),
    "open head": STEP,
    "open mark": STEP,
    "open chain": STEP,
    "open signed": STEP,
}
DURING_SECONDS = (2e-5, 4e-3)  # a synced batch takes 0.2 to 4 ms here, the replay of a log a little more
SABOTAGES = ("forgets what it signed", "loses a batch", "changes a row")

TOLD = (
    *(GossipBlock, GossipVote, GossipCertificate, GossipEvidence, GossipAttestation),
    *(BlocksWanted, CertificateOwed, CertificatesWanted, BlocksPopped, FinalityConflict),
)  # of a node's effects, what others must hear of


@dataclass(frozen=True)
class Plan:
    """Where and how a life ends. Without a point it goes on until it is told to stop."""

    point: str = ""
    how: str = "before"
    passes: int = 0
    """So often the point is passed unharmed."""
    chance: float = 0.5
    """0 to 1: where a write tears, and when the timer goes off."""
    sabotage: str = ""
    """One of SABOTAGES, to see that it is noticed."""


@dataclass(frozen=True)
class Place:
    """Where a chain stands."""

    head_id: bytes
    digest: bytes
    final_id: bytes

    @property
    def head_num(self) -> int:
        return num_of_id(self.head_id)


@dataclass(frozen=True)
class Opened:
    """The node is up: it stands here, and waits with signing until then, for the reason given."""

    place: Place
    waits_until: int
    doubt: str


@dataclass(frozen=True)
class Writing:
    """A batch is about to be written: with it the head, or the final block, will be this one."""

    point: str
    head_id: bytes | None
    final_id: bytes | None


@dataclass(frozen=True)
class Written:
    """That batch is on the disk."""


@dataclass(frozen=True)
class Signed:
    """A signature exists: by whom, for which place, and what it says there."""

    who: str
    place: tuple[int, ...]
    """The time of a slot; or round, view and step; or the number of a checkpoint and 0."""
    what: bytes

    @property
    def is_block(self) -> bool:
        return len(self.place) == 1

    @property
    def is_root(self) -> bool:
        return len(self.place) == 2


@dataclass(frozen=True)
class Restored:
    """A snapshot is restored."""


@dataclass(frozen=True)
class Answer:
    """What came of an input."""

    effects: list[Effect]
    place: Place
    has_spare_work: bool


class Points:
    """The wrapped writes, and the one among them that kills."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[Any], None], birth: str = "create") -> None:
        self.plan = plan
        self.birth = birth  # how a data directory comes into being here: "create" or "restore"
        self.folder = folder
        self.tell = tell
        self.passes_left = plan.passes
        self.room = "block"  # what a batch is of, unless it says so itself

    def around(self, point: str, perform: Callable[[], Any], tear: Callable[[float], None] | None = None) -> Any:
        """Perform a step, or die of it."""
        plan = self.plan
        if point != plan.point:
            return perform()
        self.passes_left -= 1
        if self.passes_left >= 0:
            return perform()
        match plan.how:
            case "torn":
                assert tear is not None, point
                tear(plan.chance)
            case "during":
                low, high = DURING_SECONDS
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, low * (high / low) ** plan.chance)
                perform()
                signal.pause()
            case "after":
                perform()
        return die()

    def within(self, room: str, perform: Callable[[], Any]) -> Any:
        """Batches that are written meanwhile are of this room."""
        before, self.room = self.room, room
        try:
            return perform()
        finally:
            self.room = before

    # the wrapped functions

    def install(self) -> None:
        self._wrap_batches()
        self._wrap_switch()
        self._wrap_signing()
        self._wrap_opening()

    def _step(self, owner: Any, name: str, point: str) -> None:
        original = getattr(owner, name)
        setattr(owner, name, lambda *args, **named: self.around(point, lambda: original(*args, **named)))

    def _room(self, owner: Any, name: str, room: str) -> None:
        original = getattr(owner, name)
        setattr(owner, name, lambda *args, **named: self.within(room, lambda: original(*args, **named)))

    def _wrap_batches(self) -> None:
        write = LevelDbBackend.write

        def wrapped(backend: LevelDbBackend, puts: Iterable[Put], *, sync: bool) -> None:
            listed = list(puts)
            point = f"{self.room} batch"
            self.tell(_writing(point, listed))
            if self.plan.sabotage == "changes a row":
                listed = [(key, _changed(key, value)) for key, value in listed]
            perform = lambda: write(backend, listed, sync=sync)  # noqa: E731
            self.around(point, perform, lambda chance: self._tear(perform, chance))
            self.tell(Written())

        LevelDbBackend.write = wrapped  # type: ignore[method-assign]
        self._room(Chain, "_begin", "genesis")
        self._room(Chain, "finalise", "certificate")
        self._room(Stage, "publish", "switch")
        self._room(FinalityArchive, "record", "evidence")
        self._room(FinalityArchive, "record_root", "root")
        self._step(LevelDbBackend, "set_mark", "mark")

    def _tear(self, perform: Callable[[], Any], chance: float) -> None:
        """Let LevelDB append its record, and cut the log file somewhere within it."""
        before = _sizes(self.folder / "state")
        perform()
        after = _sizes(self.folder / "state")
        log = max(after)
        start, end = before.get(log, 0), after[log]
        os.truncate(log, start + int((end - start) * chance * 0.999))
        if self.plan.sabotage == "loses a batch":
            self.tell(Written())

    def _wrap_switch(self) -> None:
        self._step(Stage, "__enter__", "switch begin")
        self._step(Chain, "apply_staged", "switch push")
        pop = Store.pop

        def wrapped(store: Store) -> Any:
            if not isinstance(store.backend, Stage):
                return pop(store)
            return self.around("switch pop", lambda: pop(store))

        Store.pop = wrapped  # type: ignore[method-assign]

    def _wrap_signing(self) -> None:
        write, sync = sign_state._write_at, os.fdatasync
        copy = 0

        def wrapped_write(file: int, data: bytes, offset: int) -> Any:
            nonlocal copy
            copy = offset // COPY_BYTES
            tear = lambda chance: write(file, data[: int(len(data) * chance)], offset)  # noqa: E731
            return self.around(f"signed copy {copy}", lambda: write(file, data, offset), tear)

        sign_state._write_at = wrapped_write
        os.fdatasync = lambda file: self.around(f"signed sync {copy}", lambda: sync(file))
        vote, header = Vote.signed.__func__, BlockHeader.signed  # type: ignore[attr-defined]

        def wrapped_vote(cls: type[Vote], *args: Any) -> Vote:
            made: Vote = vote(cls, *args)
            self.tell(Signed(made.voter, tuple(made.place), made.block_id))
            return made

        def wrapped_header(unsigned: BlockHeader, signature: bytes) -> BlockHeader:
            made = header(unsigned, signature)
            self.tell(Signed(made.witness, (made.timestamp,), made.signing_digest))
            return made

        attestation = Attestation.signed.__func__  # type: ignore[attr-defined]

        def wrapped_attestation(cls: type[Attestation], *args: Any) -> Attestation:
            made: Attestation = attestation(cls, *args)
            checkpoint = made.checkpoint
            self.tell(Signed(made.voter, (checkpoint.num, 0), checkpoint.block_id + checkpoint.state_root))
            return made

        Attestation.signed = classmethod(wrapped_attestation)  # type: ignore[assignment,method-assign]
        Vote.signed = classmethod(wrapped_vote)  # type: ignore[assignment,method-assign]
        BlockHeader.signed = wrapped_header  # type: ignore[method-assign]

    def _wrap_opening(self) -> None:
        open_database = plyvel.DB

        def wrapped(*args: Any, create_if_missing: bool, **named: Any) -> Any:
            point = f"{self.birth} database" if create_if_missing else "open database"
            return self.around(point, lambda: open_database(*args, create_if_missing=create_if_missing, **named))

        plyvel.DB = wrapped
        self._step(Store, "load", "open head")
        self._step(LevelDbBackend, "check_mark", "open mark")
        self._step(Chain, "__init__", "open chain")
        self._step(SignState, "_load", "open signed")
        self._step(shutil, "rmtree", f"{self.birth} clear")
        for room in (directory, leveldb):
            self._step(room, "sync_path", f"{self.birth} sync")
        self._step(RestoredDirectory, "write", "restore batch")
        write = directory.write_and_sync

        def wrapped_write(path: Path, data: bytes) -> None:
            tear = lambda chance: path.write_bytes(data[: int(len(data) * chance)])  # noqa: E731
            self.around(f"{self.birth} file", lambda: write(path, data), tear)

        directory.write_and_sync = leveldb.write_and_sync = wrapped_write


def crash_genesis() -> Genesis:
    """A devnet that attests its state often enough for every life to see it."""
    return final_by_votes(state_root_interval_blocks=25)


def die() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _sizes(database: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in database.glob("*.log")}


def _writing(point: str, puts: list[Put]) -> Writing:
    head_id = final_id = None
    for key, value in puts:
        if key == META_HEAD and value is not None:
            head_id = msgpack.unpackb(value)[1]
        elif key.startswith(CERTIFICATE_PREFIX) and value is not None:
            final_id = Certificate.decode(value).block_id
    return Writing(point, head_id, final_id)


def _changed(key: bytes, value: bytes | None) -> bytes | None:
    """Sabotage: the head's record with another digest."""
    if key != META_HEAD or value is None:
        return value
    num, block_id, digest = msgpack.unpackb(value)
    changed: bytes = msgpack.packb((num, block_id, digest[::-1]))
    return changed


def restore(connection: Connection, folder: Path, plan: Plan, snapshot: Path) -> None:
    """The life of a process that begins a data directory with a snapshot."""
    Points(plan, folder, connection.send, birth="restore").install()
    with SnapshotReader(snapshot) as reader:
        restore_snapshot(reader, Judge(reader, crash_genesis().params), folder, lambda _: None)
    connection.send(Restored())


def live(  # noqa: PLR0917  # what a process is started with
    connection: Connection, folder: Path, plan: Plan, now: float, witnesses: list[str], keeps_history: bool
) -> None:
    """The life of a process: open what is there, answer inputs until None comes, close."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the campaign ends us
    tell = connection.send
    Points(plan, folder, tell).install()
    genesis = crash_genesis()
    chain = open_chain(Config(data_dir=folder, history_enabled=keeps_history), genesis)
    round_seconds = genesis.params.witnesses_max * genesis.params.block_interval_seconds
    signed = SignState(folder, now=now, wait_seconds=WAIT_ROUNDS * round_seconds, trusts_new=True)
    memory = SignMemoryInRam() if plan.sabotage == "forgets what it signed" else signed
    rules = ProducingRules(participation_percent_min=0, is_forced=True)
    production = Production(witnesses, signing_keys(genesis), rules, memory)
    production.recognise(chain, now)
    core = NodeCore(chain, production)
    tell(Opened(_place(chain), signed.waits_until, signed.doubt))
    while (asked := connection.recv()) is not None:
        tell(_answered(core, *asked))
    chain.close()
    signed.close()


def _answered(core: NodeCore, question: str, *values: Any) -> Any:
    chain = core.chain
    match question:
        case "handle":
            input, now = values
            return Answer(_heard(core, input, now), _place(chain), core.has_spare_work)
        case "words":
            return core.finality_words(), chain.block(chain.head_num) if chain.head_num else None
        case "blocks":
            (block_id, first_num) = values
            beside = [chain.forks._decode(entry.packed_bytes) for entry in chain.forks.tree.path(block_id)]
            below = beside[0].num - 1 if beside else num_of_id(block_id)
            return [*chain.blocks(first_num, below), *beside]
        case "certificates":
            return chain.finality.certificates(*values)
    raise AssertionError(question)


def _heard(core: NodeCore, input: Input, now: float) -> list[Effect]:
    return [effect for effect in core.handle(input, now) if isinstance(effect, TOLD)]


def _place(chain: Chain) -> Place:
    final_id = chain.id_of(chain.final_num) if chain.final_num else bytes(20)
    return Place(chain.head_id, chain.digest, final_id)
