"""Kill a producing node under load, again and again, and look for anything that is lost: `python -m tests.functional.crash --kills 200`.

A devnet at sixty times the speed makes twenty blocks a second while people transfer, post and vote. At a random moment, now and then
already while it starts, it gets SIGKILL; then it is started again. In the end its chain is replayed in memory by a node that was
never killed, and everything that was seen on the way must be found there: block ids and state digests at their heights, irreversible
blocks, and at last every pair that the two databases hold.
"""

import http.client
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from chain.chain import Chain
from chain.finality.attestations import Checkpoint
from chain.memory import MemoryBackend
from chain.operation import Operation
from chain.past import PAST_PREFIX, moment_at
from chain.state_root import state_root
from chain.types import time_text
from chain.undo import UNDO_PREFIX, Undo
from chain.wire import HF26, Packing
from node.config import Config
from node.core import SubmitTransaction
from node.data_directory import open_chain, origin_of
from tests.functional.campaign import Named, command, show_facts, show_verdict
from tests.functional.node_process import NodeProcess, Refused
from tests.helpers.play import Play

SPEED = 60
LIFE_SECONDS = (0.02, 0.8)  # between a node's first answer and its end
KILLED_WHILE_STARTING = 0.15
LOOK_EVERY = 8  # transactions between two looks at the head
DIFFERING_SHOWN = 20
RESTART_SECONDS_MAX = 2.0  # until the chain is open: the promise of reliability.md A4

BLOCKS_BEFORE = 1_200  # all witnesses are scheduled then, and the first checkpoint is about to be attested

GONE = (OSError, http.client.HTTPException)


@dataclass
class Seen:
    """What the node has told before it was killed."""

    heads: dict[int, tuple[str, str]] = field(default_factory=dict)  # number → block id, digest
    irreversible_num: int = 0
    contradictions: int = 0

    def head(self, num: int, block_id: str | None, digest: str) -> None:
        known = self.heads.setdefault(num, (block_id or "", digest))
        if known[1] != digest or (block_id and known[0] and known[0] != block_id):
            self.contradictions += 1
        if block_id and not known[0]:
            self.heads[num] = (block_id, digest)

    @property
    def newest(self) -> int:
        return max(self.heads, default=0)


@dataclass
class Report:
    seed: int
    kills: int = 0
    kills_while_starting: int = 0
    accepted: int = 0
    refused: int = 0
    blocks: int = 0
    transactions: int = 0
    irreversible_num: int = 0
    irreversible_lost: int = 0
    heads_lost: int = 0
    digests_compared: int = 0
    digest_differences: int = 0
    roots_compared: int = 0
    pairs_compared: int = 0
    pair_differences: int = 0
    differing: list[str] = field(default_factory=list)
    open_seconds: list[float] = field(default_factory=list)  # of the data directory, in the node's own words
    start_seconds: list[float] = field(default_factory=list)  # of the whole process, until it answers

    @property
    def losses(self) -> int:
        return self.irreversible_lost + self.heads_lost + self.digest_differences + self.pair_differences

    @property
    def is_good(self) -> bool:
        return not self.losses and max(self.open_seconds) < RESTART_SECONDS_MAX


class Crowd:
    """People who send something all the time. What they send follows from the seed; where it lands does not."""

    PEOPLE = ("alice", "bob", "carol", "dave", "erin", *(f"witness-{number}" for number in range(1, 7)))

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.pen = Play(witnesses=[])
        self.posts: list[tuple[str, str]] = []
        self.count = 0

    def next_transaction(self, globals_: dict[str, Any]) -> Any:
        """As JSON, signed for where the node stands."""
        operation, by, role = self.next_operation()
        transaction = self.pen.sign_at(globals_, operation, by=by, role=role, expires_in=3_000)
        return self.pen.as_json(transaction)

    def submission(self, chain: Chain) -> SubmitTransaction:
        """Signed for where a chain in this process stands."""
        operation, by, role = self.next_operation()
        globals_ = chain.state.globals
        stands = {"head_block_number": globals_.head_block_num, "head_block_id": globals_.head_block_id.hex()}
        unsigned = self.pen.sign_at(stands | {"time": time_text(globals_.time)}, operation, by=by, role=role)
        packed = unsigned.with_packing(Packing(chain.params.dialect, HF26))
        return SubmitTransaction(
            packed.with_signatures([self.pen.key(by, role).sign(packed.digest(chain.params.chain_id))])
        )

    def next_operation(self) -> tuple[Operation, str, str]:
        self.count += 1
        who, other = self.rng.sample(self.PEOPLE, 2)
        match self.rng.choice(("transfer", "transfer", "vote", "comment") if self.posts else ("comment",)):
            case "transfer":
                amount = f"0.{self.rng.randint(1, 999):03} HIVE"
                return self.pen.transfer(who, other, amount, memo=f"number {self.count}"), who, "active"
            case "vote":
                author, permlink = self.rng.choice(self.posts[-50:])
                weight = self.rng.choice((10_000, 5_000, 2_500, 1, -10_000))
                vote = self.pen.operation("vote", voter=who, author=author, permlink=permlink, weight=weight)
                return vote, who, "posting"
            case _:
                permlink = f"post-{self.count}"
                self.posts.append((who, permlink))
                comment = self.pen.operation(
                    "comment",
                    parent_author="",
                    parent_permlink="crash",
                    author=who,
                    permlink=permlink,
                    title=f"Number {self.count}",
                    body="text " * self.rng.randint(1, 100),
                    json_metadata="",
                )
                return comment, who, "posting"


class Campaign:
    """So many kills of one chain, and the reckoning."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.node = NodeProcess(directory / "devnet", speed=SPEED)
        self.crowd = Crowd(random.Random(seed + 1))
        self.seen = Seen()
        self.report = Report(seed)

    def run(self, kills: int) -> Iterator[int]:
        """Yields after each kill; afterwards `report` is complete."""
        self.start()
        self.node.ask("devnet_api.produce", {"count": BLOCKS_BEFORE})
        while self.report.kills < kills:
            if self.rng.random() < KILLED_WHILE_STARTING and self.report.start_seconds:
                self.node.kill()
                self.kill_while_starting()
            else:
                self.live_and_die()
            self.report.kills += 1
            self.start()
            yield self.report.kills
        assert self.node.stop() == 0
        self.reckon()

    def start(self) -> None:
        """Start the node and hold what it finds against what was seen."""
        self.node.start()
        (opened,) = self.node.events("chain opened")
        self.report.start_seconds.append(self.node.start_seconds)
        self.report.open_seconds.append(float(opened["ms"]) / 1000)
        self.report.heads_lost += max(0, self.seen.newest - opened["head"])
        self.report.irreversible_lost += max(0, self.seen.irreversible_num - opened["head"])
        self.seen.head(opened["head"], None, opened["digest"])

    def live_and_die(self) -> None:
        killer = threading.Timer(self.rng.uniform(*LIFE_SECONDS), self.node.kill_now)
        killer.start()
        try:
            while True:
                self.burst()
        except GONE:
            pass
        finally:
            killer.join()
            self.node.kill()

    def burst(self) -> None:
        """Look where the node stands, then send some transactions."""
        globals_ = self.node.ask("condenser_api.get_dynamic_global_properties")
        self.seen.irreversible_num = max(self.seen.irreversible_num, globals_["last_irreversible_block_num"])
        position = self.node.ask("skald_api.get_state_digest")
        self.seen.head(position["block_num"], position["block_id"], position["state_digest"])
        for _ in range(LOOK_EVERY):
            try:
                self.node.ask("condenser_api.broadcast_transaction", [self.crowd.next_transaction(globals_)])
            except Refused:
                self.report.refused += 1
            else:
                self.report.accepted += 1

    def kill_while_starting(self) -> None:
        self.node.spawn()
        self.node.outlive(self.rng.uniform(0, median(self.report.start_seconds)))
        self.node.kill()
        self.report.kills_while_starting += 1

    # the reckoning

    def reckon(self) -> None:
        config = Config(data_dir=self.node.data_dir)
        chain = open_chain(config, origin_of(config))
        try:
            replayed = self.replay(chain)
            self.compare_databases(chain, replayed)
        finally:
            chain.close()

    def replay(self, chain: Chain) -> MemoryBackend:
        """Apply all blocks anew, and compare ids and digests where they were seen."""
        report = self.report
        memory = MemoryBackend()
        replayed = Chain(memory, chain.origin)
        report.irreversible_num = chain.irreversible_num
        for block in chain.blocks(1, chain.head_num):
            replayed.push_block(block)
            report.blocks += 1
            report.transactions += len(block.transactions)
            if block.num not in self.seen.heads:
                continue
            block_id, digest = self.seen.heads[block.num]
            report.digests_compared += 1
            report.digest_differences += digest != replayed.digest.hex()
            if block_id and block_id != block.id.hex():
                report.heads_lost += 1
                report.irreversible_lost += block.num <= self.seen.irreversible_num
        for certificate in chain.finality.certificates(0, replayed.head_num):
            replayed.finalise(certificate)
        for root in chain.finality.root_certificates():  # what no block tells, the replay must see itself
            report.roots_compared += 1
            report.digest_differences += root.checkpoint != checkpoint_at(memory, root.checkpoint.num)
            replayed.finality.record_root(root)
        report.digest_differences += self.seen.contradictions + (replayed.digest != chain.digest)
        return memory

    def compare_databases(self, chain: Chain, memory: MemoryBackend) -> None:
        everything = (b"", b"\xff" * 64)
        killed, unharmed = (dict(map(comparable, one.scan(*everything))) for one in (chain.backend, memory))
        self.report.pairs_compared = len(killed.keys() | unharmed.keys())
        differing = [key for key in killed.keys() | unharmed.keys() if killed.get(key) != unharmed.get(key)]
        self.report.pair_differences = len(differing)
        self.report.differing = [
            f"{key!r}: {killed.get(key)!r}, unharmed {unharmed.get(key)!r}" for key in sorted(differing)
        ]


def checkpoint_at(memory: MemoryBackend, num: int) -> Checkpoint:
    moment = moment_at(memory, num)
    return Checkpoint(moment.block_id, state_root(moment.rows), moment.digest)


def comparable(pair: tuple[bytes, bytes]) -> tuple[bytes, object]:
    """An undo record lists what a block has changed in the order in which that came about, which who made the block and who replays it
    do not share. It means the same in any order: no key is in it twice.
    """
    key, value = pair
    if not key.startswith((UNDO_PREFIX, PAST_PREFIX)):
        return pair
    undo = Undo.read(value)
    return key, (undo.previous, dict(undo.rows()), sorted(undo.records))


def show(report: Report, console: Console) -> None:
    facts = (
        ("killed while producing", report.kills - report.kills_while_starting),
        ("killed while starting", report.kills_while_starting),
        ("transactions accepted / refused", f"{report.accepted:,} / {report.refused:,}"),
        ("blocks, with transactions", f"{report.blocks:,}, {report.transactions:,}"),
        ("irreversible up to block", f"{report.irreversible_num:,}"),
        ("irreversible blocks lost", report.irreversible_lost),
        ("blocks lost that had been shown", report.heads_lost),
        ("digests compared / different", f"{report.digests_compared:,} / {report.digest_differences}"),
        ("roots of the state that were attested, compared", report.roots_compared),
        ("pairs on disk compared / different", f"{report.pairs_compared:,} / {report.pair_differences}"),
        ("opening the chain, median / longest", milliseconds(report.open_seconds)),
        ("start until it answers, median / longest", milliseconds(report.start_seconds)),
    )
    show_facts(console, f"{report.kills} kills, seed {report.seed}", facts)
    show_verdict(console, report, "nothing was lost", report.differing[:DIFFERING_SHOWN])


def milliseconds(seconds: list[float]) -> str:
    return f"{median(seconds) * 1000:.0f} / {max(seconds) * 1000:.0f} ms"


NAMED = Named("tests.functional.crash", __doc__ or "", "kills", 200)

if __name__ == "__main__":
    command(NAMED, Campaign, show)()
