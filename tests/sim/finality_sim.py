"""Finality alone, in a bad world: real voters, toy blocks and keys, a network and people that follow from one seed.

Time runs in two phases. In the first, everything that a seed has drawn happens: messages are late, lost, doubled and cut off, nodes
crash at the worst moments, and up to f of the voters are a cabal that hears everything and says anything. Then the network heals,
and everybody honest must soon agree on new final blocks. What must never happen is checked whenever it could.

Everything is a queue of (milliseconds, number, action); the same seed plays the same way.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any

from chain.finality.votes import PRECOMMIT, PREVOTE, Place, Round, Vote, Voter
from tests.sim.finality_cabal import Cabal
from tests.sim.finality_node import Disk, Node
from tests.sim.finality_toys import CHAIN_ID, SLOT_MS, Crash, Faults, ToyBlock, ToyKey, Violation, toy_key_of

ANNOUNCE_SLOTS = 3
HEAL_SLOTS = 96  # within which a healed network must have made a block final that was made after it healed


@dataclass
class Result:
    seed: int
    nodes: int
    final_num: int = 0
    heal_slots: int = -1  # from healing until every honest node had a final block made after it; −1: never
    evidence: set[str] = field(default_factory=set)
    lags: list[int] = field(default_factory=list)  # of blocks at nodes, in milliseconds
    events: int = 0
    crashes: int = 0
    views_failed: int = 0
    forks: int = 0
    trace: str = ""


class World:
    """`make_disk` and the classes of chain.finality are what mutants replace."""

    def __init__(self, seed: int, nodes: int, faults: Faults | None = None, *, disk: type[Disk] = Disk) -> None:
        self.rng = random.Random(seed * 1_000 + nodes)
        self.faults = faults or Faults.drawn(self.rng, nodes)
        self.make_disk = disk
        self.result = Result(seed, nodes)
        self.now = 0
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.count = 0
        self.trace = blake2b(digest_size=16)
        self.is_healed = False
        self.voters_count = nodes
        self.round_blocks = self.faults.round_blocks or nodes
        self.names = [f"witness-{number}" for number in range(nodes + self.faults.reserves)]
        self.genesis = ToyBlock(None, 0, "")
        self.blocks = {self.genesis.id: self.genesis}
        self.rounds: dict[bytes, Round] = {}
        self.finals: dict[int, bytes] = {0: self.genesis.id}
        self.ledger: dict[tuple[str, Place], bytes] = {}
        self.cut: frozenset[str] = frozenset()  # this side of a partition
        self.deaf: frozenset[str] = frozenset()  # to what `deaf_to` says
        self.deaf_to: Any = None
        self.honest_names = self.names[self.faults.byzantine :]
        self.nodes = {name: Node(self, name) for name in self.honest_names}
        self.cabal = Cabal(self, self.names[: self.faults.byzantine], self.faults.moves)

    @property
    def seconds(self) -> int:
        return self.now // 1_000

    @property
    def slot(self) -> int:
        return self.now // SLOT_MS

    # schedules

    def round_of(self, block: ToyBlock) -> Round:
        """The round that the block after this one belongs to, on its branch. Its voters follow from the last block before it."""
        num = block.num // self.round_blocks
        base = self.blocks[block.path[num * self.round_blocks]]
        found = self.rounds.get(base.id)
        if found is None:
            names = list(self.names)
            random.Random(base.id).shuffle(names)
            voters = tuple(Voter(name, ToyKey(name).public_key) for name in names[: self.voters_count])
            first = num * self.round_blocks + 1
            found = Round(num, first, first + self.round_blocks - 1, voters, base.time)
            self.rounds[base.id] = found
        return found

    def make_block(self, parent: ToyBlock, slot: int, producer: str, salt: int = 0) -> ToyBlock:
        block = ToyBlock(parent, slot, producer, salt)
        return self.blocks.setdefault(block.id, block)

    # time

    def at(self, time_ms: int, action: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.queue, (time_ms, self.count, action))

    def run(self) -> Result:
        end = self.faults.chaos_slots + HEAL_SLOTS
        for slot in range(1, end + 1):
            self.at(slot * SLOT_MS, partial(self.begin_slot, slot))
        self.at(self.faults.chaos_slots * SLOT_MS, self.heal)
        for name in self.nodes:
            self.at(self.rng.randrange(1_000), partial(self.tick, name))
        while self.queue and self.queue[0][0] <= end * SLOT_MS:
            self.now, _, action = heapq.heappop(self.queue)
            self.result.events += 1
            action()
            if self.is_healed and self.is_live():
                break
        self.result.final_num = min(node.final.num for node in self.nodes.values())
        self.result.trace = self.trace.hexdigest()
        return self.result

    def is_live(self) -> bool:
        """Every honest node has a final block that was made after the network had healed."""
        if any(not node.is_up or node.final.slot <= self.faults.chaos_slots for node in self.nodes.values()):
            return False
        self.result.heal_slots = self.slot - self.faults.chaos_slots
        return True

    def begin_slot(self, slot: int) -> None:
        faults = self.faults
        if not self.is_healed:
            if self.rng.random() < faults.partitions:
                self.part(self.rng.sample(self.names, self.rng.randint(1, len(self.names) - 1)))
            if self.rng.random() < faults.deafness:
                self.deaf = frozenset(self.rng.sample(self.names, self.rng.randint(1, len(self.names) - 1)))
                self.deaf_to = self.rng.choice((PREVOTE, PRECOMMIT, "vote", "certificate", "blocks", None))
            for node in self.nodes.values():
                if self.rng.random() < faults.crashes:
                    self.crash(node)
        for node in self.nodes.values():
            if node.is_up:
                self.guarded(node, partial(node.produce, slot))
                if slot % ANNOUNCE_SLOTS == 0:
                    self.broadcast(node.name, "status", (node.head, node.final.num))
        self.cabal.begin_slot(slot)

    def tick(self, name: str) -> None:
        node = self.nodes[name]
        if node.is_up:
            self.guarded(node, node.look)
        self.at(self.now + 1_000, partial(self.tick, name))

    def heal(self) -> None:
        self.is_healed = True
        self.cut = frozenset()
        for node in self.nodes.values():
            if not node.is_up:
                self.restart(node)
        if self.faults.is_cabal_silent_after_heal:
            self.cabal.moves = frozenset()

    def part(self, side: list[str]) -> None:
        """Nobody on this side hears the other, for a while."""
        self.cut = frozenset(side)
        self.at(self.now + self.rng.randint(1, self.faults.partition_slots_max) * SLOT_MS, partial(self.join, self.cut))

    def join(self, cut: frozenset[str]) -> None:
        if self.cut == cut:
            self.cut = frozenset()

    # crashes

    def guarded(self, node: Node, action: Callable[[], None]) -> None:
        try:
            action()
        except Crash:
            self.crash(node)

    def maybe_crash_at_vote(self, node: Node) -> None:
        if not self.is_healed and self.rng.random() < self.faults.crashes_at_votes:
            raise Crash

    def maybe_crash_after(self, vote: Vote) -> None:
        chance = self.faults.crashes_after_precommits
        if vote.step == PRECOMMIT and not self.is_healed and self.rng.random() < chance:
            raise Crash

    def crash(self, node: Node) -> None:
        if node.is_up:
            node.is_up = False
            self.result.crashes += 1
            pause_ms = self.rng.choice((100, SLOT_MS, 10 * SLOT_MS))
            self.at(self.now + pause_ms, partial(self.restart, node))

    def restart(self, node: Node) -> None:
        if not node.is_up:
            node.is_up = True
            node.disk.after_crash()
            node.start()

    # the network

    def broadcast(self, source: str, kind: str, payload: Any) -> None:
        for name in self.nodes:
            if name != source:
                self.send(source, name, kind, payload)
        if source in self.nodes:
            self.cabal.overhear(source, kind, payload)

    def send(self, source: str, target: str, kind: str, payload: Any) -> None:
        rng, faults = self.rng, self.faults
        if target not in self.nodes:
            return
        if self.is_healed:
            self.at(self.now + rng.randint(50, 500), partial(self.deliver, source, target, kind, payload))
            return
        if (source in self.cut) != (target in self.cut) or rng.random() < faults.loss:
            return
        is_precommit = kind == "vote" and payload.step == PRECOMMIT
        if is_precommit and rng.random() < faults.lonely_quorums and target != self.favourite(payload):
            return
        if target in self.deaf and self.deaf_to in {kind, payload.step if kind == "vote" else kind}:
            return
        for _ in range(2 if rng.random() < faults.doubled else 1):
            delay_ms = min(int(rng.expovariate(1 / faults.delay_ms)) + 10, faults.delay_max_ms)
            self.at(self.now + delay_ms, partial(self.deliver, source, target, kind, payload))

    def favourite(self, vote: Vote) -> str:
        """The only one that hears a quorum of precommits, when quorums are lonely."""
        return self.names[(vote.view + vote.round_num) % len(self.names)]

    def deliver(self, source: str, target: str, kind: str, payload: Any) -> None:
        node = self.nodes[target]
        if node.is_up:
            self.guarded(node, partial(node.hear, kind, payload, source))

    # what must hold

    def note_vote(self, node: Node, vote: Vote) -> None:
        """An honest voter says one thing at a place, and has written it down before."""
        known = self.ledger.setdefault((vote.voter, vote.place), vote.block_id)
        if known != vote.block_id:
            raise Violation(f"{vote.voter} has voted twice at {vote.place}")

    def note_evidence(self, evidence: Any) -> None:
        if evidence.culprit in self.nodes:
            raise Violation(f"there is evidence against {evidence.culprit}, who is honest")
        evidence.verify(CHAIN_ID, ToyKey(evidence.culprit).public_key, key_of=toy_key_of)
        self.result.evidence.add(evidence.culprit)

    def note_final(self, node: Node, block: ToyBlock) -> None:
        """What was final stays, and is final everywhere."""
        if block.num <= node.final.num or block.path[node.final.num] != node.final.id:
            raise Violation(f"{node.name} changes what is final at {node.final.num}")
        is_first = block.num not in self.finals
        for num in range(node.final.num + 1, block.num + 1):
            if self.finals.setdefault(num, block.path[num]) != block.path[num]:
                raise Violation(f"two final blocks at {num}: {self.finals[num].hex()} and {block.path[num].hex()}")
            self.result.lags.append(self.now - self.blocks[block.path[num]].slot * SLOT_MS)
        if is_first and not self.is_healed and self.rng.random() < self.faults.lonely_quorums:
            self.part([node.name])
            self.cabal.notice_final(block, is_lonely=True)
        elif is_first:
            self.cabal.notice_final(block, is_lonely=False)
        self.trace.update(f"{self.now} {node.name}".encode() + block.id)


def play(seed: int, nodes: int, faults: Faults | None = None, *, disk: type[Disk] = Disk) -> Result:
    """Raises Violation."""
    return World(seed, nodes, faults, disk=disk).run()
