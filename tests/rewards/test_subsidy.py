"""The pools of free accounts."""

from hypothesis import given
from hypothesis import strategies as st

from rewards import subsidy
from tests.rewards.cases import cases, repeatable

budgets = st.integers(1, 268_435_455)
decays = st.integers(64, (1 << 32) - 1)


@cases("subsidy_pool")
def test_pool_of_the_upstream_test(case):
    rules = subsidy.dynamics(case["budget"], case["decay"])
    pool = 0
    for _ in range(case["blocks"]):
        pool = subsidy.step(pool, rules)
    assert pool == case["pool"]


@cases("subsidy_equilibrium")
def test_equilibrium_of_the_rule_book(case):
    assert subsidy.dynamics(case["budget"], case["decay"]).pool_eq == case["pool_eq"]


@repeatable
@given(budgets, decays)
def test_equilibrium_is_the_smallest_pool_whose_decay_eats_the_budget(budget, decay):
    pool_eq = subsidy.dynamics(budget, decay).pool_eq
    assert subsidy.pool_decay(pool_eq, decay) >= budget or pool_eq <= budget
    assert pool_eq * decay >> subsidy.DECAY_SHIFT >= budget
    assert (pool_eq - 1) * decay >> subsidy.DECAY_SHIFT < budget


@repeatable
@given(budgets, decays, st.integers(0, 1 << 62))
def test_a_pool_stays_between_empty_and_full(budget, decay, pool):
    rules = subsidy.dynamics(budget, decay)
    assert 0 <= subsidy.step(min(pool, rules.pool_max), rules) <= rules.pool_max


def test_a_witness_may_give_a_quarter_more_than_his_part():
    rules = subsidy.witness_dynamics(797, 347_321, 0, 21)
    assert (rules.budget, rules.decay, rules.decay_min) == (996, 7_293_741, 0)
    assert rules.pool_eq == 9_384_019


def test_a_witness_pool_decays_at_least_as_nine_tenths_of_the_median_pool():
    rules = subsidy.witness_dynamics(797, 347_321, 9_384_019, 21)
    assert rules.decay_min == 996 * 9 // 10
    assert subsidy.step(0, rules) == 996 - 896
    assert subsidy.witness_dynamics(797, 347_321, -5_000_000, 21).decay_min == 0


def test_witness_dynamics_keep_their_widths():
    rules = subsidy.witness_dynamics(268_435_455, (1 << 32) - 1, 0, 21)
    assert (rules.budget, rules.decay) == (335_544_318, (1 << 32) - 1)


def test_a_negative_pool_decays_toward_zero():
    assert subsidy.pool_decay(-1_000_000, 347_321) == -subsidy.pool_decay(1_000_000, 347_321)
