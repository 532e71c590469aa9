"""The debt ratio, the print rate, and what a reward is paid in."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.hbd import HbdSplit, create_hbd, debt_bp, print_rate_bp, virtual_supply
from rewards.price import NO_PRICE, Price
from tests.rewards.cases import cases, repeatable

QUARTER = Price(250, 1_000)


@cases("debt")
def test_debt_of_the_rule_book(case):
    assert debt_bp(case["hbd_supply"], 0, case["hive_supply"], Price(*case["median"])) == case["debt_bp"]


def test_the_treasurys_hbd_is_no_debt():
    assert debt_bp(1_000, 1_000, 10**6, QUARTER) == 0
    assert debt_bp(1_000, 2_000, 10**6, QUARTER) == 0


def test_without_a_price_there_is_no_debt():
    assert debt_bp(10**9, 0, 10**6, NO_PRICE) == 0
    assert virtual_supply(10**6, 10**9, NO_PRICE) == 10**6


def test_virtual_supply_counts_all_hbd():
    assert virtual_supply(10**6, 1_001, QUARTER) == 1_004_004


@repeatable
@given(st.integers(0, 10**12), st.integers(1, 10**13))
def test_debt_is_rounded_to_the_nearest(hbd, hive):
    debt = Fraction(hbd * 4, hbd * 4 + hive) * 10_000
    assert abs(debt_bp(hbd, 0, hive, QUARTER) - debt) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("debt", "rate"), [(0, 10_000), (900, 10_000), (901, 9_900), (950, 5_000), (999, 100), (1_000, 0), (5_000, 0)]
)
def test_printing_fades_between_start_and_stop(debt, rate):
    assert print_rate_bp(debt, 900, 1_000) == rate


def test_since_hardfork_26_printing_is_a_switch():
    assert print_rate_bp(1_999, 2_000, 2_000) == 10_000
    assert print_rate_bp(2_000, 2_000, 2_000) == 0


def test_without_a_price_rewards_stay_hive():
    assert create_hbd(10_800, 10_000, NO_PRICE) == HbdSplit(0, 0, 10_800)


def test_half_printing_pays_half_in_hive():
    """protocol.md §6.6 C, print rate 5000."""
    assert create_hbd(10_800, 5_000, QUARTER) == HbdSplit(5_400, 1_350, 5_400)


@repeatable
@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_the_parts_make_the_whole(hive, rate):
    split = create_hbd(hive, rate, QUARTER)
    assert split.converted_hive + split.liquid_hive == hive
    assert min(split) >= 0
