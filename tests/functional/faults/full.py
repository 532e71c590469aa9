"""Let the disk of a node refuse, at random bytes and syncs: `python -m tests.functional.faults.full --times 200`.

A node that makes all blocks of a chain lives under the shim (tests.functional.faults.shim), in a process of its own. Again and again the disk
takes so many bytes more and is full, or one sync fails. The node must end with a StorageError, and still answer who asks; and when there
is room again it must open as it is, without repair, where it had told others that it stood, or a block further, and remember what it
had signed. In the end its chain is replayed, and the digests compared.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from chain import leveldb
from chain.block import num_of_id
from chain.chain import Chain
from chain.errors import StorageError
from chain.memory import MemoryBackend
from node.config import Config
from node.core import NodeCore, Tick
from node.data_directory import open_chain
from node.effects import Effect
from node.sign_state import SignState
from tests.functional.campaign import Named, command, show_facts, show_verdict
from tests.functional.crash import Crowd
from tests.functional.crash_node import TOLD, Place, _place, crash_genesis
from tests.functional.faults.damage import answer, call, dispatcher_of
from tests.functional.faults.recorded import BUFFER_BYTES, open_node
from tests.functional.faults.shim import environment, faults_ahead
from tests.helpers.play import START

SLOTS_MAX = 60
BYTES = (1, 400_000)  # of room, most often little
SYNCS_MAX = 40
KINDS = ("full", "sync fails")


@dataclass
class Report:
    seed: int
    times: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)  # by the error's code
    did_not_come: int = 0
    blocks: int = 0
    transactions: int = 0
    answers_afterwards: int = 0
    digests_compared: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults and self.ended.total() > 0


class Campaign:
    def __init__(self, folder: Path, seed: int) -> None:
        leveldb.WRITE_BUFFER_BYTES = BUFFER_BYTES
        self.folder = folder / "node"
        self.rng = random.Random(seed)
        self.report = Report(seed)
        self.genesis = crash_genesis()
        self.witnesses = [witness.name for witness in self.genesis.witnesses]
        self.crowd = Crowd(random.Random(seed + 1))
        self.now = float(START)
        self.told: Place | None = None
        self.digests: dict[bytes, bytes] = {}

    def run(self, times: int) -> Iterator[int]:
        for number in range(times):
            kind = self.rng.choice(KINDS)
            try:
                self.live(kind)
            except Exception as error:  # noqa: BLE001  # it is what a campaign is for
                faults_ahead()
                self.report.faults.append(f"number {number}, {kind}: {error!r}")
            self.report.times[kind] += 1
            yield number + 1
        self.reckon()

    def live(self, kind: str) -> None:
        """Open with all the room there is, live until the disk refuses, close."""
        chain, signed, core = open_node(self.folder, self.genesis, self.witnesses, self.now)
        with closing(chain), closing(signed):
            self.compare(chain, signed)
            low, high = BYTES
            room = int(low * (high / low) ** self.rng.random()) if kind == "full" else -1
            faults_ahead(bytes_left=room, syncs_left=self.rng.randint(1, SYNCS_MAX) if kind != "full" else -1)
            try:
                for _ in range(SLOTS_MAX):
                    self.slot(core)
                self.report.did_not_come += 1
            except StorageError as error:
                self.report.ended[error.code] += 1
                self.outlive(core)
            faults_ahead()

    def slot(self, core: NodeCore) -> None:
        self.now = core.next_slot_time(self.now)
        for _ in range(self.rng.randrange(4)):
            core.handle(self.crowd.submission(core.chain), self.now)
        for second in (0, 1):
            self.hear(core, core.handle(Tick(), self.now + second))

    def hear(self, core: NodeCore, effects: list[Effect]) -> None:
        if any(isinstance(effect, TOLD) for effect in effects):
            self.told = _place(core.chain)
            self.digests[self.told.head_id] = self.told.digest

    def outlive(self, core: NodeCore) -> None:
        """The node stops (node.runner); until it has, it answers."""
        dispatcher = dispatcher_of(core.chain)
        for question in (
            call("condenser_api.get_dynamic_global_properties", []),
            call("condenser_api.get_accounts", [["alice"]]),
            call("block_api.get_block", {"block_num": 1}),
        ):
            assert b'"result"' in answer(dispatcher, question), "it does not answer any more"
            self.report.answers_afterwards += 1

    def compare(self, chain: Chain, signed: SignState) -> None:
        """With what was told before the disk refused. What was written and not told may be there."""
        told, found = self.told, _place(chain)
        self.told = found
        if told is None:
            return
        assert found.head_num in {told.head_num, told.head_num + 1}, (
            f"it stands at {found.head_num}, and had told {told.head_num}"
        )
        assert num_of_id(found.final_id) >= num_of_id(told.final_id), "it has forgotten what is final"
        assert chain.id_of(told.head_num) == told.head_id, "another block than was told"
        assert signed.newest_time >= chain.state.globals.time, "it has forgotten what it signed"
        self.report.digests_compared += found.head_id == told.head_id
        assert found.head_id != told.head_id or found.digest == told.digest, "another digest"

    def reckon(self) -> None:
        """Replay the chain from its first block."""
        chain = open_chain(Config(data_dir=self.folder), self.genesis)
        with closing(chain):
            replayed = Chain(MemoryBackend(), self.genesis)
            for block in chain.blocks(1, chain.head_num):
                replayed.push_block(block)
                self.report.blocks += 1
                self.report.transactions += len(block.transactions)
                expected = self.digests.get(block.id, replayed.digest)
                if expected != replayed.digest:
                    self.report.faults.append(f"another digest at block {block.num}")
            if replayed.digest != chain.digest:
                self.report.faults.append("another digest at the head")


def show(report: Report, console: Console) -> None:
    facts = (
        ("full at a random byte / a sync that fails", f"{report.times['full']} / {report.times['sync fails']}"),
        ("ended with", ", ".join(f"{code} {times}" for code, times in report.ended.most_common())),
        ("refusal did not come within the life", report.did_not_come),
        ("answers after the refusal", report.answers_afterwards),
        ("blocks, with transactions", f"{report.blocks:,}, {report.transactions:,}"),
        ("digests compared at openings", report.digests_compared),
        ("faults", len(report.faults)),
    )
    show_facts(console, f"{report.times.total()} times a disk that refuses, seed {report.seed}", facts)
    show_verdict(console, report, "nothing was lost", report.faults)


NAMED = Named("tests.functional.faults.full", __doc__ or "", "times", 200)

if __name__ == "__main__":
    command(NAMED, Campaign, show, environment=environment)()
