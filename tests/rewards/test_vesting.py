"""The price of VESTS, and that conversions create nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import delegation, vesting
from rewards.vesting import RewardVesting
from tests.rewards.cases import cases, repeatable

totals = st.integers(1, 10**18)
amounts = st.integers(0, 10**15)


@pytest.mark.parametrize("totals", [(0, 0), (5, 0), (0, 5)])
def test_the_first_vests_cost_one_hive_each(totals):
    assert vesting.hive_to_vests(1_000, *totals) == 1_000_000
    assert vesting.vests_to_hive(1_000_000, *totals) == 1_000


@repeatable
@given(amounts, totals, totals)
def test_there_and_back_never_gains(amount, vests, fund):
    assert vesting.vests_to_hive(vesting.hive_to_vests(amount, vests, fund), vests, fund) <= amount
    assert vesting.hive_to_vests(vesting.vests_to_hive(amount, vests, fund), vests, fund) <= amount


def test_effective_vests_count_delegations_and_the_next_step():
    assert vesting.effective_vests(1_000, 300, 70, 10) == 760


@repeatable
@given(totals, totals, st.lists(amounts, max_size=20))
def test_rewards_are_minted_at_a_price_that_never_falls(vests, fund, rewards):
    one_by_one = RewardVesting(vests, fund, 0, 0)
    at_once = RewardVesting(vests, fund, 0, 0)
    minted = [(place, hive, one_by_one.mint(hive)) for place, hive in enumerate(rewards)]
    assert at_once.mint_each(list(enumerate(rewards))) == minted
    assert (at_once.minted_vests, at_once.minted_hive) == (one_by_one.minted_vests, one_by_one.minted_hive)
    assert one_by_one.minted_hive == sum(rewards)
    assert one_by_one.minted_vests == sum(vests for _, _, vests in minted)
    assert one_by_one.total_vests * fund <= vests * one_by_one.fund_hive


def test_pending_rewards_count_in_the_reward_price():
    assert RewardVesting(1_000, 10, 1_000, 30).value(10) == 500


@cases("delegation")
def test_delegation_minima_of_the_rule_book(case):
    minima = delegation.minima(case["account_creation_fee_hive"], case["total_vests"], case["fund_hive"])
    assert minima == (case["min_delegation"], case["min_update"])


def available(**changes):
    account = {
        "voting_mana": 900,
        "downvote_mana": 250,
        "downvote_pool_bp": 2_500,
        "effective_vests": 1_000,
        "received_vests": 0,
        "withdraw_rate": 0,
        "withdraw_remaining": 0,
    }
    return delegation.available(**account | changes)


def test_mana_that_was_used_cannot_be_delegated():
    assert available() == (900, 1_000)
    assert available(downvote_mana=100) == (900, 403)


def test_received_vests_cannot_be_passed_on():
    assert available(received_vests=950) == (50, 50)


def test_vests_that_are_leaving_cannot_be_delegated():
    assert available(withdraw_rate=100, withdraw_remaining=500) == (500, 600)
    assert available(withdraw_rate=100, withdraw_remaining=100) == (900, 1_000)


def test_without_a_downvote_pool_only_the_voting_bar_counts():
    assert available(downvote_pool_bp=0) == (900, 900)
