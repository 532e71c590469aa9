"""What a transaction costs in resource credits, and how pools and prices move (protocol.md §9.2, §9.3)."""

from hypothesis import given
from hypothesis import strategies as st

from rewards import credits as rc
from rewards import subsidy
from rewards.mana import regenerate, regenerate_uncapped
from tests.rewards.cases import cases, repeatable

VESTS = 170_000_000_000 * 1_000_000
DAY_BLOCKS = 28_800
ACCOUNTS = rc.new_accounts(10_000, subsidy.dynamics(797, 347_321))
RESOURCES = dict(zip(rc.RESOURCES, rc.resources(ACCOUNTS), strict=True))
AT_REST = tuple(resource.pool_eq for resource in RESOURCES.values())
REGAINED = rc.regeneration(VESTS, 432_000, 3)

amounts = st.tuples(*[st.integers(0, 10**13)] * 5)


@cases("rc_params")
def test_parameters_are_those_that_hived_tells(case):
    found = RESOURCES[case["name"]]
    for name in ("unit", "budget", "pool_eq", "pool_max", "decay", "decay_shift", "decay_min"):
        assert getattr(found, name) == case[name], name
    assert (found.coeff_a, found.coeff_b, found.shift) == (case["coeff_a"], case["coeff_b"], case["shift"])


@cases("rc_costs")
def test_costs_of_the_rule_books_illustration(case):
    usage = [amount * resource.unit for amount, resource in zip(case["usage"], RESOURCES.values(), strict=True)]
    total = sum(rc.costs(tuple(usage), rc.prices(REGAINED, AT_REST, rc.NOTHING, ACCOUNTS)))
    assert round(total / case["unit"]) == case["cost"]


def test_without_stake_nothing_has_a_price():
    assert rc.regeneration(143_999, 432_000, 3) == 0
    assert rc.prices(0, AT_REST, rc.NOTHING, ACCOUNTS) == ()


def test_a_share_of_nothing_is_free():
    """Three credits a block cannot be divided among four resources; new accounts have all three."""
    assert [price is None for price in rc.prices(3, AT_REST, rc.NOTHING, ACCOUNTS)] == [True, False, True, True, True]
    assert rc.costs((1_000,) * 5, rc.prices(3, AT_REST, rc.NOTHING, ACCOUNTS))[rc.HISTORY_BYTES] == 0


def test_what_is_in_demand_is_dearer_and_all_else_cheaper():
    usage = list(rc.NOTHING)
    usage[rc.EXECUTION_TIME] = 40_000_000 * 3  # three times the budget of a block, so a weight of 30,000 against 1
    before, after = (rc.prices(REGAINED, AT_REST, tuple(used), ACCOUNTS) for used in (rc.NOTHING, usage))
    one = (1_000_000,) * 5
    dearer = [new > old for new, old in zip(rc.costs(one, after), rc.costs(one, before), strict=True)]
    assert dearer == [False, False, False, False, True]
    assert rc.weights(tuple(usage)) == (1, 30_003, 1, 1, 30_000)


def test_new_accounts_weigh_as_much_as_all_others_together():
    found = rc.weights((10**9, 10**9, 10**9, 10**9, 10**9))
    assert found[rc.NEW_ACCOUNTS] == sum(found) - found[rc.NEW_ACCOUNTS]


def test_a_pool_at_rest_stays_there_and_use_drains_it():
    rested = rc.next_pools(AT_REST, rc.NOTHING, ACCOUNTS, 0)
    assert rested[rc.HISTORY_BYTES] - AT_REST[rc.HISTORY_BYTES] in range(-1, 2)
    used = tuple(1_000 if number != rc.NEW_ACCOUNTS else 0 for number in range(5))
    drained = rc.next_pools(AT_REST, used, ACCOUNTS, 0)
    assert all(
        new < old for number, (new, old) in enumerate(zip(drained, rested, strict=True)) if number != rc.NEW_ACCOUNTS
    )


def test_the_pool_of_new_accounts_is_what_the_chain_has_to_give():
    assert rc.next_pools(AT_REST, rc.NOTHING, ACCOUNTS, 4_711)[rc.NEW_ACCOUNTS] == 4_711


def test_a_pool_does_not_fall_below_empty():
    assert rc.next_pools(rc.NOTHING, (10**15,) * 5, ACCOUNTS, 0) == rc.NOTHING


@repeatable
@given(amounts, amounts, amounts)
def test_an_emptier_pool_is_never_cheaper(usage, pools, used):
    emptier = tuple(pool // 2 for pool in pools)
    full = rc.costs(used, rc.prices(REGAINED, pools, usage, ACCOUNTS))
    empty = rc.costs(used, rc.prices(REGAINED, emptier, usage, ACCOUNTS))
    assert all(dear >= cheap for dear, cheap in zip(empty, full, strict=True))


@repeatable
@given(amounts, amounts)
def test_whatever_has_a_price_costs_something(usage, pools):
    at = rc.prices(REGAINED, pools, usage, ACCOUNTS)
    assert all((cost >= 1) is (price is not None) for cost, price in zip(rc.costs((1,) * 5, at), at, strict=True))


@repeatable
@given(st.integers(1, 268_435_455), st.integers(64, (1 << 32) - 1))
def test_the_curve_of_new_accounts_has_all_its_bits(budget, decay):
    """A is a mantissa of 64 bits, whatever witnesses vote for."""
    found = rc.new_accounts(10_000, subsidy.dynamics(budget, decay))
    assert found.coeff_a.bit_length() == 64
    assert found.coeff_b == found.pool_eq // 128


def test_a_fill_level_is_told_in_basis_points():
    assert rc.fill_level_bp(AT_REST[rc.HISTORY_BYTES], RESOURCES["history_bytes"]) == 10_000
    assert rc.fill_level_bp(0, RESOURCES["history_bytes"]) == 0


@repeatable
@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 432_000))
def test_credits_regenerate_as_mana_does(mana, mana_max, elapsed):
    assert regenerate_uncapped(mana, mana_max, elapsed, 432_000) == regenerate(mana, mana_max, elapsed, 432_000)


def test_a_bar_is_full_however_long_ago():
    assert regenerate_uncapped(0, 1_000, 432_000 * 50, 432_000) == 1_000
