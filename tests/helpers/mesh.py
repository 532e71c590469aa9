"""Several cores of one chain that hear each other at once, unless they are kept apart.

    mesh = Mesh(4)
    mesh.produce(50)
    with mesh.apart([0, 1], [2, 3]):
        mesh.produce(10)

Everything is in memory and in one thread; time stands still but for `produce`, which goes to the next slot.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chain.block import num_of_id
from chain.chain import Chain
from chain.memory import MemoryBackend
from chain.presets import Genesis
from node.core import (
    HearAttestation,
    HearCertificate,
    HearEvidence,
    HearVote,
    Input,
    NodeCore,
    PushBlock,
    Spare,
    SubmitTransaction,
    Tick,
)
from node.effects import (
    BlocksWanted,
    CertificateOwed,
    CertificatesWanted,
    Effect,
    GossipAttestation,
    GossipBlock,
    GossipCertificate,
    GossipEvidence,
    GossipTransaction,
    GossipVote,
)
from node.producing import ProducingRules, Production, SignMemoryInRam
from tests.helpers.devnets import devnet
from tests.helpers.play import START, signing_keys


def final_by_votes(**params: Any) -> Genesis:
    """A devnet on which witnesses vote on finality."""
    return devnet(finality_votes=True, **params)


class Member:
    """One node of a mesh, with its own witnesses and its own memory of what it has signed."""

    def __init__(self, name: str, genesis: Genesis, witnesses: Sequence[str]) -> None:
        self.name = name
        self.genesis = genesis
        self.witnesses = witnesses
        self.backend = MemoryBackend()
        self.signed = SignMemoryInRam()
        self.effects: list[Effect] = []
        self.start()

    def start(self) -> None:
        """Also once more, after a crash: over what the disk and the file SIGNED hold."""
        rules = ProducingRules(participation_percent_min=0, is_forced=True)
        production = Production(self.witnesses, signing_keys(self.genesis), rules, self.signed)
        self.chain = Chain(self.backend, self.genesis, check_every_block=True)
        self.core = NodeCore(self.chain, production)

    def told(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]


class Mesh:
    def __init__(self, count: int, genesis: Genesis | None = None) -> None:
        self.genesis = genesis or final_by_votes()
        names = [witness.name for witness in self.genesis.witnesses]
        self.members = [Member(f"node-{at}", self.genesis, names[at::count]) for at in range(count)]
        self.by_name = {member.name: member for member in self.members}
        self.now: float = START
        self.sides: list[set[str]] = []
        self.deaf: set[type[Input]] = set()  # kinds of inputs that get lost on the way
        self.does_spare_work = True
        self._on_the_way: deque[tuple[str, str, Input]] = deque()
        self._is_delivering = False

    def __getitem__(self, at: int) -> Member:
        return self.members[at]

    # time

    def produce(self, count: int = 1) -> None:
        """Go on by so many slots, with two looks in each: as it begins, and a second later."""
        for _ in range(count):
            self.now = max(member.core.next_slot_time(self.now) for member in self.members)
            self.tick()
            self.now += 1
            self.tick()

    def tick(self) -> None:
        for member in self.members:
            self.give(member, Tick())
            while self.does_spare_work and member.core.has_spare_work:
                self.give(member, Spare())

    # who hears whom

    @contextmanager
    def apart(self, *sides: Sequence[int]) -> Iterator[None]:
        """Nodes of different sides do not hear each other meanwhile. Afterwards everybody hears everybody's head and words."""
        self.sides = [{self.members[at].name for at in side} for side in sides]
        yield
        self.sides = []
        self.greet()

    def greet(self) -> None:
        """As if all links had just opened."""
        for member in self.members:
            certificates, votes = member.core.finality_words()
            for other in self.members:
                if other is not member:
                    for certificate in certificates:
                        self.send(member.name, other.name, HearCertificate(certificate, member.name))
                    for vote in votes:
                        self.send(member.name, other.name, HearVote(vote, member.name))
                    head = member.chain.block(member.chain.head_num)
                    self.send(member.name, other.name, PushBlock(head, member.name))
        self.deliver()

    def hears(self, one: str, other: str) -> bool:
        return not self.sides or any({one, other} <= side for side in self.sides)

    # messages

    def give(self, member: Member, input: Input) -> list[Effect]:
        """An input from outside, and all that comes of it everywhere."""
        effects = self._handle(member, input)
        self.deliver()
        return effects

    def send(self, source: str, target: str, input: Input) -> None:
        if self.hears(source, target) and type(input) not in self.deaf:
            self._on_the_way.append((source, target, input))

    def deliver(self) -> None:
        while self._on_the_way:
            source, target, input = self._on_the_way.popleft()
            if self.hears(source, target):
                self._handle(self.by_name[target], input)

    def _handle(self, member: Member, input: Input) -> list[Effect]:
        effects = member.core.handle(input, self.now)
        member.effects += effects
        for effect in effects:
            self._perform(member, effect)
        return effects

    def _perform(self, member: Member, effect: Effect) -> None:
        name = member.name
        match effect:
            case GossipBlock(block, source):
                self._spread(member, source, PushBlock(block, name))
            case GossipTransaction(transaction, source):
                self._spread(member, source, SubmitTransaction(transaction, name))
            case GossipVote(vote, source):
                self._spread(member, source, HearVote(vote, name))
            case GossipCertificate(certificate, source):
                self._spread(member, source, HearCertificate(certificate, name))
            case GossipEvidence(evidence, source):
                self._spread(member, source, HearEvidence(evidence, name))
            case GossipAttestation(attestation, source):
                self._spread(member, source, HearAttestation(attestation, name))
            case BlocksWanted(_, block_id, source) if source:
                self._serve(self.by_name[source], name, block_id, member.chain.irreversible_num + 1)
            case CertificateOwed(round_num, source):
                self._certify(member, source, round_num)
            case CertificatesWanted(round_num, source):
                self._certify(self.by_name[source], name, round_num)

    def _spread(self, member: Member, source: str, input: Input) -> None:
        for other in self.members:
            if other is not member and other.name != source:
                self.send(member.name, other.name, input)

    def _serve(self, server: Member, target: str, block_id: bytes, first_num: int) -> None:
        """All blocks of the branch that ends with a block."""
        tree, chain = server.chain.forks.tree, server.chain
        beside = [chain.forks._decode(entry.packed_bytes) for entry in tree.path(block_id)]
        below = beside[0].num - 1 if beside else num_of_id(block_id)
        for block in [*chain.blocks(first_num, below), *beside]:
            self.send(server.name, target, PushBlock(block, server.name))

    def _certify(self, server: Member, target: str, first_round: int) -> None:
        for certificate in server.chain.finality.certificates(first_round, 64):
            self.send(server.name, target, HearCertificate(certificate, server.name))
