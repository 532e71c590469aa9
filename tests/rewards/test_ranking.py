"""How votes and age make the score of a post."""

from hypothesis import given
from hypothesis import strategies as st

from rewards.intmath import INT64_MAX
from rewards.ranking import (
    HOT_SECONDS,
    SCORE_MAX,
    TRENDING_SECONDS,
    UNIT,
    hot_score,
    log10_millionths,
    trending_score,
    votes_part,
)
from rewards.reputation import log10_billionths
from tests.rewards.cases import repeatable

NOW = 1_767_225_600
TENFOLD = 10**12, 10**13


def test_the_logarithm_of_powers_of_ten() -> None:
    for power in range(19):
        assert power * UNIT - 1 <= log10_millionths(10**power) <= power * UNIT


@repeatable
@given(st.integers(1, INT64_MAX))
def test_the_logarithm_is_at_most_one_below_the_exact_one(number: int) -> None:
    """Beside another way to compute it, which is exact to the billionth."""
    assert log10_billionths(number) // 1_000 - log10_millionths(number) in {0, 1}


@repeatable
@given(st.integers(1, INT64_MAX), st.integers(0, 10**12))
def test_the_logarithm_never_falls(number: int, more: int) -> None:
    larger = min(number + more, INT64_MAX)
    assert log10_millionths(number) <= log10_millionths(number + 1 if number < INT64_MAX else number)
    assert log10_millionths(number) <= log10_millionths(larger)


@repeatable
@given(st.integers(-INT64_MAX, INT64_MAX), st.integers(0, 2**32 - 1))
def test_every_score_fits_into_a_key(net_rshares: int, created: int) -> None:
    for score in (trending_score, hot_score):
        assert 0 <= score(net_rshares, created) <= SCORE_MAX
        assert score(net_rshares, created) <= score(min(net_rshares + 10**9, INT64_MAX), created)


def test_ten_times_the_votes_weigh_as_much_as_one_period() -> None:
    few, many = TENFOLD
    for score, period in ((trending_score, TRENDING_SECONDS), (hot_score, HOT_SECONDS)):
        assert abs(score(many, NOW) - score(few, NOW + period)) <= 1


def test_votes_against_lower_a_post_as_much_as_votes_for_raise_it() -> None:
    assert votes_part(-(10**12)) == -votes_part(10**12) < 0
    assert votes_part(10**7) == votes_part(0) == votes_part(-(10**7)) == 0


def test_what_hivemind_computes() -> None:
    """log10(123456789012 / 10^7) = 4.091514…, and 1767225600 s are 7363.44 periods of trending, 176722.56 of hot."""
    votes = 4_091_514
    assert abs(trending_score(123_456_789_012, NOW) - 20 * UNIT - votes - 7_363_440_000) <= 1
    assert abs(hot_score(123_456_789_012, NOW) - 20 * UNIT - votes - 176_722_560_000) <= 1
