"""Virtual time gives turns by votes, and the shuffle is Hive's."""

from hypothesis import given
from hypothesis import strategies as st

from rewards import schedule
from rewards.intmath import UINT128_MAX
from rewards.schedule import Runner
from tests.rewards.cases import cases, repeatable

votes = st.integers(0, 10**18)


@cases("lap")
def test_lap_of_the_rule_book(case):
    assert schedule.lap_time(case["votes"]) == case["lap_time"]


@cases("shuffle")
def test_shuffle_of_the_rule_book(case):
    assert schedule.shuffle(range(21), case["head_block_time"]) == case["order"]


@repeatable
@given(st.integers(0, (1 << 32) - 1), st.integers(0, 30))
def test_a_shuffle_keeps_every_witness(time, count):
    assert sorted(schedule.shuffle(range(count), time)) == list(range(count))


@cases("timeshare")
def test_turns_follow_votes(case):
    """One timeshare place a round: the next to come round takes it and starts a new lap."""
    arrivals = [schedule.lap_time(count) for count in case["votes"]]
    turns = [0] * len(arrivals)
    for _ in range(case["rounds"]):
        next_up = min(range(len(arrivals)), key=lambda place: (arrivals[place], place))
        turns[next_up] += 1
        arrivals[next_up] = schedule.next_scheduled_time(arrivals[next_up], case["votes"][next_up])
    assert turns == case["scheduled"]


def test_the_end_of_virtual_time_is_noticed():
    assert schedule.next_scheduled_time(0, 0) == UINT128_MAX
    assert schedule.next_scheduled_time(1, 0) is None


def test_a_witness_keeps_the_way_he_has_gone():
    """Half-way round with 99 votes; the other half goes twice as fast with 199."""
    lap = schedule.lap_time(99)
    runner = schedule.change_votes(Runner(99, 0, 0, lap), 100, lap // 2)
    assert runner.votes == 199
    assert runner.updated_at == lap // 2
    rest = runner.scheduled_at - runner.updated_at
    assert abs(rest - lap // 4) < lap // 100


def test_a_witness_who_never_arrives_arrives_at_the_end_of_time():
    assert schedule.change_votes(Runner(0, 0, 0, UINT128_MAX), 0, 5).scheduled_at == UINT128_MAX


@repeatable
@given(votes, votes, st.integers(0, UINT128_MAX), st.integers(0, UINT128_MAX))
def test_changed_votes_never_lead_into_the_past(before, after, position, time):
    runner = schedule.change_votes(Runner(before, position, 0, 0), after - before, time)
    assert time <= runner.scheduled_at <= UINT128_MAX
    assert 0 <= runner.position <= UINT128_MAX
