"""Manabars regenerate linearly, never below empty and never beyond full."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import mana
from rewards.intmath import INT64_MAX
from tests.rewards.cases import cases, repeatable

REGEN = 432_000
POOL_BP = 2_500
amounts = st.integers(0, 10**18)


@cases("regenerate")
def test_regeneration_of_the_rule_book(case):
    assert mana.regenerate(case["mana"], case["mana_max"], case["elapsed_seconds"], REGEN) == case["after"]


def test_a_bar_fills_in_five_days_and_stays_full():
    assert mana.regenerate(0, 10**13, REGEN - 1, REGEN) < 10**13
    assert mana.regenerate(0, 10**13, REGEN, REGEN) == 10**13
    assert mana.regenerate(0, 10**13, 10 * REGEN, REGEN) == 10**13


def test_mana_above_the_maximum_is_cut_at_once():
    assert mana.regenerate(500, 100, 0, REGEN) == 100


def test_time_cannot_run_backward():
    with pytest.raises(AssertionError):
        mana.regenerate(0, 100, -1, REGEN)


@repeatable
@given(amounts, amounts, st.integers(0, 2 * REGEN), amounts)
def test_mana_stays_between_empty_and_full(current, mana_max, elapsed, used):
    regenerated = mana.regenerate(current, mana_max, elapsed, REGEN)
    assert min(current, mana_max) <= regenerated <= mana_max
    assert 0 <= mana.use(regenerated, used) <= regenerated


@repeatable
@given(amounts, amounts, st.integers(0, REGEN), st.integers(0, REGEN))
def test_regenerating_in_two_steps_gives_no_more(current, mana_max, first, second):
    halfway = mana.regenerate(current, mana_max, first, REGEN)
    at_once = mana.regenerate(current, mana_max, first + second, REGEN)
    assert 0 <= at_once - mana.regenerate(halfway, mana_max, second, REGEN) <= 1


def test_gained_vests_give_mana_within_sixty_four_bits():
    assert mana.increase(70, 50) == 120
    assert mana.increase(70, -100) == 0
    assert mana.increase(INT64_MAX - 5, 10) == INT64_MAX


def test_downvote_bar_is_a_quarter():
    assert mana.downvote_max(10**13 + 3, POOL_BP) == 2_500_000_000_000
    assert mana.downvote_gain(1_003, POOL_BP) == 250


@cases("downvote_gain")
def test_downvote_mana_that_hived_gave(case):
    gain = mana.downvote_gain(case["gained_vests"], case["pool_bp"])
    assert mana.increase(case["mana"], gain) == case["after"]


def test_a_huge_gain_wraps_around_in_hived():
    """manabar.hpp multiplies in 64 bits: 3,689,348,814,741,911 · 2500 no longer fits."""
    assert mana.downvote_gain(3_689_348_814_741_910, POOL_BP) == 922_337_203_685_477
    assert mana.downvote_gain(3_689_348_814_741_911, POOL_BP) == -922_337_203_685_477
