"""One payout, to the unit: the worked examples C to E of protocol.md §6.6, and every branch of the split."""

from dataclasses import replace

import pytest

from rewards import payout
from rewards.curve import Curve
from rewards.fund import FundSnapshot, decay_claims
from rewards.payout import Beneficiary, CommentTerms
from rewards.price import NO_PRICE, Price
from rewards.vesting import RewardVesting
from tests.rewards.cases import cases

DECAY = 1_296_000
AUTHOR, FRIEND, TREASURY = 1, 2, 3
EARLY, MIDDLE, LATE = 11, 12, 13
VOTES = [(LATE, 125 * 10**10), (EARLY, 10**13), (MIDDLE, 5 * 10**12)]

TERMS = CommentTerms(
    author=AUTHOR,
    net_rshares=3 * 10**13,
    total_vote_weight=1_625 * 10**10,
    max_accepted_payout_hbd=10**9,
    percent_hbd_bp=10_000,
    beneficiaries=(Beneficiary(FRIEND, 1_000),),
)
FUND = FundSnapshot(
    balance_hive=800_000_000,
    recent_claims=decay_claims(5 * 10**17, 3, DECAY) + 3 * 10**13,
    curve=Curve.LINEAR,
    content_constant=2 * 10**12,
    curation_bp=5_000,
    median=Price(250, 1_000),
    print_rate_bp=10_000,
    dust_hbd=20,
)


def vesting():
    return RewardVesting(3 * 10**17, 180_000_000_000, 5 * 10**14, 300_000_000)


def pay(fund=FUND, votes=VOTES, **changes):
    return payout.pay(replace(TERMS, **changes), votes, fund, vesting())


@cases("claims_decay")
def test_decay_of_the_rule_book(case):
    assert decay_claims(case["recent_claims"], case["elapsed_seconds"], DECAY) == case["left"]


def test_claims_are_forgotten_after_the_decay_time():
    assert decay_claims(10**17, DECAY, DECAY) == decay_claims(10**17, DECAY + 1, DECAY) == 0


def test_a_full_payout():
    """protocol.md §6.6 C."""
    assert FUND.recent_claims == 500_028_842_592_592_593
    paid = pay()
    assert (paid.reward_hive, paid.claimed_hive, paid.curation_hive) == (47_997, 47_997, 23_998)
    assert paid.curators == (
        (EARLY, 14_768, 24_613_333_333),
        (MIDDLE, 7_384, 12_306_666_666),
        (LATE, 1_846, 3_076_666_666),
    )
    (friend,) = paid.beneficiaries
    assert (friend.account, friend.hive, friend.hbd, friend.liquid_hive) == (FRIEND, 2_399, 299, 0)
    assert (friend.vesting_hive, friend.vests, friend.is_direct) == (1_200, 1_999_999_999, False)
    assert (paid.author.account, paid.author.hive, paid.author.hbd, paid.author.liquid_hive) == (
        AUTHOR,
        21_600,
        2_700,
        0,
    )
    assert (paid.author.vesting_hive, paid.author.vests) == (10_800, 17_999_999_999)
    assert paid.curation_vests == 39_996_666_666
    assert (paid.claimed_value_hbd, paid.author_value_hbd) == (11_999, 5_400)
    assert (paid.curation_value_hbd, paid.beneficiaries_value_hbd) == (5_999, 599)
    assert (paid.hive_supply_change, paid.hbd_supply_change) == (-10_800 - 1_199, 2_700 + 299)
    assert FUND.balance_hive - paid.claimed_hive == 799_952_003


def test_at_half_the_print_rate_half_is_paid_in_hive():
    """protocol.md §6.6 C, print rate 5000."""
    author = pay(replace(FUND, print_rate_bp=5_000)).author
    assert (author.hbd, author.liquid_hive, author.vests) == (1_350, 5_400, 17_999_999_999)
    assert author.converted_hive + author.liquid_hive + author.vesting_hive == author.hive


def test_dust_is_not_paid():
    """protocol.md §6.6 D: 0.004 HBD."""
    fund = replace(FUND, recent_claims=5 * 10**17)
    assert fund.balance_hive * 10**10 // fund.recent_claims == 16
    assert pay(fund, net_rshares=10**10) is None


def test_dust_ends_at_its_value():
    fund = replace(FUND, balance_hive=80, recent_claims=100)
    assert fund.reward(99, 10**9) == 0
    assert fund.reward(100, 10**9) == 80


def test_the_accepted_maximum_cuts_the_reward():
    """protocol.md §6.6 E: 5.000 HBD are 20.000 HIVE."""
    paid = pay(max_accepted_payout_hbd=5_000)
    assert (paid.reward_hive, paid.claimed_hive) == (
        20_000,
        19_998,
    )  # rounding leaves 2 of the curators' part in the fund


def test_a_declined_payout_pays_nobody():
    assert pay(max_accepted_payout_hbd=0) is None


@pytest.mark.parametrize("net_rshares", [0, -(10**15)])
def test_what_is_voted_down_gets_nothing(net_rshares):
    assert pay(net_rshares=net_rshares) is None


def test_without_a_price_nothing_is_paid():
    assert pay(replace(FUND, median=NO_PRICE, dust_hbd=0)) is None


def test_a_claim_that_a_bent_curve_makes_nothing_gets_nothing():
    assert pay(replace(FUND, curve=Curve.CONVERGENT_LINEAR, recent_claims=0), net_rshares=1) is None


def test_declined_curation_stays_in_the_fund():
    """hive tests/unit/tests/operation_tests.cpp (comment options): the author gets his half and no more."""
    fund = replace(FUND, balance_hive=74_540, recent_claims=100)
    paid = pay(fund, net_rshares=100, allow_curation_rewards=False, beneficiaries=())
    assert (paid.author.converted_hive, paid.author.vesting_hive) == (18_635, 18_635)
    assert paid.curators == ()
    assert fund.balance_hive - paid.claimed_hive == 37_270


def test_what_rounding_leaves_of_curation_stays_in_the_fund():
    paid = pay(total_vote_weight=2 * TERMS.total_vote_weight)
    assert paid.curation_hive == 7_384 + 3_692 + 923
    assert paid.claimed_hive == 23_999 + paid.curation_hive


def test_the_treasury_is_paid_in_hbd_at_once():
    paid = pay(beneficiaries=(Beneficiary(TREASURY, 1_000, is_treasury=True),), percent_hbd_bp=0)
    (treasury,) = paid.beneficiaries
    assert treasury == payout.Share(TREASURY, 2_399, 2_399, 599, 0, 0, 0, is_direct=True)
    assert (paid.hive_supply_change, paid.hbd_supply_change) == (-2_399, 599)


def test_all_in_power():
    author = pay(percent_hbd_bp=0).author
    assert (author.converted_hive, author.hbd, author.liquid_hive, author.vesting_hive) == (0, 0, 0, 21_600)


def test_an_author_may_give_all_away():
    paid = pay(beneficiaries=(Beneficiary(FRIEND, 10_000),))
    assert paid.author == payout.Share(AUTHOR, 0, 0, 0, 0, 0, 0, is_direct=False)
    assert paid.beneficiaries_value_hbd == 5_999


def test_payouts_of_a_block_share_one_price():
    """protocol.md §6.3: the fund is a snapshot, only the price of VESTS moves."""
    shared = vesting()
    first = payout.pay(TERMS, VOTES, FUND, shared)
    second = payout.pay(TERMS, VOTES, FUND, shared)
    assert first.reward_hive == second.reward_hive
    assert shared.minted_hive == 2 * (23_998 + 1_200 + 10_800)
    assert shared.minted_vests == sum(
        sum(vests for _, _, vests in paid.curators) + paid.beneficiaries[0].vests + paid.author.vests
        for paid in (first, second)
    )
