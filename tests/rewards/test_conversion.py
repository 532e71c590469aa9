"""HIVE into HBD against collateral."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rewards.conversion import Settlement, immediate_hbd, settle
from rewards.price import Price
from tests.rewards.cases import cases, repeatable

RATIO_BP, FEE_BP = 20_000, 500
QUARTER = Price(250, 1_000)
amounts = st.integers(1, 10**12)
prices = st.builds(Price, amounts, amounts)


@cases("collateralized_convert")
def test_half_of_the_collateral_is_converted_with_a_fee(case):
    assert immediate_hbd(case["hive"], Price(*case["price"]), RATIO_BP, FEE_BP) == case["hbd"]


@cases("collateralized_convert_settle")
def test_settlement_of_the_upstream_test(case):
    expected = Settlement(case["used"], case["excess"], 0)
    assert settle(case["collateral"], case["hbd"], Price(*case["price"]), FEE_BP) == expected


def test_collateral_that_is_not_enough_is_all_used():
    assert settle(1_000, 1_000, QUARTER, FEE_BP) == Settlement(1_000, 0, 3_200)


def test_a_little_collateral_gives_nothing():
    assert immediate_hbd(8, QUARTER, RATIO_BP, FEE_BP) == 0
    assert immediate_hbd(10, QUARTER, RATIO_BP, FEE_BP) == 1


@repeatable
@given(amounts, prices)
def test_at_an_unchanged_price_half_of_the_collateral_is_used(collateral, price):
    hbd = immediate_hbd(collateral, price, RATIO_BP, FEE_BP)
    settled = settle(collateral, hbd, price, FEE_BP)
    assert settled.shortfall == 0
    assert settled.used <= collateral // 2


@repeatable
@given(amounts, amounts, prices)
def test_collateral_is_used_or_comes_back(collateral, hbd, price):
    settled = settle(collateral, hbd, price, FEE_BP)
    assert settled.used + settled.excess == collateral
    assert min(settled) >= 0
    assert 0 <= hbd / Fraction(*price) * Fraction(105, 100) - (settled.used + settled.shortfall) < 1
