"""Curation weights by the age of a post, and the split of the curation part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import curation
from rewards.curve import Curve
from tests.rewards.cases import cases, repeatable

WINDOWS = {"early_seconds": 86_400, "mid_seconds": 172_800}
CONSTANT = 2 * 10**12


def weight(rshares, before=0, curve=Curve.LINEAR, age_seconds=0, **windows):
    return curation.vote_weight(
        rshares, before, curve=curve, content_constant=CONSTANT, age_seconds=age_seconds, **(windows or WINDOWS)
    )


@cases("curation_window")
def test_windows_of_the_rule_book(case):
    assert weight(case["rshares"], age_seconds=case["age_seconds"]) == case["weight"]


def test_the_windows_end_sharply():
    assert weight(1_000, age_seconds=86_399) == 1_000
    assert weight(1_000, age_seconds=86_400) == 500


def test_windows_can_be_switched_off():
    assert weight(1_000, age_seconds=10**9, early_seconds=0, mid_seconds=0) == 1_000


@pytest.mark.parametrize("rshares", [0, -5])
def test_dust_and_downvotes_weigh_nothing(rshares):
    assert weight(rshares) == 0


def test_on_a_bent_curve_the_earlier_vote_weighs_more():
    first = weight(10**12, curve=Curve.CONVERGENT_SQUARE_ROOT)
    assert first == 446_295
    assert weight(10**12, 10**12, curve=Curve.CONVERGENT_SQUARE_ROOT) == 806_748 - first


def test_a_weight_never_is_negative():
    """Where the approximate curve falls by 1."""
    assert weight(1, 10**13, curve=Curve.CONVERGENT_SQUARE_ROOT) == 0


def test_higher_weights_are_paid_first_and_equal_ones_as_they_come():
    assert curation.split(1_000, [(1, 10), (2, 40), (3, 10), (9, 40)], 100) == [(2, 400), (9, 400), (1, 100), (3, 100)]


def test_empty_shares_are_left_out():
    assert curation.split(10, [(1, 999_999), (2, 1), (3, 0)], 1_000_000) == [(1, 9)]


def test_without_weight_nobody_is_paid():
    assert curation.split(10, [(1, 0)], 0) == []


def test_three_votes_of_example_b():
    """protocol.md §6.6 B: equal rshares after 1, 30 and 80 hours."""
    votes = [(voter, weight(10**13, age_seconds=hours * 3_600)) for voter, hours in enumerate((1, 30, 80))]
    assert [one for _, one in votes] == [10**13, 5 * 10**12, 125 * 10**10]
    total = sum(one for _, one in votes)
    assert total == 1_625 * 10**10
    assert curation.split(10_000, votes, total) == [(0, 6_153), (1, 3_076), (2, 769)]


@repeatable
@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**15), max_size=50), st.integers(0, 10**12))
def test_curators_never_get_more_than_the_part(hive, weights, extra_weight):
    """A post's total weight may exceed the sum: the remainder stays in the fund."""
    votes = list(enumerate(weights))
    shares = curation.split(hive, votes, sum(weights) + extra_weight)
    assert 0 <= sum(share for _, share in shares) <= hive
    if sum(weights) and not extra_weight:
        assert hive - sum(share for _, share in shares) < len(votes)
    assert all(share > 0 for _, share in shares)
