"""Power-downs take what was asked for, in at most thirteen steps."""

from hypothesis import given
from hypothesis import strategies as st

from rewards import withdraw
from tests.rewards.cases import cases, repeatable

INTERVALS = 13


@cases("withdraw_rate")
def test_rates_of_the_rule_book(case):
    assert withdraw.withdraw_rate(case["vests"], case["intervals"]) == case["rate"]


def test_a_step_takes_the_rate_or_the_rest():
    assert withdraw.next_step(77, 1_000, 0) == 77
    assert withdraw.next_step(77, 1_000, 924) == 76
    assert withdraw.remaining(1_000, 924) == 76


def test_a_power_down_ends_with_its_amount_or_with_the_stake():
    assert withdraw.is_finished(1_000, 1_000, 5)
    assert withdraw.is_finished(1_000, 77, 0)
    assert not withdraw.is_finished(1_000, 77, 5)


@repeatable
@given(st.integers(1, 10**18))
def test_every_power_down_ends_exactly(vests):
    rate = withdraw.withdraw_rate(vests, INTERVALS)
    withdrawn = steps = 0
    while not withdraw.is_finished(vests, withdrawn, vests - withdrawn):
        withdrawn += withdraw.next_step(rate, vests, withdrawn)
        steps += 1
    assert withdrawn == vests
    assert steps <= INTERVALS


@repeatable
@given(st.integers(0, 10**15), st.lists(st.integers(1, 1_000), max_size=10))
def test_routes_share_a_step_without_a_loss(step, percents):
    parts, rest = withdraw.route_parts(step, percents)
    assert sum(parts) + rest == step
    assert rest >= 0
