"""All links of a node: who is told, who is asked, who is answered, and what is held against whom."""

import random

import pytest

from chain.block import Block, BlockHeader
from chain.branch_header import BranchBlockTooLarge
from chain.errors import ChainError
from chain.finality.votes import PREVOTE, Certificate, Place, Vote
from chain.fork_tree import BranchesFull, InvalidAncestor, KnownInvalid
from chain.header import OutdatedWitness, PaddedBlock, WrongMerkleRoot, WrongSigner, WrongWitness
from chain.keys import PrivateKey
from chain.transition import DuplicateTransaction
from node.core import BlockFromTheFuture
from node.effects import CertificateOwed, GossipBlock, GossipVote
from node.p2p import hub
from node.p2p import messages as m
from node.p2p.conduct import ANSWERS, BYTES_BURST, BYTES_PER_SECOND, QUESTIONS_MAX, Offence
from node.p2p.forms import PeerAddress
from node.p2p.hub import IDLE_SECONDS, TICK_SECONDS, Hub
from node.p2p.links import QUEUED_BYTES_LOW, Memory
from node.p2p.offences import is_to_blame
from node.p2p.places import Places
from tests.helpers.mesh import final_by_votes
from tests.helpers.network import Network, Node, Puppet, copy_of
from tests.node.p2p.fuzz import random_message


@pytest.fixture
def net() -> Network:
    return Network(final_by_votes())


def started(net: Network, *names: str, blocks: int = 3) -> list[Node]:
    first = net.node(names[0])
    for _ in range(blocks):
        first.make_block()
    return [first, *(net.node(name, backend=copy_of(first.chain)) for name in names[1:])]


# --- links


def test_a_peer_that_is_behind_is_shown_our_newest_block(net: Network) -> None:
    (a,) = started(net, "a")
    behind, level = Puppet("behind"), Puppet("level", head_id=a.chain.head_id)
    ahead = Puppet("ahead", head_id=(9).to_bytes(4, "big") + bytes(16))
    for peer in (behind, level, ahead):
        net.link(a, peer)
    net.run(0.06)
    assert [len(peer.asked(m.BlockAnnouncement)) for peer in (behind, level, ahead)] == [1, 0, 0]


def test_a_node_without_blocks_has_none_to_show(net: Network) -> None:
    empty, other = net.node("empty"), net.node("other")
    net.link(empty, other)
    net.run(2)
    assert [message for wire in net.wires for message in wire.sent] == []


def test_when_a_link_closes_others_are_asked_for_what_it_owes(net: Network) -> None:
    a, b = started(net, "a", "b")
    miser = Puppet("miser")
    net.link(a, miser)
    transaction = b.pay("1.000 HIVE")
    miser.says(m.Inventory(m.InventoryKind.TRANSACTION, (transaction.id[:8],)))
    net.run(0.2)
    net.link(a, b)
    b.submit(transaction)
    net.run(0.5)
    assert not list(a.chain.mempool)
    net.cut(a, miser)
    assert net.run(0.3, until=lambda: transaction.id in a.chain.mempool)


def test_a_link_that_ends_in_the_middle_of_an_answer_is_no_accident(net: Network) -> None:
    """The second transaction ends it; the third is not looked at."""
    (a,) = started(net, "a")
    transactions = [a.pay("0.001 HIVE", memo=str(at)) for at in range(3)]
    peer = Puppet("peer")
    wire, _ = net.link(a, peer)
    for offence in (Offence.FALSE_HEAD, Offence.INVALID_TRANSACTION, Offence.INVALID_TRANSACTION):
        wire.conduct.note(offence, net.now)
    broken = transactions[1].with_signatures([bytes(65)])
    peer.answers = lambda asked: (
        m.Transactions((transactions[0].packed_bytes, broken.packed_bytes, transactions[2].packed_bytes))
        if isinstance(asked, m.GetTransactions)
        else None
    )
    peer.says(m.Inventory(m.InventoryKind.TRANSACTION, tuple(one.id[:8] for one in transactions)))
    net.run(0.3)
    assert not wire.is_open
    assert list(a.chain.mempool.waiting) == [transactions[0].id]
    assert a.hub.status.peers == ()
    net.run(5)


def test_messages_after_the_end_of_a_link_are_not_read(net: Network) -> None:
    (a,) = started(net, "a")
    peer = Puppet("peer")
    wire, _ = net.link(a, peer)
    net.cut(a, peer)
    a.hub.received(wire, m.FinalityVote(b"\xff"), net.now)
    a.hub.closed(wire, net.now)
    assert wire.offences == []


def test_a_node_with_nothing_to_do_is_woken_once_a_second(net: Network) -> None:
    a, b = started(net, "a", "b")
    net.link(a, b)
    net.run(5)
    a.hub.tick(net.now)
    assert a.hub.next_tick == pytest.approx(net.now + IDLE_SECONDS)
    a.submit(a.pay("1.000 HIVE"))
    assert a.hub.next_tick <= net.now + TICK_SECONDS


def test_the_operator_is_told_how_far_everybody_is(net: Network) -> None:
    a, b = started(net, "a", "b")
    net.link(a, b)
    status = a.hub.status
    assert (status.head_num, status.target_num, status.buffered_bytes, status.branches) == (3, 3, 0, 0)
    assert [(peer.name, peer.head_num, peer.answers_owed) for peer in status.peers] == [("a>b#0", 3, 0)]


def test_a_memory_keeps_the_newest() -> None:
    memory = Memory(3)
    for key in (b"a", b"b", b"c", b"a", b"d"):
        memory.add(key)
    assert [key in memory for key in (b"a", b"b", b"c", b"d")] == [False, True, True, True]
    assert len(memory) == 3


# --- answers


def test_questions_are_answered_in_order_once_the_peer_reads(net: Network) -> None:
    (a,) = started(net, "a")
    peer = Puppet("peer", head_id=a.chain.head_id)
    wire, _ = net.link(a, peer)
    wire.queued_bytes = QUEUED_BYTES_LOW + 1
    for num in (3, 1, 2):
        peer.says(m.GetBlocks(bytes(20), num, 1))
    peer.says(m.GetTransactions((bytes(8),)))
    net.run(1)
    assert wire.said(m.Blocks) == []
    wire.queued_bytes = 0
    net.run(0.2)
    assert wire.said(m.Blocks) == [m.Blocks((a.chain.block(num).packed_bytes,)) for num in (3, 1, 2)]
    assert wire.said(m.Transactions) == [m.Transactions(())]


def test_a_peer_that_asks_without_end_gets_no_more_than_a_link_may_carry(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reliability P12, with a peer that reads as fast as it asks for the largest blocks."""
    (a,) = started(net, "a")
    peer = Puppet("peer", head_id=a.chain.head_id)
    wire, _ = net.link(a, peer)
    monkeypatch.setattr(hub, "branch_blocks", lambda *_: (bytes(2_000_000),))
    peer.answers = lambda message: peer.says(m.GetBlocks(bytes(20), 1, 1)) if isinstance(message, m.Blocks) else None
    for _ in range(QUESTIONS_MAX):
        peer.says(m.GetBlocks(bytes(20), 1, 1))
    net.run(10)
    given = sum(len(block) for answer in wire.said(m.Blocks) for block in answer.blocks)
    assert BYTES_BURST + 9 * BYTES_PER_SECOND < given < BYTES_BURST + 11 * BYTES_PER_SECOND
    assert wire.is_open
    assert wire.offences == []


def test_every_question_is_answered_also_when_there_is_nothing(net: Network) -> None:
    (a,) = started(net, "a")
    peer = Puppet("peer", head_id=a.chain.head_id)
    wire, _ = net.link(a, peer)
    unknown = (2).to_bytes(4, "big") + b"\x77" * 16
    for question in (
        m.GetTransactions((b"\x01" * 8,)),
        m.GetBlockTransactions(unknown, (0,)),
        m.GetBlockTransactions(a.chain.head_id, (0, 5)),
        m.GetBlocks(unknown, 1, 5),
        m.GetBlocks(bytes(20), 9, 5),
        m.GetBlocks(b"\xff" * 20, 1, 5),
        m.GetCertificates(2**32 - 1, 64),
        m.GetPeers(),
    ):
        peer.says(question)
    net.run(0.2)
    assert [message for message in wire.sent if not isinstance(message, m.BlockAnnouncement)] == [
        m.Transactions(()),
        m.BlockTransactions(unknown, ()),
        m.BlockTransactions(a.chain.head_id, ()),
        m.Blocks(()),
        m.Blocks(()),
        m.Blocks(()),
        m.Certificates(()),
        m.Peers(()),
    ]
    assert wire.offences == []


def test_blocks_of_a_branch_beside_ours_are_served_by_the_id_of_its_end(net: Network) -> None:
    a, b = started(net, "a", "b")
    ours = [a.make_block() for _ in range(3)]
    theirs = [b.make_block(slot=2 if at == 0 else 1) for at in range(2)]
    for block in theirs:
        a.chain.receive_block(block, "somebody")
    peer = Puppet("peer", head_id=a.chain.head_id)
    wire, _ = net.link(a, peer)
    peer.says(m.GetBlocks(theirs[-1].id, 3, 10))
    peer.says(m.GetBlocks(theirs[0].id, 2, 10))
    peer.says(m.GetBlocks(ours[1].id, 4, 10))
    net.run(0.2)
    common = a.chain.block(3)
    assert [[num_and_id(data, a) for data in answer.blocks] for answer in wire.said(m.Blocks)] == [
        [(3, common.id), (4, theirs[0].id), (5, theirs[1].id)],
        [(2, a.chain.id_of(2)), (3, common.id), (4, theirs[0].id)],
        [(4, ours[0].id), (5, ours[1].id)],
    ]


def num_and_id(data: bytes, node: Node) -> tuple[int, bytes]:
    block = Block.decode(data, node.chain.params.dialect)
    return block.num, block.id


def test_questions_are_within_what_the_other_side_allows(net: Network) -> None:
    """Else they would be dropped, and never answered."""
    a, *others = started(net, "a", "b", "c", blocks=3)
    net.mesh(a, *others)
    for at in range(400):
        others[at % 2].submit(others[at % 2].pay("0.001 HIVE", memo=str(at)))
        net.run(0.01)
    assert net.run(5, until=lambda: len(a.chain.mempool) == 400)
    assert net.offences() == []
    assert all(peer.questions_open <= QUESTIONS_MAX for peer in a.hub.status.peers)


# --- hostile peers


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_a_peer_says_breaks_a_node(net: Network, seed: int) -> None:
    """Sound messages with true and invented ids in them, by peers that come again when they are thrown out."""
    rng = random.Random(seed)
    node, honest = started(net, "node", "honest", blocks=20)
    net.link(node, honest)
    for round_ in range(12):
        peer = Puppet(f"peer-{round_}", head_id=rng.choice([node.chain.head_id, rng.randbytes(20), bytes(20)]))
        peer.answers = lambda asked: answer_to(asked, rng, node)
        net.link(node, peer)
        for _ in range(60):
            if type(message := statement(rng, node)) not in ANSWERS.values():
                peer.says(message)
            net.run(rng.choice((0, 0, 0.01, 0.1)))
        net.run(1)
    net.run(200)
    block = honest.make_block()
    honest.hub.perform(GossipBlock(block, ""), net.now)
    assert net.run(2, until=lambda: node.chain.head_id == block.id), f"seed {seed}"
    for wire in net.wires:
        if wire.owner is node and wire.peer is honest:
            assert wire.offences == [], f"seed {seed}"
    assert node.hub.status.buffered_bytes == 0
    assert node.hub.status.branches == 0


def statement(rng: random.Random, node: Node) -> m.Message:
    """A sound message; often about blocks that there are."""
    chain = node.chain
    block_id = rng.choice([chain.id_of(rng.randint(1, chain.head_num)), chain.head_id, rng.randbytes(20)])
    block = chain.block(rng.randint(1, chain.head_num))
    header = block.header
    return rng.choice(
        (
            random_message(rng),
            m.GetBlocks(block_id, rng.randint(1, 30), rng.randint(1, 256)),
            m.GetBlockTransactions(block_id, (0, 1)),
            m.BlockAnnouncement(header.packed_bytes, (rng.randbytes(20),) * rng.randrange(3)),
            m.BlockAnnouncement(
                BlockHeader(block_id, header.timestamp + 3, header.witness, bytes(20), (), bytes(65)).packed_bytes,
                tuple(rng.randbytes(20) for _ in range(rng.randrange(4))),
            ),
        )
    )


def answer_to(asked: m.Message, rng: random.Random, node: Node) -> m.Message | None:
    """True, empty, senseless or none."""
    blocks = [node.chain.block(rng.randint(1, node.chain.head_num)).packed_bytes for _ in range(rng.randrange(4))]
    blobs = tuple(rng.randbytes(rng.randint(1, 200)) for _ in range(rng.randrange(3)))
    if type(asked) not in ANSWERS or rng.random() < 0.3:
        return None
    match asked:
        case m.GetBlocks():
            return m.Blocks(rng.choice(((), tuple(blocks), blobs)))
        case m.GetTransactions():
            return m.Transactions(rng.choice(((), blobs)))
        case m.GetBlockTransactions(block_id=block_id):
            return m.BlockTransactions(block_id, rng.choice(((), blobs)))
        case m.GetCertificates():
            return m.Certificates(rng.choice(((), blobs)))
    return None


# --- addresses


class Book:
    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[PeerAddress, ...]]] = []
        self.own = [PeerAddress(bytes((203, 0, 113, 5)), 2001)]

    def known(self, now: float) -> list[PeerAddress]:
        return self.own

    def heard(self, link_name: str, addresses: tuple[PeerAddress, ...], now: float) -> None:
        self.told.append((link_name, addresses))


def test_addresses_are_asked_for_once_a_link_and_given_to_the_book(net: Network) -> None:
    (a,) = started(net, "a")
    book = Book()
    a.hub = Hub(a.core, a.handle, book)
    peer = Puppet("peer", head_id=a.chain.head_id)
    addresses = (PeerAddress(bytes((198, 51, 100, 7)), 2001),)
    peer.answers = lambda asked: m.Peers(addresses) if isinstance(asked, m.GetPeers) else None
    wire, _ = net.link(a, peer)
    peer.says(m.GetPeers())
    net.run(100)
    assert book.told == [(wire.name, addresses)]
    assert wire.said(m.Peers) == [m.Peers(tuple(book.own))]
    net.run(900)
    assert len(book.told) == 2


def test_the_places_of_links_are_such_a_book(net: Network) -> None:
    assert {"known", "heard"} <= set(dir(Places))


# --- finality


def voters(net: Network, count: int) -> list[Node]:
    names = [witness.name for witness in net.genesis.witnesses]
    return [net.node(f"voter-{at}", witnesses=names[at::count]) for at in range(count)]


def test_votes_travel_along_a_line_and_make_blocks_final_at_both_ends(net: Network) -> None:
    nodes = voters(net, 4)
    net.line(*nodes)
    net.slots(30)
    assert len({node.chain.head_id for node in nodes}) == 1
    assert min(node.chain.irreversible_num for node in nodes) >= 28
    assert net.offences() == []


def test_nobody_is_told_a_vote_of_others_twice(net: Network) -> None:
    nodes = voters(net, 3)
    net.mesh(*nodes)
    net.slots(6)
    ours = {effect.vote.encode() for node in nodes for effect in node.told(GossipVote) if not effect.source}
    assert ours
    for wire in net.wires:
        own = {one.vote.encode() for one in wire.owner.told(GossipVote) if not one.source}  # type: ignore[attr-defined]
        passed_on = [message.vote for message in wire.said(m.FinalityVote) if message.vote not in own]
        assert len(passed_on) == len(set(passed_on))


def test_a_peer_that_has_just_linked_is_told_the_votes_so_far(net: Network) -> None:
    nodes = voters(net, 2)
    net.slots(1)
    certificates, votes = nodes[0].core.finality_words()
    peer = Puppet("peer")
    net.link(nodes[0], peer)
    net.run(0.1)
    assert [message.vote for message in peer.asked(m.FinalityVote)] == [vote.encode() for vote in votes]
    assert [message.certificate for message in peer.asked(m.Certificate)] == [one.encode() for one in certificates]


@pytest.mark.parametrize(
    "message",
    [
        m.FinalityVote(b"\x90"),
        m.Certificate(b"\x95\x00\x00\x00\x00\x90"),
        m.Evidence(b"\x93\x07\xc4\x01a\xc4\x01b"),
        m.FinalityVote(b"\xff" * 200),
    ],
    ids=["a vote without fields", "a certificate of nobody", "evidence of no kind", "bytes"],
)
def test_invalid_statement_that_cannot_be_read(net: Network, message: m.Message) -> None:
    (a,) = started(net, "a")
    peer = Puppet("peer")
    wire, _ = net.link(a, peer)
    peer.says(message)
    net.run(0.2)
    assert [offence for offence, _ in wire.offences] == [Offence.INVALID_VOTE]
    assert not wire.is_open


def test_invalid_vote_that_nobody_signed_is_held_against_its_bearer(net: Network) -> None:
    (a,) = started(net, "a")
    voter = a.core.finality.voter.round.voters[0].name  # type: ignore[union-attr]
    forged = Vote.signed(
        a.chain.params.chain_id, Place(0, 0, PREVOTE), a.chain.head_id, voter, PrivateKey.from_seed("mallory")
    )
    peer = Puppet("peer")
    wire, _ = net.link(a, peer)
    peer.says(m.FinalityVote(forged.encode()))
    net.run(0.2)
    assert [offence for offence, _ in wire.offences] == [Offence.INVALID_VOTE]


def test_a_peer_that_does_not_know_what_is_final_is_shown_it(net: Network) -> None:
    nodes = voters(net, 1)
    net.slots(30)
    peer = Puppet("peer", head_id=nodes[0].chain.head_id)
    wire, _ = net.link(nodes[0], peer)
    net.run(0.1)
    peer.heard.clear()
    nodes[0].hub.perform(CertificateOwed(0, wire.name), net.now)
    net.run(0.1)
    (told,) = peer.asked(m.Certificate)
    assert Certificate.decode(told.certificate) == nodes[0].chain.finality.certificate(0)


# --- what refused blocks say about peers


@pytest.mark.parametrize(
    ("error", "of_its_branch", "of_another"),
    [
        (BlockFromTheFuture(num=1, seconds=9, seconds_max=3), False, False),
        (BranchesFull(num=1, size_bytes=1), False, False),
        (InvalidAncestor(num=1, ancestor="", reason=""), True, False),
        (KnownInvalid(num=1, reason=""), True, False),
        (OutdatedWitness(num=1, witness=""), True, False),
        (DuplicateTransaction(), True, False),
        (WrongMerkleRoot(num=1), True, True),
        (PaddedBlock(num=1), True, True),
        (WrongSigner(num=1, witness=""), True, True),
        (WrongWitness(num=1, witness="", scheduled=""), True, True),
        (BranchBlockTooLarge(num=1, size_bytes=1, size_bytes_max=1), True, True),
    ],
    ids=lambda value: value.code if isinstance(value, ChainError) else "",
)
def test_a_peer_is_blamed_for_what_it_must_have_known(error: ChainError, of_its_branch: bool, of_another: bool) -> None:
    assert is_to_blame(error, has_applied=True) == of_its_branch
    assert is_to_blame(error, has_applied=False) == of_another
