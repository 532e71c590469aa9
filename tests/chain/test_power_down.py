"""Power-up, power-down and its routes (protocol.md §8.2, §8.3, §8.4)."""

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HIVE, VESTS, Asset
from chain.balances import InsufficientFunds
from chain.events import FillVestingWithdraw, TransferToVestingCompleted, VirtualOperation
from chain.operations.set_withdraw_vesting_route import (
    RoutesExceedWhole,
    RouteWithoutPercent,
    TooManyRoutes,
    TreasuryCannotReceiveRoute,
)
from chain.operations.transfer_to_vesting import TreasuryCannotVest
from chain.operations.withdraw_vesting import InsufficientHivePower, NegativeWithdrawal, SameWithdrawRate
from chain.rows import TIME_MAX
from tests.helpers.world import World, check_stake

WEEK = 604_800


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice", hive="10.000 HIVE", vests="1300.000000 VESTS")
    world.account("bob")
    world.account("carol")
    return world


def fill(giver: str, receiver: str, vests: int, hive: int) -> FillVestingWithdraw:
    return FillVestingWithdraw(giver, receiver, Asset(vests, VESTS), Asset(hive, HIVE))


def move(giver: str, receiver: str, vests: int) -> FillVestingWithdraw:
    return FillVestingWithdraw(giver, receiver, Asset(vests, VESTS), Asset(vests, VESTS))


# power-up


def test_power_up_buys_vests_with_mana(world: World) -> None:
    assert world.power_up("alice", "2.500 HIVE", "bob") == [
        TransferToVestingCompleted("alice", "bob", Asset(2_500, HIVE), Asset(2_500_000_000, VESTS))
    ]
    bob, bars = world["bob"], world.bars("bob")
    assert (bob.vesting_shares, bars.voting_mana, bars.downvote_mana) == (2_500_000_000, 2_500_000_000, 625_000_000)
    assert bob.delayed_votes == ((world.state.now, 2_500_000_000),)
    assert world["alice"].balance == 7_500
    check_stake(world)


def test_power_up_for_oneself_by_an_empty_name(world: World) -> None:
    event = world.power_up("alice", "1.000 HIVE")[0]
    assert isinstance(event, TransferToVestingCompleted)
    assert event.to_account == "alice"
    assert world["alice"].vesting_shares == 2_300_000_000


def test_power_up_rounds_down(world: World) -> None:
    globals_ = world.state.edit_globals()
    globals_.total_vesting_fund_hive += 333_333_333
    globals_.current_supply += 333_333_333
    expected = 1_000 * globals_.total_vesting_shares // globals_.total_vesting_fund_hive
    world.power_up("alice", "1.000 HIVE", "bob")
    assert world["bob"].vesting_shares == expected
    check_stake(world)


def test_mana_regenerates_before_new_vests_count(world: World) -> None:
    world.state.bars.edit("alice").voting_mana = 0
    world.advance(days=2)
    world.power_up("alice", "1.000 HIVE")
    assert world.bars("alice").voting_mana == 1_300_000_000 * 2 // 5 + 1_000_000_000


def test_invalid_power_up_for_the_treasury(world: World) -> None:
    with pytest.raises(TreasuryCannotVest):
        world.power_up("alice", "1.000 HIVE", "hive.fund")


def test_invalid_power_up_without_funds(world: World) -> None:
    with pytest.raises(InsufficientFunds):
        world.power_up("alice", "10.001 HIVE")


def test_invalid_power_up_of_unknown_accounts(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.power_up("alice", "1.000 HIVE", "nobody")
    with pytest.raises(UnknownAccount):
        world.power_up("nobody", "1.000 HIVE", "alice")


# power-down


@pytest.mark.parametrize(
    ("vests", "rate"),
    [("0.001000 VESTS", 77), ("0.000025 VESTS", 2), ("0.000012 VESTS", 1), ("1300.000000 VESTS", 100_000_000)],
)
def test_the_rate_is_a_thirteenth_rounded_up(world: World, vests: str, rate: int) -> None:
    world.power_down("alice", vests)
    alice = world["alice"]
    assert alice.vesting_withdraw_rate == rate
    assert alice.next_vesting_withdrawal == world.state.now + WEEK
    assert (alice.to_withdraw, alice.withdrawn) == (world.amount(vests).amount, 0)


def test_thirteen_weeks_of_power_down(world: World) -> None:
    world.approve("alice", "witness")
    world.power_down("alice", "1300.000000 VESTS")
    assert world.advance(seconds=WEEK - 1) == []
    assert world.advance() == [fill("alice", "alice", 100_000_000, 100)]
    assert world.state.witnesses.get("witness").votes == 1_200_000_000
    check_stake(world)
    for _ in range(12):
        assert world.advance(seconds=WEEK) == [fill("alice", "alice", 100_000_000, 100)]
    alice = world["alice"]
    assert (alice.balance, alice.vesting_shares, alice.to_withdraw, alice.withdrawn) == (11_300, 0, 0, 0)
    assert (alice.next_vesting_withdrawal, alice.vesting_withdraw_rate) == (TIME_MAX, 0)
    check_stake(world)
    assert world.advance(seconds=WEEK) == []


def test_the_last_step_takes_what_is_left(world: World) -> None:
    world.power_down("alice", "0.000012 VESTS")
    for _ in range(12):
        assert len(world.advance(seconds=WEEK)) == 1
    assert world["alice"].next_vesting_withdrawal == TIME_MAX
    world.power_down("alice", "0.000025 VESTS")
    steps = [world.advance(seconds=WEEK)[0] for _ in range(13)]
    assert [step.withdrawn.amount for step in steps if isinstance(step, FillVestingWithdraw)] == [2] * 12 + [1]


def test_a_new_power_down_starts_anew(world: World) -> None:
    world.power_down("alice", "1300.000000 VESTS")
    world.advance(seconds=WEEK)
    world.power_down("alice", "130.000000 VESTS")
    alice = world["alice"]
    assert (alice.vesting_withdraw_rate, alice.to_withdraw, alice.withdrawn) == (10_000_000, 130_000_000, 0)
    assert alice.next_vesting_withdrawal == world.state.now + WEEK


def test_power_down_can_be_cancelled(world: World) -> None:
    world.power_down("alice", "13.000000 VESTS")
    world.power_down("alice", "0.000000 VESTS")
    alice = world["alice"]
    assert (alice.next_vesting_withdrawal, alice.to_withdraw, alice.vesting_withdraw_rate) == (TIME_MAX, 0, 0)


def test_newest_delayed_votes_leave_first(world: World) -> None:
    world.approve("alice", "witness")
    world.power_up("alice", "0.060 HIVE")
    world.advance(days=1)
    world.power_up("alice", "0.050 HIVE")
    world.power_down("alice", "1300.000000 VESTS")
    world.advance(seconds=WEEK)
    assert [vests for _, vests in world["alice"].delayed_votes] == [10_000_000]
    assert world.state.witnesses.get("witness").votes == 1_300_000_000
    world.advance(seconds=WEEK)
    assert world["alice"].delayed_votes == ()
    assert world.state.witnesses.get("witness").votes == 1_210_000_000
    check_stake(world)


def test_due_power_downs_run_by_time_then_name(world: World) -> None:
    world.account("aaron", vests="13.000000 VESTS")
    world.power_down("alice", "13.000000 VESTS")
    world.power_down("aaron", "13.000000 VESTS")
    world.power_down("whale", "13.000000 VESTS")
    assert names_of(world.advance(seconds=WEEK)) == ["aaron", "alice", "whale"]


def names_of(events: list[VirtualOperation]) -> list[str]:
    return [event.from_account for event in events if isinstance(event, FillVestingWithdraw)]


def test_steps_missed_while_no_blocks_came(world: World) -> None:
    """An account comes round again only while another one waits behind it: hived walks an index that it changes."""
    world.power_down("alice", "1300.000000 VESTS")
    assert names_of(world.advance(days=30)) == ["alice"]
    assert names_of(world.advance()) == ["alice"]
    check_stake(world)


def test_steps_missed_by_two_that_wait_for_each_other(world: World) -> None:
    world.power_down("alice", "1300.000000 VESTS")
    world.advance(days=1)
    world.power_down("whale", "1300.000000 VESTS")
    assert names_of(world.advance(days=22)) == ["alice", "whale"] * 3
    check_stake(world)


def test_invalid_more_than_owned(world: World) -> None:
    with pytest.raises(InsufficientHivePower):
        world.power_down("alice", "1300.000001 VESTS")


def test_invalid_what_is_delegated(world: World) -> None:
    world.delegate("alice", "bob", "1000.000000 VESTS")
    world.power_down("alice", "300.000000 VESTS")
    with pytest.raises(InsufficientHivePower):
        world.power_down("alice", "300.000001 VESTS")


def test_invalid_nothing_to_cancel(world: World) -> None:
    with pytest.raises(SameWithdrawRate):
        world.power_down("alice", "0.000000 VESTS")


def test_invalid_same_rate(world: World) -> None:
    world.power_down("alice", "13.000000 VESTS")
    with pytest.raises(SameWithdrawRate):
        world.power_down("alice", "12.999999 VESTS")


def test_a_rate_without_a_power_down_forbids_nothing_and_cannot_be_cancelled(world: World) -> None:
    """Accounts that are older than hardfork 1 have the rate 1 from the beginning."""
    world.state.accounts.edit("alice").vesting_withdraw_rate = 1
    with pytest.raises(SameWithdrawRate):
        world.power_down("alice", "0.000000 VESTS")
    world.power_down("alice", "0.000013 VESTS")
    assert world["alice"].next_vesting_withdrawal == world.state.now + WEEK
    with pytest.raises(SameWithdrawRate):
        world.power_down("alice", "0.000013 VESTS")


def test_before_hardfork_28_the_rate_alone_told_a_power_down(world: World) -> None:
    world.state.hardforks_.edit("").last_hardfork = 27
    world.state.accounts.edit("alice").vesting_withdraw_rate = 1
    with pytest.raises(SameWithdrawRate):
        world.power_down("alice", "0.000013 VESTS")
    world.power_down("alice", "0.000000 VESTS")
    assert world["alice"].vesting_withdraw_rate == 0
    with pytest.raises(SameWithdrawRate):
        world.power_down("alice", "0.000000 VESTS")


def test_invalid_negative_withdrawal(world: World) -> None:
    with pytest.raises(NegativeWithdrawal):
        world.power_down("alice", "-0.000001 VESTS")


def test_invalid_power_down_of_unknown_account(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.power_down("nobody", "1.000000 VESTS")


# routes


def test_routes_share_a_step(world: World) -> None:
    world.route("alice", "carol", 2_500, auto_vest=True)
    world.route("alice", "bob", 3_333)
    world.route("alice", "alice", 1_000, auto_vest=True)
    world.power_down("alice", "1300.000000 VESTS")
    assert world.advance(seconds=WEEK) == [
        move("alice", "alice", 10_000_000),
        move("alice", "carol", 25_000_000),
        fill("alice", "bob", 33_330_000, 33),
        fill("alice", "alice", 31_670_000, 31),
    ]
    assert world["alice"].vesting_shares == 1_210_000_000
    assert (world["alice"].balance, world["bob"].balance) == (10_031, 33)
    assert world["carol"].delayed_votes == ((world.state.now, 25_000_000),)
    assert world.bars("carol").voting_mana == 0, "no mana comes with moved VESTS"
    check_stake(world)


def test_a_remainder_of_nothing_is_numbered_but_not_told(world: World) -> None:
    world.route("alice", "bob", 10_000)
    world.power_down("alice", "1300.000000 VESTS")
    world.power_down("whale", "1300.000000 VESTS")
    events = world.advance(seconds=WEEK)
    assert events == [fill("alice", "bob", 100_000_000, 100), fill("whale", "whale", 100_000_000, 100)]
    assert [entry.op_in_trx for entry in world.state.applied] == [1, 3]


def test_routes_change_and_go(world: World) -> None:
    world.route("alice", "bob", 4_000)
    world.route("alice", "bob", 5_000, auto_vest=True)
    route = world.state.withdraw_routes.get(("alice", "bob"))
    assert (route.percent, route.auto_vest, world["alice"].withdraw_routes) == (5_000, True, 1)
    world.route("alice", "bob", 0)
    assert world.state.withdraw_routes.find(("alice", "bob")) is None
    assert world["alice"].withdraw_routes == 0


def test_invalid_route_to_the_treasury(world: World) -> None:
    with pytest.raises(TreasuryCannotReceiveRoute):
        world.route("alice", "hive.fund", 1)


def test_invalid_route_without_percent(world: World) -> None:
    with pytest.raises(RouteWithoutPercent):
        world.route("alice", "bob", 0)


def test_invalid_routes_exceed_whole(world: World) -> None:
    world.route("alice", "bob", 6_000)
    with pytest.raises(RoutesExceedWhole):
        world.route("alice", "carol", 4_001)
    world.route("alice", "carol", 4_000)
    with pytest.raises(RoutesExceedWhole):
        world.route("alice", "bob", 6_001)


def test_invalid_too_many_routes(world: World) -> None:
    for number in range(10):
        world.account(f"target{number}")
        world.route("alice", f"target{number}", 1)
    with pytest.raises(TooManyRoutes):
        world.route("alice", "bob", 1)


def test_invalid_route_of_unknown_accounts(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.route("alice", "nobody", 1)
    with pytest.raises(UnknownAccount):
        world.route("nobody", "alice", 1)
