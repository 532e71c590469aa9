"""vote: strength, mana, windows, changes (protocol.md §5.4)."""

from typing import cast

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HBD, Asset
from chain.checks import PercentTooHigh
from chain.events import EffectiveCommentVote
from chain.governance import VotingRightsDeclined
from chain.operations.vote import (
    CommentBeingRewarded,
    NotEnoughDownvoteMana,
    NotEnoughMana,
    SameVote,
    TooManyVoteChanges,
    VotesNotAllowed,
    ZeroVoteWeight,
)
from chain.posts import UnknownPost
from chain.rows import Cashout, Vote
from tests.helpers.world import START, World
from tests.rewards.oracle import strength

PLACE = ("alice", "hello")
STAKE = 10_000_000_000_000  # VESTS of each voter, worked example A
FULL = 199_950_000_000  # rshares of a full vote of such a voter
DAY = 86_400
WEEK = 7 * DAY


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice")
    world.accounts("voter", "fan", "critic", vests="10000000.000000 VESTS")
    world.account("poor")
    world.post(*PLACE)
    return world


def cashout(world: World) -> Cashout:
    return world.state.cashouts.get(PLACE)


def vote_of(world: World, voter: str) -> Vote:
    return world.state.votes.get((cashout(world).id, voter))


def sums(world: World) -> tuple[int, int, int, int]:
    row = cashout(world)
    return row.net_rshares, row.vote_rshares, row.total_vote_weight, row.net_votes


def at_age(world: World, seconds: int) -> None:
    """As if the post had been made so long ago; the voters' mana is full."""
    world.state.now = START + seconds


# strength


@pytest.mark.parametrize("weight", [10_000, 5_000, 100, 26, 25, 1])
def test_strength_follows_stake_and_weight(world: World, weight: int) -> None:
    world.vote("voter", *PLACE, weight)
    assert vote_of(world, "voter").rshares == strength(STAKE, weight, WEEK)


def test_a_full_vote_is_worked_example_a(world: World) -> None:
    events = world.vote("voter", *PLACE)
    assert vote_of(world, "voter") == Vote(
        cashout(world).id, "voter", weight=FULL, rshares=FULL, percent=10_000, last_update=START
    )
    assert events == [EffectiveCommentVote("voter", *PLACE, FULL, FULL, FULL, Asset(0, HBD))]
    assert sums(world) == (FULL, FULL, FULL, 1)
    assert world.bars("voter").voting_mana == STAKE - 200_000_000_000
    assert world.bars("voter").downvote_mana == STAKE // 4
    assert world.bars("voter").last_vote_time == START


def test_a_vote_of_one_basis_point_is_dust_and_yet_a_vote(world: World) -> None:
    world.vote("voter", *PLACE, 1)
    assert sums(world) == (0, 0, 0, 1)
    assert cashout(world).has_votes


def test_a_delegated_stake_votes_for_the_delegatee(world: World) -> None:
    world.state.accounts.edit("voter").delegated_vesting_shares = STAKE // 2
    world.vote("voter", *PLACE)
    assert vote_of(world, "voter").rshares == strength(STAKE // 2, 10_000, WEEK)


@pytest.mark.parametrize(
    ("left", "rshares"), [(43_200, FULL), (43_199, FULL * 43_199 // 43_200), (3_600, 16_662_500_000), (3, 13_885_416)]
)
def test_in_the_last_twelve_hours_votes_fade(world: World, left: int, rshares: int) -> None:
    at_age(world, WEEK - left)
    world.vote("voter", *PLACE)
    assert vote_of(world, "voter").rshares == rshares


# curation weight


@pytest.mark.parametrize(
    ("age", "divisor"), [(0, 1), (DAY - 1, 1), (DAY, 2), (3 * DAY - 1, 2), (3 * DAY, 8), (WEEK - 43_200, 8)]
)
def test_an_early_vote_weighs_more(world: World, age: int, divisor: int) -> None:
    at_age(world, age)
    (event,) = cast("list[EffectiveCommentVote]", world.vote("voter", *PLACE))
    assert (event.rshares, event.weight, event.total_vote_weight) == (FULL, FULL // divisor, FULL // divisor)


def test_a_downvote_has_no_weight(world: World) -> None:
    world.vote("fan", *PLACE)
    world.vote("critic", *PLACE, -5_000)
    assert vote_of(world, "critic").weight == 0
    assert sums(world) == (FULL - 99_950_000_000, FULL, FULL, 0)


def test_votes_weigh_nothing_where_curation_is_declined(world: World) -> None:
    world.options(*PLACE, allow_curation_rewards=False)
    world.vote("voter", *PLACE)
    assert sums(world) == (FULL, FULL, 0, 1)


# changes


def test_a_changed_vote_takes_the_place_of_the_first(world: World) -> None:
    world.vote("voter", *PLACE)
    world.vote("fan", *PLACE)
    at_age(world, 2 * DAY)
    world.vote("voter", *PLACE, 5_000)
    half = strength(STAKE, 5_000, WEEK)
    assert sums(world) == (FULL + half, FULL + half, FULL + half // 2, 2)
    assert vote_of(world, "voter").num_changes == 1
    assert vote_of(world, "voter").last_update == world.state.now


def test_a_vote_turned_around_counts_against(world: World) -> None:
    world.vote("voter", *PLACE)
    world.vote("voter", *PLACE, -10_000)
    assert sums(world) == (-FULL, 0, 0, -1)


def test_a_vote_taken_back_leaves_a_record(world: World) -> None:
    world.vote("voter", *PLACE)
    world.vote("voter", *PLACE, 0)
    assert sums(world) == (0, 0, 0, 0)
    assert vote_of(world, "voter").percent == 0
    world.vote("voter", *PLACE)
    assert sums(world) == (FULL, FULL, FULL, 1)


def test_votes_may_be_changed_without_end(world: World) -> None:
    for change in range(10):
        world.vote("voter", *PLACE, 1 + change)
    assert vote_of(world, "voter").num_changes == 9


def test_a_vote_on_a_paid_post_has_no_effect(world: World) -> None:
    world.state.cashouts.remove(PLACE)
    mana = world.bars("voter").voting_mana
    assert world.vote("voter", *PLACE) == []
    assert (world.bars("voter").voting_mana, world.bars("voter").last_vote_time) == (mana, 0)


# mana


def test_forty_nine_full_votes_fit_in_one_block(world: World) -> None:
    """Each costs 2 % rounded up, so the fiftieth lacks a little."""
    world.state.accounts.edit("voter").vesting_shares = STAKE + 1
    world.state.bars.edit("voter").voting_mana = STAKE + 1
    for number in range(50):
        world.state.now += 301
        world.post("alice", f"post{number}")
    world.state.now = START
    for number in range(49):
        world.vote("voter", "alice", f"post{number}")
    with pytest.raises(NotEnoughMana):
        world.vote("voter", "alice", "post49")


def test_mana_regenerates_in_five_days(world: World) -> None:
    world.state.bars.edit("voter").voting_mana = 0
    at_age(world, DAY)
    world.vote("voter", *PLACE)
    assert world.bars("voter").voting_mana == STAKE // 5 - 200_000_000_000


def test_a_downvote_draws_on_the_downvote_mana_first(world: World) -> None:
    world.vote("critic", *PLACE, -10_000)
    assert (world.bars("critic").voting_mana, world.bars("critic").downvote_mana) == (
        STAKE,
        STAKE // 4 - 200_000_000_000,
    )


def test_a_downvote_takes_the_rest_from_the_voting_mana(world: World) -> None:
    world.state.bars.edit("critic").downvote_mana = 50_000_000_000
    world.vote("critic", *PLACE, -10_000)
    assert (world.bars("critic").voting_mana, world.bars("critic").downvote_mana) == (STAKE - 150_000_000_000, 0)


# the estimate in the event


def test_the_event_tells_the_part_of_the_fund_in_hbd(world: World) -> None:
    world.fund(hive=800_000_000, recent_claims=10**15)
    (event,) = cast("list[EffectiveCommentVote]", world.vote("voter", *PLACE))
    assert event.pending_payout == Asset(FULL * 200_000_000 // 10**15, HBD)


def test_a_post_with_more_downvotes_has_nothing_pending(world: World) -> None:
    world.fund(hive=800_000_000, recent_claims=10**15)
    (event,) = cast("list[EffectiveCommentVote]", world.vote("critic", *PLACE, -10_000))
    assert (event.weight, event.rshares, event.pending_payout.amount) == (0, -FULL, 0)


# refusals


def test_invalid_post(world: World) -> None:
    with pytest.raises(UnknownPost):
        world.vote("voter", "alice", "other")


def test_invalid_voter(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.vote("nobody", *PLACE)


@pytest.mark.parametrize("is_paid", [False, True])
def test_invalid_voter_without_rights(world: World, *, is_paid: bool) -> None:
    world.state.accounts.edit("voter").can_vote = False
    if is_paid:
        world.state.cashouts.remove(PLACE)
    with pytest.raises(VotingRightsDeclined):
        world.vote("voter", *PLACE)


def test_invalid_upvote_where_votes_are_not_allowed(world: World) -> None:
    world.options(*PLACE, allow_votes=False)
    with pytest.raises(VotesNotAllowed):
        world.vote("voter", *PLACE, 1)
    world.vote("critic", *PLACE, -1)


def test_invalid_at_the_time_of_the_payout(world: World) -> None:
    at_age(world, WEEK)
    with pytest.raises(CommentBeingRewarded):
        world.vote("voter", *PLACE)


def test_invalid_weight_zero_without_a_vote(world: World) -> None:
    with pytest.raises(ZeroVoteWeight):
        world.vote("voter", *PLACE, 0)


@pytest.mark.parametrize("weight", [7_777, -1])
def test_invalid_same_vote_again(world: World, weight: int) -> None:
    world.vote("voter", *PLACE, weight)
    with pytest.raises(SameVote):
        world.vote("voter", *PLACE, weight)


def test_invalid_vote_taken_back_twice(world: World) -> None:
    world.vote("voter", *PLACE)
    world.vote("voter", *PLACE, 0)
    with pytest.raises(SameVote):
        world.vote("voter", *PLACE, 0)


def test_invalid_without_mana(world: World) -> None:
    world.state.bars.edit("voter").voting_mana = 199_999_999_999
    with pytest.raises(NotEnoughMana):
        world.vote("voter", *PLACE)
    assert world.bars("voter").voting_mana == 199_999_999_999


def test_invalid_downvote_with_no_more_mana_than_it_needs(world: World) -> None:
    row = world.state.bars.edit("critic")
    row.downvote_mana, row.voting_mana = 100_000_000_000, 100_000_000_000
    with pytest.raises(NotEnoughDownvoteMana):
        world.vote("critic", *PLACE, -10_000)
    world.state.bars.edit("critic").voting_mana += 1
    world.vote("critic", *PLACE, -10_000)


def test_an_account_without_stake_may_upvote_but_not_downvote(world: World) -> None:
    world.vote("poor", *PLACE)
    assert vote_of(world, "poor").rshares == 0
    with pytest.raises(NotEnoughDownvoteMana):
        world.vote("poor", *PLACE, -1)


@pytest.mark.parametrize("weight", [10_001, -10_001])
def test_invalid_weight(world: World, weight: int) -> None:
    with pytest.raises(PercentTooHigh):
        world.vote("voter", *PLACE, weight)


# before hardfork 28


@pytest.fixture
def old_world(world: World) -> World:
    world.state.edit_hardforks().last_hardfork = 27
    return world


def test_before_hardfork_28_a_vote_is_a_part_of_the_mana_that_is_left(old_world: World) -> None:
    old_world.state.bars.edit("voter").voting_mana = STAKE // 2
    old_world.vote("voter", *PLACE)
    assert vote_of(old_world, "voter").rshares == strength(STAKE // 2, 10_000, WEEK)


def test_before_hardfork_28_a_downvote_is_a_part_of_the_larger_bar(old_world: World) -> None:
    row = old_world.state.bars.edit("critic")
    row.downvote_mana, row.voting_mana = STAKE // 10, STAKE // 5
    old_world.vote("critic", *PLACE, -10_000)
    assert vote_of(old_world, "critic").rshares == strength(4 * STAKE // 10, -10_000, WEEK)


def test_invalid_sixth_change_before_hardfork_28(old_world: World) -> None:
    for weight in (10, 20, 30, 40, 50, 60):
        old_world.vote("voter", *PLACE, weight)
    with pytest.raises(TooManyVoteChanges):
        old_world.vote("voter", *PLACE, 70)
