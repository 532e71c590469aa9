"""Crash a node at every named point of every write, and look for contradictions: `python -m tests.functional.crash_points --cycles 500`.

Three nodes in memory, which nobody kills, and one in a process of its own over a real data directory (tests.functional.crash_node). They
make blocks by a clock that the campaign moves, people send transactions, links are cut and mended so that branches compete, and
witnesses vote on finality. In each cycle the one node dies at a point of its plan: in a batch, at the mark, in either copy of SIGNED, in a
switch of branches, with a certificate, while it makes its directory or restores one, while it recovers from the crash before. Now and then an old backup
of its directory is put back. After each death the directory must hold what the last whole write left there:

    the head and the final block are those of before the interrupted write or of after it, and which of both where that is certain
    the state digest is that of the nodes that never crashed, or of a replay where only the dead node had the block
    no witness has signed two blocks for a slot, or two votes at a place, in all its lives together
    no two nodes ever hold different blocks final at one height

In the end its chain is replayed from the first block, and every pair on the disk compared.
"""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chain.block import NO_BLOCK_ID, num_of_id
from chain.chain import Chain
from chain.directory import RESTORING, is_unborn
from chain.memory import MemoryBackend
from node.config import Config
from node.data_directory import open_chain
from node.snapshot.making import create_snapshot
from tests.functional.campaign import Named, command
from tests.functional.crash import Crowd
from tests.functional.crash_mesh import CrashMesh, Ledger, Mortal, Replayer
from tests.functional.crash_node import POINTS, Opened, Place, Plan, Writing, crash_genesis
from tests.functional.crash_report import Report, show

OWN_WITNESSES = 2
ALL_TAKE_PART = 43  # slots until all witnesses are in the schedule
LIFE_SLOTS_MAX = 40  # after which a life whose point has not come is ended from outside
LAST_SLOTS = 10
SLOTS_DEAD_MAX = 6
CUT_SLOTS_MAX = 8
PASSED_TWICE = {"create file", "restore file", "restore batch", "create sync", "open head", "switch pop", "switch push"}
OFTEN_PASSED = ("block", "certificate batch", "mark", "signed", "restore sync")
BACKUP_EVERY, RESTORE_EVERY = 17, 23  # cycles


class Campaign:
    """So many cycles of one node, and the reckoning."""

    def __init__(self, folder: Path, seed: int, *, points: Sequence[str] = tuple(POINTS), sabotage: str = "") -> None:
        self.rng = random.Random(seed)
        self.folder = folder
        self.backup = folder / "backup"
        self.snapshot = folder / "snapshot"
        self.sabotage = sabotage
        self.report = Report(seed)
        self.genesis = crash_genesis()
        names = [witness.name for witness in self.genesis.witnesses]
        self.ledger = Ledger(self.report)
        self.mortal = Mortal(folder / "node", names[-OWN_WITNESSES:], self.ledger, self.report)
        self.mesh = CrashMesh(self.genesis, self.mortal, names[:-OWN_WITNESSES], self.report)
        self.replayer = Replayer(self.genesis)
        self.first_place = Place(NO_BLOCK_ID, self.replayer.chain.digest, NO_BLOCK_ID)
        self.restored_place = self.first_place  # until there is a snapshot
        self.crowd = Crowd(random.Random(seed + 1))
        self.deaths = [(point, how) for point in points for how in POINTS[point]]
        self.cut_slots_left = 0

    def run(self, cycles: int) -> Iterator[int]:
        """Yields after each cycle; afterwards `report` is complete."""
        self.begin()
        todo: list[tuple[str, str]] = []
        for cycle in range(1, cycles + 1):
            if not todo:
                todo = self.rng.sample(self.deaths, len(self.deaths))
            self.cycle(*todo.pop())
            if cycle % RESTORE_EVERY == 0:
                self.restore_backup()
            if cycle % BACKUP_EVERY == 1:
                self.keep_backup()
            self.report.cycles = cycle
            yield cycle
        self.end()

    def begin(self) -> None:
        """The mortal node comes when all witnesses may take part."""
        self.mesh.produce(ALL_TAKE_PART)
        moment = create_snapshot(self.mesh.others[0].chain, self.snapshot, lambda _: None).moment
        self.restored_place = Place(moment.block_id, moment.digest, NO_BLOCK_ID)
        self.revive()
        self.kill()

    def end(self) -> None:
        """All hear each other again, and must come to stand where the mortal node stands."""
        self.revive()
        self.mesh.mend()
        self.mesh.produce(LAST_SLOTS)
        place, other = self.mortal.place, self.mesh.others[0].chain
        assert place is not None
        self.report.wrong_heads += place.head_id != other.head_id
        self.report.final_lost += num_of_id(place.final_id) != other.final_num
        self.mortal.stop()
        self.reckon()

    # one cycle

    def cycle(self, point: str, how: str) -> None:
        plan = Plan(point, how, self.passes(point), self.rng.random(), self.sabotage)
        if point.startswith(("create", "genesis", "restore")):
            self.die_at_birth(plan)
            return
        for _ in range(self.rng.choice((0, 0, 0, self.rng.randint(1, SLOTS_DEAD_MAX)))):
            self.slot()
        opened = self.open(plan)
        if opened is not None:
            self.mesh.join()
            self.live(is_cut_soon=point.startswith("switch"))
        if self.mortal.is_alive:
            self.kill()
            self.report.ended_from_outside += 1
        else:
            self.report.deaths[point, how] += 1
        self.revive()
        self.mesh.tick()  # at the very time at which it died: the same slot may be its turn again
        if self.mortal.is_alive:
            self.kill()

    def passes(self, point: str) -> int:
        """Some points are passed in every slot, others once in a life."""
        if point in PASSED_TWICE:
            return self.rng.randrange(2)
        return self.rng.randrange(8) if point.startswith(OFTEN_PASSED) else 0

    def live(self, *, is_cut_soon: bool) -> None:
        if is_cut_soon and not self.mesh.sides:
            self.cut()
        for _ in range(LIFE_SLOTS_MAX):
            self.slot(cuts=0.5 if is_cut_soon else 0.1)
            if not self.mortal.is_alive:
                return

    def slot(self, cuts: float = 0.1) -> None:
        """Time goes on by a slot; links are cut and mended; somebody sends something."""
        if self.mesh.sides:
            self.cut_slots_left -= 1
            if self.cut_slots_left <= 0:
                self.mesh.mend()
        elif self.rng.random() < cuts:
            self.cut()
        for _ in range(self.rng.randrange(3)):
            self.send_something()
        self.mesh.produce()

    def cut(self) -> None:
        self.cut_slots_left = self.rng.randint(2, CUT_SLOTS_MAX)
        self.mesh.cut(self.rng)

    def send_something(self) -> None:
        member = self.rng.choice(self.mesh.others)
        self.mesh.give(member, self.crowd.submission(member.chain))

    # opening

    def open(self, plan: Plan) -> Opened | None:
        """Start it on what the last life has left, and hold that against what must be there."""
        before, writing, died_of = self.mortal.place, self.mortal.writing, self.mortal.plan
        opened = self.mortal.start(plan, self.mesh.now)
        if opened is None:
            self.mortal.writing = self.mortal.writing or writing  # nothing new is known of the disk
            if self.mortal.writing is writing:
                self.mortal.plan = died_of
            return None
        if before is not None:
            self.check_opened(opened.place, before, writing, died_of)
        self.check_digest(opened.place)
        self.mortal.place = opened.place
        return opened

    def kill(self) -> None:
        """From outside, between two inputs."""
        self.mortal.kill()
        self.mesh.members = list(self.mesh.others)

    def revive(self) -> None:
        opened = self.open(Plan(sabotage=self.sabotage))
        assert opened is not None
        self.mesh.join()

    def check_opened(self, found: Place, before: Place, writing: Writing | None, died_of: Plan) -> None:
        """Either as before the write that was interrupted or as after it; exactly one of both where it was not begun or finished."""
        heads, finals = {before.head_id}, {before.final_id}
        if writing is not None:
            is_done, is_lost = died_of.how == "after", died_of.how in {"before", "torn"}
            if writing.head_id is not None:
                heads = {writing.head_id} if is_done else heads if is_lost else heads | {writing.head_id}
            if writing.final_id is not None:
                finals = {writing.final_id} if is_done else finals if is_lost else finals | {writing.final_id}
        self.report.wrong_heads += found.head_id not in heads
        self.report.final_lost += found.final_id not in finals

    def check_digest(self, found: Place) -> None:
        """Against the immortal nodes, or against a replay where none of them had this block."""
        self.mesh.compare(found)
        if found.head_id in self.mesh.digests or found.head_id == NO_BLOCK_ID:
            return
        for block in self.mortal.blocks(found.head_id, max(1, self.mortal.irreversible_num)):
            self.mesh.known[block.id] = block
        self.report.digests_compared += 1
        self.report.digest_differences += self.replayer.digest_at(found.head_id, self.mesh.known) != found.digest

    # births and backups

    def die_at_birth(self, plan: Plan) -> None:
        """A new directory every time: what an interrupted start has left must not keep the next one from a good start."""
        newborn = Mortal(self.folder / "newborn", self.mortal.witnesses, self.ledger, self.report)
        first = self.restored_place if plan.point.startswith("restore") else self.first_place
        if first is self.restored_place:
            has_died = not newborn.restore(plan, self.snapshot)
            newborn.keeps_history = False
            if (newborn.folder / RESTORING).exists() or is_unborn(newborn.folder):
                assert newborn.restore(Plan(), self.snapshot)
        else:
            has_died = newborn.start(plan, self.mesh.now) is None
            if not has_died:
                newborn.kill()
        self.report.deaths[plan.point, plan.how] += has_died
        self.report.ended_from_outside += not has_died
        opened = newborn.start(Plan(), self.mesh.now)
        assert opened is not None
        self.report.wrong_heads += opened.place.head_id != first.head_id
        self.report.digests_compared += 1
        self.report.digest_differences += opened.place.digest != first.digest
        newborn.stop()
        shutil.rmtree(newborn.folder)

    def keep_backup(self) -> None:
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(self.mortal.folder, self.backup)

    def restore_backup(self) -> None:
        """What it has signed since is forgotten: it may sign again when two rounds have passed, and only then."""
        aside = self.mortal.folder.rename(self.folder / "aside")
        shutil.copytree(
            self.backup, self.mortal.folder
        )  # while the old files are there: else within 2 s a copy may pass for them
        shutil.rmtree(aside)
        self.mortal.place = self.mortal.writing = None
        opened = self.mortal.start(Plan(sabotage=self.sabotage), self.mesh.now)
        assert opened is not None
        params = self.genesis.params
        two_rounds = 2 * params.witnesses_max * params.block_interval_seconds
        self.report.signed_too_early += not opened.doubt or opened.waits_until < int(self.mesh.now) + two_rounds
        self.check_digest(opened.place)
        self.mortal.place = opened.place
        self.mesh.join()
        signed, until = self.report.slots_signed + self.report.votes_signed, opened.waits_until
        while self.mesh.now + params.block_interval_seconds < until and self.mortal.is_alive:
            self.mesh.produce()
        self.report.signed_too_early += self.report.slots_signed + self.report.votes_signed - signed
        self.report.restored += 1
        if self.mortal.is_alive:
            self.kill()

    # the reckoning

    def reckon(self) -> None:
        """Replay its chain from the first block, and compare every pair."""
        chain = open_chain(Config(data_dir=self.mortal.folder), self.genesis)
        memory = MemoryBackend()
        replayed = Chain(memory, self.genesis)
        for block in chain.blocks(1, chain.head_num):
            replayed.push_block(block)
            self.report.blocks += 1
            self.report.transactions += len(block.transactions)
        self.report.digest_differences += replayed.digest != chain.digest
        killed, unharmed = (_pairs(one.backend) for one in (chain, replayed))
        self.report.pairs_compared = len(killed.keys() | unharmed.keys())
        self.report.pair_differences = sum(
            killed.get(key) != unharmed.get(key) for key in killed.keys() | unharmed.keys()
        )
        for num, final_id in self.mesh.final_ids.items():
            self.report.final_lost += num <= chain.head_num and chain.id_of(num) != final_id
        chain.close()


NOT_COMPARED = {b"\x01f", b"\x01e", b"\x01r", b"\x01u", b"\x01p"}
"""What tells of votes, which no replay has, and the undo records, which finality moves."""


def _pairs(backend: Any) -> dict[bytes, bytes]:
    return {key: value for key, value in backend.scan(b"", b"\xff" * 64) if key[:2] not in NOT_COMPARED}


NAMED = Named("tests.functional.crash_points", __doc__ or "", "cycles", 500)

if __name__ == "__main__":
    command(NAMED, Campaign, show)()
