"""Delegated VESTS: lent, changed, returned (protocol.md §8.5). An account costs 3.000 HIVE here, so the least delegation is
1000 VESTS and the least change 100."""

import pytest

from chain.accounts import UnknownAccount
from chain.asset import VESTS, Asset
from chain.events import ReturnVestingDelegation
from chain.operations.delegate_vesting_shares import (
    DelegationChangeTooSmall,
    DelegationTooSmall,
    NotEnoughManaToDelegate,
    NothingDelegated,
)
from tests.helpers.world import World, check_stake

MILLION = 1_000_000
DAY = 86_400


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice", vests="10000.000000 VESTS")
    world.account("bob", vests="500.000000 VESTS")
    return world


def test_a_delegation_moves_vests_and_mana(world: World) -> None:
    assert world.delegate("alice", "bob", "4000.000000 VESTS") == []
    alice, bob = world["alice"], world["bob"]
    assert (alice.delegated_vesting_shares, alice.vesting_shares) == (4_000 * MILLION, 10_000 * MILLION)
    assert (world.bars("alice").voting_mana, world.bars("alice").downvote_mana) == (6_000 * MILLION, 1_500 * MILLION)
    assert (bob.received_vesting_shares, bob.vesting_shares) == (4_000 * MILLION, 500 * MILLION)
    assert (world.bars("bob").voting_mana, world.bars("bob").downvote_mana) == (4_500 * MILLION, 1_125 * MILLION)
    row = world.state.delegations.get(("alice", "bob"))
    assert (row.vesting_shares, row.min_delegation_time) == (4_000 * MILLION, world.state.now)
    check_stake(world)


def test_a_delegation_grows_by_the_difference(world: World) -> None:
    world.delegate("alice", "bob", "1000.000000 VESTS")
    world.delegate("alice", "bob", "1100.000000 VESTS")
    assert world["bob"].received_vesting_shares == 1_100 * MILLION
    assert world.bars("alice").voting_mana == 8_900 * MILLION
    check_stake(world)


def test_less_comes_back_after_five_days(world: World) -> None:
    world.delegate("alice", "bob", "4000.000000 VESTS")
    world.advance(days=6)
    world.delegate("alice", "bob", "1500.000000 VESTS")
    alice, bob = world["alice"], world["bob"]
    assert (bob.received_vesting_shares, world.bars("bob").voting_mana, world.bars("bob").downvote_mana) == (
        1_500 * MILLION,
        2_000 * MILLION,
        500 * MILLION,
    )
    assert (alice.delegated_vesting_shares, world.bars("alice").voting_mana) == (4_000 * MILLION, 6_000 * MILLION)
    assert world.advance(days=5) == [], "not at the very second"
    assert world.advance() == [ReturnVestingDelegation("alice", Asset(2_500 * MILLION, VESTS))]
    alice = world["alice"]
    assert (alice.delegated_vesting_shares, world.bars("alice").voting_mana, world.bars("alice").downvote_mana) == (
        1_500 * MILLION,
        8_500 * MILLION,
        2_125 * MILLION,
    )
    check_stake(world)


def test_a_delegation_can_be_ended(world: World) -> None:
    world.delegate("alice", "bob", "1000.000000 VESTS")
    world.delegate("alice", "bob", "0.000000 VESTS")
    assert world.state.delegations.find(("alice", "bob")) is None
    assert world["bob"].received_vesting_shares == 0
    world.advance(days=5, seconds=3)
    assert world["alice"].delegated_vesting_shares == 0
    check_stake(world)


def test_mana_used_up_leaves_with_the_delegation_down_to_nothing(world: World) -> None:
    world.delegate("alice", "bob", "4000.000000 VESTS")
    world.state.bars.edit("bob").voting_mana = 1_000 * MILLION
    world.delegate("alice", "bob", "0.000000 VESTS")
    assert world.bars("bob").voting_mana == 0


def test_returns_come_by_time_then_age(world: World) -> None:
    world.account("carol", vests="10000.000000 VESTS")
    for delegator in ("carol", "alice"):
        world.delegate(delegator, "bob", "2000.000000 VESTS")
    for vests, delegator in (("1500", "carol"), ("1000", "alice"), ("1000", "carol")):
        world.delegate(delegator, "bob", f"{vests}.000000 VESTS")
    events = world.advance(days=6)
    assert [
        (e.account, e.vesting_shares.amount // MILLION) for e in events if isinstance(e, ReturnVestingDelegation)
    ] == [
        ("carol", 500),
        ("alice", 1_000),
        ("carol", 500),
    ]


def test_votes_stay_with_the_owner(world: World) -> None:
    world.approve("alice", "witness")
    world.delegate("alice", "bob", "4000.000000 VESTS")
    assert world.state.witnesses.get("witness").votes == 10_000 * MILLION
    check_stake(world)


def test_invalid_more_than_the_mana(world: World) -> None:
    world.state.bars.edit("alice").voting_mana = 3_000 * MILLION
    with pytest.raises(NotEnoughManaToDelegate) as error:
        world.delegate("alice", "bob", "3000.000001 VESTS")
    assert error.value.data["bar"] == "mana"
    world.delegate("alice", "bob", "3000.000000 VESTS")


def test_invalid_more_than_the_downvote_mana(world: World) -> None:
    """250 downvote mana are worth 1000.000003 VESTS: rounded up by 3."""
    world.state.bars.edit("alice").downvote_mana = 250 * MILLION
    with pytest.raises(NotEnoughManaToDelegate) as error:
        world.delegate("alice", "bob", "1000.000004 VESTS")
    assert error.value.data["bar"] == "downvote mana"
    world.delegate("alice", "bob", "1000.000003 VESTS")


def test_invalid_received_vests(world: World) -> None:
    world.delegate("alice", "bob", "4000.000000 VESTS")
    with pytest.raises(NotEnoughManaToDelegate):
        world.delegate("bob", "alice", "1000.000000 VESTS")


def test_invalid_vests_that_are_powered_down(world: World) -> None:
    world.power_down("alice", "6500.000000 VESTS")
    with pytest.raises(NotEnoughManaToDelegate):
        world.delegate("alice", "bob", "3500.000001 VESTS")
    world.delegate("alice", "bob", "3500.000000 VESTS")


def test_invalid_delegation_too_small(world: World) -> None:
    with pytest.raises(DelegationTooSmall):
        world.delegate("alice", "bob", "999.999999 VESTS")
    with pytest.raises(DelegationTooSmall):
        world.delegate("alice", "bob", "0.000000 VESTS")
    world.delegate("alice", "bob", "2000.000000 VESTS")
    with pytest.raises(DelegationTooSmall):
        world.delegate("alice", "bob", "999.999999 VESTS")


def test_invalid_change_too_small(world: World) -> None:
    world.delegate("alice", "bob", "2000.000000 VESTS")
    for vests in ("2000.000000", "2099.999999", "1900.000001"):
        with pytest.raises(DelegationChangeTooSmall):
            world.delegate("alice", "bob", f"{vests} VESTS")


def test_invalid_nothing_delegated(world: World) -> None:
    """Where accounts cost nothing, a delegation of nothing can be made, but not made again."""
    world.state.schedules.edit("current").median_account_creation_fee = 0
    world.delegate("alice", "bob", "0.000000 VESTS")
    with pytest.raises(NothingDelegated):
        world.delegate("alice", "bob", "0.000000 VESTS")


def test_invalid_unknown_accounts(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.delegate("alice", "nobody", "1000.000000 VESTS")
    with pytest.raises(UnknownAccount):
        world.delegate("nobody", "alice", "1000.000000 VESTS")
