"""Which branch is followed, and what becomes of the other one's transactions, histories and invalid blocks (protocol.md §4.5)."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from chain.asset import parse_asset_text
from chain.block import Block
from chain.branch_header import BranchBlockTooLarge, check_body
from chain.chain import Chain, NotTheTrustedBlock, UntrustedChain
from chain.errors import ChainError, InvalidBlock
from chain.fork_choice import Applied, Ignored, Received, Stored, Switched, WhyIgnored
from chain.fork_tree import InvalidAncestor, KnownInvalid
from chain.header import BlockTooEarly, PaddedBlock, WrongMerkleRoot, WrongSigner, WrongWitness
from chain.keys import PrivateKey
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.stage import Stage
from chain.transaction import Transaction
from chain.transition import DuplicateTransaction
from chain.wire import encode_varint
from chain.witness_properties import ChainProperties
from tests.helpers.forge import Forge, trace_of
from tests.property.forks import in_memory

TRUNK_BLOCKS = 45  # past the first schedules


class Pair:
    """Two nodes of one chain that have lost sight of each other. Each has a witness whose silence keeps all blocks reversible."""

    def __init__(self) -> None:
        self.here, self.there = Forge(irreversible_threshold_bp=10_000), Forge(irreversible_threshold_bp=10_000)
        for block in self.here.grow(TRUNK_BLOCKS - 1):
            self.there.chain.push_block(block)
        self.silent = self.here.witness(3)

    def grow(self, forge: Forge, count: int, *, slot: int = 1) -> list[Block]:
        """Blocks by all but the silent witness, the first of them `slot` slots away."""
        blocks = []
        for number in range(count):
            wanted = slot if number == 0 else 1
            while forge.witness(wanted) == self.silent:
                wanted += 1
            blocks += forge.grow(slot=wanted)
        return blocks


@pytest.fixture
def pair() -> Pair:
    return Pair()


def give(chain: Chain, blocks: Sequence[Block], source: str = "peer") -> list[Received]:
    return [chain.receive_block(block, source) for block in blocks]


def ids(blocks: Sequence[Block]) -> list[bytes]:
    return [block.id for block in blocks]


# following


def test_of_equal_branches_the_first_stays_and_a_longer_one_wins(pair: Pair) -> None:
    ours = pair.grow(pair.here, 2)
    theirs = pair.grow(pair.there, 3, slot=2)
    assert [type(received) for received in give(pair.here.chain, theirs[:2])] == [Stored, Stored]
    assert pair.here.chain.head_id == ours[-1].id
    (switched,) = give(pair.here.chain, theirs[2:])
    assert isinstance(switched, Switched)
    assert ids(switched.popped) == ids(ours)[::-1]
    assert ids([entry.block for entry in switched.pushed]) == ids(theirs)
    assert trace_of(pair.here.chain).rows == trace_of(pair.there.chain).rows
    assert pair.here.chain.digest == pair.there.chain.digest


def test_and_back_again(pair: Pair) -> None:
    ours = pair.grow(pair.here, 2)
    theirs = pair.grow(pair.there, 3, slot=2)
    witness = Forge(irreversible_threshold_bp=10_000)
    for block in [*pair.here.chain.blocks(2, TRUNK_BLOCKS), *ours]:
        witness.chain.push_block(block)
    give(pair.here.chain, theirs)
    more = pair.grow(witness, 2)
    received = give(pair.here.chain, more)
    assert [type(entry) for entry in received] == [Stored, Switched]
    assert pair.here.chain.digest == witness.chain.digest


def test_blocks_that_come_before_their_parents(pair: Pair) -> None:
    blocks = pair.grow(pair.there, 6)
    received = give(pair.here.chain, blocks[:0:-1])
    assert all(isinstance(entry, Stored) for entry in received)
    assert [entry.missing for entry in received] == ids(blocks[4::-1])
    (applied,) = give(pair.here.chain, blocks[:1])
    assert isinstance(applied, Applied)
    assert ids([entry.block for entry in applied.pushed]) == ids(blocks)
    assert not pair.here.chain.forks.tree.loose


def test_a_side_branch_is_completed_by_its_first_block(pair: Pair) -> None:
    pair.grow(pair.here, 2)
    theirs = pair.grow(pair.there, 4, slot=2)
    assert all(isinstance(entry, Stored) for entry in give(pair.here.chain, theirs[1:]))
    (switched,) = give(pair.here.chain, theirs[:1])
    assert isinstance(switched, Switched)
    assert pair.here.chain.head_id == theirs[-1].id


def test_a_block_that_waits_for_its_parent_says_so_each_time_it_comes(pair: Pair) -> None:
    """Whoever was asked for the parent may not have had it, and this peer has."""
    pair.grow(pair.here, 2)
    first, *above = pair.grow(pair.there, 4, slot=2)
    for block in [*above, *above]:
        (stored,) = give(pair.here.chain, [block])
        assert isinstance(stored, Stored)
        assert stored.missing == first.id


def test_known_blocks_and_those_below_the_irreversible_one_are_ignored() -> None:
    here, there = Forge(), Forge()
    for block in here.grow(60):
        there.chain.push_block(block)
    ours, theirs = here.grow(20), there.grow(20, slot=2)
    assert here.chain.irreversible_num > theirs[0].num
    before = trace_of(here.chain)
    for block in theirs[: here.chain.irreversible_num - theirs[0].num + 1]:
        assert give(here.chain, [block]) == [Ignored(block, WhyIgnored.IRREVERSIBLE)]
    assert give(here.chain, ours) == [Ignored(block, WhyIgnored.KNOWN) for block in ours]
    assert trace_of(here.chain) == before


def test_a_branch_is_never_followed_below_the_irreversible_block() -> None:
    """However long it is: what lies between stays loose, and is let go."""
    here, there = Forge(), Forge()
    here.grow(5, slot=1)
    there.grow(60, slot=2)
    here.grow(55)
    for block in there.chain.blocks(1, there.chain.head_num):
        give(here.chain, [block])
    assert here.chain.irreversible_num > 5
    assert not here.chain.forks.tree.linked
    assert not [num for num in range(1, 50) if here.chain.block(num).id == there.chain.block(num).id and num > 1]


# transactions


def test_transactions_of_the_branch_that_was_left_wait_again_in_their_order(pair: Pair) -> None:
    here, there = pair.here, pair.there
    payments = [here.pay("alice", "bob", f"{number}.000 HIVE") for number in range(1, 6)]
    for payment in payments[:2]:
        here.chain.mempool.add(payment)
    pair.grow(here, 1)
    for payment in payments[2:4]:
        here.chain.mempool.add(payment)
    pair.grow(here, 1)
    here.chain.mempool.add(payments[4])
    there.chain.mempool.add(payments[2])  # the other branch holds this one
    give(here.chain, pair.grow(there, 3, slot=2))
    assert [transaction.id for transaction in here.chain.mempool] == [payments[number].id for number in (0, 1, 3, 4)]
    (block,) = pair.grow(here, 1)
    assert len(block.transactions) == 4


def test_transactions_tied_to_the_branch_that_was_left_are_let_go(pair: Pair) -> None:
    pair.grow(pair.here, 1)
    tied = pair.here.pay("alice", "bob", "1.000 HIVE")  # its TaPoS names the block just made
    pair.here.chain.mempool.add(tied)
    pair.grow(pair.here, 1)
    give(pair.here.chain, pair.grow(pair.there, 3, slot=2))
    assert not list(pair.here.chain.mempool)


def test_what_waits_goes_on_waiting_over_a_switch_that_was_called_off(pair: Pair) -> None:
    here = pair.here
    pair.grow(here, 1)
    payment = here.pay("alice", "bob", "1.000 HIVE")
    here.chain.mempool.add(payment)
    before = trace_of(here.chain)
    first, second = invalid_branch(pair)
    assert isinstance(here.chain.receive_block(first), Stored)
    with pytest.raises(InvalidAncestor):
        here.chain.receive_block(second)
    assert trace_of(here.chain) == before


def test_histories_tell_only_of_the_branch_that_is_followed(pair: Pair) -> None:
    here, there = pair.here, pair.there
    lost = here.pay("alice", "bob", "1.000 HIVE")
    here.chain.mempool.add(lost)
    pair.grow(here, 1)
    assert here.chain.history.transaction_place(lost.id) is not None
    tied = there.pay("alice", "carol", "2.000 HIVE")
    there.chain.mempool.add(tied)
    give(here.chain, pair.grow(there, 2, slot=2))
    assert here.chain.history.transaction_place(lost.id) is None
    assert here.chain.history.transaction_place(tied.id) == (TRUNK_BLOCKS + 1, 0)
    for name in ("alice", "bob", "carol"):
        length = there.chain.history.length(name)
        assert here.chain.history.length(name) == length
        assert list(here.chain.history.entries(name, length)) == list(there.chain.history.entries(name, length))


# invalid blocks


def test_transactions_that_stand_elsewhere_on_the_other_branch_are_known_when_that_is_called_off(pair: Pair) -> None:
    """Ours has one payment and then the other, the other branch has them the other way round."""
    here, there = pair.here, pair.there
    one, other = here.pay("alice", "bob", "1.000 HIVE"), here.pay("carol", "bob", "2.000 HIVE")
    theirs = []
    for first, second in ((one, other), (other, one)):
        here.chain.mempool.add(first)
        there.chain.mempool.add(second)
        pair.grow(here, 1)
        theirs += pair.grow(there, 1, slot=2)
    give(here.chain, theirs)
    bad, _ = invalid_branch(pair)
    with pytest.raises(ChainError, match="authority"):
        there.chain.push_block(bad)
    before = in_memory(here.chain)
    with pytest.raises(KnownInvalid):
        here.chain.receive_block(bad)
    assert in_memory(here.chain) == before
    for payment in (one, other):
        with pytest.raises(DuplicateTransaction):
            here.chain.mempool.add(payment)


def invalid_branch(pair: Pair) -> tuple[Block, Block]:
    """Two blocks beside ours; the first holds a transaction that nobody signed, which its header does not tell."""
    there = pair.there
    unsigned = there.transaction(there.operation("transfer", from_="alice", to="bob", amount="1.000 HIVE", memo=""))
    slot = 2 if there.witness(2) != pair.silent else 3
    first = there.block(unsigned, slot=slot)
    shuffled = there.state.schedule.shuffled
    witness = shuffled[(there.state.globals.current_aslot + slot + 1) % len(shuffled)]
    timestamp = first.header.timestamp + there.params.block_interval_seconds
    return first, there.block(previous=first.id, timestamp=timestamp, witness=witness)


def test_an_invalid_branch_is_left_as_if_it_had_never_been_tried(pair: Pair) -> None:
    pair.grow(pair.here, 1)
    first, second = invalid_branch(pair)
    before = trace_of(pair.here.chain)
    assert isinstance(pair.here.chain.receive_block(first), Stored)
    with pytest.raises(InvalidAncestor, match="missing_active_authority"):
        pair.here.chain.receive_block(second)
    assert trace_of(pair.here.chain) == before
    with pytest.raises(KnownInvalid):
        pair.here.chain.receive_block(first)
    with pytest.raises(InvalidAncestor):
        pair.here.chain.receive_block(second)
    pair.grow(pair.here, 3)


def test_the_valid_part_of_a_branch_is_followed_where_it_is_longer(pair: Pair) -> None:
    (ours,) = pair.grow(pair.here, 1)
    theirs = pair.grow(pair.there, 3, slot=2)
    bad, above = invalid_branch(pair)
    give(pair.here.chain, [above, bad, *theirs[:0:-1]])
    (switched,) = give(pair.here.chain, theirs[:1])
    assert isinstance(switched, Switched)
    assert ids(switched.popped) == [ours.id]
    assert ids([entry.block for entry in switched.pushed]) == ids(theirs)
    assert [entry.block.id for entry in switched.refused] == [bad.id]
    assert pair.here.chain.digest == pair.there.chain.digest


def test_the_valid_part_of_a_branch_is_not_followed_where_it_is_only_as_long(pair: Pair) -> None:
    ours = pair.grow(pair.here, 2)
    theirs = pair.grow(pair.there, 2, slot=2)
    bad, _ = invalid_branch(pair)
    give(pair.here.chain, theirs)
    with pytest.raises(KnownInvalid):
        pair.here.chain.receive_block(bad)
    assert pair.here.chain.head_id == ours[-1].id
    assert ids(theirs) == [block.id for block in pair.here.chain.forks.tree.path(theirs[-1].id)]


def test_a_branch_on_a_branch_that_was_left_is_still_judged_rightly(pair: Pair) -> None:
    """Its fork has moved down with the switch: what is known of keys and schedules is known from there."""
    here, there = pair.here, pair.there
    third = Forge(irreversible_threshold_bp=10_000)
    for block in here.chain.blocks(2, TRUNK_BLOCKS):
        third.chain.push_block(block)
    ours = pair.grow(here, 25)
    for block in ours[:20]:
        third.chain.push_block(block)
    aside = pair.grow(third, 2, slot=2)
    give(here.chain, aside)
    give(here.chain, pair.grow(there, 26, slot=2))
    assert here.chain.head_id == there.chain.head_id
    points = {block.id: here.chain.forks.tree.linked[block.id].point for block in [*ours, *aside]}
    assert {point.fork_num for point in points.values()} == {TRUNK_BLOCKS}
    assert points[aside[0].id].schedules == points[ours[20].id].schedules
    give(here.chain, pair.grow(third, 6))
    assert here.chain.digest == third.chain.digest


def test_invalid_extension_of_the_head_is_remembered(pair: Pair) -> None:
    bad, above = invalid_branch(pair)
    with pytest.raises(ChainError, match="authority"):
        pair.here.chain.receive_block(bad)
    with pytest.raises(KnownInvalid):
        pair.here.chain.receive_block(bad)
    with pytest.raises(InvalidAncestor):
        pair.here.chain.receive_block(above)


@pytest.mark.parametrize("is_beside", [False, True], ids=["on the head", "beside our branch"])
def test_invalid_body_says_nothing_about_the_id(pair: Pair, is_beside: bool) -> None:
    """Anybody can send a good header with a bad body; the block itself must still be taken when it comes."""
    payment = pair.there.pay("alice", "bob", "1.000 HIVE")
    pair.there.chain.mempool.add(payment)
    blocks = pair.grow(pair.there, 2, slot=2)
    if is_beside:
        pair.grow(pair.here, 1)
    emptied = Block.build(blocks[0].header, ())
    assert emptied.id == blocks[0].id
    with pytest.raises(WrongMerkleRoot):
        pair.here.chain.receive_block(emptied)
    if is_beside:
        with pytest.raises(PaddedBlock):
            pair.here.chain.receive_block(padded(blocks[0], pair.here))
    give(pair.here.chain, blocks)
    assert pair.here.chain.head_id == blocks[-1].id


def test_invalid_body_that_is_larger_than_any_block(pair: Pair) -> None:
    block = pair.grow(pair.there, 1)[0]
    check_body(block, len(block.packed_bytes))
    with pytest.raises(BranchBlockTooLarge):
        check_body(block, len(block.packed_bytes) - 1)


def padded(block: Block, forge: Forge) -> Block:
    """The same with a count of transactions that takes a byte more than it needs."""
    count = encode_varint(len(block.transactions))
    longer = bytes([count[0] | 0x80, 0])
    header = block.header.packed_bytes
    return Block.decode(header + longer + block.packed_bytes[len(header) + len(count) :], forge.params.dialect)


# headers beside our branch


@pytest.mark.parametrize("depth", [0, 3])
def test_invalid_header_beside_our_branch_is_not_kept(pair: Pair, depth: int) -> None:
    here, there = pair.here, pair.there
    pair.grow(here, depth + 1)
    give(here.chain, pair.grow(there, depth, slot=2))
    kept = len(here.chain.forks.tree.linked)
    assert kept == depth
    slot = 2 if there.witness(2) != pair.silent else 3
    another = there.witness(slot + 1)
    wrong = {
        WrongSigner: there.block(slot=slot, key=PrivateKey.from_seed("a thief")),
        WrongWitness: there.block(slot=slot, witness=another),
        BlockTooEarly: there.block(timestamp=there.state.globals.time),
    }
    for error, block in wrong.items():
        with pytest.raises(error):
            here.chain.receive_block(block)
    assert len(here.chain.forks.tree.linked) == kept
    assert isinstance(here.chain.receive_block(there.block(slot=slot)), Stored)


def test_a_witness_may_change_its_key_on_a_branch(pair: Pair) -> None:
    """Its blocks there are signed with a key that our branch knows nothing of."""
    here, there = pair.here, pair.there
    pair.grow(here, 8)
    witness = next(there.witness(slot) for slot in (5, 6) if there.witness(slot) != pair.silent)
    new_key = PrivateKey.from_seed("a new key")
    props = ChainProperties(parse_asset_text("3.000 HIVE", there.params.dialect), 131_072, 0)
    fields = {"owner": witness, "url": "x", "block_signing_key": new_key.public_key, "props": props}
    change = there.operation("witness_update", **fields, fee="0.000 HIVE")
    there.chain.mempool.add(there.transaction(change, by=witness))
    blocks = pair.grow(there, 1)
    there.witness_keys[witness] = new_key
    blocks += pair.grow(there, 9)
    assert any(block.header.witness == witness for block in blocks)
    give(here.chain, blocks)
    assert here.chain.digest == there.chain.digest


# limits and restarts


def test_a_loose_block_whose_parent_came_by_another_way_is_linked_with_the_next(pair: Pair) -> None:
    blocks = pair.grow(pair.there, 3)
    give(pair.here.chain, blocks[1:2])
    pair.here.chain.push_block(blocks[0])
    give(pair.here.chain, blocks[2:])
    assert pair.here.chain.head_id == blocks[2].id


def test_a_switch_on_disk_is_one_batch_and_its_mark_follows(tmp_path: Path) -> None:
    here, there = Forge(), Forge()
    for block in here.grow(24):
        there.chain.push_block(block)
    here.grow(2)
    there.grow(3, slot=2)
    path, chain_id = tmp_path / "chain", here.params.chain_id
    create_data_directory(path, chain_id)
    backend = LevelDbBackend(path, chain_id)
    chain = Chain(backend, here.genesis, mark=backend)
    give(chain, [*here.chain.blocks(1, here.chain.head_num), *there.chain.blocks(1, there.chain.head_num)])
    assert chain.digest == there.chain.digest
    chain.close()
    reopened = LevelDbBackend(path, chain_id)
    chain = Chain(reopened, here.genesis, mark=reopened)
    reopened.check_mark(chain.head_num)
    assert (chain.head_id, chain.digest) == (there.chain.head_id, there.chain.digest)
    give(chain, there.grow(2))
    assert chain.digest == there.chain.digest
    chain.close()


def test_a_switch_gives_back_no_more_than_the_mempool_takes(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    here = pair.here
    payments: list[Transaction] = [here.pay("alice", "bob", f"0.{number:03d} HIVE") for number in range(1, 10)]
    for payment in payments:
        here.chain.mempool.add(payment)
    pair.grow(here, 1)
    here_max = here.state.globals.maximum_block_size
    room = sum(len(payment.packed_bytes) for payment in payments[:4])
    monkeypatch.setattr("chain.fork_choice.PENDING_BLOCKS_MAX", room / here_max)
    give(here.chain, pair.grow(pair.there, 2, slot=2))
    assert [transaction.id for transaction in here.chain.mempool] == [payment.id for payment in payments[:4]]


def test_where_there_is_no_room_for_the_old_branch_it_is_let_go_with_all_that_stands_on_it(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = pair.here
    (first,) = pair.grow(here, 1)
    side = here.block(slot=4 if here.witness(4) != pair.silent else 5)
    pair.grow(here, 1)
    assert isinstance(here.chain.receive_block(side), Stored)
    theirs = pair.grow(pair.there, 3, slot=2)
    give(here.chain, theirs[:2])
    tree, publish = here.chain.forks.tree, here.chain.publish

    def publish_and_shrink(stage: Stage) -> None:
        publish(stage)
        tree.branch_bytes_max = 0

    monkeypatch.setattr(here.chain, "publish", publish_and_shrink)
    (switched,) = give(here.chain, theirs[2:])
    assert isinstance(switched, Switched)
    assert switched.popped[-1].id == first.id
    assert not tree.linked
    assert not tree.branch_bytes


def test_a_block_once_irreversible_stays_so_over_popping_and_opening_anew() -> None:
    forge = Forge()
    forge.grow(25)
    reached = forge.chain.irreversible_num
    while forge.chain.head_num > reached + 1:
        forge.chain.pop_block()
    assert forge.state.irreversible.num < reached
    again = Chain(forge.chain.backend, forge.genesis)
    assert again.irreversible_num == reached


def test_a_block_of_our_own_branch_is_known_by_the_block_above_it() -> None:
    forge = Forge()
    blocks = forge.grow(5)
    assert all(forge.chain.holds(block.id) for block in blocks)
    assert not forge.chain.holds(blocks[2].id[:4] + bytes(16))
    assert not forge.chain.holds((99).to_bytes(4, "big") + bytes(16))


# the block that an operator trusts


def test_a_branch_without_the_trusted_block_is_not_followed_however_long(pair: Pair) -> None:
    theirs = pair.grow(pair.there, 4, slot=2)
    ours = pair.grow(pair.here, 2)
    wary = Forge(irreversible_threshold_bp=10_000)
    wary.chain.trusted_id = ours[0].id
    for block in pair.here.chain.blocks(2, TRUNK_BLOCKS):
        wary.chain.push_block(block)
    wary.refuses_block(NotTheTrustedBlock, theirs[0])
    for block in theirs:
        with pytest.raises(InvalidBlock):
            wary.chain.receive_block(block, "peer")
    assert wary.chain.head_num == TRUNK_BLOCKS
    give(wary.chain, ours)
    assert wary.chain.head_id == ours[-1].id


def test_invalid_to_open_a_chain_without_the_trusted_block(pair: Pair) -> None:
    theirs = pair.grow(pair.there, 1, slot=2)[0]
    pair.grow(pair.here, 1)
    backend = pair.here.chain.backend
    assert Chain(backend, pair.here.genesis, trusted_id=pair.here.chain.head_id).head_num == theirs.num
    with pytest.raises(UntrustedChain, match=str(theirs.num)):
        Chain(backend, pair.here.genesis, trusted_id=theirs.id)
