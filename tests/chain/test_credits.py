"""Bars of resource credits: how large they are, how they fill, what stake does to them (protocol.md §9.1)."""

import pytest

from chain.credits import credits_at
from chain.earnings import edit_earnings
from chain.invariants import BrokenInvariant, check_credits
from tests.helpers.world import World

MILLION = 1_000_000
SIZE = 10_000 * MILLION
DAY = 86_400


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice", hive="100.000 HIVE", vests="10000.000000 VESTS")
    world.account("bob", vests="500.000000 VESTS")
    return world


def empty(world: World, *names: str) -> None:
    for name in names:
        row = world.state.bars.edit(name)
        row.credits, row.credits_at = 0, world.state.now


def test_a_new_account_has_the_credits_that_its_fee_buys(world: World) -> None:
    world.do(
        "account_create",
        fee="3.000 HIVE",
        creator="alice",
        new_account_name="newcomer",
        **{role: world.state.account_keys.get("alice").owner for role in ("owner", "active", "posting")},
        memo_key=world.state.account_keys.get("alice").memo_key,
        json_metadata="",
    )
    bars = world.bars("newcomer")
    assert (bars.credits, bars.credits_max, bars.credits_at) == (3_000 * MILLION, 3_000 * MILLION, world.state.now)
    check_credits(world.state)


def test_a_bar_fills_in_five_days(world: World) -> None:
    empty(world, "alice")
    row = world.bars("alice")
    regeneration = world.state.params.rc_regeneration_seconds
    found = [credits_at(row, row.credits_at + days * DAY, regeneration) for days in (0, 1, 2, 5, 50)]
    assert found == [0, SIZE // 5, SIZE // 5 * 2, SIZE, SIZE]


def test_powering_up_brings_credits_at_once(world: World) -> None:
    empty(world, "alice")
    world.do("transfer_to_vesting", from_="alice", to="", amount="5.000 HIVE")
    assert (world.bars("alice").credits, world.bars("alice").credits_max) == (5_000 * MILLION, 15_000 * MILLION)
    check_credits(world.state)


def test_a_power_down_takes_the_next_step_out_of_the_bar(world: World) -> None:
    world.do("withdraw_vesting", account="alice", vesting_shares="1300.000000 VESTS")
    assert (world.bars("alice").credits, world.bars("alice").credits_max) == (
        SIZE - 100 * MILLION,
        SIZE - 100 * MILLION,
    )
    check_credits(world.state)


def test_stopping_a_power_down_gives_the_room_back_but_nothing_to_fill_it(world: World) -> None:
    world.do("withdraw_vesting", account="alice", vesting_shares="1300.000000 VESTS")
    world.do("withdraw_vesting", account="alice", vesting_shares="0.000000 VESTS")
    assert (world.bars("alice").credits, world.bars("alice").credits_max) == (SIZE - 100 * MILLION, SIZE)
    check_credits(world.state)


def test_steps_of_a_power_down_shrink_the_bar_and_what_is_vested_elsewhere_fills_another(world: World) -> None:
    world.do("set_withdraw_vesting_route", from_account="alice", to_account="bob", percent=5_000, auto_vest=True)
    world.do("withdraw_vesting", account="alice", vesting_shares="1300.000000 VESTS")
    empty(world, "bob")
    world.advance(days=7)
    assert world.bars("alice").credits_max == SIZE - 200 * MILLION, "a step is gone, and the next one taken out"
    assert world.bars("bob").credits_max == 550 * MILLION
    assert world.bars("bob").credits == 550 * MILLION, "seven days have filled it"
    check_credits(world.state)


def test_delegated_vests_take_no_credits_from_who_had_spent_them(world: World) -> None:
    empty(world, "alice", "bob")
    world.delegate("alice", "bob", "4000.000000 VESTS")
    assert (world.bars("alice").credits, world.bars("alice").credits_max) == (0, 6_000 * MILLION)
    assert (world.bars("bob").credits, world.bars("bob").credits_max) == (4_000 * MILLION, 4_500 * MILLION)
    world.delegate("alice", "bob", "0.000000 VESTS")
    assert (world.bars("bob").credits, world.bars("bob").credits_max) == (500 * MILLION, 500 * MILLION)
    assert world.bars("alice").credits_max == 6_000 * MILLION, "they are on their way back"
    empty(world, "alice")
    world.advance(days=6)
    assert world.bars("alice").credits_max == SIZE
    check_credits(world.state)


def test_claimed_vests_bring_credits(world: World) -> None:
    earned = edit_earnings(world.state, "alice")
    earned.vests, earned.vesting_hive = 10 * MILLION, 10
    globals_ = world.state.edit_globals()
    globals_.pending_rewarded_vesting_shares += 10 * MILLION
    globals_.pending_rewarded_vesting_hive += 10
    empty(world, "alice")
    none = {"reward_hive": "0.000 HIVE", "reward_hbd": "0.000 HBD"}
    world.do("claim_reward_balance", account="alice", **none, reward_vests="10.000000 VESTS")
    assert (world.bars("alice").credits, world.bars("alice").credits_max) == (10 * MILLION, SIZE + 10 * MILLION)


def test_vests_sent_to_null_are_gone_with_their_credits(world: World) -> None:
    world.do("transfer_to_vesting", from_="alice", to="null", amount="5.000 HIVE")
    assert world.bars("null").credits_max == 5_000 * MILLION
    world.advance()
    assert (world.bars("null").credits, world.bars("null").credits_max) == (0, 0)
    check_credits(world.state)


def test_a_bar_of_the_wrong_size_is_a_bug(world: World) -> None:
    world.state.accounts.edit("alice").vesting_shares += 1
    with pytest.raises(BrokenInvariant, match="size of the bar of alice"):
        check_credits(world.state)


def test_a_bar_that_holds_too_much_is_a_bug(world: World) -> None:
    world.state.bars.edit("alice").credits += 1
    with pytest.raises(BrokenInvariant, match="what it can hold"):
        check_credits(world.state)


def test_credits_from_nowhere_are_a_bug(world: World) -> None:
    row = world.state.bars.edit("alice")
    row.credits_received += 1
    row.credits_max += 1
    with pytest.raises(BrokenInvariant, match="credits lent and received"):
        check_credits(world.state)
