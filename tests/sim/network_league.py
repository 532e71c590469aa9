"""Up to f nodes in league. Each runs a real node, with its keys, beside what it is told to do: they hear every word that reaches one of
them, sign whatever may do harm, and say it to whomever they like.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from chain.block import num_of_id
from chain.finality.rounds import round_num_of
from chain.finality.votes import PREVOTE, STEPS, Certificate, Place, Round, Vote
from node.core import HearVote, Input
from node.effects import Effect, GossipBlock, GossipEvidence
from node.p2p import messages as m
from node.p2p.messages import Hello, Message
from tests.sim.network_faults import SLOT_MS
from tests.sim.network_forge import Forge
from tests.sim.network_node import Node

if TYPE_CHECKING:
    from chain.block import Block
    from chain.keys import PrivateKey
    from tests.sim.network_lines import End
    from tests.sim.network_sim import World

HEARD_MAX = 2_000
HEIGHT_LIE = 1_000


class Liar(Node):
    """A node whose mouth the league holds."""

    @property
    def is_honest(self) -> bool:
        return False

    @property
    def league(self) -> League:
        return self.world.league

    def hello(self) -> Hello:
        told = super().hello()
        if "lie" not in self.league.moves or self.world.rng.random() < 0.5:
            return told
        num = num_of_id(told.head_id) + self.world.rng.choice((1, 40, HEIGHT_LIE))
        fields = {name: getattr(told, name) for name, _ in told.layout.fields}
        return Hello(**fields | {"head_id": num.to_bytes(4, "big") + bytes(16)})

    def received(self, end: End, message: Message) -> None:
        if isinstance(message, m.GetBlocks) and message.branch_id in self.league.forge.blocks:
            end.send(m.Blocks(self.league.forge.branch(self.chain, message)))
            return
        super().received(end, message)

    def handle(self, input: Input) -> list[Effect]:
        if isinstance(input, HearVote):
            self.league.overhear(input.vote)
        return super().handle(input)

    def perform(self, effect: Effect) -> None:
        match effect:
            case GossipEvidence():
                return  # nobody accuses himself
            case GossipBlock(block, "") if block.header.witness in self.witnesses and self.league.moves:
                self.league.show_block(self, block, effect)
            case _:
                self.hub.perform(effect, self.now)


class League:
    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.rng
        self.moves = world.faults.moves if world.faults.byzantine else frozenset()
        self.forge = Forge(world)
        self.heard: dict[tuple[Place, bytes], dict[str, Vote]] = {}
        self.led: set[tuple[int, int]] = set()
        self.is_speaking = False  # rather than one of its nodes by itself
        self.lonely: bytes | None = None  # a block that only few know to be final

    @property
    def liars(self) -> list[Node]:
        return [node for node in self.world.nodes if not node.is_honest and node.is_up]

    @property
    def keys(self) -> dict[str, PrivateKey]:
        return {name: self.world.start.keys[name] for node in self.liars for name in node.witnesses}

    def fall_silent(self) -> None:
        """Their nodes go on as they are meant to."""
        self.moves = frozenset()

    def note_final(self, node: Node, block_id: bytes) -> None:
        """Somebody has a new final block. If nobody else has, it is worth fighting."""
        world = self.world
        knowing = sum(1 for other in world.honest if other.final_num >= num_of_id(block_id) and other is not node)
        self.lonely = None if knowing else block_id
        if not knowing and not world.is_healed and world.rng.random() < world.faults.lonely_quorums:
            world.isolate(node)

    # --- what they do in each slot

    def begin_slot(self, slot: int) -> None:
        del slot
        liars = self.liars
        if not self.moves or not liars:
            return
        liar, rng = self.rng.choice(liars), self.rng
        if "stale branch" in self.moves and rng.random() < 0.7:
            self.grow_branch(liar)
        if "invalid blocks" in self.moves and rng.random() < 0.2:
            self.tell_block(liar, self.forge.invalid(liar), self.some(liar))
        if "reveal" in self.moves and rng.random() < 0.5:
            self.reveal(liar)
        if "forge" in self.moves and rng.random() < 0.2:
            self.show_forgery(liar)
        if "lie" in self.moves and rng.random() < 0.2:
            self.lie(liar)

    def grow_branch(self, liar: Node) -> None:
        """A block on one that others have left, where it is the turn of one of us there."""
        block = self.forge.on_old_block(liar, self.lonely)
        if block is not None:
            self.tell_block(liar, block, self.some(liar))

    # --- blocks

    def show_block(self, liar: Node, block: Block, effect: GossipBlock) -> None:
        """One of our own: late, or to one half, with another for the other half. Or honestly."""
        if "two blocks" in self.moves:
            twin = self.forge.twin(liar, block)
            ends = self.world.neighbours(liar)
            side = self.some(liar)
            others = [end for end in ends if end not in side]
            self.forge.keep(block)
            self.tell_block(liar, block, side)
            self.tell_block(liar, twin, others)
            if self.rng.random() < 0.5:
                self.later(partial(self.tell_block, liar, block, others))
                self.later(partial(self.tell_block, liar, twin, side))
        elif "withhold" in self.moves and self.rng.random() < 0.6:
            self.later(partial(self.tell_own, liar, effect))
        else:
            liar.hub.perform(effect, liar.now)

    def tell_own(self, liar: Node, effect: GossipBlock) -> None:
        if liar.is_up:
            liar.hub.perform(effect, liar.now)

    def tell_block(self, liar: Node, block: Block | None, ends: list[End]) -> None:
        if block is None:
            return
        ids = tuple(transaction.id for transaction in block.transactions)
        for end in ends:
            end.send(m.BlockAnnouncement(block.header.packed_bytes, ids))

    # --- votes

    def overhear(self, vote: Vote) -> None:
        if not self.moves:
            return
        if len(self.heard) > HEARD_MAX:
            del self.heard[next(iter(self.heard))]
        votes = self.heard.setdefault((vote.place, vote.block_id), {})
        if vote.voter in votes:
            return
        votes[vote.voter] = vote
        if vote.voter in self.world.checks.byzantine:
            return
        for liar in self.liars:
            if "echo" in self.moves:
                self.echo(liar, vote)
            if "two leaders" in self.moves:
                self.lead(liar, vote)

    def echo(self, liar: Node, vote: Vote) -> None:
        """Agree with whatever somebody says, in both steps, but let only some hear it. Not with what few know to be final."""
        if self.lonely is None:
            ends = self.some(liar)
        elif self.is_on(vote.block_id, self.lonely):
            return
        else:
            ends = self.world.neighbours(liar)
        for step in STEPS:
            own = self.vote(vote.place._replace(step=step), vote.block_id, liar.witnesses[0])
            self.later(partial(self.tell, m.FinalityVote(own.encode()), ends))

    def is_on(self, block_id: bytes, other_id: bytes) -> bool:
        """Whether a block stands on another, as far as anybody honest knows."""
        up = [node.core.finality for node in self.world.honest if node.is_up]
        return any(one is not None and one.blocks.ancestor(block_id, num_of_id(other_id)) == other_id for one in up)

    def lead(self, liar: Node, vote: Vote) -> None:
        """As leader of a later view, want two blocks at once; or, where few know that a block is final, one beside it."""
        round = self.round_of(liar, vote)
        if round is None:
            return
        views = range(vote.view + 1, vote.view + 1 + len(round.voters))
        ours = [view for view in views if round.voters[round.leader_place(view)].name == liar.witnesses[0]]
        if not ours or (vote.round_num, ours[0]) in self.led:
            return
        view = ours[0]
        if self.lonely is None and view > vote.view + 1:
            return
        self.led.add((vote.round_num, view))
        if self.lonely is not None:
            for block_id in self.enemies(round, self.lonely):
                for earlier in range(vote.view, view + 1):  # there as well, so that time goes on
                    own = self.vote(Place(vote.round_num, earlier, PREVOTE), block_id, liar.witnesses[0])
                    self.tell(m.FinalityVote(own.encode()), self.world.neighbours(liar))
            return
        for block_id in (*self.rivals(round), vote.block_id):
            own = self.vote(Place(vote.round_num, view, PREVOTE), block_id, liar.witnesses[0])
            self.later(partial(self.tell, m.FinalityVote(own.encode()), self.some(liar)))

    def rivals(self, round: Round) -> list[bytes]:
        """Blocks of the round that somebody has voted for, or that we have made ourselves."""
        found = dict.fromkeys(block_id for _, block_id in self.heard if round.holds(block_id))
        found |= dict.fromkeys(block_id for block_id in self.forge.blocks if round.holds(block_id))
        return list(found)[-2:]

    def enemies(self, round: Round, lonely: bytes) -> list[bytes]:
        """The block beside the lonely one that most of the honest have applied. We see into everybody's memory."""
        known: Counter[bytes] = Counter()
        for node in self.world.honest:
            if node.is_up and node.final_id != lonely:
                blocks = node.core.finality.blocks  # type: ignore[union-attr]  # there is finality
                for block_id in dict.fromkeys((node.chain.head_id, *blocks._left)):
                    num = min(num_of_id(block_id), num_of_id(lonely))
                    is_beside = blocks.ancestor(block_id, num) not in {None, blocks.ancestor(lonely, num), lonely}
                    known[block_id] += round.holds(block_id) and is_beside
        return [block_id for block_id, count in known.most_common(1) if count]

    def reveal(self, liar: Node) -> None:
        """Show an old quorum of prevotes, completed by our own, to somebody who does not expect it."""
        places = [place for place in self.heard if place[0].step == PREVOTE]
        if not places:
            return
        place, block_id = self.rng.choice(places[-30:])
        certificate = self.certificate(liar, place, block_id)
        if certificate is not None:
            self.tell(m.Certificate(certificate.encode()), self.some(liar))

    def certificate(self, liar: Node, place: Place, block_id: bytes) -> Certificate | None:
        votes = self.heard[place, block_id]
        round = self.round_of(liar, next(iter(votes.values())))
        if round is None:
            return None
        signatures = {round.places[name]: vote.signature for name, vote in votes.items() if name in round.places}
        for name in self.keys:
            if name in round.places:
                signatures[round.places[name]] = self.vote(place, block_id, name).signature
        if len(signatures) < round.quorum:
            return None
        return Certificate(*place, block_id, tuple(sorted(signatures.items())))

    def show_forgery(self, liar: Node) -> None:
        """A certificate that nobody signed but one of us, in everybody's place: that what somebody stands on is final, or preferred."""
        junk = self.world.start.keys[liar.witnesses[0]].sign(bytes(32))
        step = self.rng.choice(STEPS)
        for end in self.some(liar):
            if end.peer.is_up and end.peer.chain.head_num:
                block_id = end.peer.chain.head_id
                params = liar.chain.params
                seats = tuple((seat, junk) for seat in range(params.witnesses_max * 2 // 3 + 1))
                round_num = round_num_of(num_of_id(block_id), params)
                forged = Certificate(round_num, self.rng.randrange(4), step, block_id, seats)
                end.send(m.Certificate(forged.encode()))

    def lie(self, liar: Node) -> None:
        """About views that nobody has reached, and heights that there are not."""
        finality = liar.core.finality
        assert finality is not None
        round = finality.voter.round
        view = self.rng.choice((0, 3, 1_000, 2**32 - 1))
        block_id = round.last_num.to_bytes(4, "big") + bytes(16)
        own = self.vote(Place(round.num, view, PREVOTE), block_id, liar.witnesses[0])
        self.tell(m.FinalityVote(own.encode()), self.some(liar))

    # --- how

    def round_of(self, liar: Node, vote: Vote) -> Round | None:
        return liar.chain.finality.round_above(vote.round_num * liar.chain.params.witnesses_max)

    def vote(self, place: Place, block_id: bytes, name: str) -> Vote:
        start = self.world.start
        return Vote.signed(start.genesis.params.chain_id, place, block_id, name, start.keys[name])

    def some(self, liar: Node) -> list[End]:
        """A random part of the neighbours."""
        ends = self.world.neighbours(liar)
        return self.rng.sample(ends, self.rng.randint(1, len(ends))) if ends else []

    def later(self, action: partial[None]) -> None:
        """At once, or slots later."""
        if "withhold" in self.moves and self.rng.random() < 0.3:
            self.world.at(self.world.now + self.rng.randint(1, 12) * SLOT_MS, action)
        else:
            action()

    def tell(self, message: Message, ends: list[End]) -> None:
        self.is_speaking = True
        for end in ends:
            end.send(message)
        self.is_speaking = False
