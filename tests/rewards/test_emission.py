"""New tokens, and that the parts make the whole."""

from hypothesis import given
from hypothesis import strategies as st

from rewards.emission import EmissionShares, emit, inflation_base, inflation_rate_bp, new_hive
from rewards.price import Price
from tests.rewards.cases import cases, repeatable

SHARES = EmissionShares(6_500, 1_500, 1_000)
QUARTER = Price(250, 1_000)
WITNESSES = 21
NORMALIZATION = 25  # 20 elected at weight 1, a timeshare at 5


def rate(block_num):
    return inflation_rate_bp(block_num, 978, 95, 250_000)


@cases("inflation_rate")
def test_rates_of_the_rule_book(case):
    assert rate(case["block_num"]) == case["rate_bp"]


def test_the_rate_has_a_floor():
    assert rate(220_750_000) == rate(10**9) == 95


@cases("emission")
def test_split_of_the_rule_book(case):
    hive = new_hive(case["base_hive"], rate(case["block_num"]))
    assert hive == case["new_hive"]
    for weight, pay in ((1, case["elected_pay_hive"]), (5, case["timeshare_pay_hive"])):
        emission = emit(
            hive,
            SHARES,
            Price(*case["median"]),
            witnesses=WITNESSES,
            pay_weight=weight,
            pay_normalization=NORMALIZATION,
        )
        assert emission.witness_pay_hive == pay
        parts = ("content_hive", "vesting_hive", "dhf_hive", "dhf_hbd", "witness_hive")
        assert {part: getattr(emission, part) for part in parts} == {part: case[part] for part in parts}
        assert emission.issued_hive == emission.content_hive + emission.vesting_hive + pay


def test_the_base_leaves_out_the_treasurys_hbd():
    assert inflation_base(10**6, 1_500, 500, QUARTER) == 10**6 + 4_000


@repeatable
@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_what_the_reward_fund_does_not_take_goes_to_witnesses(hive, fund_bp):
    shares = EmissionShares(6_500, 1_500, 1_000, fund_bp)
    emission = emit(hive, shares, QUARTER, witnesses=WITNESSES, pay_weight=1, pay_normalization=NORMALIZATION)
    assert emission.content_hive + emission.vesting_hive + emission.dhf_hive + emission.witness_hive == hive
    assert emission.new_hive == hive


@repeatable
@given(st.integers(0, 10**9))
def test_a_whole_round_is_paid_what_it_is_due(hive):
    """20 elected and a timeshare share 21 witness parts, but for less than a unit each."""

    def pay(weight):
        return emit(
            hive, SHARES, QUARTER, witnesses=WITNESSES, pay_weight=weight, pay_normalization=NORMALIZATION
        ).witness_pay_hive

    due = emit(hive, SHARES, QUARTER, witnesses=1, pay_weight=1, pay_normalization=1).witness_hive * WITNESSES
    assert 0 <= due - 20 * pay(1) - pay(5) < WITNESSES
