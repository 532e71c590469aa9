"""Reputation: what the votes of others have made of an author (protocol.md §5.6)."""

import pytest

from chain.reputation import note_vote, reputation_of
from chain.rows import Reputation
from tests.helpers.world import World

RSHARES = 64_000


@pytest.fixture
def world() -> World:
    return World()


def give(world: World, account: str, value: int) -> None:
    world.state.reputations.insert(Reputation(account, value))


def judge(world: World, rshares: int, before: int | None = None) -> int:
    note_vote(world.state, "voter", "author", rshares, before)
    return reputation_of(world.state, "author")


def test_an_upvote_adds_its_rshares_without_their_noise(world: World) -> None:
    assert judge(world, RSHARES + 63) == 1_000


def test_a_changed_vote_takes_back_the_first(world: World) -> None:
    judge(world, RSHARES)
    assert judge(world, 2 * RSHARES, before=RSHARES) == 2_000


def test_a_vote_taken_back_leaves_nothing(world: World) -> None:
    judge(world, RSHARES)
    assert judge(world, 0, before=RSHARES) == 0


def test_a_voter_of_negative_reputation_has_no_effect(world: World) -> None:
    give(world, "voter", -1)
    assert judge(world, RSHARES) == 0


@pytest.mark.parametrize(("standing", "value"), [(501, -500), (500, 500), (499, 500)])
def test_only_whoever_stands_higher_may_judge_against(world: World, standing: int, value: int) -> None:
    give(world, "voter", standing)
    give(world, "author", 500)
    assert judge(world, -RSHARES) == value


def test_a_stranger_may_judge_for_and_not_against(world: World) -> None:
    give(world, "author", -500)
    assert judge(world, -RSHARES) == -500
    assert judge(world, RSHARES) == 500


def test_a_downvote_rounds_away_from_zero(world: World) -> None:
    """A shift, not a division."""
    give(world, "voter", 1)
    assert judge(world, -1) == -1


def test_votes_of_the_chain_are_noted(world: World) -> None:
    world.account("alice")
    world.account("fan", vests="10000000.000000 VESTS")
    world.post("alice", "hello")
    world.vote("fan", "alice", "hello")
    assert reputation_of(world.state, "alice") == 199_950_000_000 >> 6
