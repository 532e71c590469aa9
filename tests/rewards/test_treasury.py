"""What proposals cost, and how far the treasury's money goes."""

from hypothesis import given
from hypothesis import strategies as st

from rewards import treasury
from tests.rewards.cases import cases, repeatable

DAY = 86_400
FEES = {"fee_hbd": 10_000, "extra_hbd": 1_000, "free_days": 60}


@cases("proposal_fee")
def test_fees_of_the_rule_book(case):
    assert treasury.proposal_fee(case["days"] * DAY, **FEES) == case["fee_hbd"]


def test_only_whole_days_beyond_the_free_ones_cost_more():
    assert treasury.proposal_fee(61 * DAY - 1, **FEES) == 10_000
    assert treasury.proposal_fee(61 * DAY, **FEES) == 11_000


@cases("treasury_budget")
def test_budgets_of_the_rule_book(case):
    assert treasury.budget(case["treasury_hbd"], case["passed_seconds"]) == case["budget_hbd"]


@cases("proposal_pay")
def test_payments_of_the_rule_book(case):
    assert treasury.payments(10**9, case["passed_seconds"], [case["daily_pay_hbd"]]) == [case["paid_hbd"]]


def test_the_last_gets_what_is_left_and_those_behind_nothing():
    assert treasury.payments(100, DAY, [60, 0, 50, 1]) == [60, 0, 40]
    assert treasury.payments(110, DAY, [60, 50, 1]) == [60, 50], "an exact fit ends the money, too"
    assert treasury.payments(0, DAY, [60]) == []


@repeatable
@given(st.integers(0, 10**12), st.integers(1, 10 * DAY), st.lists(st.integers(0, 2**63 - 1), max_size=8))
def test_no_more_is_paid_than_there_is(available, passed_seconds, daily_pays):
    paid = treasury.payments(available, passed_seconds, daily_pays)
    assert sum(paid) <= available
    assert all(hbd <= daily_pay * passed_seconds // DAY for hbd, daily_pay in zip(paid, daily_pays, strict=False))
    if len(paid) < len(daily_pays):
        assert sum(paid) == available
