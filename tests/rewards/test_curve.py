"""The six curves: figures of the rule book, and that none ever falls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.curve import Curve, evaluate
from tests.rewards.cases import cases, repeatable

CONSTANT = 2 * 10**12


@cases("curve")
def test_curves_of_the_rule_book(case):
    computed = {curve.text: evaluate(curve, case["rshares"], CONSTANT) for curve in Curve}
    assert computed | {text: value for text, value in case.items() if text in computed} == computed


def test_square_root_curve_is_the_approximate_root():
    assert evaluate(Curve.SQUARE_ROOT, 10**12, CONSTANT) == 1_001_125


@pytest.mark.parametrize("curve", Curve, ids=lambda curve: curve.text)
def test_nothing_counts_for_nothing(curve):
    assert evaluate(curve, 0, CONSTANT) == 0


@pytest.mark.parametrize("curve", Curve, ids=lambda curve: curve.text)
@repeatable
@given(rshares=st.integers(0, 1 << 62), more=st.integers(0, 1 << 62))
def test_a_curve_never_falls(curve, rshares, more):
    fall_max = 1 if curve is Curve.CONVERGENT_SQUARE_ROOT else 0  # its divisor is approximate
    assert evaluate(curve, rshares, CONSTANT) <= evaluate(curve, rshares + more, CONSTANT) + fall_max
