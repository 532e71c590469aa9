"""Up to f voters in league: they hear every honest word at once, and say whatever may do harm, to whomever they like."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from chain.finality.votes import PREVOTE, STEPS, Certificate, Place, Round, Vote
from tests.sim.finality_toys import CHAIN_ID, SLOT_MS, ToyKey

if TYPE_CHECKING:
    from tests.sim.finality_sim import World
    from tests.sim.finality_toys import ToyBlock

ROUNDS_LATE_MAX = 5


class Cabal:
    def __init__(self, world: World, names: list[str], moves: frozenset[str]) -> None:
        self.world = world
        self.rng = world.rng
        self.keys = {name: ToyKey(name) for name in names}
        self.moves = moves if names else frozenset()
        self.heard: dict[tuple[Place, bytes], dict[str, Vote]] = {}
        self.led: set[tuple[int, int]] = set()
        self.fought: ToyBlock | None = None  # a block that only few know to be final

    # --- what they do

    def begin_slot(self, slot: int) -> None:
        world = self.world
        if not self.keys:
            return
        for head in self.heads():
            round = world.round_of(head)
            name = round.voters[slot % len(round.voters)].name
            if name in self.keys and slot > head.slot:
                self.produce(head, slot, name)
        self.fight(slot)
        if "lies" in self.moves and self.rng.random() < 0.3:
            self.lie()
        if "reveal" in self.moves and self.rng.random() < 0.5:
            self.reveal()

    def fight(self, slot: int) -> None:
        """Make a branch beside the block that only few know to be final grow."""
        fought = self.fought
        if fought is None or self.world.is_healed:
            return
        round = self.round_with(fought)
        rivals = self.rivals(fought.id, round) or [self.world.blocks[fought.path[fought.num - 1]]]
        name = self.rng.choice(list(self.keys))
        if slot > rivals[-1].slot:
            block = self.world.make_block(rivals[-1], slot, name, 3)
            self.tell(list(self.world.nodes), "blocks", [self.world.blocks[id] for id in block.path[-4:]])

    def round_with(self, block: ToyBlock) -> Round:
        """The round that a block belongs to."""
        return self.world.round_of(self.world.blocks[block.path[block.num - 1]])

    def notice_final(self, block: ToyBlock, *, is_lonely: bool) -> None:
        """Somebody has a new final block, perhaps nobody else."""
        if "fight" in self.moves:
            self.fought = block if is_lonely else None

    def is_fought(self, block: ToyBlock) -> bool:
        fought = self.fought
        return fought is not None and block.path[fought.num : fought.num + 1] == (fought.id,)

    def produce(self, head: ToyBlock, slot: int, name: str) -> None:
        """One block, or two: each for one half of the people."""
        if "two blocks" not in self.moves:
            if self.moves or self.rng.random() < 0.5:
                self.tell(list(self.world.nodes), "blocks", [self.world.make_block(head, slot, name)])
            return
        side = self.some()
        others = [node for node in self.world.nodes if node not in side]
        one, other = (self.world.make_block(head, slot, name, salt) for salt in (1, 2))
        self.tell(side, "blocks", [one])
        self.tell(others, "blocks", [other])
        if self.rng.random() < 0.5:
            self.later("blocks", [one], others)
            self.later("blocks", [other], side)

    def overhear(self, source: str, kind: str, payload: Any) -> None:
        if not self.moves or kind != "vote":
            return
        vote: Vote = payload
        self.heard.setdefault((vote.place, vote.block_id), {})[vote.voter] = vote
        block = self.world.blocks.get(vote.block_id)
        if block is None:
            return
        round = self.round_with(block)
        if "echo" in self.moves and not self.is_fought(block):
            self.echo(vote, round)
        if "two leaders" in self.moves or self.fought is not None:
            self.lead(vote, round)

    def echo(self, vote: Vote, round: Round) -> None:
        """Agree with whatever somebody says, in both steps, but let only some hear it."""
        for name in self.keys:
            if name not in round.places or self.rng.random() < 0.3:
                continue
            for step in STEPS:
                own = self.vote(vote.place._replace(step=step), vote.block_id, name)
                self.later("vote", own, self.some())

    def lead(self, vote: Vote, round: Round) -> None:
        """As leader of the next view, want two blocks at once."""
        view = vote.view + 1
        leader = round.voters[round.leader_place(view)].name
        if leader not in self.keys or (vote.round_num, view) in self.led:
            return
        self.led.add((vote.round_num, view))
        wanted = [*self.rivals((self.fought or self.world.blocks[vote.block_id]).id, round)]
        if self.fought is None:
            wanted.append(self.world.blocks[vote.block_id])
        for block in wanted:
            if self.rng.random() < 0.6:
                own = self.vote(Place(vote.round_num, view, PREVOTE), block.id, leader)
                targets = self.some()
                self.tell(targets, "blocks", [self.world.blocks[id] for id in block.path[-3:]])
                self.later("vote", own, targets)

    def rivals(self, block_id: bytes, round: Round) -> list[ToyBlock]:
        """The newest blocks of the round beside the branch of another."""
        path = self.world.blocks[block_id].path
        recent = list(self.world.blocks.values())[-20:]
        beside = [one for one in recent if round.holds(one.id) and path[one.num : one.num + 1] not in {(), (one.id,)}]
        return beside[-2:]

    def reveal(self) -> None:
        """Show an old quorum of prevotes, completed by our own, to somebody who does not expect it."""
        places = [place for place in self.heard if place[0].step == PREVOTE]
        if not places:
            return
        place, block_id = self.rng.choice(places[-30:])
        certificate = self.certificate(place, block_id)
        if certificate is not None:
            self.tell(self.some(), "certificate", certificate)

    def lie(self) -> None:
        """About views and heights, and with certificates that nobody signed."""
        head = self.rng.choice(list(self.world.nodes.values())).head
        round = self.world.round_of(head)
        view = self.rng.choice((0, 3, 1_000, 2**32 - 1))
        for name in self.keys:
            if name in round.places:
                block_id = (round.last_num).to_bytes(4, "big") + bytes(16)
                self.tell(self.some(), "vote", self.vote(Place(round.num, view, PREVOTE), block_id, name))
        liar = next(iter(self.keys.values()))
        tips = list(self.world.blocks.values())[-10:]
        tip = self.rng.choice(tips)
        if tip.num == 0:
            return
        round = self.round_with(tip)
        forged = tuple((place, liar.sign(bytes(32))) for place in range(round.quorum))
        for step in STEPS:
            self.tell(self.some(), "certificate", Certificate(round.num, self.rng.randrange(9), step, tip.id, forged))

    # --- how

    def certificate(self, place: Place, block_id: bytes) -> Certificate | None:
        block = self.world.blocks.get(block_id)
        if block is None or block.num == 0:
            return None
        round = self.round_with(block)
        signatures = {round.places[name]: vote.signature for name, vote in self.heard[place, block_id].items()}
        for name in self.keys:
            if name in round.places:
                signatures[round.places[name]] = self.vote(place, block_id, name).signature
        if len(signatures) < round.quorum:
            return None
        return Certificate(*place, block_id, tuple(sorted(signatures.items())))

    def vote(self, place: Place, block_id: bytes, name: str) -> Vote:
        return Vote.signed(CHAIN_ID, place, block_id, name, self.keys[name])  # type: ignore[arg-type]  # a toy

    def heads(self) -> list[ToyBlock]:
        """Of honest nodes, each once, the highest first."""
        found = {node.head.id: node.head for node in self.world.nodes.values()}
        return sorted(found.values(), key=lambda block: (-block.num, block.id))[:3]

    def some(self) -> list[str]:
        """A random part of the honest."""
        names = list(self.world.nodes)
        return self.rng.sample(names, self.rng.randint(1, len(names)))

    def later(self, kind: str, payload: Any, targets: list[str]) -> None:
        """At once, or rounds later."""
        if "late" in self.moves and self.rng.random() < 0.3:
            slots = self.rng.randint(1, ROUNDS_LATE_MAX * self.world.round_blocks)
            action: Callable[[], None] = partial(self.tell, targets, kind, payload)
            self.world.at(self.world.now + slots * SLOT_MS, action)
            return
        self.tell(targets, kind, payload)

    def tell(self, targets: list[str], kind: str, payload: Any) -> None:
        for target in targets:
            self.world.send(next(iter(self.keys)), target, kind, payload)
