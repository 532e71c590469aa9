"""Waiting for a block: what is refused leaves no trace, what is admitted is seen, and what no longer fits is let go (protocol.md §3.1)."""

import pytest

import chain.mempool
from chain.accounts import UnknownAccount
from chain.balances import InsufficientFunds
from chain.chain import Chain
from chain.errors import MissingAuthority
from chain.memory import MemoryBackend
from chain.mempool import PENDING_BLOCKS_MAX, MempoolFull, NoBlockYet, TooManyCustomOperations, TransactionTooLarge
from chain.operation import Operation
from chain.operations.claim_account import NotByElectedWitness, SubsidyExhausted, WitnessSubsidyExhausted
from chain.operations.comment import NestedTooDeep
from chain.producer import make_block
from chain.rows import SCHEDULE_ELECTED, SCHEDULE_TIMESHARE
from chain.signatures import Signers
from chain.slots import slot_time
from chain.state import State
from chain.transaction import NotPacked, Transaction
from chain.transition import DuplicateTransaction, apply_transaction
from tests.helpers.forge import Forge, trace_of

HOUR_SLOTS = 1_200


@pytest.fixture
def forge() -> Forge:
    forge = Forge()
    forge.grow(3)
    return forge


def hive(forge: Forge, name: str) -> int:
    return forge.state.accounts.get(name).balance


def amount(units: int) -> str:
    return f"{units // 1_000}.{units % 1_000:03d} HIVE"


def transfer(forge: Forge, receiver: str, units: int = 1_000) -> Operation:
    return forge.operation("transfer", from_="alice", to=receiver, amount=amount(units), memo="")


def note(forge: Forge, name: str, number: int) -> Operation:
    fields = {"required_auths": (), "required_posting_auths": (name,)}
    return forge.operation("custom_json", **fields, id=f"note-{number}", json="{}")


def comment(forge: Forge, body: str) -> Operation:
    place = {"parent_author": "", "parent_permlink": "tests", "author": "alice", "permlink": "post"}
    return forge.operation("comment", **place, title="", body=body, json_metadata="")


def add(forge: Forge, *operations: Operation, by: str = "alice", role: str = "active") -> Transaction:
    transaction = forge.transaction(*operations, by=by, role=role)
    forge.chain.mempool.add(transaction)
    return transaction


def waiting(forge: Forge) -> list[bytes]:
    return [transaction.id for transaction in forge.chain.mempool]


# admission


def test_what_waits_is_seen_but_not_committed(forge: Forge) -> None:
    before, digest, pairs = hive(forge, "bob"), forge.chain.digest, trace_of(forge.chain).pairs
    add(forge, transfer(forge, "bob"))
    assert hive(forge, "bob") == before + 1_000
    assert forge.chain.digest == digest
    assert trace_of(forge.chain).pairs == pairs


def test_what_waits_builds_on_what_waits(forge: Forge) -> None:
    everything = hive(forge, "alice")
    add(forge, transfer(forge, "carol", everything))
    with forge.refuses(InsufficientFunds):
        add(forge, transfer(forge, "carol", 1))
    forge.chain.mempool.add(forge.pay("carol", "alice", amount(1)))
    add(forge, transfer(forge, "carol", 1))
    (block,) = forge.grow()
    assert len(block.transactions) == 3


def test_invalid_operation_leaves_no_trace(forge: Forge) -> None:
    """Neither where the first operation fails nor where the last does."""
    add(forge, transfer(forge, "bob"))
    good, bad = transfer(forge, "bob"), transfer(forge, "no-such-body")
    for operations in ((bad,), (good, bad), (good, good, bad, good)):
        with forge.refuses(UnknownAccount):
            add(forge, *operations)
    with forge.refuses(MissingAuthority):
        add(forge, good, good, by="bob")


def test_invalid_second_time(forge: Forge) -> None:
    transaction = add(forge, transfer(forge, "bob"))
    with forge.refuses(DuplicateTransaction):
        forge.chain.mempool.add(transaction)


def test_invalid_without_bytes(forge: Forge) -> None:
    with forge.refuses(NotPacked):
        forge.chain.mempool.add(Transaction(0, 0, 0, ()))


def test_invalid_before_the_first_block(forge: Forge) -> None:
    chain = Chain(MemoryBackend(), forge.genesis)
    before = trace_of(chain)
    with pytest.raises(NoBlockYet):
        chain.mempool.add(forge.pay("alice", "bob", "1.000 HIVE"))
    assert trace_of(chain) == before


def test_of_a_flood_only_the_oldest_is_applied_anew_and_the_rest_follows(
    forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hive(forge, "bob")
    flood = [add(forge, transfer(forge, "bob", units)) for units in (1, 10, 100)]
    monkeypatch.setattr(chain.mempool, "RENEWED_BYTES_MAX", len(flood[0].packed_bytes))
    forge.chain.mempool.suspend()
    forge.chain.mempool.resume(())
    assert hive(forge, "bob") == before + 1
    assert waiting(forge) == [transaction.id for transaction in flood], "none is let go"
    with forge.refuses(DuplicateTransaction):
        forge.chain.mempool.add(flood[2])
    forge.chain.mempool.suspend()
    forge.chain.mempool.resume(flood[:1])
    assert hive(forge, "bob") == before + 10, "the next one had its turn"
    (block,) = forge.grow()
    assert list(block.transactions) == flood[1:]
    assert not waiting(forge)


def test_soft_rules_count_for_what_waits_and_not_in_blocks() -> None:
    forge = Forge(comment_depth_soft_max=1)
    forge.grow(3)
    add(forge, comment(forge, "root"), role="posting")
    forge.grow(3)
    places = [("alice", "post", "re-1"), ("bob", "re-1", "re-2")]
    replies = []
    for author, (parent, above, permlink) in zip(("bob", "carol"), places, strict=True):
        fields = {"parent_author": parent, "parent_permlink": above, "author": author, "permlink": permlink}
        replies.append(forge.operation("comment", **fields, title="", body="re", json_metadata=""))
    add(forge, replies[0], by="bob", role="posting")
    forge.grow()
    deep = forge.transaction(replies[1], by="carol", role="posting")
    with forge.refuses(NestedTooDeep):
        forge.chain.mempool.add(deep)
    forge.push(deep)


# limits


def test_the_largest_transaction_leaves_room_for_a_header(forge: Forge) -> None:
    forge.grow(40)
    size_bytes_max = 131_072 - 256
    beside_body_bytes = len(forge.transaction(comment(forge, "x" * 20_000), by="alice", role="posting").packed_bytes)
    body_bytes_max = size_bytes_max - (beside_body_bytes - 20_000)
    with forge.refuses(TransactionTooLarge):
        add(forge, comment(forge, "x" * (body_bytes_max + 1)), role="posting")
    largest = add(forge, comment(forge, "x" * body_bytes_max), role="posting")
    assert len(largest.packed_bytes) == size_bytes_max
    (block,) = forge.grow()
    assert [transaction.id for transaction in block.transactions] == [largest.id]


def test_no_more_waits_than_a_minute_of_blocks_can_hold(forge: Forge) -> None:
    forge.grow(40)
    block_bytes_max = forge.state.globals.maximum_block_size
    forge.chain.mempool.size_bytes = PENDING_BLOCKS_MAX * block_bytes_max - 1_000
    add(forge, transfer(forge, "bob"))
    forge.chain.mempool.size_bytes = PENDING_BLOCKS_MAX * block_bytes_max - 100
    with forge.refuses(MempoolFull):
        add(forge, transfer(forge, "carol"))
    forge.grow()
    assert forge.chain.mempool.size_bytes == 0
    add(forge, transfer(forge, "carol"))


def test_blocks_take_what_fits_in_the_order_of_arrival() -> None:
    forge = Forge()
    forge.grow(45)
    sizes = [60_000, 60_000, 60_000, 1_000, 1_000]
    sent = []
    for number, (name, size_bytes) in enumerate(zip(("alice", "bob", "carol", "dave", "erin"), sizes, strict=True)):
        fields = {"parent_author": "", "parent_permlink": "tests", "author": name, "permlink": f"post-{number}"}
        operation = forge.operation("comment", **fields, title="", body="x" * size_bytes, json_metadata="")
        sent.append(add(forge, operation, by=name, role="posting").id)
    first, second = forge.grow(2)
    assert [transaction.id for transaction in first.transactions] == [sent[0], sent[1], sent[3], sent[4]]
    assert [transaction.id for transaction in second.transactions] == [sent[2]]


def test_five_custom_operations_of_an_account_between_two_blocks(forge: Forge) -> None:
    for number in range(5):
        add(forge, note(forge, "alice", number), role="posting")
    with forge.refuses(TooManyCustomOperations):
        add(forge, note(forge, "alice", 5), role="posting")
    with forge.refuses(TooManyCustomOperations):
        add(forge, forge.operation("custom", required_auths=("alice",), id=5, data=b""))
    add(forge, note(forge, "bob", 5), by="bob", role="posting")
    add(forge, transfer(forge, "bob"))
    forge.grow()
    add(forge, note(forge, "alice", 5), role="posting")


def test_invalid_six_custom_operations_in_one_transaction(forge: Forge) -> None:
    with forge.refuses(TooManyCustomOperations):
        add(forge, *[note(forge, "alice", number) for number in range(6)], role="posting")
    add(forge, *[note(forge, "alice", number) for number in range(5)], role="posting")


def test_refused_custom_operations_do_not_count(forge: Forge) -> None:
    for number in range(10):
        with forge.refuses(MissingAuthority):
            add(forge, note(forge, "alice", number), by="bob", role="posting")
    for number in range(5):
        add(forge, note(forge, "alice", number), role="posting")


def test_a_block_may_hold_more_custom_operations_than_a_node_admits(forge: Forge) -> None:
    forge.push(*[forge.transaction(note(forge, "alice", n), by="alice", role="posting") for n in range(8)])


# the head moves


def test_what_waits_goes_on_waiting_over_other_heads(forge: Forge) -> None:
    before = hive(forge, "bob")
    transaction = add(forge, transfer(forge, "bob"))
    forge.push()
    forge.push(forge.pay("carol", "dave", "1.000 HIVE"))
    forge.chain.pop_block()
    forge.chain.pop_block()
    assert transaction.id in forge.chain.mempool
    assert hive(forge, "bob") == before + 1_000
    (block,) = forge.grow()
    assert transaction.id in {included.id for included in block.transactions}


def test_what_a_block_takes_no_longer_waits(forge: Forge) -> None:
    before = hive(forge, "bob")
    first, second = add(forge, transfer(forge, "bob")), add(forge, transfer(forge, "bob", 2_000))
    forge.push(second)
    assert waiting(forge) == [first.id]
    assert hive(forge, "bob") == before + 3_000


def test_what_a_block_makes_impossible_is_let_go(forge: Forge) -> None:
    everything = hive(forge, "alice")
    add(forge, transfer(forge, "bob", everything))
    other = forge.pay("carol", "dave", "1.000 HIVE")
    forge.chain.mempool.add(other)
    forge.push(forge.transaction(transfer(forge, "carol", 1), by="alice"))
    assert waiting(forge) == [other.id]
    assert hive(forge, "alice") == everything - 1
    assert set(forge.chain.mempool.gives_up_at) == {other.id}


def test_a_block_taken_back_returns_its_transactions_before_the_others(forge: Forge) -> None:
    first, second = (forge.transaction(transfer(forge, "bob", units), by="alice") for units in (1, 2))
    forge.push(first, second)
    third = add(forge, transfer(forge, "bob", 3))
    forge.chain.pop_block()
    assert waiting(forge) == [first.id, second.id]  # the third refers to the block that is gone
    assert third.id not in forge.chain.mempool
    (block,) = forge.grow()
    assert [transaction.id for transaction in block.transactions] == [first.id, second.id]


def test_it_is_let_go_when_it_expires(forge: Forge) -> None:
    transaction = forge.pay("alice", "bob", "1.000 HIVE", expires_in=30)
    forge.chain.mempool.add(transaction)
    forge.push(slot=9)
    assert transaction.id in forge.chain.mempool
    forge.push()
    assert waiting(forge) == []
    assert not forge.chain.mempool.gives_up_at


@pytest.mark.parametrize("returned", [False, True], ids=["sent", "given back by a block"])
def test_it_is_let_go_after_an_hour(forge: Forge, *, returned: bool) -> None:
    """Though its signatures are good for a day: who still wants it can send it again."""
    transaction = forge.pay("alice", "bob", "1.000 HIVE", expires_in=86_400)
    if returned:
        forge.push(transaction)
        forge.chain.pop_block()
    else:
        forge.chain.mempool.add(transaction)
    forge.push(slot=HOUR_SLOTS - 1)
    assert transaction.id in forge.chain.mempool
    forge.push()
    assert waiting(forge) == []
    forge.chain.mempool.add(transaction)


# making blocks


def test_a_transaction_that_fails_is_left_out_and_never_the_block(forge: Forge) -> None:
    good = add(forge, transfer(forge, "bob"))
    for bad in (
        forge.pay("alice", "no-such-body", "1.000 HIVE"),
        forge.pay("alice", "bob", "1.000 HIVE", expires_in=0),
    ):
        forge.chain.mempool.waiting[bad.id] = bad
    last = add(forge, transfer(forge, "carol"))
    witness = forge.witness()
    block = make_block(forge.chain, slot_time(forge.state, 1), witness, forge.witness_keys[witness])
    assert [transaction.id for transaction in block.transactions] == [good.id, last.id]
    assert waiting(forge) == [good.id, last.id]
    forge.chain.push_block(block)


@pytest.fixture
def applied_again(monkeypatch: pytest.MonkeyPatch) -> list[Transaction]:
    """What a producer applies after it was admitted."""
    again: list[Transaction] = []

    def note(state: State, transaction: Transaction, signers: Signers | None, position: int) -> None:
        again.append(transaction)
        apply_transaction(state, transaction, signers, position)

    monkeypatch.setattr("chain.producer.apply_transaction", note)
    return again


def test_the_next_block_is_what_waits_as_it_was_admitted(forge: Forge, applied_again: list[Transaction]) -> None:
    add(forge, transfer(forge, "bob"))
    add(forge, note(forge, "alice", 1), role="posting")
    (block,) = forge.grow()
    assert len(block.transactions) == 2
    assert not applied_again


def test_what_waits_is_applied_anew_after_a_missed_slot(forge: Forge, applied_again: list[Transaction]) -> None:
    """Its effects may bear the block's time."""
    signed = add(forge, transfer(forge, "bob"))
    forge.grow(slot=2)
    assert applied_again == [signed]


def test_what_waits_is_applied_anew_where_it_must_know_the_witness(
    forge: Forge, applied_again: list[Transaction]
) -> None:
    forge.grow(45)
    signed = claim(forge)
    forge.chain.mempool.add(signed)
    forge.grow()
    assert applied_again == [signed]


def test_what_waits_is_applied_anew_where_it_does_not_fit_into_a_block(applied_again: list[Transaction]) -> None:
    small = Forge(maximum_block_size_bytes_min=1_024, maximum_block_size_bytes_default=1_024)
    small.grow(small.params.witnesses_max + 1)  # the first schedule brings the size in force
    signed = [add(small, transfer(small, "bob", number)) for number in range(1, 12)]
    (block,) = small.grow()
    assert 0 < len(block.transactions) < 11
    assert applied_again == signed[: len(block.transactions)]


def test_making_a_block_changes_nothing(forge: Forge) -> None:
    add(forge, transfer(forge, "bob"))
    add(forge, note(forge, "alice", 1), role="posting")
    before = trace_of(forge.chain)
    for slot in (1, 2, 7):
        witness = forge.witness(slot)
        block = make_block(forge.chain, slot_time(forge.state, slot), witness, forge.witness_keys[witness])
        assert len(block.transactions) == 2
        assert trace_of(forge.chain) == before


# free accounts (parity chains, item 12)


def claim(forge: Forge) -> Transaction:
    operation = forge.operation("claim_account", creator="alice", fee="0.000 HIVE", extensions=())
    return forge.transaction(operation, by="alice", expires_in=3_600)


def test_invalid_claim_while_nobody_has_a_free_account(forge: Forge) -> None:
    assert forge.state.globals.available_account_subsidies < 10_000
    with forge.refuses(SubsidyExhausted):
        forge.chain.mempool.add(claim(forge))


def test_a_free_claim_waits_for_an_elected_witness_who_has_one_to_give(forge: Forge) -> None:
    forge.grow(45)
    free = claim(forge)
    forge.chain.mempool.add(free)
    assert forge.state.accounts.get("alice").pending_claimed_accounts == 1
    for _ in range(200):
        witness = forge.state.witnesses.get(forge.witness())
        pool = witness.available_subsidies
        has_one = witness.schedule == SCHEDULE_ELECTED and pool >= 10_000
        other = add(forge, transfer(forge, "bob", forge.chain.head_num))
        if not has_one:
            forge.refuses_block(WitnessSubsidyExhausted, forge.block(free))
        (block,) = forge.grow()
        assert [made.id for made in block.transactions] == ([free.id, other.id] if has_one else [other.id])
        assert (free.id in forge.chain.mempool) == (not has_one)
        if has_one:
            break
    assert has_one
    assert pool - 10_000 <= forge.state.witnesses.get(witness.owner).available_subsidies < pool
    forge.chain.mempool.add(claim(forge))


def test_invalid_free_claim_in_a_block_of_a_witness_who_was_not_elected(forge: Forge) -> None:
    forge.grow(45)
    with forge.amending() as state:
        witness = state.witnesses.edit(forge.witness())
        witness.schedule = SCHEDULE_TIMESHARE
        witness.available_subsidies = 10**6
    free = claim(forge)
    forge.chain.mempool.add(free)
    forge.refuses_block(NotByElectedWitness, forge.block(free))
    (block,) = forge.grow()
    assert block.transactions == ()
    assert waiting(forge) == [free.id]
