"""Catching up: blocks of many peers, some of which lie, stall or follow another branch; and certificates with them."""

import random

import pytest

from chain.block import NO_BLOCK_ID, Block, BlockHeader, num_of_id
from chain.chain import Chain
from chain.memory import MemoryBackend
from chain.slots import scheduled_witness
from node.core import PushBlock
from node.effects import BlocksPopped
from node.p2p import messages as m
from node.p2p.blocks import BLOCKS_BYTES_MAX
from node.p2p.branches import SEARCHES_MAX, SEARCHES_PER_LINK_MAX, Branches
from node.p2p.conduct import Offence
from node.p2p.suppliers import RANGES_MAX
from node.p2p.sync import BUFFER_BYTES_MAX, REQUESTS_MAX, WINDOW_BLOCKS
from tests.helpers.mesh import final_by_votes
from tests.helpers.network import Network, Node, Puppet, Wire, copy_of, genesis_with
from tests.node.p2p.lies import FACTOR_MAX, block_on_nothing, give_from, sync_seconds

BLOCKS = 300


@pytest.fixture(scope="module")
def history() -> Chain:
    """Some hundred blocks. To be copied."""
    return grown(Network(), BLOCKS).chain


def grown(net: Network, count: int) -> Node:
    node = net.node("source")
    for _ in range(count):
        node.make_block()
    return node


def donors(net: Network, history: Chain, count: int) -> list[Node]:
    return [net.node(f"donor-{at}", backend=copy_of(history)) for at in range(count)]


def offences_of(wire: Wire) -> list[Offence]:
    return [offence for offence, _ in wire.offences]


# --- ranges


def test_an_empty_node_fetches_blocks_from_three_peers_at_once(history: Chain) -> None:
    net = Network()
    empty = net.node("empty")
    wires = [net.link(empty, donor)[0] for donor in donors(net, history, 3)]
    assert net.run(5, until=lambda: empty.chain.head_id == history.head_id)
    asked = [question for wire in wires for question in wire.said(m.GetBlocks)]
    assert all(wire.said(m.GetBlocks) for wire in wires)
    assert sum(question.count for question in asked) == BLOCKS  # nothing was asked for twice
    assert empty.chain.digest == history.digest
    assert net.offences() == []


def test_a_peer_that_lies_about_its_height_and_one_that_stalls_delay_a_thousand_blocks_by_seconds() -> None:
    net = Network()
    history = grown(net, 1_000).chain
    empty = net.node("empty")
    liar = Puppet("liar", head_id=(10**9).to_bytes(4, "big") + bytes(16))
    liar.answers = lambda asked: m.Blocks(()) if isinstance(asked, m.GetBlocks) else None
    staller = Puppet("staller", head_id=history.head_id)
    false, _ = net.link(empty, liar)
    slow, _ = net.link(empty, staller)
    for donor in donors(net, history, 1):
        net.link(empty, donor)
    assert net.run(6, until=lambda: empty.chain.head_id == history.head_id)
    assert offences_of(false) == [Offence.FALSE_HEAD]
    assert offences_of(slow) == [Offence.STALLING]
    assert len(staller.asked(m.GetBlocks)) <= RANGES_MAX


@pytest.mark.parametrize("seed", range(6))
def test_half_of_the_peers_lying_does_not_double_the_time(history: Chain, seed: int) -> None:
    """`python -m tests.node.p2p.lies` plays a thousand such worlds."""
    assert sync_seconds(history, seed, liars=3) <= FACTOR_MAX * sync_seconds(history, seed, liars=0), f"seed {seed}"


def test_blocks_that_stand_on_nothing_hold_up_nobody_but_their_giver(history: Chain) -> None:
    """However often it claims to have come further."""
    rng = random.Random(3)
    net = Network()
    empty = net.node("empty")
    inventor = Puppet("inventor", head_id=(10**6).to_bytes(4, "big") + bytes(16))

    def invent(asked: m.Message) -> m.Message | None:
        if isinstance(asked, m.GetBlocks) and asked.branch_id == NO_BLOCK_ID:
            return m.Blocks(tuple(block_on_nothing(asked.first_num + at, rng) for at in range(asked.count)))
        return None

    inventor.answers = invent
    net.link(empty, inventor)
    net.run(0.2)
    for donor in donors(net, history, 1):
        net.link(empty, donor)
    for step in range(8):
        header = BlockHeader((10**6 + step).to_bytes(4, "big") + bytes(16), 1, "x", bytes(20), (), b"\x1f" + bytes(64))
        inventor.says(m.BlockAnnouncement(header.packed_bytes, ()))
        net.run(0.5, until=lambda: empty.chain.head_id == history.head_id)
    assert empty.chain.head_id == history.head_id
    assert len(empty.chain.forks.tree.loose) <= 32


def test_a_late_answer_is_better_than_none(history: Chain) -> None:
    """The only peer is slow: each answer comes after our patience, and is taken all the same."""
    net = Network()
    empty = net.node("empty")
    sloth = Puppet("sloth", head_id=history.head_id)
    wire, back = net.link(empty, sloth)
    honestly = give_from(history)

    def later(asked: m.Message) -> None:
        answer = honestly(asked)
        if answer is not None:
            net.after(3, lambda: back.send(answer))

    sloth.answers = later  # type: ignore[assignment]
    assert net.run(120, until=lambda: empty.chain.head_id == history.head_id)
    assert wire.is_open


def test_a_peer_that_never_answers_loses_its_link(history: Chain) -> None:
    net = Network()
    empty = net.node("empty")
    wire, _ = net.link(empty, Puppet("silent", head_id=history.head_id))
    net.run(99)
    assert wire.is_open
    net.run(10)
    assert not wire.is_open
    assert offences_of(wire) == [Offence.STALLING]


def test_what_is_asked_for_ahead_is_bounded(history: Chain) -> None:
    """A peer withholds the first range; others give all that they are asked for."""
    net = Network()
    empty = net.node("empty")
    peers = [Puppet(f"peer-{at}", head_id=(10**6).to_bytes(4, "big") + bytes(16)) for at in range(12)]
    block = b"\xbb" * 500_000
    for peer in peers:
        net.link(empty, peer)
        peer.answers = lambda asked: (
            m.Blocks((block,) * min(asked.count, 4)) if isinstance(asked, m.GetBlocks) and asked.first_num > 1 else None
        )
    for _ in range(200):
        net.run(0.05)
        sync = empty.hub._sync
        on_their_way = [one for one in sync._ranges if one.asked is not None]
        assert sync.buffered_bytes + (len(on_their_way) - 1) * BLOCKS_BYTES_MAX <= BUFFER_BYTES_MAX
        assert sync.buffered_bytes == sum(len(data) for one in sync._ranges for data in one.blocks)
        assert len(on_their_way) <= REQUESTS_MAX
        assert sync._end <= WINDOW_BLOCKS + 256
    assert sync.buffered_bytes > BUFFER_BYTES_MAX // 4


def test_ranges_become_as_long_as_fits_into_an_answer(history: Chain) -> None:
    net = Network()
    empty = net.node("empty")
    (donor,) = donors(net, history, 1)
    wire, _ = net.link(empty, donor)
    assert net.run(5, until=lambda: empty.chain.head_id == history.head_id)
    counts = [question.count for question in wire.said(m.GetBlocks)]
    assert counts[:4] == [32, 64, 64, 128]


def test_a_peer_without_old_blocks_is_asked_for_newer_ones(history: Chain) -> None:
    """It was begun from a snapshot, and can show its head."""
    net = Network()
    empty = net.node("empty")
    young = Puppet("young", head_id=history.head_id)
    honestly = give_from(history)

    def answer(asked: m.Message) -> m.Message | None:
        if isinstance(asked, m.GetBlocks) and asked.first_num < 150:
            return m.Blocks(())
        return honestly(asked)

    young.answers = answer
    wire, _ = net.link(empty, young)
    net.run(0.5)
    assert wire.is_open
    (donor,) = donors(net, history, 1)
    net.link(empty, donor)
    assert net.run(5, until=lambda: empty.chain.head_id == history.head_id)
    assert wire.offences == []


def test_blocks_are_applied_one_by_one_so_that_other_things_can_be_done_between(history: Chain) -> None:
    net = Network()
    empty = net.node("empty")
    (donor,) = donors(net, history, 1)
    empty.look = lambda: None  # type: ignore[method-assign]  # a shell that is busy
    net.link(empty, donor)
    net.run(1)
    heads = []
    while empty.hub.work(net.now):
        heads.append(empty.chain.head_num)
    assert heads == list(range(1, BLOCKS + 1))


def test_a_node_one_block_behind_asks_for_that_block(history: Chain) -> None:
    net = Network()
    (late, ahead) = donors(net, history, 2)
    ahead.make_block()
    wire, _ = net.link(late, ahead)
    assert net.run(1, until=lambda: late.chain.head_id == ahead.chain.head_id)
    assert wire.said(m.GetBlocks) == [m.GetBlocks(NO_BLOCK_ID, BLOCKS + 1, 1)] or not wire.said(m.GetBlocks)


def test_blocks_that_are_made_meanwhile_do_not_disturb(history: Chain) -> None:
    net = Network()
    empty = net.node("empty")
    giving = donors(net, history, 2)
    net.mesh(empty, *giving)
    for _ in range(20):
        block = giving[0].make_block()
        giving[1].handle(PushBlock(block, ""))
        giving[1].look()
        net.run(0.05)
    assert net.run(5, until=lambda: empty.chain.head_id == giving[0].chain.head_id)
    assert net.offences() == []


# --- branches


TRUNK_BLOCKS = 45  # past the first schedules


def two_sides(ours: int, theirs: int) -> tuple[Network, Node, Node]:
    """Two nodes that have lost sight of each other. One witness is silent, so that no block becomes irreversible."""
    net = Network(genesis_with(finality_votes=False, irreversible_threshold_bp=10_000))
    here = net.node("here")
    for _ in range(TRUNK_BLOCKS):
        here.make_block()
    silent = scheduled_witness(here.chain.state, 3)
    there = net.node("there", backend=copy_of(here.chain))
    for _ in range(ours):
        grow(here, silent)
    for at in range(theirs):
        grow(there, silent, slot=1 if at else 2)
    return net, here, there


def grow(node: Node, silent: str, *, slot: int = 1) -> Block:
    while scheduled_witness(node.chain.state, slot) == silent:
        slot += 1
    return node.make_block(slot)


@pytest.mark.parametrize(("ours", "theirs"), [(1, 2), (2, 1), (5, 9), (30, 31), (90, 100), (100, 90)])
def test_two_sides_of_a_partition_come_to_one_head(ours: int, theirs: int) -> None:
    net, here, there = two_sides(ours, theirs)
    head_id = max(here.chain.head_id, there.chain.head_id, key=num_of_id)
    net.link(here, there)
    assert net.run(3, until=lambda: here.chain.head_id == there.chain.head_id == head_id)
    assert here.chain.digest == there.chain.digest
    assert net.offences() == []
    net.run(1)
    assert len(here.hub._branches) == len(there.hub._branches) == 0


def test_equal_branches_come_together_with_the_next_block() -> None:
    net, here, there = two_sides(4, 4)
    net.link(here, there)
    net.run(2)
    assert here.chain.head_id != there.chain.head_id
    block = grow(here, "nobody")
    here.hub._blocks.applied(block, "", net.now, is_newest=True)
    assert net.run(3, until=lambda: there.chain.head_id == block.id)
    assert there.told(BlocksPopped)


def test_a_branch_is_looked_for_in_steps_that_grow(history: Chain) -> None:
    del history
    net, here, there = two_sides(90, 100)
    wire, _ = net.link(here, there)
    assert net.run(3, until=lambda: here.chain.head_id == there.chain.head_id)
    looks = [question for question in wire.said(m.GetBlocks) if question.branch_id != NO_BLOCK_ID]
    assert [question.count for question in looks][:3] == [16, 1, 1]


def test_a_branch_below_the_irreversible_block_is_given_up_and_not_asked_for_again() -> None:
    net = Network(genesis_with(finality_votes=False))
    here = net.node("here")
    for _ in range(5):
        here.make_block()
    there = net.node("there", backend=copy_of(here.chain))
    for _ in range(80):
        here.make_block()
        there.make_block(2)
    assert here.chain.irreversible_num > 6
    wire, _ = net.link(here, there)
    net.run(5)
    assert here.chain.head_id != there.chain.head_id
    asked = len(wire.said(m.GetBlocks))
    net.run(20)
    assert len(wire.said(m.GetBlocks)) == asked
    assert net.offences() == []


def test_branches_out_of_nothing_are_bounded(history: Chain) -> None:
    """Announcements of blocks on parents that nobody has ever seen, from a peer that then says nothing."""
    net = Network()
    (node,) = donors(net, history, 1)
    flooder = Puppet("flooder", head_id=history.head_id)
    net.link(node, flooder)
    rng = random.Random(7)
    for _ in range(60):
        previous = BLOCKS.to_bytes(4, "big") + rng.randbytes(16)
        header = history.block(BLOCKS).header
        fake = type(header)(previous, header.timestamp, header.witness, bytes(20), (), bytes(65))
        flooder.says(m.BlockAnnouncement(fake.packed_bytes, ()))
        net.run(0.6)
        assert len(node.hub._branches) <= min(SEARCHES_MAX, 2)
    assert len(node.chain.forks.tree.loose) == 0


class Listener:
    """A peer as far as `Branches` know one: it remembers what it was asked, and what it was blamed for."""

    name = "there"

    def __init__(self, head_num: int) -> None:
        self.head_num = head_num
        self.questions: list[m.GetBlocks] = []
        self.blamed_for: list[str] = []

    def is_stalling(self, _kind: object) -> bool:
        return False

    def ask(self, question: m.GetBlocks, _asker: object, _now: float) -> bool:
        self.questions.append(question)
        return True

    def penalise(self, _offence: Offence, detail: str) -> None:
        self.blamed_for.append(detail)


def test_a_late_answer_is_not_held_against_whoever_was_asked_anew() -> None:
    """A search is given up, since the peer tells of too many branches, and begun anew while its question is open."""
    _, here, there = two_sides(1, 60)
    peer = Listener(there.chain.head_num)
    branches = Branches(here.chain, {peer.name: peer}, lambda _: None)  # type: ignore[dict-item]  # all they use of one
    wanted = there.chain.head_num, there.chain.head_id, peer.name
    branches.want(*wanted)
    branches.ask(0)
    branches.answered(peer, peer.questions[0], blocks_for(there, peer.questions[0]), 0)  # type: ignore[arg-type]  # as above
    branches.ask(0)
    look = peer.questions[1]
    for other in range(SEARCHES_PER_LINK_MAX):
        branches.want(wanted[0], wanted[0].to_bytes(4, "big") + bytes([other]) * 16, peer.name)
    branches.want(*wanted)
    branches.ask(0)
    assert peer.questions[-1] == peer.questions[0] != look
    branches.answered(peer, look, blocks_for(there, look), 0)  # type: ignore[arg-type]  # as above
    assert peer.blamed_for == []
    assert branches.is_wanted(there.chain.head_id)


def blocks_for(node: Node, question: m.GetBlocks) -> m.Blocks:
    nums = range(question.first_num, question.first_num + question.count)
    return m.Blocks(tuple(node.chain.block(num).packed_bytes for num in nums))


def test_three_nodes_in_a_line_heal_after_a_partition() -> None:
    net, here, there = two_sides(3, 6)
    middle = net.node("middle", backend=copy_of(here.chain))
    net.line(here, middle, there)
    assert net.run(5, until=lambda: here.chain.head_id == middle.chain.head_id == there.chain.head_id)
    assert net.offences() == []


# --- certificates


def voters(net: Network, count: int, blocks: int) -> list[Node]:
    """Nodes that share the witnesses and have made blocks final together."""
    names = [witness.name for witness in net.genesis.witnesses]
    nodes = [net.node(f"voter-{at}", witnesses=names[at::count]) for at in range(count)]
    net.mesh(*nodes)
    net.slots(blocks)
    return nodes


@pytest.fixture(scope="module")
def finalised() -> tuple[Network, list[Node]]:
    net = Network(final_by_votes())
    return net, voters(net, 2, 70)


def test_nodes_make_blocks_final_over_links(finalised: tuple[Network, list[Node]]) -> None:
    net, nodes = finalised
    assert len({node.chain.head_id for node in nodes}) == 1
    assert nodes[0].chain.irreversible_num >= nodes[0].chain.head_num - 2
    assert net.offences() == []


def test_certificates_follow_the_blocks_of_a_synchronisation(finalised: tuple[Network, list[Node]]) -> None:
    net, nodes = finalised
    late = net.node("late", backend=MemoryBackend())
    for node in nodes:
        net.link(late, node)
    final_num = nodes[0].chain.irreversible_num
    assert final_num > 60  # of the fourth round
    assert net.run(10, until=lambda: late.chain.irreversible_num >= final_num)
    assert late.chain.head_id == nodes[0].chain.head_id
    assert net.offences() == []


def test_certificates_of_other_rounds_than_asked_for_are_an_offence(finalised: tuple[Network, list[Node]]) -> None:
    source = finalised[1][0].chain
    certificates = [one.encode() for one in source.finality.certificates(0, 64)]
    net = Network(final_by_votes())
    net.now = finalised[0].now
    late = net.node("late")
    liar = Puppet("liar", head_id=source.head_id)
    honestly = give_from(source)
    liar.answers = lambda asked: (
        m.Certificates(tuple(certificates[::-1])) if isinstance(asked, m.GetCertificates) else honestly(asked)
    )
    wire, _ = net.link(late, liar)
    net.run(8)
    assert Offence.INVALID_VOTE in offences_of(wire)
    assert late.chain.irreversible_num == 0
