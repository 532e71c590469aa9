"""Three nodes in memory that never crash, and one in a process that does, as the others see it (tests.functional.crash_points)."""

import multiprocessing
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chain.block import NO_BLOCK_ID, Block, num_of_id
from chain.chain import Chain
from chain.memory import MemoryBackend
from chain.presets import Genesis
from node.core import HearCertificate, HearVote, Input, PushBlock
from node.effects import BlockApplied, BlocksPopped, Effect, FinalityConflict
from tests.functional.crash_node import Answer, Opened, Place, Plan, Signed, Writing, Written, live, restore
from tests.functional.crash_report import Report
from tests.helpers.mesh import Member, Mesh

OTHERS = 3  # nodes that never crash; together they have just a quorum, so what is final does not wait for the dead
DEADLINE_SECONDS = 60

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    ["tests.functional.crash_mesh", "tests.functional.crash"]
)  # a life is a fork of who has them all


class Ledger:
    """All that the mortal node has signed, in all its lives."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.said: dict[tuple[str, tuple[int, ...]], bytes] = {}

    def note(self, signed: Signed) -> None:
        """A slot is signed once; a vote may be repeated, but not changed."""
        place = (signed.who, signed.place)
        before = self.said.get(place)
        self.said[place] = signed.what
        if signed.is_root:
            self.report.roots_signed += 1
            self.report.double_signatures += before not in {None, signed.what}
        elif signed.is_block:
            self.report.slots_signed += 1
            self.report.double_signatures += before is not None
        else:
            self.report.votes_signed += 1
            self.report.double_signatures += before not in {None, signed.what}


class Mortal:
    """The node that dies, as the others see it: a `Member` of their mesh whose core is a pipe away."""

    name = "mortal"

    def __init__(self, folder: Path, witnesses: list[str], ledger: Ledger, report: Report) -> None:
        self.folder = folder
        self.witnesses = witnesses
        self.ledger = ledger
        self.report = report
        self.effects: list[Effect] = []
        self.core = self.chain = self  # all that a mesh asks of either is below
        self.place: Place | None = None  # as it has told last, or as the disk must have it
        self.writing: Writing | None = None
        self.plan = Plan()
        self._has_spare_work = False
        self.keeps_history = True  # a snapshot has none
        self._process: Any = None
        self._pipe: Any = None

    # life and death

    @property
    def is_alive(self) -> bool:
        return self._process is not None

    def start(self, plan: Plan, now: float) -> Opened | None:
        """None where it has died of it."""
        self.plan, self.writing = plan, None
        self._spawn(live, plan, now, self.witnesses, self.keeps_history)
        opened: Opened | None = self._listen()
        return opened

    def restore(self, plan: Plan, snapshot: Path) -> bool:
        """Begin its directory with a snapshot. False where it has died of it."""
        self._spawn(restore, plan, snapshot)
        if self._listen() is None:
            return False
        self._end()
        return True

    def _spawn(self, target: Callable[..., None], *args: Any) -> None:
        self._pipe, theirs = _processes.Pipe()
        self._process = _processes.Process(target=target, args=(theirs, self.folder, *args))
        self._process.start()
        theirs.close()

    def stop(self) -> None:
        self._pipe.send(None)
        self._end()

    def _end(self) -> None:
        self._process.join(DEADLINE_SECONDS)
        assert self._process.exitcode == 0, self._process.exitcode
        self._bury()

    def kill(self) -> None:
        """From outside, between two inputs."""
        self._process.kill()
        self._process.join(DEADLINE_SECONDS)
        self._bury()

    def _bury(self) -> None:
        self._pipe.close()
        self._process.close()
        self._process = None

    def _ask(self, *question: Any) -> Any:
        if not self.is_alive:
            return None
        self._pipe.send(question)
        return self._listen()

    def _listen(self) -> Any:
        """What it tells until it has answered. None where it has died instead."""
        while True:
            try:
                assert self._pipe.poll(DEADLINE_SECONDS), "it neither answers nor dies"
                told = self._pipe.recv()
            except (EOFError, ConnectionResetError):
                self._process.join(DEADLINE_SECONDS)
                assert self._process.exitcode in {-9, -14}, self._process.exitcode  # nothing else may end it
                self._bury()
                return None
            match told:
                case Signed():
                    self.ledger.note(told)
                case Writing():
                    self.writing = told
                case Written():
                    self._settle()
                case _:
                    return told

    def _settle(self) -> None:
        """What was being written is on the disk."""
        assert self.writing is not None
        if self.place is not None:
            head_id, final_id = self.writing.head_id or self.place.head_id, self.writing.final_id or self.place.final_id
            self.place = Place(head_id, self.place.digest, final_id)
        self.writing = None

    # as a core and a chain

    def next_slot_time(self, now: float) -> float:
        return now

    def handle(self, input: Input, now: float) -> list[Effect]:
        answer: Answer | None = self._ask("handle", input, now)
        if answer is None:
            return []
        self.place = answer.place
        self._has_spare_work = answer.has_spare_work
        self.report.switches += sum(isinstance(effect, BlocksPopped) for effect in answer.effects)
        self.report.final_conflicts += sum(isinstance(effect, FinalityConflict) for effect in answer.effects)
        return answer.effects

    @property
    def has_spare_work(self) -> bool:
        return self.is_alive and self._has_spare_work

    def words(self) -> Any:
        return self._ask("words")

    def blocks(self, block_id: bytes, first_num: int) -> list[Block]:
        found: list[Block] | None = self._ask("blocks", block_id, first_num)
        return found or []

    def certificates(self, first_round: int, count: int) -> Any:
        return self._ask("certificates", first_round, count) or []

    @property
    def irreversible_num(self) -> int:
        return num_of_id(self.place.final_id) if self.place is not None else 0


class CrashMesh(Mesh):
    """A mesh with a mortal member, which is absent while it is dead. Notes every block and digest that the immortal ones see."""

    def __init__(self, genesis: Genesis, mortal: Mortal, names: Sequence[str], report: Report) -> None:
        super().__init__(OTHERS, genesis)
        for at, member in enumerate(self.members):
            member.witnesses = names[at::OTHERS]
            member.start()
        self.others = list(self.members)
        self.mortal = mortal
        self.report = report
        self.by_name[mortal.name] = mortal  # type: ignore[assignment]
        self.known: dict[bytes, Block] = {}
        self.digests: dict[bytes, bytes] = {}
        self.final_ids: dict[int, bytes] = {}

    def join(self) -> None:
        self.members = [*self.others, self.mortal]  # type: ignore[list-item]
        if not self.sides:
            self.greet()

    def cut(self, rng: random.Random) -> None:
        """The mortal alone, or with one of the others, which leaves both sides without a quorum."""
        with_it = {rng.choice(self.others).name} if rng.random() < 0.4 else set()
        self.sides = [{self.mortal.name} | with_it, {member.name for member in self.others} - with_it]

    def mend(self) -> None:
        self.sides = []
        self.greet()

    def greet(self) -> None:
        for member in list(self.members):
            if member is self.mortal:
                words = self.mortal.words()
                if words is None:
                    continue
                (certificates, votes), head = words
            else:
                certificates, votes = member.core.finality_words()
                head = member.chain.block(member.chain.head_num) if member.chain.head_num else None
            inputs: list[Input] = [HearCertificate(certificate, member.name) for certificate in certificates]
            inputs += [HearVote(vote, member.name) for vote in votes]
            inputs += [PushBlock(head, member.name)] if head is not None else []
            for other in self.members:
                if other is not member:
                    for input in inputs:
                        self.send(member.name, other.name, input)
        self.deliver()

    def _handle(self, member: Member, input: Input) -> list[Effect]:
        effects = super()._handle(member, input)
        member.effects.clear()
        if member is self.mortal:
            if not self.mortal.is_alive:
                self.members = list(self.others)
            elif self.mortal.place is not None:
                self.compare(self.mortal.place)
            return effects
        for effect in effects:
            if isinstance(effect, BlockApplied):
                self.known[effect.block.id] = effect.block
        self.digests[member.chain.head_id] = member.chain.digest
        if member.chain.final_num:
            self.note_final(member.chain.id_of(member.chain.final_num))
        return effects

    def note_final(self, final_id: bytes) -> None:
        if final_id != NO_BLOCK_ID and self.final_ids.setdefault(num_of_id(final_id), final_id) != final_id:
            self.report.final_conflicts += 1

    def compare(self, place: Place) -> None:
        """With what the immortal nodes have seen at that block, if they have."""
        self.note_final(place.final_id)
        digest = self.digests.get(place.head_id)
        if digest is not None:
            self.report.digests_compared += 1
            self.report.digest_differences += digest != place.digest

    def _serve(self, server: Member, target: str, block_id: bytes, first_num: int) -> None:
        if server is not self.mortal:
            super()._serve(server, target, block_id, first_num)
            return
        for block in self.mortal.blocks(block_id, first_num):
            self.send(server.name, target, PushBlock(block, server.name))

    def _certify(self, server: Member, target: str, first_round: int) -> None:
        if server is not self.mortal:
            super()._certify(server, target, first_round)
            return
        for certificate in self.mortal.certificates(first_round, 64):
            self.send(server.name, target, HearCertificate(certificate, server.name))


class Replayer:
    """A chain in memory that is led to any block, to tell the digest there."""

    def __init__(self, genesis: Genesis) -> None:
        self.chain = Chain(MemoryBackend(), genesis, with_history=False)

    def digest_at(self, block_id: bytes, known: dict[bytes, Block]) -> bytes:
        path = []
        while not self.chain.holds(block_id):
            path.append(known[block_id])
            block_id = known[block_id].header.previous
        while self.chain.head_id != block_id:
            self.chain.pop_block()
        for block in reversed(path):
            self.chain.push_block(block)
        return self.chain.digest
