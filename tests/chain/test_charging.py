"""What transactions cost, who pays, and who is refused (protocol.md §9.1 to §9.4)."""

import pytest

from chain.chain import Chain
from chain.credit_market import NotEnoughCredits, appraise, payer_of, tariff
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS, OPERATIONS_BY_NAME, Operation
from chain.resource_sizes import NANOSECONDS, STATE
from chain.resource_use import FREE, HELD, STATE_OF, USES, usage_of
from chain.rows import Bars
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from rewards.credits import EXECUTION_TIME, HISTORY_BYTES, MARKET_BYTES, NOTHING, RESOURCES, STATE_BYTES
from tests.helpers.forge import Forge

HOUR = 3_600


@pytest.fixture
def forge() -> Forge:
    forge = Forge()
    forge.grow(3)
    return forge


def transfer(forge: Forge, memo: str = "") -> Operation:
    return forge.operation("transfer", from_="alice", to="bob", amount="1.000 HIVE", memo=memo)


def bars(forge: Forge, name: str) -> Bars:
    return forge.state.bars.get(name)


def leave(forge: Forge, name: str, mana: int) -> None:
    with forge.amending() as state:
        row = state.bars.edit(name)
        row.credits, row.credits_at = mana, state.globals.time


def cost_of(forge: Forge, transaction: Transaction) -> int:
    return appraise(forge.state, transaction).total


# what is used


def test_every_operation_says_what_it_uses() -> None:
    for number, kind in OPERATIONS.items():
        use = USES[number]
        assert bool(use.nanoseconds) is (kind.name not in FREE), kind.name
    assert not set(STATE_OF) - set(OPERATIONS_BY_NAME)
    assert not set(HELD) - set(OPERATIONS_BY_NAME)


def test_a_transfer_uses_its_bytes_twice_and_the_time_of_a_signature(forge: Forge) -> None:
    signed = forge.transaction(transfer(forge), by="alice")
    size = len(signed.packed_bytes)
    usage = usage_of(signed, signed.expiration - 60)
    assert usage[HISTORY_BYTES] == usage[MARKET_BYTES] == size
    assert usage[STATE_BYTES] == STATE["transaction_base"]
    assert usage[EXECUTION_TIME] == sum(NANOSECONDS[name] for name in ("transfer", "transaction", "verify_authority"))


def test_hours_to_the_expiration_are_counted_when_they_have_begun(forge: Forge) -> None:
    signed = forge.transaction(transfer(forge), by="alice")
    for seconds, hours in ((1, 1), (HOUR, 1), (HOUR + 1, 2), (24 * HOUR, 24)):
        assert usage_of(signed, signed.expiration - seconds)[STATE_BYTES] == hours * STATE["transaction_base"]


def test_who_replaces_a_key_pays_only_for_what_is_new(forge: Forge) -> None:
    keys = forge.state.account_keys.get("alice")
    update = forge.operation(
        "account_update",
        account="alice",
        owner=None,
        active=None,
        posting=keys.posting,
        memo_key=keys.memo_key,
        json_metadata="",
    )
    assert not forge.state.charges
    forge.chain.mempool.add(forge.transaction(update, by="alice"))
    (charge,) = forge.state.charges
    assert charge.usage[STATE_BYTES] == STATE["transaction_base"]


# what it costs


def test_the_payer_pays_at_the_prices_of_the_moment(forge: Forge) -> None:
    signed = forge.transaction(transfer(forge), by="alice")
    cost = cost_of(forge, signed)
    size = bars(forge, "alice").credits_max
    forge.push(signed)
    assert bars(forge, "alice").credits == size - cost
    assert bars(forge, "bob").credits == bars(forge, "bob").credits_max


def test_use_makes_prices_rise_in_the_next_block(forge: Forge) -> None:
    def market_bytes_per_million() -> int:
        price = tariff(forge.state).prices[MARKET_BYTES]
        assert price is not None
        return price.numerator * 1_000_000 // price.denominator

    before = market_bytes_per_million()
    forge.push(*[forge.transaction(transfer(forge, f"{number}"), by="alice") for number in range(20)])
    assert market_bytes_per_million() > before


def test_pools_take_what_was_used_and_are_undone_with_their_block(forge: Forge) -> None:
    digest, rows = forge.chain.digest, forge.state.credit_pools.get("").pools
    forge.push(forge.transaction(transfer(forge), by="alice"))
    assert forge.state.credit_pools.get("").pools != rows
    assert forge.state.credit_pools.get("").usage != NOTHING
    forge.chain.pop_block()
    assert forge.chain.digest == digest
    assert forge.state.credit_pools.get("").pools == rows
    assert forge.state.credit_pools.get("").usage == NOTHING


def test_what_was_used_is_forgotten_after_a_day(forge: Forge) -> None:
    forge.push(forge.transaction(transfer(forge), by="alice"))
    used = forge.state.credit_pools.get("").usage
    assert used != NOTHING
    slots = HOUR // 3 + 1
    for _ in range(23):
        forge.grow(slot=slots)
    assert forge.state.credit_pools.get("").usage == used
    forge.grow(slot=slots)
    assert forge.state.credit_pools.get("").usage == NOTHING
    assert len(used) == len(RESOURCES)


# who pays


def test_the_first_signer_of_the_first_operation_pays(forge: Forge) -> None:
    note = forge.operation("custom_json", required_auths=(), required_posting_auths=("carol", "bob"), id="x", json="{}")
    assert payer_of(Transaction(0, 0, 0, [note, transfer(forge)])) == "bob"
    assert payer_of(Transaction(0, 0, 0, [transfer(forge), note])) == "alice"


def test_a_witness_pays_for_its_properties_and_the_recovered_for_the_recovery(forge: Forge) -> None:
    properties = OPERATIONS_BY_NAME["witness_set_properties"]("witness-1", (), ())
    keys = forge.state.account_keys.get("alice")
    recovery = OPERATIONS_BY_NAME["recover_account"]("alice", keys.owner, keys.active, ())
    assert payer_of(Transaction(0, 0, 0, [properties])) == "witness-1"
    assert payer_of(Transaction(0, 0, 0, [recovery])) == "alice"


def test_getting_a_stolen_account_back_is_free_unless_it_asks_for_more(forge: Forge) -> None:
    keys = forge.state.account_keys.get("alice")
    recovery = OPERATIONS_BY_NAME["recover_account"]("alice", keys.owner, keys.active, ())
    two = (bytes(65),) * 2
    alone = Transaction(0, 0, HOUR, [recovery], (), two)
    assert usage_of(alone, 0, noted_state=-5) == NOTHING
    with_company = Transaction(0, 0, HOUR, [recovery, transfer(forge)], (), two)
    by_three = Transaction(0, 0, HOUR, [recovery], (), (bytes(65),) * 3)
    for dear in (with_company, by_three):
        assert usage_of(dear.with_packing(Packing(forge.params.dialect, LEGACY)), 0)[STATE_BYTES] > 0


# refusals


def test_invalid_too_few_credits_now_but_enough_later(forge: Forge) -> None:
    signed = forge.transaction(transfer(forge), by="alice")
    cost = cost_of(forge, signed)
    leave(forge, "alice", cost - 1)
    with forge.refuses(
        NotEnoughCredits, f"Account: alice has {cost - 1} RC, needs {cost} RC. .* There will be enough at 2025"
    ):
        forge.chain.mempool.add(signed)
    leave(forge, "alice", cost)
    forge.chain.mempool.add(signed)
    assert bars(forge, "alice").credits == 0


def test_invalid_more_than_the_bar_can_hold(forge: Forge) -> None:
    with forge.amending() as state:
        account, row = state.accounts.edit("alice"), state.bars.edit("alice")
        account.rc_adjustment -= row.credits_max - 10
        row.credits = row.credits_max = 10
    with forge.refuses(NotEnoughCredits, "The account can hold 10 RC"):
        forge.chain.mempool.add(forge.transaction(transfer(forge), by="alice"))


def test_a_block_may_hold_what_its_payer_cannot_pay_and_empties_the_bar(forge: Forge) -> None:
    leave(forge, "alice", 7)
    forge.push(forge.transaction(transfer(forge), by="alice"))
    assert bars(forge, "alice").credits == 0


def test_a_producer_leaves_out_what_can_no_longer_be_paid(forge: Forge) -> None:
    signed = forge.transaction(transfer(forge), by="alice")
    forge.chain.mempool.add(signed)
    leave(forge, "alice", 7)
    (block,) = forge.grow()
    assert block.transactions == ()
    assert signed.id not in forge.chain.mempool


def test_a_play_chain_may_let_everybody_in() -> None:
    forge = Forge(allow_not_enough_rc=True)
    forge.grow(3)
    leave(forge, "alice", 7)
    forge.chain.mempool.add(forge.transaction(transfer(forge), by="alice"))
    (block,) = forge.grow()
    assert len(block.transactions) == 1
    assert bars(forge, "alice").credits == 0


def test_a_refused_transaction_costs_nothing(forge: Forge) -> None:
    poor = forge.operation("transfer", from_="alice", to="bob", amount="99999999.000 HIVE", memo="")
    before = bars(forge, "alice").credits
    with pytest.raises(Exception, match="sufficient funds"):
        forge.chain.mempool.add(forge.transaction(poor, by="alice"))
    assert bars(forge, "alice").credits == before


def test_a_witness_without_readers_has_the_same_credits(forge: Forge) -> None:
    bare = Chain(MemoryBackend(), forge.genesis, with_history=False)
    forge.push(forge.transaction(transfer(forge), by="alice"))
    for num in range(1, forge.chain.head_num + 1):
        bare.push_block(forge.chain.block(num))
    assert bare.digest == forge.chain.digest
    assert bare.state.bars.get("alice") == bars(forge, "alice")
    bare.mempool.add(forge.transaction(transfer(forge), by="alice"))
    assert len(bare.state.block_usages) == 1
    assert not bare.state.charges
