"""Changes of balances by themselves: savings, interest, rewards (protocol.md §1.8)."""

import pytest

from chain import balances
from chain.asset import HBD, HIVE, VESTS, Asset
from chain.earnings import earnings_of
from chain.events import ClearNullAccountBalance, Interest
from chain.rows import Earnings
from tests.helpers.world import World, check_stake

DAY = 86_400


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice", hive="5.000 HIVE", hbd="2000.000 HBD")
    world.state.edit_globals().hbd_interest_rate = 1_500
    return world


def save(world: World, name: str, hbd: int) -> None:
    balances.adjust_hbd(world.state, name, -hbd)
    balances.adjust_savings_hbd(world.state, name, hbd)


def test_interest_of_the_worked_example(world: World) -> None:
    """1000.000 HBD held 30 days and 3 s at 15 % bring 12.328 HBD."""
    save(world, "alice", 1_000_000)
    first = world.advance(seconds=3)
    save(world, "alice", 0)  # the first change with seconds behind it ends the time since the epoch, for nothing yet
    assert first == []
    world.advance(days=30)
    save(world, "alice", 0)
    assert world["alice"].savings_hbd_balance == 1_000_000, "exactly 30 days are not enough"
    world.advance(seconds=3)
    before = world.state.globals.current_hbd_supply, world.state.globals.virtual_supply
    save(world, "alice", 0)
    assert world.events() == [Interest("alice", Asset(12_328, HBD), is_saved_into_hbd_balance=False)]
    account = world["alice"]
    assert (account.savings_hbd_balance, account.savings_hbd_seconds) == (1_012_328, 0)
    assert account.savings_hbd_interest_at == world.state.now
    assert world.state.globals.current_hbd_supply == before[0] + 12_328
    assert world.state.globals.virtual_supply == before[1] + 12_328 * 4
    check_stake(world)


def test_the_first_payment_is_counted_from_the_epoch_and_may_be_nothing(world: World) -> None:
    save(world, "alice", 10)
    assert world["alice"].savings_hbd_interest_at == 0, "nothing was saved so far"
    world.advance(seconds=3)
    save(world, "alice", 0)
    account = world["alice"]
    assert (account.savings_hbd_interest_at, account.savings_hbd_seconds) == (world.state.now, 0)
    assert world.events() == []


def test_a_second_change_at_the_same_time_adds_no_seconds(world: World) -> None:
    save(world, "alice", 1_000)
    world.advance(seconds=9)
    save(world, "alice", 0)
    world.advance(seconds=9)
    for _ in range(3):
        save(world, "alice", 1)
    assert world["alice"].savings_hbd_seconds == 9_000


def test_adjust_by_asset(world: World) -> None:
    balances.adjust_balance(world.state, "alice", Asset(-5, HIVE))
    balances.adjust_savings(world.state, "alice", Asset(5, HIVE))
    balances.adjust_balance(world.state, "alice", Asset(-7, HBD))
    balances.adjust_savings(world.state, "alice", Asset(7, HBD))
    account = world["alice"]
    assert (account.balance, account.savings_balance, account.savings_hbd_balance) == (4_995, 5, 7)
    check_stake(world)


@pytest.mark.parametrize("adjust", [balances.adjust_balance, balances.adjust_savings])
def test_invalid_not_money(world: World, adjust: object) -> None:
    with pytest.raises(balances.NotMoney):
        adjust(world.state, "whale", Asset(1, VESTS))  # type: ignore[operator]  # one of the two above


@pytest.mark.parametrize("adjust", [balances.adjust_savings_hive, balances.adjust_savings_hbd])
def test_invalid_insufficient_savings(world: World, adjust: object) -> None:
    with pytest.raises(balances.InsufficientSavings):
        adjust(world.state, "alice", -1)  # type: ignore[operator]  # one of the two above


def test_invalid_savings_that_only_the_interest_due_would_cover(world: World) -> None:
    save(world, "alice", 1_000_000)
    world.advance(seconds=3)
    save(world, "alice", 0)
    world.advance(days=31)
    with pytest.raises(balances.InsufficientSavings):
        balances.adjust_savings_hbd(world.state, "alice", -1_000_001)
    balances.adjust_savings_hbd(world.state, "alice", -1_000_000)
    assert world["alice"].savings_hbd_balance == 12_739, "31 days at 15 %"


def test_created_vesting_votes_at_once_and_brings_mana(world: World) -> None:
    world.approve("alice", "witness")
    balances.adjust_hive(world.state, "alice", -1_000)
    vests = balances.create_vesting(world.state, "alice", 1_000)
    assert vests == 1_000_000_000
    bars = world.bars("alice")
    assert (bars.voting_mana, bars.downvote_mana) == (vests, vests // 4)
    assert world.state.witnesses.get("witness").votes == vests
    check_stake(world)


def test_null_loses_everything_that_it_owns(world: World) -> None:
    world.reward("null", hive=1, hbd=2, vests=3_000_000, vested_hive=4)
    world.power_up("alice", "1.000 HIVE", "null")
    balances.adjust_hive(world.state, "alice", -5)
    balances.adjust_savings_hive(world.state, "null", 5)
    save(world, "alice", 0)
    balances.adjust_hbd(world.state, "alice", -6)
    balances.adjust_savings_hbd(world.state, "null", 6)
    assert world.advance() == [
        ClearNullAccountBalance((Asset(1_010, HIVE), Asset(1_003_000_000, VESTS), Asset(8, HBD)))
    ]
    null = world["null"]
    assert (null.vesting_shares, null.delayed_votes, null.delayed_votes_sum) == (0, (), 0)
    assert null.savings_hbd_balance == 0
    assert earnings_of(world.state, "null") == Earnings("null")
    check_stake(world)
    assert world.advance(days=40) == []
