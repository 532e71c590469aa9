"""claim_reward_balance (protocol.md §6.5)."""

import pytest

from chain.accounts import UnknownAccount
from chain.earnings import earnings_of
from chain.operations.claim_reward_balance import ClaimTooLarge
from chain.rows import Earnings
from tests.helpers.world import World, check_stake


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice")
    world.reward("alice", hive=1_000, hbd=500, vests=7_000_000, vested_hive=10)
    return world


def test_a_claim_moves_rewards_to_balances(world: World) -> None:
    world.approve("alice", "witness")
    assert world.claim("alice", "1.000 HIVE", "0.500 HBD", "7.000000 VESTS") == []
    alice = world["alice"]
    assert (alice.balance, alice.hbd_balance, alice.vesting_shares) == (1_000, 500, 7_000_000)
    assert earnings_of(world.state, "alice") == Earnings("alice")
    assert (world.bars("alice").voting_mana, world.bars("alice").downvote_mana) == (7_000_000, 1_750_000)
    assert world.state.witnesses.get("witness").votes == 7_000_000, "claimed VESTS vote at once"
    assert alice.delayed_votes == ()
    check_stake(world)


def test_a_part_takes_its_part_of_the_hive(world: World) -> None:
    fund = world.state.globals.total_vesting_fund_hive
    world.claim("alice", vests="4.999999 VESTS")
    earned = earnings_of(world.state, "alice")
    assert (earned.vests, earned.vesting_hive) == (2_000_001, 3)
    assert world.state.globals.total_vesting_fund_hive == fund + 7
    assert world.state.globals.pending_rewarded_vesting_hive == 3
    check_stake(world)


def test_a_tiny_part_of_a_large_reward() -> None:
    """protocol.md §6.6 F: the HIVE is rounded down."""
    world = World()
    world.account("alice")
    world.reward("alice", vests=12_962_962_962, vested_hive=1_000_000_000)
    fund = world.state.globals.total_vesting_fund_hive
    world.claim("alice", vests="0.007777 VESTS")
    assert world.state.globals.total_vesting_fund_hive - fund == 599


def test_claiming_no_vests_of_none(world: World) -> None:
    world.claim("alice", vests="7.000000 VESTS")
    world.claim("alice", "0.001 HIVE")
    assert world["alice"].balance == 1
    check_stake(world)


@pytest.mark.parametrize("asset", ["1.001 HIVE", "0.501 HBD", "7.000001 VESTS"])
def test_invalid_claim_too_large(world: World, asset: str) -> None:
    with pytest.raises(ClaimTooLarge):
        world.claim("alice", **{asset.split()[1].lower(): asset})


def test_invalid_unknown_account(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.claim("nobody", "0.001 HIVE")
