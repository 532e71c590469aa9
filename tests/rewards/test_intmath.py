"""Integer arithmetic agrees with C++ and with exact fractions."""

from fractions import Fraction
from math import isqrt, trunc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.intmath import INT64_MAX, approx_sqrt, div_ceil, div_trunc, median, mul_div_floor, wrap_int64
from tests.rewards.cases import cases, repeatable

ints = st.integers(-(1 << 70), 1 << 70)
positive = st.integers(1, 1 << 70)


@cases("approx_sqrt")
def test_square_root_of_the_rule_book(case):
    assert approx_sqrt(case["of"]) == case["root"]


def test_square_roots_of_the_curves_constant():
    """protocol.md §6.2: a whole range of values shares one approximate root."""
    assert approx_sqrt(4 * 10**12) == approx_sqrt(4 * 10**12 + 856_158) == 2_002_250


@repeatable
@given(st.integers(1, (1 << 128) - 1))
def test_square_root_is_close_and_never_falls(value):
    root = approx_sqrt(value)
    assert isqrt(value) <= root <= isqrt(value) * 10_607 // 10_000 + 1
    assert root <= approx_sqrt(value + 1)


@repeatable
@given(ints, ints, positive)
def test_division_rounds_toward_zero(value, numerator, denominator):
    assert mul_div_floor(value, numerator, denominator) == trunc(Fraction(value * numerator, denominator))
    assert div_trunc(value, denominator) == trunc(Fraction(value, denominator))


def test_sixty_four_bits_wrap_as_a_register_does():
    assert wrap_int64(INT64_MAX) == INT64_MAX
    assert wrap_int64(INT64_MAX + 1) == -INT64_MAX - 1
    assert wrap_int64(-INT64_MAX - 2) == INT64_MAX
    assert wrap_int64(1 << 64) == 0


def test_median_is_the_upper_one():
    assert median([5]) == 5
    assert median([3, 1]) == 3
    assert median([9, 1, 5, 7]) == 7


@pytest.mark.parametrize(
    ("dividend", "expected"), [(0, 0), (1, 1), (13, 1), (14, 2), (26, 2), (-1, 0), (-13, -1), (-14, -1)]
)
def test_division_that_rounds_up(dividend: int, expected: int) -> None:
    assert div_ceil(dividend, 13) == expected
