"""Hostile peers around a node at work: anything may come, true or false, in any order.

    python -m tests.node.p2p.siege [--worlds 200] [--slots 60] [--seed 1]

Two honest nodes make the blocks of a chain between them, and people use it. Around both are links to peers that say what they have
overheard, what they have changed in it, blocks and votes that a hostile witness has really signed, and nonsense, one by one or in bursts;
they answer questions truly, falsely, twice, late or never; they come and go. Whatever they do: nothing raises, nothing that is held grows
beyond its limit, the honest link stays spotless, blocks come on time and become final, and what people send gets into them.
"""

import random
import sys
import time
from collections import Counter
from dataclasses import fields, replace
from typing import Any

import click

from chain.asset import parse_asset_text
from chain.block import Block, BlockHeader, num_of_id
from chain.chain import Chain
from chain.finality.evidence import TwoVotes
from chain.finality.votes import PRECOMMIT, PREVOTE, Place, Vote
from chain.fork_tree import BRANCH_BYTES_MAX, INVALID_IDS_MAX, LOOSE_BLOCKS_MAX, LOOSE_BYTES_MAX
from chain.operation import OPERATIONS_BY_NAME
from chain.slots import scheduled_witness, slot_time
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from node.p2p import messages as m
from node.p2p.announcing import REBUILDS_MAX
from node.p2p.branches import SEARCHES_MAX
from node.p2p.conduct import ANSWERS, QUESTIONS_MAX
from node.p2p.messages import BadMessage, Message, encode
from node.p2p.reasons import Reason
from node.p2p.relay import OFFERED_MAX, RECENT_BYTES_MAX, RECENT_MAX, SEEN_MAX
from node.p2p.sync import BUFFER_BYTES_MAX
from tests.helpers.network import Network, Node, Puppet, Wire
from tests.helpers.play import signing_keys
from tests.node.p2p.fuzz import changed, random_message, resident_kib

HOSTILE_MAX = 8
ACTS_MAX = 25  # of all hostile peers in a slot
BURST = 0.05  # of what they do
BURST_MAX = 50
CALM_SLOTS = 6
OVERHEARD = 300


class Hostile(Puppet):
    """One hostile peer: a link, and what it is asked there."""

    def __init__(self, siege: "Siege", name: str, head_id: bytes) -> None:
        super().__init__(name, head_id)
        self.siege = siege

    def received(self, link: Wire, message: Message) -> None:
        self.siege.overheard.append(message)
        if type(message) in ANSWERS:
            self.siege.asked(self, message)


class Siege:
    """Everything follows from the seed. `promises` raises AssertionError where one is broken."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.net = net = Network()
        names = [witness.name for witness in net.genesis.witnesses]
        self.traitor = names[-1]
        self.keys = signing_keys(net.genesis)
        self.victim = net.node("victim", names[:3])
        self.friend = net.node("friend", names[3:-1])
        self.honest = net.link(self.victim, self.friend)
        self.hostile: list[Hostile] = []
        self.overheard: list[Message] = []
        self.paid: dict[bytes, bytes] = {}  # transaction → the block that it is tied to
        self.names = 0
        self.said: Counter[str] = Counter()
        self.offences: Counter[str] = Counter()

    # --- time

    def play(self, slots: int) -> None:
        for number in range(slots):
            for _ in range(self.rng.randrange(ACTS_MAX)):
                self.net.after(self.rng.uniform(0, 3), self.act)
            if number:  # there is no transaction before the first block
                self.pay(self.rng.choice((self.victim, self.friend)))
            self.net.slots()
            self.remember()
            self.promises()
        for peer in self.hostile:
            peer.link.leave(Reason.LEAVING)
        self.net.slots(CALM_SLOTS)
        self.promises()
        self.outcome(slots + CALM_SLOTS)

    def pay(self, node: Node) -> None:
        self.names += 1
        transaction = node.pay("0.001 HIVE", memo=f"{self.names}")
        self.paid[transaction.id] = node.chain.head_id
        node.submit(transaction)

    def remember(self) -> None:
        """What was said on the honest link, for everybody to repeat; and nothing that is too old."""
        for wire in self.honest:
            self.overheard += wire.sent
            wire.sent.clear()
        del self.overheard[:-OVERHEARD]
        for wire in self.net.wires[2:]:
            self.offences.update(offence.name for offence, _ in wire.offences if isinstance(wire.owner, Node))
            wire.offences.clear()
            wire.sent.clear()
        self.net.wires[2:] = [wire for wire in self.net.wires[2:] if wire.is_open]
        self.hostile = [peer for peer in self.hostile if peer.link.is_open]
        for node in (self.victim, self.friend):
            node.effects.clear()

    # --- promises

    def promises(self) -> None:
        """What must hold at any time."""
        for wire in self.honest:
            assert wire.is_open
            assert wire.offences == [], wire.offences
        for node in (self.victim, self.friend):
            self.limits(node)

    @staticmethod
    def limits(node: Node) -> None:
        hub, tree = node.hub, node.chain.forks.tree
        assert hub.status.buffered_bytes <= BUFFER_BYTES_MAX
        assert len(hub._branches) <= SEARCHES_MAX
        assert len(hub._blocks._rebuilds) <= REBUILDS_MAX
        relay = hub._relay
        assert len(relay._recent) <= RECENT_MAX
        assert relay._recent_bytes <= RECENT_BYTES_MAX
        assert len(relay._seen) <= SEEN_MAX
        assert len(relay._asked) <= OFFERED_MAX
        assert len(tree.loose) <= LOOSE_BLOCKS_MAX
        assert tree.loose_bytes <= LOOSE_BYTES_MAX
        assert tree.branch_bytes <= BRANCH_BYTES_MAX
        assert len(tree.invalid) <= INVALID_IDS_MAX
        assert len(hub._peers) <= 1 + HOSTILE_MAX
        for peer in hub._peers.values():
            assert len(peer.offered) <= OFFERED_MAX
            assert len(peer.owed) <= QUESTIONS_MAX * len(ANSWERS)
            assert sum(1 for _ in peer.questions()) <= QUESTIONS_MAX * len(ANSWERS)

    def outcome(self, slots: int) -> None:
        """What must hold once the hostile peers are gone."""
        victim, friend = self.victim.chain, self.friend.chain
        assert victim.head_id == friend.head_id
        assert victim.digest == friend.digest
        missed = sum(
            victim.state.witnesses.get(witness.name).total_missed
            for witness in self.net.genesis.witnesses
            if witness.name != self.traitor
        )
        assert missed <= slots // 20, f"{missed} of {slots} honest slots missed"
        assert victim.irreversible_num >= victim.head_num - 2 * len(self.net.genesis.witnesses)
        included = {one.id for num in range(1, victim.head_num + 1) for one in victim.block(num).transactions}
        owed = {id for id, tied_to in self.paid.items() if victim.holds(tied_to)}
        assert len(owed) >= len(self.paid) * 9 // 10, "too many were tied to blocks that did not stay"
        assert included.issuperset(owed), f"{len(owed - included)} of {len(owed)} got lost"

    # --- what hostile peers do

    def act(self) -> None:
        rng = self.rng
        if len(self.hostile) < HOSTILE_MAX and (not self.hostile or rng.random() < 0.1):
            self.come()
        peer = rng.choice(self.hostile)
        if rng.random() < 0.01:
            peer.link.leave(rng.choice(list(Reason)))
        made = rng.choice(
            (
                *(self.repeated, self.repeated, self.distorted, self.distorted, self.distorted),
                *(self.inventory, self.question, self.block, self.vote, self.nonsense),
            )
        )
        for _ in range(self.rng.randrange(BURST_MAX) if rng.random() < BURST else 1):
            self.say(peer, made())

    def come(self) -> None:
        self.names += 1
        chain = self.victim.chain
        far = (chain.head_num + self.rng.choice((1, 5, 1_000, 10**9))).to_bytes(4, "big") + self.rng.randbytes(16)
        head_id = self.rng.choice((chain.head_id, bytes(20), far, self.id()))
        peer = Hostile(self, f"hostile-{self.names}", head_id)
        self.hostile.append(peer)
        self.net.link(self.rng.choice((self.victim, self.friend)), peer)

    def say(self, peer: Hostile, message: Message | None) -> None:
        """Past the peer's own end of the link, which would keep it from saying what is not done."""
        if message is None or type(message) in {m.Ping, m.Pong}:
            return
        try:
            data = encode(message)
        except BadMessage:
            return
        self.said[type(message).__name__] += 1
        target = peer.link.other
        self.net.after(self.rng.choice((0.0, 0.05, 0.05, 2.0)), lambda: target.receive(data))

    def asked(self, peer: Hostile, question: Message) -> None:
        """It answers truly, falsely, twice, late or never."""
        true = self.friend.hub._answer(question, self.net.now)
        false = self.rng.choice((self.changed_message(true), self.nonsense(), type(true)(*self.empty_fields(true))))
        match self.rng.randrange(8):
            case 0 | 1 | 2:
                self.say(peer, true)
            case 3 | 4:
                self.say(peer, false)
            case 5:
                self.say(peer, true)
                self.say(peer, true)
            case 6:
                self.net.after(self.rng.uniform(1, 30), lambda: self.say(peer, true))

    @staticmethod
    def empty_fields(message: Message) -> list[Any]:
        values = (getattr(message, field.name) for field in fields(message))  # type: ignore[arg-type]
        return [() if isinstance(value, tuple) else value for value in values]

    # --- what they say

    def id(self) -> bytes:
        """Of a block: of ours, of the future, or of nobody."""
        chain, rng = self.victim.chain, self.rng
        if not chain.head_num:
            return rng.randbytes(20)
        num = rng.randint(1, chain.head_num)
        return rng.choice((chain.head_id, chain.id_of(num), rng.randbytes(20), num.to_bytes(4, "big") + bytes(16)))

    def repeated(self) -> Message | None:
        return self.rng.choice(self.overheard) if self.overheard else None

    def distorted(self) -> Message | None:
        said = self.repeated()
        return said and self.changed_message(said)

    def changed_message(self, message: Message) -> Message:
        """One field is another."""
        if not fields(message):  # type: ignore[arg-type]
            return self.nonsense()
        name = self.rng.choice([field.name for field in fields(message)])  # type: ignore[arg-type]
        return replace(message, **{name: self.changed_value(getattr(message, name))})  # type: ignore[type-var]

    def changed_value(self, value: Any) -> Any:
        rng = self.rng
        match value:
            case bytes() if value:
                flipped = bytearray(value)
                flipped[rng.randrange(len(value))] ^= 1 << rng.randrange(8)
                return rng.choice((bytes(flipped), rng.randbytes(len(value)), changed(value, rng)))
            case int():
                return rng.choice((0, 1, value + 1, max(0, value - 1), rng.getrandbits(32)))
            case tuple() if value:
                items = list(value)
                position = rng.randrange(len(items))
                match rng.randrange(4):
                    case 0:
                        del items[position]
                    case 1:
                        items.append(items[position])
                    case 2:
                        rng.shuffle(items)
                    case _:
                        items[position] = self.changed_value(items[position])
                return tuple(items)
        return value

    def inventory(self) -> Message:
        known = [id[: m.SHORT_ID_BYTES] for id in (*list(self.paid)[-5:], *self.victim.chain.mempool.waiting)]
        unknown = [self.rng.randbytes(m.SHORT_ID_BYTES) for _ in range(self.rng.choice((1, 5, 900)))]
        ids = list(dict.fromkeys(known + unknown))[: m.INVENTORY_ITEMS_MAX]
        return m.Inventory(m.InventoryKind.TRANSACTION, tuple(ids))

    def question(self) -> Message:
        rng = self.rng
        return rng.choice(
            (
                m.GetBlocks(self.id(), rng.randint(1, self.victim.chain.head_num + 9), rng.randint(1, 256)),
                m.GetBlocks(bytes(20), rng.randint(1, 2**32 - 1), 256),
                m.GetBlockTransactions(self.id(), tuple(sorted({rng.randrange(9) for _ in range(3)}))),
                m.GetTransactions(tuple(id[: m.SHORT_ID_BYTES] for id in list(self.paid)[-3:]) or (bytes(8),)),
                m.GetCertificates(rng.randrange(20), rng.randint(1, 64)),
                m.GetPeers(),
            )
        )

    def block(self) -> Message:
        """By the hostile witness or in somebody's name; on our head or elsewhere; with something wrong in it or not."""
        block = self.forged()
        if self.rng.random() < 0.3:
            return m.Blocks((block.packed_bytes,) * self.rng.choice((1, 1, 3)))
        return m.BlockAnnouncement(block.header.packed_bytes, tuple(one.id for one in block.transactions))

    def forged(self) -> Block:
        rng, chain = self.rng, self.victim.chain
        slot = rng.choice((1, 1, 1, 2, 5))
        witness = rng.choice((self.traitor, scheduled_witness(chain.state, slot)))
        transactions = rng.choice(((), (), (self.transaction(chain),)))
        previous = rng.choice((chain.head_id, chain.head_id, self.id()))
        timestamp = slot_time(chain.state, slot) + rng.choice((0, 0, 0, 1, 3_000))
        header = BlockHeader.build(previous=previous, timestamp=timestamp, witness=witness, transactions=transactions)
        if rng.random() < 0.3:
            header.transaction_merkle_root = rng.randbytes(20)
        key = self.key(self.traitor if rng.random() < 0.8 else "witness-1")
        return Block.build(header.signed(key.sign(header.signing_digest)), transactions)

    def transaction(self, chain: Chain) -> Transaction:
        """More than anybody has, or signed by nobody."""
        dialect = chain.params.dialect
        amount = parse_asset_text("900000000.000 HIVE", dialect)
        operation = OPERATIONS_BY_NAME["transfer"](from_="alice", to="bob", amount=amount, memo=f"{self.rng.random()}")
        made = Transaction(chain.head_num & 0xFFFF, 7, chain.state.globals.time + 60, (operation,))
        made = made.with_packing(Packing(dialect, LEGACY))
        signatures = [b"\x1f" + self.rng.randbytes(64), self.key(self.traitor).sign(made.digest(chain.params.chain_id))]
        return made.with_signatures(self.rng.sample(signatures, self.rng.randrange(3)))

    def key(self, witness: str) -> Any:
        return self.keys[self.victim.chain.state.witnesses.get(witness).signing_key]

    def vote(self) -> Message:
        """The hostile witness votes for anything, twice if it likes, or in another's name."""
        rng, chain = self.rng, self.victim.chain
        votes = []
        round_blocks = len(self.net.genesis.witnesses)
        place = Place(max(0, chain.head_num // round_blocks - rng.randrange(2)), rng.choice((0, 0, 1, 90)), PREVOTE)
        if rng.random() < 0.5:
            place = place._replace(step=PRECOMMIT)
        for _ in range(2):
            voter = self.traitor if rng.random() < 0.8 else "witness-1"
            vote = Vote.signed(chain.params.chain_id, place, self.id(), voter, self.key(self.traitor))
            votes.append(vote)
        if rng.random() < 0.2 and votes[0].block_id != votes[1].block_id:
            return m.Evidence(TwoVotes.of(*votes).encode())
        return m.FinalityVote(votes[0].encode())

    def nonsense(self) -> Message:
        return random_message(self.rng)


def besiege(seed: int, slots: int) -> Siege:
    """Play it through; a failure tells the seed."""
    siege = Siege(seed)
    try:
        siege.play(slots)
    except BaseException:
        print(f"siege {seed} of {slots} slots", file=sys.stderr)
        raise
    return siege


@click.command()
@click.option("--worlds", default=200, show_default=True)
@click.option("--slots", default=60, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(worlds: int, slots: int, seed: int) -> None:
    """Besiege nodes; a broken promise ends it with a traceback and the seed."""
    besiege(0, slots)  # everything is imported and every cache is filled
    before_kib, begin = resident_kib(), time.perf_counter()
    said: Counter[str] = Counter()
    offences: Counter[str] = Counter()
    blocks = 0
    for number in range(seed, seed + worlds):
        siege = besiege(number, slots)
        said += siege.said
        offences += siege.offences
        blocks += num_of_id(siege.victim.chain.head_id)
    seconds = time.perf_counter() - begin
    print(
        f"{worlds:,} sieges, {sum(said.values()):,} hostile messages, {blocks:,} blocks: all promises kept ({seconds:.0f} s)"
    )
    print("said:", dict(said.most_common()))
    print("offences:", dict(offences.most_common()))
    print(f"memory grew by {(resident_kib() - before_kib) / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
