"""An honest node of the finality simulator: what NodeCore will do around a FinalityVoter, with toy blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from chain.block import num_of_id
from chain.errors import InvalidInput
from chain.finality.ballot import Ballot
from chain.finality.outcomes import (
    AnchorMoved,
    Finalised,
    FinalityBroken,
    Misbehaved,
    Outcome,
    PassOn,
    PeerBehind,
    RoundEntered,
    SendCertificate,
    SendVote,
    WeAreBehind,
)
from chain.finality.voter import FinalityVoter
from chain.finality.votes import Certificate, Round, Vote
from tests.sim.finality_toys import CHAIN_ID, SLOT_MS, ToyBlock, ToyKey, Violation, toy_key_of

if TYPE_CHECKING:
    from tests.sim.finality_sim import World

ASK_AGAIN_MS = 2 * SLOT_MS


class Disk:
    """What survives a crash. The ballot is durable when `note_ballot` returns; the crash may come just before or after."""

    def __init__(self, crash: Callable[[], None]) -> None:
        self.ballot = Ballot()
        self.waits_until = 0
        self.signed_slot = 0
        self._crash = crash

    def note_ballot(self, ballot: Ballot) -> None:
        self._crash()
        ballot.check_follows(self.ballot)
        self.ballot = ballot
        self._crash()

    def after_crash(self) -> None:
        """What a restart finds: here everything; a mutant may have forgotten something."""


class Node:
    """An honest witness with its blocks. The known ones are valid; loose ones wait for their parents."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.key = ToyKey(name)
        self.disk = world.make_disk(partial(world.maybe_crash_at_vote, self))
        self.known: dict[bytes, ToyBlock] = {world.genesis.id: world.genesis}
        self.head = world.genesis
        self.final = world.genesis
        self.certificates: dict[int, Certificate] = {}  # the newest of each round
        self.is_up = True
        self.start()

    def start(self) -> None:
        self.loose: dict[bytes, list[ToyBlock]] = {}
        self.asked: dict[Any, int] = {}
        round = self.world.round_of(self.final)
        self.voter = FinalityVoter(
            CHAIN_ID,
            self,
            round,
            self.final.id,
            round_after=self.round_after,
            keys={self.key.public_key: self.key},  # type: ignore[dict-item]  # a toy
            witnesses=frozenset((self.name,)),
            final_certificate=self.certificates.get(round.num),
            box=self.disk,
            key_of=toy_key_of,
        )

    # what the protocol sees of blocks

    @property
    def head_id(self) -> bytes:
        return self.head.id

    def ancestor(self, block_id: bytes, num: int) -> bytes | None:
        block = self.known.get(block_id)
        return block.path[num] if block is not None and num <= block.num else None

    def time(self, block_id: bytes) -> int:
        return self.known[block_id].time

    def round_after(self, final_id: bytes) -> Round | None:
        block = self.known.get(final_id)
        return self.world.round_of(block) if block is not None else None

    # inputs

    def hear(self, kind: str, payload: Any, source: str) -> None:
        getattr(self, f"hear_{kind}")(payload, source)

    def hear_vote(self, vote: Vote, source: str) -> None:
        if vote.block_id not in self.known:
            self.ask(source, "blocks", vote.block_id)
        try:
            outcomes = self.voter.receive_vote(vote, self.world.seconds)
        except InvalidInput:
            return
        self.perform(outcomes, source)

    def hear_certificate(self, certificate: Certificate, source: str) -> None:
        try:
            outcomes = self.voter.receive_certificate(certificate, self.world.seconds)
        except InvalidInput:
            return
        if certificate.block_id not in self.known:
            self.ask(source, "blocks", certificate.block_id)
        self.perform(outcomes, source)

    def hear_blocks(self, blocks: list[ToyBlock], source: str) -> None:
        for block in blocks:
            self.add(block, source)
        self.look()

    def hear_status(self, status: tuple[ToyBlock, int], source: str) -> None:
        """Where somebody stands: whoever only listens learns from this, too, that it is behind."""
        head, final_num = status
        if final_num > self.final.num:
            self.ask(source, "certificate", self.voter.round.num)
        self.hear_blocks([head], source)

    def hear_want_blocks(self, want: tuple[bytes, int], source: str) -> None:
        """Blocks of the branch that ends with an id, from a number on."""
        block = self.known.get(want[0])
        if block is not None:
            self.world.send(self.name, source, "blocks", [self.world.blocks[id] for id in block.path[want[1] :]])

    def hear_want_certificate(self, round_num: int, source: str) -> None:
        certificate = self.certificates.get(round_num)
        if certificate is not None:
            self.world.send(self.name, source, "certificate", certificate)

    def look(self) -> None:
        self.perform(self.voter.look(self.world.seconds), self.name)

    def ask(self, source: str, what: str, about: Any) -> None:
        """Not again for a while."""
        now = self.world.now
        if source == self.name or now < self.asked.get((what, about), -ASK_AGAIN_MS) + ASK_AGAIN_MS:
            return
        self.asked[what, about] = now
        payload = (about, self.final.num + 1) if what == "blocks" else about
        self.world.send(self.name, source, f"want_{what}", payload)

    # blocks

    def add(self, block: ToyBlock, source: str) -> None:
        if block.id in self.known or block.num <= self.final.num:
            return
        parent_id = block.path[block.num - 1]
        if parent_id not in self.known:
            self.loose.setdefault(parent_id, []).append(block)
            self.ask(source, "blocks", block.id)
            return
        self.known[block.id] = block
        if block.num > self.head.num and self.ancestor(block.id, num_of_id(self.floor_id)) == self.floor_id:
            self.switch(block)
        for above in self.loose.pop(block.id, ()):
            self.add(above, source)
        if block.id == self.voter.anchor_id:
            self.choose_head()

    @property
    def floor_id(self) -> bytes:
        """What the head must stand on, as far as we know it."""
        anchor_id = self.voter.anchor_id
        return anchor_id if anchor_id in self.known else self.final.id

    def choose_head(self) -> None:
        """The longest branch that contains the anchor; ours where it is as long."""
        floor_id = self.floor_id
        num = num_of_id(floor_id)
        if self.ancestor(self.head.id, num) == floor_id:
            return
        self.switch(max((one for one in self.known.values() if one.num >= num and one.path[num] == floor_id), key=_num))

    def switch(self, block: ToyBlock) -> None:
        if block.path[self.head.num : self.head.num + 1] != (self.head.id,):
            self.world.result.forks += 1
        self.head = block

    def produce(self, slot: int) -> None:
        round = self.world.round_of(self.head)
        if round.voters[slot % len(round.voters)].name != self.name or slot <= self.disk.signed_slot:
            return
        if slot <= self.head.slot:
            return
        self.disk.signed_slot = slot
        block = self.world.make_block(self.head, slot, self.name)
        self.add(block, self.name)
        self.world.broadcast(self.name, "blocks", [block])
        self.look()

    # outcomes

    def perform(self, outcomes: list[Outcome], source: str) -> None:
        for outcome in outcomes:
            match outcome:
                case SendVote(vote):
                    self.world.note_vote(self, vote)
                    self.world.broadcast(self.name, "vote", vote)
                    self.world.maybe_crash_after(vote)
                case SendCertificate(certificate):
                    self.world.broadcast(self.name, "certificate", certificate)
                case Finalised(certificate):
                    self.finalise(certificate)
                    self.look()
                case AnchorMoved(block_id):
                    if block_id in self.known:
                        self.choose_head()
                    else:
                        self.ask(source, "blocks", block_id)
                case RoundEntered() | PassOn():
                    pass  # everybody here speaks with everybody
                case Misbehaved(evidence):
                    self.world.note_evidence(evidence)
                case FinalityBroken(ours, theirs):
                    raise Violation(f"{self.name} has {ours.hex()} final, others {theirs.block_id.hex()}")
                case PeerBehind(round_num):
                    if source != self.name:
                        self.hear_want_certificate(round_num, source)
                case WeAreBehind(round_num):
                    self.ask(source, "certificate", round_num)

    def finalise(self, certificate: Certificate) -> None:
        block = self.known[certificate.block_id]
        self.certificates[certificate.round_num] = certificate
        self.world.note_final(self, block)
        self.final = block
        self.choose_head()


def _num(block: ToyBlock) -> int:
    return block.num
