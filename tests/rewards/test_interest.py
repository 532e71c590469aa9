"""Interest on savings: when it is due, and how much."""

from hypothesis import given
from hypothesis import strategies as st

from rewards.interest import Accrual, accrue, interest
from tests.rewards.cases import cases, repeatable

MONTH = 2_592_000


def after(balance_hbd, hbd_seconds, **times):
    return accrue(balance_hbd, hbd_seconds, rate_bp=1_500, compound_seconds=MONTH, **times)


@cases("interest")
def test_interest_of_the_rule_book(case):
    assert interest(case["hbd_seconds"], case["rate_bp"]) == case["interest_hbd"]


def test_thousand_hbd_for_thirty_days_and_a_block():
    """protocol.md §1.8, worked example."""
    assert after(1_000_000, 0, updated_at=0, paid_at=0, now=MONTH + 3) == Accrual(0, MONTH + 3, 12_328)


def test_thirty_days_are_not_enough():
    assert after(1_000_000, 0, updated_at=0, paid_at=0, now=MONTH) == Accrual(1_000_000 * MONTH, 0, 0)


def test_a_second_change_at_the_same_time_counts_nothing():
    assert after(1_000_000, 77, updated_at=10**9, paid_at=0, now=10**9) == Accrual(77, 0, 0)


def test_empty_savings_earn_no_payment():
    assert after(0, 0, updated_at=0, paid_at=5, now=10**9) == Accrual(0, 5, 0)


def test_interest_of_nothing_is_a_payment_too():
    """parity README 16: the seconds are cleared, though no interest comes of them."""
    assert after(1, 0, updated_at=10**9 - 3, paid_at=0, now=10**9) == Accrual(0, 10**9, 0)


@repeatable
@given(st.integers(0, 10**15), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10_000))
def test_changing_the_balance_often_gains_nothing(balance, first, second, rate_bp):
    halfway = accrue(balance, 0, updated_at=0, paid_at=0, now=first, rate_bp=rate_bp, compound_seconds=10**12)
    both = accrue(
        balance,
        halfway.hbd_seconds,
        updated_at=first,
        paid_at=0,
        now=first + second,
        rate_bp=rate_bp,
        compound_seconds=0,
    )
    at_once = accrue(balance, 0, updated_at=0, paid_at=0, now=first + second, rate_bp=rate_bp, compound_seconds=0)
    assert both == at_once or second == 0
