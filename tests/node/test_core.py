"""What a node's core makes of transactions, blocks and time."""

import pytest

from chain.authority import MissingActiveAuthority
from chain.block import Block
from chain.fork_tree import LOOSE_BLOCKS_MAX
from chain.keys import PrivateKey
from chain.transition import DuplicateTransaction
from chain.transition import TransactionExpired as ExpiredAtAdmission
from chain.wire import HF26, LEGACY
from node.core import BlockFromTheFuture, PushBlock, SubmitTransaction, Tick
from node.effects import (
    BlockApplied,
    BlockRefused,
    BlocksPopped,
    BlockStored,
    BlocksWanted,
    GossipBlock,
    GossipTransaction,
    IrreversibleMoved,
    TransactionAccepted,
    TransactionExpired,
    TransactionIncluded,
    TransactionRefused,
)
from tests.helpers.play import Play


@pytest.fixture
def play() -> Play:
    play = Play()
    play.produce(2)
    return play


def test_an_accepted_transaction_is_told_and_gossiped_and_stands_in_the_next_block(play: Play) -> None:
    transaction = play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice")
    assert play.submit(transaction) == [TransactionAccepted(transaction), GossipTransaction(transaction, "")]
    (made,) = play.produce()
    assert [included.id for included in made.block.transactions] == [transaction.id]
    assert made.is_ours
    assert len(play.chain.mempool) == 0


def test_what_waits_is_seen_before_its_block(play: Play) -> None:
    before = play.balance("bob").amount
    play.admit(play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice"))
    assert play.balance("bob").amount == before + 1_000


@pytest.mark.parametrize("json_form", [LEGACY, HF26], ids=["legacy JSON", "HF26 JSON"])
@pytest.mark.parametrize("signed_form", [LEGACY, HF26], ids=["signed legacy", "signed HF26"])
def test_the_packing_that_verifies_fixes_bytes_and_id(play: Play, json_form: object, signed_form: object) -> None:
    signed = play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice", form=signed_form)
    admitted = play.admit(play.from_json(play.as_json(signed, json_form)))
    assert admitted.packed_bytes == signed.packed_bytes
    assert admitted.id == signed.id
    assert play.chain.mempool.waiting.keys() == {signed.id}


def test_without_amounts_both_packings_are_one(play: Play) -> None:
    vote = play.operation("account_witness_vote", account="alice", witness="witness-1", approve=True)
    signed = play.sign(vote, by="alice", form=HF26)
    assert play.admit(play.from_json(play.as_json(signed))).id == play.sign(vote, by="alice", form=LEGACY).id


def test_invalid_signed_by_another(play: Play) -> None:
    before = play.balance("bob")
    signed = play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="bob")
    for transaction in (signed, play.from_json(play.as_json(signed))):
        (refused,) = play.submit(transaction)
        assert isinstance(refused, TransactionRefused)
        assert isinstance(refused.error, MissingActiveAuthority)
    assert play.balance("bob") == before


def test_invalid_sent_twice_in_either_packing(play: Play) -> None:
    for form in (LEGACY, HF26):
        signed = play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice", form=form)
        play.admit(play.from_json(play.as_json(signed)))
        (refused,) = play.submit(play.from_json(play.as_json(signed)))
        assert isinstance(refused, TransactionRefused)
        assert isinstance(refused.error, DuplicateTransaction)


def test_invalid_expired(play: Play) -> None:
    signed = play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice", expires_in=6)
    play.produce(2)
    (refused,) = play.submit(signed)
    assert isinstance(refused, TransactionRefused)
    assert isinstance(refused.error, ExpiredAtAdmission)


def test_who_waits_hears_of_the_block_once(play: Play) -> None:
    other = play.admit(play.sign(play.transfer("carol", "bob", "1.000 HIVE"), by="carol"))
    transaction = play.admit(play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice"))
    play.core.await_inclusion(transaction)
    play.now = play.core.next_slot_time(play.now)
    effects = play.tick()
    assert TransactionIncluded(transaction.id, play.chain.head_num, 1) in effects
    assert other.id not in [effect.transaction_id for effect in effects if isinstance(effect, TransactionIncluded)]
    play.produce(30)
    assert not play.core._awaited


def test_who_waits_hears_when_no_block_can_come_any_more(play: Play) -> None:
    transaction = play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice", expires_in=9)
    play.core.await_inclusion(transaction)  # it never reaches the mempool
    told = []
    for _ in range(5):
        play.now = play.core.next_slot_time(play.now)
        told.append([effect for effect in play.tick() if isinstance(effect, TransactionExpired)])
    assert told == [[], [], [TransactionExpired(transaction.id)], [], []]


def test_who_waits_hears_although_the_head_stands_still() -> None:
    play = Play(witnesses=[])
    transaction = play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice")
    play.core.await_inclusion(transaction)
    play.now = transaction.expiration + 29
    assert play.tick() == []
    play.now += 1
    assert play.tick() == [TransactionExpired(transaction.id)]


def test_a_peers_block_is_applied_and_passed_on() -> None:
    one, other = Play(), Play(witnesses=[])
    for made in one.produce(30):
        effects = other.core.handle(PushBlock(made.block, "peer-1"), one.now)
        assert isinstance(effects[0], BlockApplied)
        assert not effects[0].is_ours
        assert GossipBlock(made.block, "peer-1") in effects
    assert other.chain.digest == one.chain.digest
    assert other.chain.irreversible_num == one.chain.irreversible_num > 0


def test_invalid_block_changes_nothing(play: Play) -> None:
    other = Play(witnesses=[])
    first = play.chain.block(1)
    digest = other.chain.digest
    forged = Block.build(first.header.signed(PrivateKey.from_seed("a thief").sign(first.signing_digest)), [])
    (refused,) = other.core.handle(PushBlock(forged, "peer-1"), play.now)
    assert isinstance(refused, BlockRefused)
    assert refused.error.code == "wrong_signer"
    assert refused.source == "peer-1"
    assert other.chain.digest == digest


def test_a_block_whose_parent_is_missing_waits_and_the_parent_is_wanted(play: Play) -> None:
    other = Play(witnesses=[])
    first, second = (play.chain.block(num) for num in (1, 2))
    for peer in ("peer-1", "peer-2"):  # the first may not have what is missing
        assert other.core.handle(PushBlock(second, peer), play.now) == [
            BlockStored(second),
            BlocksWanted(1, first.id, peer),
        ]
    effects = other.core.handle(PushBlock(first, "peer-1"), play.now)
    assert [type(effect) for effect in effects] == [BlockApplied, BlockApplied, GossipBlock, GossipBlock]
    assert other.chain.digest == play.chain.digest


def test_a_block_far_ahead_is_not_kept_but_what_lies_between_is_wanted(play: Play) -> None:
    other = Play(witnesses=[])
    play.produce(LOOSE_BLOCKS_MAX)
    head = play.chain.block(play.chain.head_num)
    (wanted,) = other.core.handle(PushBlock(head, "peer-1"), play.now)
    assert wanted == BlocksWanted(head.num - 1, head.header.previous, "peer-1")
    assert not other.chain.forks.tree.loose


def test_a_longer_branch_is_followed_and_the_switch_is_told() -> None:
    """One node made two blocks alone, the other three in other slots: whoever has the shorter branch leaves it."""
    one, other = Play(), Play()
    for made in one.produce(25):
        other.core.handle(PushBlock(made.block), one.now)
    left = one.produce(2)
    other.now = one.now
    other.admit(payment := other.sign(other.transfer("alice", "bob", "1.000 HIVE"), by="alice"))
    one.core.await_inclusion(payment)
    followed = other.produce(3)
    for made in followed[:2]:
        assert one.core.handle(PushBlock(made.block, "other"), other.now) == [BlockStored(made.block)]
    effects = one.core.handle(PushBlock(followed[2].block, "other"), other.now)
    assert isinstance(effects[0], BlocksPopped)
    assert [block.id for block in effects[0].blocks] == [made.block.id for made in reversed(left)]
    applied = [effect.block.id for effect in effects if isinstance(effect, BlockApplied)]
    assert applied == [made.block.id for made in followed]
    assert TransactionIncluded(payment.id, followed[0].block.num, 0) in effects
    assert [effect.block.id for effect in effects if isinstance(effect, GossipBlock)] == applied
    assert one.chain.digest == other.chain.digest


def test_invalid_from_the_future(play: Play) -> None:
    other = Play(witnesses=[])
    first = play.chain.block(1)
    seconds_max = play.params.block_interval_seconds
    (refused,) = other.core.handle(PushBlock(first), first.header.timestamp - seconds_max - 0.1)
    assert isinstance(refused, BlockRefused)
    assert isinstance(refused.error, BlockFromTheFuture)
    assert isinstance(other.core.handle(PushBlock(first), first.header.timestamp - seconds_max)[0], BlockApplied)


def test_irreversibility_is_told_when_it_moves(play: Play) -> None:
    told = []
    for _ in range(40):
        play.now = play.core.next_slot_time(play.now)
        told += [effect.num for effect in play.tick() if isinstance(effect, IrreversibleMoved)]
    assert told == sorted(set(told))
    assert told[-1] == play.chain.irreversible_num


def test_a_transaction_that_no_longer_fits_is_left_out_and_the_block_is_made(play: Play) -> None:
    everything = f"{play.balance('alice').text(play.params.dialect)}"
    play.admit(play.sign(play.transfer("alice", "bob", everything), by="alice"))
    rival = Play()
    rival.now = play.now - 6
    for num in (1, 2):
        rival.core.handle(PushBlock(play.chain.block(num)), play.now)
    rival.now = play.now
    rival.admit(rival.sign(rival.transfer("alice", "carol", "1.000 HIVE"), by="alice"))
    (made,) = rival.produce()
    play.now = rival.now
    play.core.handle(PushBlock(made.block), play.now)
    assert len(play.chain.mempool) == 0  # it went when the head moved
    (next_block,) = play.produce()
    assert next_block.block.transactions == ()


def test_two_cores_fed_alike_end_alike() -> None:
    digests = []
    for _ in range(2):
        play = Play()
        play.produce(5)
        play.core.handle(
            SubmitTransaction(play.sign(play.transfer("alice", "bob", "0.001 HIVE"), by="alice")), play.now
        )
        play.advance(604_800)
        play.core.handle(Tick(), play.now)
        play.produce(25)
        digests.append(play.chain.digest)
    assert digests[0] == digests[1]


def test_invalid_more_than_a_minute_of_blocks(play: Play) -> None:
    """What waits is applied anew over each head, so a flood must not slow down the blocks that would take it."""
    play.produce(20)  # until the first schedule a block may have two megabytes
    memo = "x" * 2_000
    limit = 20 * play.chain.state.globals.maximum_block_size
    refused = None
    for number in range(limit):
        transfer = play.transfer("alice", "bob", "0.001 HIVE", memo=f"{number} {memo}")
        refused = play.submit(play.sign(transfer, by="alice", expires_in=3_000))[0]
        if isinstance(refused, TransactionRefused):
            break
    assert isinstance(refused, TransactionRefused)
    assert refused.error.code == "mempool_full"
    assert limit - 2_200 < play.chain.mempool.size_bytes <= limit
    (made,) = play.produce()
    assert made.block.transactions
    assert isinstance(play.submit(refused.transaction)[0], TransactionAccepted)
