"""Vote strength, the mana it costs, and the bars it is paid from."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from rewards import mana, vote
from tests.rewards import oracle
from tests.rewards.cases import cases, repeatable

RESERVE_RATE = 10
REGEN = 432_000
DUST = 50_000_000
FADE = 43_200
POOL_BP = 2_500
WEEK = 604_800

stakes = st.integers(0, 10**18)
weights = st.integers(-10_000, 10_000)


def cost(stake, weight_bp):
    return vote.used_mana(stake, weight_bp, RESERVE_RATE, REGEN)


def strength(stake, weight_bp, seconds_to_cashout=WEEK):
    return vote.rshares(cost(stake, weight_bp), weight_bp, DUST, seconds_to_cashout, FADE)


@cases("vote")
def test_strength_of_the_rule_book(case):
    """Example A of protocol.md §6.6 is among them."""
    assert cost(case["stake_vests"], case["weight_bp"]) == case["used_mana"]
    assert strength(case["stake_vests"], case["weight_bp"]) == case["rshares"]
    assert strength(case["stake_vests"], case["weight_bp"], 3_600) == case["rshares_one_hour_before_cashout"]


@repeatable
@given(stakes, weights.filter(bool), st.integers(1, WEEK))
def test_strength_agrees_with_the_oracle(stake, weight_bp, seconds_to_cashout):
    assert strength(stake, weight_bp, seconds_to_cashout) == oracle.strength(stake, weight_bp, seconds_to_cashout)


@repeatable
@given(stakes, stakes, st.integers(0, 10_000))
def test_more_stake_never_votes_weaker(stake, more, weight_bp):
    assert strength(stake, weight_bp) <= strength(stake + more, weight_bp)


def test_a_vote_fades_from_the_first_second_of_the_window():
    assert strength(10**13, 10_000, FADE) == strength(10**13, 10_000)
    assert strength(10**13, 10_000, FADE - 1) < strength(10**13, 10_000)
    assert strength(10**13, 10_000, 0) == 0


def test_an_upvote_takes_voting_mana_only():
    bars = {"voting_mana": 100, "downvote_mana": 50, "downvote_pool_bp": POOL_BP}
    assert vote.spend(100, is_downvote=False, **bars) == (0, 50)
    assert vote.spend(101, is_downvote=False, **bars) is None


def test_a_downvote_takes_downvote_mana_first():
    bars = {"voting_mana": 100, "downvote_mana": 50, "downvote_pool_bp": POOL_BP}
    assert vote.spend(40, is_downvote=True, **bars) == (100, 10)
    assert vote.spend(50, is_downvote=True, **bars) == (100, 0)
    assert vote.spend(149, is_downvote=True, **bars) == (1, 0)


def test_a_downvote_must_leave_some_mana():
    """The comparison is strict, so that an account without stake cannot downvote."""
    assert vote.spend(150, is_downvote=True, voting_mana=100, downvote_mana=50, downvote_pool_bp=POOL_BP) is None
    assert vote.spend(0, is_downvote=True, voting_mana=0, downvote_mana=0, downvote_pool_bp=POOL_BP) is None


def test_without_a_downvote_pool_a_downvote_costs_as_an_upvote():
    assert vote.spend(100, is_downvote=True, voting_mana=100, downvote_mana=50, downvote_pool_bp=0) == (0, 50)


@repeatable
@given(st.integers(0, 10**18), st.integers(0, 10**18), st.integers(0, 10**18), st.booleans())
def test_spending_never_leaves_less_than_nothing_and_takes_what_it_uses(used, voting, downvoting, is_downvote):
    left = vote.spend(
        used, is_downvote=is_downvote, voting_mana=voting, downvote_mana=downvoting, downvote_pool_bp=POOL_BP
    )
    if left is not None:
        assert min(left) >= 0
        assert voting + downvoting - sum(left) == used


@dataclass
class Voter:
    stake: int
    mana: int

    def votes_once(self):
        left = vote.spend(
            cost(self.stake, 10_000),
            is_downvote=False,
            voting_mana=self.mana,
            downvote_mana=0,
            downvote_pool_bp=POOL_BP,
        )
        if left is None:
            return False
        self.mana = left[0]
        return True

    def waits(self, blocks):
        self.mana = mana.regenerate(self.mana, self.stake, 3 * blocks, REGEN)


@cases("full_votes")
def test_full_votes_from_a_full_bar(case):
    """The cost is rounded up, so fifty times 2 % do not fit."""
    stake = 10**13 + 7
    voter = Voter(stake, stake)
    count = 0
    while voter.votes_once():
        count += 1
    assert count == case["fit_in_one_block"]
    voter.waits(1)
    assert voter.votes_once()
    assert not voter.votes_once()
    early = Voter(stake, voter.mana)
    early.waits(case["blocks_until_another"] - 2)
    assert not early.votes_once()
    voter.waits(case["blocks_until_another"])
    assert voter.votes_once()
