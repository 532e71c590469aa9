"""transfer: liquid money, the treasury, burning (protocol.md §8.1, §2.7)."""

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HBD, HIVE, Asset
from chain.balances import InsufficientFunds
from chain.checks import AmountNotPositive, NotUtf8, TooLong, VestingNotAllowed
from chain.events import ClearNullAccountBalance, DhfConversion
from chain.processes.price_feed import NoPriceFeed
from tests.helpers.world import World, check_stake


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice", hive="10.000 HIVE", hbd="8.000 HBD")
    world.account("bob")
    return world


def test_money_moves(world: World) -> None:
    assert world.transfer("alice", "bob", "1.250 HIVE", "for the book") == []
    world.transfer("alice", "bob", "8.000 HBD")
    assert (world["alice"].balance, world["bob"].balance) == (8_750, 1_250)
    assert (world["alice"].hbd_balance, world["bob"].hbd_balance) == (0, 8_000)
    check_stake(world)


def test_sending_to_oneself_changes_nothing(world: World) -> None:
    world.transfer("alice", "alice", "10.000 HIVE")
    assert world["alice"].balance == 10_000


def test_hive_for_the_treasury_becomes_hbd_at_the_median(world: World) -> None:
    supply = world.state.globals.current_supply
    events = world.transfer("alice", "hive.fund", "4.001 HIVE")
    assert events == [DhfConversion("hive.fund", Asset(4_001, HIVE), Asset(1_000, HBD))]
    assert (world["hive.fund"].balance, world["hive.fund"].hbd_balance) == (0, 1_000)
    assert world.state.globals.current_supply == supply - 4_001
    assert world.state.globals.virtual_supply == world.state.globals.current_supply + 9_000 * 4
    check_stake(world)


def test_hbd_for_the_treasury_stays_hbd(world: World) -> None:
    assert world.transfer("alice", "hive.fund", "2.000 HBD") == []
    assert world["hive.fund"].hbd_balance == 2_000


def test_what_null_gets_is_burned_at_the_end_of_the_block(world: World) -> None:
    before = world.state.globals
    supply, hbd_supply = before.current_supply, before.current_hbd_supply
    world.transfer("alice", "null", "1.000 HIVE")
    world.transfer("alice", "null", "0.500 HBD")
    assert world.state.globals.current_supply == supply
    assert world.advance() == [ClearNullAccountBalance((Asset(1_000, HIVE), Asset(500, HBD)))]
    assert (world["null"].balance, world["null"].hbd_balance) == (0, 0)
    assert world.state.globals.current_supply == supply - 1_000
    assert world.state.globals.current_hbd_supply == hbd_supply - 500
    assert world.advance() == []
    check_stake(world)


def test_invalid_insufficient_funds(world: World) -> None:
    with pytest.raises(InsufficientFunds) as error:
        world.transfer("alice", "bob", "10.001 HIVE")
    assert str(error.value) == (
        "Account alice does not have sufficient funds for balance adjustment. "
        "Required: 10.001 HIVE, Available: 10.000 HIVE"
    )
    with pytest.raises(InsufficientFunds):
        world.transfer("bob", "alice", "0.001 HBD")
    with pytest.raises(InsufficientFunds):
        world.transfer("bob", "hive.fund", "0.001 HIVE")


def test_invalid_unknown_account(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.transfer("alice", "carol", "1.000 HIVE")
    with pytest.raises(UnknownAccount):
        world.transfer("carol", "alice", "1.000 HIVE")
    assert world["alice"].balance == 10_000, "a refused transfer leaves no trace"


def test_invalid_no_price_feed(world: World) -> None:
    world.state.edit_feed().current_median = (0, 0)
    with pytest.raises(NoPriceFeed):
        world.transfer("alice", "hive.fund", "1.000 HIVE")


def test_invalid_vests(world: World) -> None:
    with pytest.raises(VestingNotAllowed):
        world.transfer("whale", "bob", "1.000000 VESTS")


@pytest.mark.parametrize("amount", ["0.000 HIVE", "-1.000 HIVE"])
def test_invalid_amount_not_positive(world: World, amount: str) -> None:
    with pytest.raises(AmountNotPositive):
        world.transfer("alice", "bob", amount)


def test_invalid_memo_too_long(world: World) -> None:
    world.transfer("alice", "bob", "0.001 HIVE", "x" * 2_047)
    with pytest.raises(TooLong):
        world.transfer("alice", "bob", "0.001 HIVE", "x" * 2_048)


def test_invalid_memo_not_utf8(world: World) -> None:
    with pytest.raises(NotUtf8):
        world.transfer("alice", "bob", "0.001 HIVE", b"\xff".decode(errors="surrogateescape"))
