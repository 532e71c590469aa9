"""Cut the power of a node at random moments of its life: `python -m tests.functional.faults.power --cuts 1000`.

One life is recorded write by write (tests.functional.faults.recorded), and cut a hundred times: for each cut the disk is built as it may be
afterwards (tests.functional.faults.disk), under the laws of a journalling file system and under nothing but POSIX to the letter. On each of
these disks the node must

    start with exactly the pairs that the database held after the last synced batch, or after one that was written since,
    with the head, the state digest and the final block that it had told others, or later ones,
    and in the slots that follow sign nothing that contradicts what it had signed,

or refuse to start, with an error that says why. Under the laws of a journal nothing but a torn file may be refused.
"""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from rich.console import Console

from chain.errors import StorageError
from node import sign_state
from node.core import Tick
from node.effects import BlockApplied, Effect, GossipVote
from node.sign_state import SignState
from tests.functional.campaign import Named, command, show_facts, show_verdict
from tests.functional.crash_node import Place, _place, crash_genesis
from tests.functional.faults.disk import LAWS, write_image
from tests.functional.faults.life import SLOTS_A_LIFE, Life, Memory
from tests.functional.faults.recorded import OWN_WITNESSES, dump_of, open_node

CUTS_A_LIFE = 100
SLOTS_AFTERWARDS = 3


@dataclass
class Report:
    seed: int
    cuts: Counter[str] = field(default_factory=Counter)  # by laws
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)  # by laws and error
    reasons: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    batches_lost: int = 0
    other_contents: int = 0
    final_lost: int = 0
    heads_lost: int = 0
    digest_differences: int = 0
    double_signatures: int = 0
    signatures_forgotten: int = 0
    signed_before: int = 0
    signed_after: int = 0
    waiting: int = 0
    crashed: list[str] = field(default_factory=list)
    found_in: list[str] = field(default_factory=list)
    """By which seeds and cuts a fault was found."""

    @property
    def faults(self) -> int:
        return (
            self.batches_lost + self.other_contents + self.final_lost + self.heads_lost + self.digest_differences
            + self.double_signatures + self.signatures_forgotten + len(self.crashed)
        )  # fmt: skip

    @property
    def is_good(self) -> bool:
        return not self.faults and self.opened > 0


class Campaign:
    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.report = Report(seed)
        self.genesis = crash_genesis()
        self.witnesses = [witness.name for witness in self.genesis.witnesses][-OWN_WITNESSES:]

    def run(self, cuts: int, slots: int = SLOTS_A_LIFE, cuts_a_life: int = CUTS_A_LIFE) -> Iterator[int]:
        """Yields after each cut; afterwards `report` is complete."""
        for done in range(cuts):
            if done % cuts_a_life == 0:
                life = Life(self.folder, self.report.seed + done // cuts_a_life, slots)
            self.cut(life, done % cuts_a_life)
            yield done + 1

    def cut(self, life: Life, number: int) -> None:
        rng = random.Random(f"{life.seed} {number}")
        laws = rng.choice(list(LAWS))
        end = life.moment(rng)
        found, memory = life.cut_at(end, laws, rng)
        image = self.folder / "image"
        write_image(found, str(life.root), image)
        self.report.cuts[laws] += 1
        faults = self.report.faults
        try:
            self.judge(image, life, memory)
        except StorageError as error:
            self.report.refused[laws, error.code] += 1
            self.report.reasons[str(error).replace(str(image), "…")] += 1
        except Exception as error:  # noqa: BLE001  # it is what a campaign is for
            self.report.crashed.append(repr(error))
        if self.report.faults > faults:
            self.report.found_in.append(f"life {life.seed}, cut {number} ({laws}, record {end})")
        shutil.rmtree(image, ignore_errors=True)

    def judge(self, image: Path, life: Life, memory: Memory) -> None:
        now = memory.now
        with patch.object(sign_state, "_is_copied", lambda record, stat: False):  # it has another inode here
            chain, signed, core = open_node(image, self.genesis, self.witnesses, now)
        with closing(chain), closing(signed):
            self.report.opened += 1
            self.report.waiting += signed.waits_until > now
            self.report.signatures_forgotten += signed.waits_until <= now and forgets(signed, memory)
            dump = dump_of(chain.backend)  # type: ignore[arg-type]
            self.look_for(dump, life, memory)
            if memory.place is not None:
                self.compare(_place(chain), memory.place, is_newer=dump in life.held[memory.told_after :])
            for slot in range(SLOTS_AFTERWARDS):
                for second in (0, 1):
                    at = now + slot * self.genesis.params.block_interval_seconds + second
                    self.hold_against(memory, core.handle(Tick(), at))
            self.report.signed_before += len(memory.signed)

    def look_for(self, dump: bytes, life: Life, memory: Memory) -> None:
        """The contents after one of the batches up to that which was being written; which one must not be too old."""
        until = life.held[: len(memory.held) + 1]
        if dump not in until:
            self.report.other_contents += 1
        elif dump not in until[max(0, memory.synced - 1) :]:
            self.report.batches_lost += 1

    def compare(self, found: Place, told: Place, *, is_newer: bool) -> None:
        """What was told is there, or what a later batch made of it: that may be a lower head, of a branch with more that is final."""
        self.report.heads_lost += found.head_num < told.head_num and not is_newer
        self.report.final_lost += int.from_bytes(found.final_id[:4], "big") < int.from_bytes(told.final_id[:4], "big")
        self.report.digest_differences += found.head_id == told.head_id and found.digest != told.digest

    def hold_against(self, memory: Memory, effects: list[Effect]) -> None:
        """All that leaves the node signed."""
        for effect in effects:
            match effect:
                case BlockApplied(block, is_ours=True):
                    self.report.double_signatures += (block.header.witness, (block.header.timestamp,)) in memory.signed
                case GossipVote(vote):
                    before = memory.signed.get((vote.voter, tuple(vote.place)))
                    self.report.double_signatures += before not in {None, vote.block_id}
                case _:
                    continue
            self.report.signed_after += 1


def forgets(remembered: SignState, memory: Memory) -> bool:
    """Whether it would sign again what was signed: for the newest slot, or at the newest place of a vote."""
    slots = [place[0] for _, place in memory.signed if len(place) == 1]
    votes = [place for _, place in memory.signed if len(place) == 3]
    ballot = remembered.ballot
    return remembered.newest_time < max(slots, default=0) or (
        bool(votes) and (ballot.round_num, ballot.view) < max(votes)[:2]
    )


def show(report: Report, console: Console) -> None:
    refusals = {
        laws: ", ".join(f"{code} {times}" for (law, code), times in sorted(report.refused.items()) if law == laws)
        for laws in report.cuts
    }
    facts = (
        *(
            (f"cuts, file system: {laws}", f"{count:,}; refused: {refusals[laws] or 'none'}")
            for laws, count in sorted(report.cuts.items())
        ),
        ("opened, of these waiting with signatures", f"{report.opened:,}, {report.waiting}"),
        ("synced batches lost", report.batches_lost),
        ("contents that never were", report.other_contents),
        ("final blocks lost", report.final_lost),
        ("heads lost that were told", report.heads_lost),
        ("digests different", report.digest_differences),
        ("signed before / after", f"{report.signed_before:,} / {report.signed_after:,}"),
        ("signed twice / forgotten", f"{report.double_signatures} / {report.signatures_forgotten}"),
        ("ended otherwise", "; ".join(report.crashed) or 0),
    )
    show_facts(console, f"{report.cuts.total():,} power cuts, seed {report.seed}", facts)
    for reason, times in report.reasons.most_common():
        console.print(f"{times:4} × {reason}", highlight=False)
    show_verdict(console, report, "nothing was lost", [f"fault in {where}" for where in report.found_in])


NAMED = Named("tests.functional.faults.power", __doc__ or "", "cuts", 1_000)

if __name__ == "__main__":
    command(NAMED, Campaign, show)()
