"""Delayed votes wait in buckets, oldest first to mature, newest first to be withdrawn."""

from hypothesis import given
from hypothesis import strategies as st

from rewards import delayed_votes
from tests.rewards.cases import cases, repeatable

DAY = 86_400
MONTH = 30 * DAY


@cases("delayed_votes")
def test_buckets_of_the_upstream_test(case):
    buckets, sums = (), []
    for time, vests in case["adds"]:
        buckets = delayed_votes.add(buckets, vests, time, DAY)
        sums.append(delayed_votes.total(buckets))
    assert sums == case["sums"]
    assert [vests for _, vests in buckets] == case["buckets"]
    assert [delayed_votes.total(buckets[1:]), delayed_votes.total(buckets[2:])] == case["sums_after_maturing"]


def test_nothing_makes_no_bucket():
    assert delayed_votes.add((), 0, 5, DAY) == ()


def test_a_bucket_matures_to_the_second():
    buckets = ((1_000, 7), (1_000 + DAY, 9))
    assert not delayed_votes.is_mature((), 10**9, MONTH)
    assert not delayed_votes.is_mature(buckets, 1_000 + MONTH - 1, MONTH)
    assert delayed_votes.is_mature(buckets, 1_000 + MONTH, MONTH)


def test_a_withdrawal_takes_the_newest_first():
    buckets = ((0, 6), (DAY, 4), (2 * DAY, 5))
    assert delayed_votes.withdraw(buckets, 3) == (((0, 6), (DAY, 4), (2 * DAY, 2)), 0)
    assert delayed_votes.withdraw(buckets, 5) == (((0, 6), (DAY, 4)), 0)
    assert delayed_votes.withdraw(buckets, 7) == (((0, 6), (DAY, 2)), 0)
    assert delayed_votes.withdraw(buckets, 20) == ((), 5)
    assert delayed_votes.withdraw(buckets, 0) == (buckets, 0)


@repeatable
@given(st.lists(st.tuples(st.integers(0, 2 * DAY), st.integers(0, 10**12)), max_size=30), st.integers(0, 10**13))
def test_no_vote_is_lost(steps, withdrawn):
    buckets, now = (), 0
    for wait, vests in steps:
        now += wait
        buckets = delayed_votes.add(buckets, vests, now, DAY)
    total = delayed_votes.total(buckets)
    assert total == sum(vests for _, vests in steps)
    left, active = delayed_votes.withdraw(buckets, withdrawn)
    assert delayed_votes.total(left) == total - withdrawn + active
    assert all(vests > 0 for _, vests in left)
