"""Transactions and new blocks on their way through a network."""

from collections.abc import Callable

import pytest

from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.keys import PrivateKey
from chain.slots import scheduled_witness, slot_time
from chain.transaction import Transaction
from node.core import PushBlock
from node.effects import BlockRefused
from node.p2p import messages as m
from node.p2p.conduct import Offence
from node.p2p.links import KNOWN_TRANSACTIONS_MAX
from node.p2p.relay import ASK_ITEMS_MAX, OFFERED_MAX
from tests.helpers.network import Network, Node, Puppet, copy_of
from tests.helpers.play import signing_keys


@pytest.fixture
def net() -> Network:
    return Network()


def started(net: Network, *names: str, blocks: int = 3) -> list[Node]:
    """Nodes that have the same first blocks."""
    first = net.node(names[0])
    for _ in range(blocks):
        first.make_block()
    return [first, *(net.node(name, backend=copy_of(first.chain)) for name in names[1:])]


def waiting(node: Node) -> list[bytes]:
    return list(node.chain.mempool.waiting)


def short(transaction: Transaction) -> bytes:
    return transaction.id[: m.SHORT_ID_BYTES]


# --- transactions


def test_a_transaction_spreads_through_a_line_of_nodes_and_is_sent_once_on_each_link(net: Network) -> None:
    nodes = started(net, "a", "b", "c", "d")
    net.line(*nodes)
    transaction = nodes[0].pay("1.000 HIVE")
    nodes[0].submit(transaction)
    assert net.run(2, until=lambda: all(waiting(node) == [transaction.id] for node in nodes))
    net.run(2)
    assert len(net.said(m.GetTransactions)) == len([one for one in net.said(m.Transactions) if one.transactions]) == 3
    assert net.offences() == []


def test_in_a_mesh_everybody_is_given_a_transaction_once(net: Network) -> None:
    nodes = started(net, "a", "b", "c", "d", "e")
    net.mesh(*nodes)
    transactions = [nodes[at % 5].pay("0.001 HIVE", memo=str(at)) for at in range(50)]
    for at, transaction in enumerate(transactions):
        nodes[at % 5].submit(transaction)
    assert net.run(3, until=lambda: all(len(waiting(node)) == 50 for node in nodes))
    given = [data for answer in net.said(m.Transactions) for data in answer.transactions]
    assert len(given) == 50 * 4
    assert net.offences() == []


def test_ids_are_collected_into_one_inventory(net: Network) -> None:
    a, b = started(net, "a", "b")
    there, back = net.link(a, b)
    for at in range(20):
        a.submit(a.pay("0.001 HIVE", memo=str(at)))
        net.run(0.003)
    net.run(1, until=lambda: len(waiting(b)) == 20)
    assert sum(len(one.short_ids) for one in there.said(m.Inventory)) == 20
    assert len(there.said(m.Inventory)) <= 2
    assert back.said(m.Inventory) == []


def test_what_waits_is_told_to_a_peer_that_links_later(net: Network) -> None:
    a, b = started(net, "a", "b")
    transaction = a.pay("1.000 HIVE")
    a.submit(transaction)
    net.run(5)
    net.link(a, b)
    assert net.run(1, until=lambda: waiting(b) == [transaction.id])


def test_who_offers_and_does_not_give_is_passed_over_for_the_next_who_offers(net: Network) -> None:
    a, b = started(net, "a", "b")
    miser = Puppet("miser")
    stingy, _ = net.link(a, miser)
    transaction = b.pay("1.000 HIVE")
    miser.says(m.Inventory(m.InventoryKind.TRANSACTION, (short(transaction),)))
    net.run(0.5)
    net.link(a, b)
    b.submit(transaction)
    assert not net.run(1, until=lambda: waiting(a) == [transaction.id])
    assert net.run(2, until=lambda: waiting(a) == [transaction.id])
    assert [offence for offence, _ in stingy.offences] == [Offence.STALLING]
    assert len(miser.asked(m.GetTransactions)) == 1


def test_who_has_let_go_of_what_it_offered_is_passed_over_at_once(net: Network) -> None:
    a, b = started(net, "a", "b")
    forgetful = Puppet("forgetful")
    forgetful.answers = lambda asked: m.Transactions(()) if isinstance(asked, m.GetTransactions) else None
    net.link(a, forgetful)
    net.link(a, b)
    transaction = b.pay("1.000 HIVE")
    forgetful.says(m.Inventory(m.InventoryKind.TRANSACTION, (short(transaction),)))
    net.run(0.2)
    b.submit(transaction)
    assert net.run(1, until=lambda: waiting(a) == [transaction.id])
    assert net.offences() == []


def test_what_was_refused_is_not_asked_for_again_until_the_next_block(net: Network) -> None:
    (a,) = started(net, "a")
    poor = a.pay("1000000000.000 HIVE")
    peers = [Puppet("one"), Puppet("two")]
    for peer in peers:
        peer.answers = lambda asked: (
            m.Transactions((poor.packed_bytes,)) if isinstance(asked, m.GetTransactions) else None
        )
        net.link(a, peer)
        peer.says(m.Inventory(m.InventoryKind.TRANSACTION, (short(poor),)))
        net.run(1)
    assert [len(peer.asked(m.GetTransactions)) for peer in peers] == [1, 0]
    net.slots(1)
    a.handle(PushBlock(a.make_block(), ""))
    net.run(1)
    assert net.offences() == []  # another state might have accepted it


def with_another_signature(transaction: Transaction) -> Transaction:
    """The same id, and not what its giver signed."""
    return transaction.with_signatures([PrivateKey.from_seed("somebody").sign(bytes(32))])


def test_a_spoilt_copy_does_not_keep_the_transaction_out(net: Network) -> None:
    a, b = started(net, "a", "b")
    transaction = b.pay("1.000 HIVE")
    spoilt = with_another_signature(transaction)
    assert spoilt.id == transaction.id
    spoiler = Puppet("spoiler")
    spoiler.answers = lambda asked: (
        m.Transactions((spoilt.packed_bytes,)) if isinstance(asked, m.GetTransactions) else None
    )
    net.link(a, spoiler)
    spoiler.says(m.Inventory(m.InventoryKind.TRANSACTION, (short(transaction),)))
    net.run(1)
    assert waiting(a) == []
    net.link(a, b)
    b.submit(transaction)
    assert net.run(2, until=lambda: waiting(a) == [transaction.id])


@pytest.mark.parametrize(
    ("spoil", "offence"),
    [
        (lambda data: b"\xff" * 40, Offence.INVALID_TRANSACTION),
        (lambda data: data[:-1], Offence.INVALID_TRANSACTION),
        (lambda data: data[:-65] + bytes(65), Offence.INVALID_TRANSACTION),
        (lambda data: b"\x00" + data[1:], Offence.UNASKED),
    ],
    ids=["no transaction", "cut off", "a signature that is none", "another one"],
)
def test_what_no_state_would_accept_is_an_offence(
    net: Network, spoil: Callable[[bytes], bytes], offence: Offence
) -> None:
    (a,) = started(net, "a")
    transaction = a.pay("1.000 HIVE")
    peer = Puppet("peer")
    peer.answers = lambda asked: (
        m.Transactions((spoil(transaction.packed_bytes),)) if isinstance(asked, m.GetTransactions) else None
    )
    wire, _ = net.link(a, peer)
    peer.says(m.Inventory(m.InventoryKind.TRANSACTION, (short(transaction),)))
    net.run(1)
    assert [one for one, _ in wire.offences] == [offence]
    assert waiting(a) == []


def test_offers_without_end_are_bounded(net: Network) -> None:
    (a,) = started(net, "a")
    peer = Puppet("peer")
    net.link(a, peer)
    for count in range(12):
        ids = tuple((1_000 * count + at).to_bytes(8, "big") for at in range(1_000))
        peer.says(m.Inventory(m.InventoryKind.TRANSACTION, ids))
        net.run(0.2)
    (known,) = a.hub._peers.values()
    assert len(known.offered) <= OFFERED_MAX
    assert len(known.transactions) == KNOWN_TRANSACTIONS_MAX
    assert all(len(asked.short_ids) <= ASK_ITEMS_MAX for asked in peer.asked(m.GetTransactions))
    assert len(peer.asked(m.GetTransactions)) == 4


# --- blocks made from the mempool


def test_a_block_made_from_the_mempool_is_rebuilt_without_asking(net: Network) -> None:
    nodes = started(net, "a", "b", "c")
    net.line(*nodes)
    a, _, c = nodes
    for at in range(10):
        a.submit(a.pay("0.001 HIVE", memo=str(at)))
    assert net.run(2, until=lambda: len(waiting(c)) == 10)
    block = push(net, a)
    assert len(block.transactions) == 10
    assert net.run(1, until=lambda: c.chain.head_id == block.id)
    assert net.said(m.GetBlockTransactions) == net.said(m.GetBlocks) == []
    assert len(net.said(m.BlockAnnouncement)) == 2
    assert net.offences() == []
    assert waiting(c) == []


def push(net: Network, node: Node) -> Block:
    """The next block, by whoever's slot it is, made on another copy of this node's chain with what waits here."""
    maker = net.node(f"maker of {node.chain.head_num + 1}", backend=copy_of(node.chain))
    net.nodes.remove(maker)
    for transaction in node.chain.mempool:
        maker.chain.mempool.add(transaction)
    block = maker.make_block()
    node.handle(PushBlock(block, ""))
    node.look()
    return block


def test_missing_transactions_are_asked_for_once(net: Network) -> None:
    a, b = started(net, "a", "b")
    for at in range(10):
        transaction = a.pay("0.001 HIVE", memo=str(at))
        a.submit(transaction)
        if at % 3:
            b.submit(transaction)
    there, back = net.link(a, b)
    net.loses = lambda _, message: isinstance(message, m.Inventory)
    block = push(net, a)
    assert net.run(1, until=lambda: b.chain.head_id == block.id)
    (asked,) = back.said(m.GetBlockTransactions)
    assert asked == m.GetBlockTransactions(block.id, (0, 3, 6, 9))
    (answer,) = there.said(m.BlockTransactions)
    assert len(answer.transactions) == 4
    assert back.said(m.GetBlocks) == []
    assert net.offences() == []


def test_where_most_is_missing_the_whole_block_is_asked_for(net: Network) -> None:
    a, b = started(net, "a", "b")
    for at in range(4):
        a.submit(a.pay("0.001 HIVE", memo=str(at)))
    _, back = net.link(a, b)
    net.loses = lambda _, message: isinstance(message, m.Inventory)
    block = push(net, a)
    assert net.run(1, until=lambda: b.chain.head_id == block.id)
    assert back.said(m.GetBlocks) == [m.GetBlocks(block.id, block.num, 1)]
    assert back.said(m.GetBlockTransactions) == []


def test_another_signature_than_in_the_block_leads_to_the_whole_block(net: Network) -> None:
    """The id is the same, so nothing seems to be missing; the merkle root tells."""
    a, b = started(net, "a", "b")
    transaction = a.pay("1.000 HIVE")
    again = resigned(a, transaction)
    assert again.id == transaction.id
    assert again.packed_bytes != transaction.packed_bytes
    a.submit(transaction)
    b.submit(again)
    _, back = net.link(a, b)
    block = push(net, a)
    assert net.run(1, until=lambda: b.chain.head_id == block.id)
    assert back.said(m.GetBlocks) == [m.GetBlocks(block.id, block.num, 1)]
    assert b.chain.block(block.num).transactions[0].packed_bytes == transaction.packed_bytes
    assert b.told(BlockRefused) == []
    assert net.offences() == []


def resigned(node: Node, transaction: Transaction) -> Transaction:
    """A second valid signature of the same key: s is replaced by the order of the curve less s, as anybody can do."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    (signature,) = transaction.signatures
    s = int.from_bytes(signature[33:], "big")
    flipped = (signature[0] - 31 ^ 1) + 31
    return transaction.with_signatures([bytes((flipped,)) + signature[1:33] + (order - s).to_bytes(32, "big")])


def test_a_block_is_announced_to_nobody_who_has_it(net: Network) -> None:
    nodes = started(net, "a", "b", "c", "d")
    net.mesh(*nodes)
    block = push(net, nodes[0])
    assert net.run(2, until=lambda: all(node.chain.head_id == block.id for node in nodes))
    net.run(1)
    for wire in net.wires:
        announced = [one for one in wire.said(m.BlockAnnouncement) if read_num(one) == block.num]
        assert len(announced) <= 1
    assert not [one for wire in net.wires if wire.peer is nodes[0] for one in wire.said(m.BlockAnnouncement)]


def read_num(announcement: m.BlockAnnouncement) -> int:
    return BlockHeader.read(announcement.header, 0)[0].num


def test_a_peer_that_could_not_be_told_of_a_block_is_told_as_soon_as_it_can_be(net: Network) -> None:
    """More blocks in a moment than it wants to be told of; the last of them must not be the one that is left out."""
    a, b = started(net, "a", "b")
    there, _ = net.link(a, b)
    for _ in range(60):
        a.hub._blocks.applied(a.make_block(), "", net.now, is_newest=True)
    assert net.run(5, until=lambda: b.chain.head_id == a.chain.head_id)
    assert len(there.said(m.BlockAnnouncement)) < 40
    assert net.offences() == []


def test_who_announces_and_does_not_give_is_passed_over_for_the_next_announcer(net: Network) -> None:
    a, b = started(net, "a", "b")
    for at in range(3):
        a.submit(a.pay("0.001 HIVE", memo=str(at)))
    block = push(net, a)
    announcement = announcement_of(block)
    miser = Puppet("miser")
    stingy, _ = net.link(b, miser)
    net.run(0.1)
    miser.says(announcement)
    net.run(0.1)
    assert len(miser.asked(m.GetBlocks)) == 1
    net.link(a, b)
    assert not net.run(1, until=lambda: b.chain.head_id == block.id)
    assert net.run(2, until=lambda: b.chain.head_id == block.id)
    assert Offence.STALLING in [offence for offence, _ in stingy.offences]


def announcement_of(block: Block) -> m.BlockAnnouncement:
    return m.BlockAnnouncement(block.header.packed_bytes, tuple(one.id for one in block.transactions))


def test_a_block_on_one_that_is_still_being_rebuilt_waits_for_it(net: Network) -> None:
    """Both were announced; transactions of the first are missing, and nothing has to be asked for twice."""
    a, b = started(net, "a", "b")
    for at in range(4):
        transaction = a.pay("0.001 HIVE", memo=str(at))
        a.submit(transaction)
        if at:
            b.submit(transaction)
    _, back = net.link(a, b)
    net.loses = lambda _, message: isinstance(message, m.Inventory)
    push(net, a)
    second = push(net, a)
    assert net.run(1, until=lambda: b.chain.head_id == second.id)
    net.run(1)
    assert len(back.said(m.GetBlockTransactions)) == 1
    assert back.said(m.GetBlocks) == []
    assert net.offences() == []


def test_a_block_that_nobody_can_complete_is_given_up(net: Network) -> None:
    a, b = started(net, "a", "b")
    a.submit(a.pay("0.001 HIVE"))
    block = push(net, a)
    miser = Puppet("miser")
    net.link(b, miser)
    miser.says(announcement_of(block))
    net.run(10)
    assert b.hub._blocks._rebuilds == {}
    assert b.chain.head_num == block.num - 1


def test_no_peer_takes_all_places_for_blocks_that_are_rebuilt(net: Network) -> None:
    a, b = started(net, "a", "b")
    a.submit(a.pay("0.001 HIVE"))
    flooder = Puppet("flooder")
    net.link(b, flooder)
    for at in range(30):
        header = BlockHeader(b.chain.head_id, 1 + at, "nobody", bytes(20), (), bytes(65))
        flooder.says(m.BlockAnnouncement(header.packed_bytes, (bytes(20),)))
    net.run(0.1)
    assert len(b.hub._blocks._rebuilds) <= 4
    net.link(a, b)
    block = push(net, a)
    assert net.run(1, until=lambda: b.chain.head_id == block.id)


# --- what is wrong with an announcement


def forged(chain: Chain, *, key: PrivateKey | None = None, slot: int = 1, ids: tuple[bytes, ...] = ()) -> Block:
    """A block without transactions on the head of a chain, signed with another key than its witness's."""
    state = chain.state
    witness = scheduled_witness(state, slot)
    header = BlockHeader.build(
        previous=chain.head_id, timestamp=slot_time(state, slot), witness=witness, transactions=()
    )
    right = signing_keys(chain.origin)[state.witnesses.get(witness).signing_key]
    return Block.build(header.signed((key or right).sign(header.signing_digest)), ())


@pytest.mark.parametrize("case", ["no header", "bytes behind it", "a transaction twice", "a wrong signature"])
def test_invalid_announcement_is_an_offence(net: Network, case: str) -> None:
    (a,) = started(net, "a")
    good = forged(a.chain).header.packed_bytes
    announcement = {
        "no header": m.BlockAnnouncement(b"\xff" * 40, ()),
        "bytes behind it": m.BlockAnnouncement(good + b"\x00", ()),
        "a transaction twice": m.BlockAnnouncement(good, (bytes(20), bytes(20))),
        "a wrong signature": announcement_of(forged(a.chain, key=PrivateKey.from_seed("somebody"))),
    }[case]
    peer = Puppet("peer")
    wire, _ = net.link(a, peer)
    peer.says(announcement)
    net.run(1)
    assert [offence for offence, _ in wire.offences] == [Offence.INVALID_BLOCK]
    assert not wire.is_open


def test_a_block_of_the_future_is_no_offence(net: Network) -> None:
    """Our clock may be the one that is wrong."""
    (a,) = started(net, "a")
    peer = Puppet("peer")
    wire, _ = net.link(a, peer)
    far = forged(a.chain, slot=25_000_000)
    assert far.header.timestamp > net.time
    peer.says(announcement_of(far))
    net.run(1)
    assert [refused.error.code for refused in a.told(BlockRefused)] == ["block_from_the_future"]
    assert wire.offences == []


def test_a_body_that_does_not_fit_its_header_is_held_against_the_one_that_gave_it(net: Network) -> None:
    a, b = started(net, "a", "b")
    a.submit(a.pay("0.001 HIVE"))
    block = push(net, a)
    spoilt = Block.build(block.header, [with_another_signature(block.transactions[0])])
    liar = Puppet("liar")
    liar.answers = lambda asked: m.Blocks((spoilt.packed_bytes,)) if isinstance(asked, m.GetBlocks) else None
    wire, _ = net.link(b, liar)
    liar.says(announcement_of(block))
    net.run(0.3)
    assert [offence for offence, _ in wire.offences] == [Offence.INVALID_BLOCK]
    net.link(a, b)
    assert net.run(2, until=lambda: b.chain.head_id == block.id)  # the block itself was not taken for invalid
