"""delete_comment: what nobody answered, liked or paid may be taken back (protocol.md §5.3)."""

import pytest

from chain.operations.delete_comment import DeleteAfterPayout, HasPositiveVotes, HasReplies
from chain.posts import UnknownPost
from tests.helpers.world import World

PLACE = ("alice", "hello")


@pytest.fixture
def world() -> World:
    world = World()
    world.accounts("alice", "bob")
    world.accounts("fan", "critic", vests="10000000.000000 VESTS")
    world.post(*PLACE)
    return world


def test_a_post_goes_with_its_votes(world: World) -> None:
    world.vote("critic", *PLACE, -10_000)
    assert world.delete(*PLACE) == []
    assert PLACE not in world.state.posts
    assert PLACE not in world.state.cashouts
    assert list(world.state.votes.scan()) == []


def test_the_place_may_be_taken_again(world: World) -> None:
    world.delete(*PLACE)
    world.advance(seconds=301)
    world.post(*PLACE)
    assert world.state.posts.get(PLACE).id == 1


def test_a_deleted_reply_is_no_longer_counted(world: World) -> None:
    world.reply("bob", "re-hello", PLACE)
    world.delete("bob", "re-hello")
    assert world.state.cashouts.get(PLACE).replies == 0
    world.delete(*PLACE)


def test_a_deleted_reply_to_a_paid_post_is_counted_nowhere(world: World) -> None:
    world.reply("bob", "re-hello", PLACE)
    world.state.cashouts.remove(PLACE)
    world.delete("bob", "re-hello")
    assert ("bob", "re-hello") not in world.state.posts


def test_votes_that_cancel_each_other_do_not_protect(world: World) -> None:
    world.vote("fan", *PLACE)
    world.vote("critic", *PLACE, -10_000)
    assert world.state.cashouts.get(PLACE).net_rshares == 0
    world.delete(*PLACE)


def test_invalid_post(world: World) -> None:
    with pytest.raises(UnknownPost):
        world.delete("bob", "hello")


def test_invalid_with_replies(world: World) -> None:
    world.reply("bob", "re-hello", PLACE)
    with pytest.raises(HasReplies):
        world.delete(*PLACE)


def test_invalid_with_positive_votes(world: World) -> None:
    world.vote("fan", *PLACE)
    with pytest.raises(HasPositiveVotes):
        world.delete(*PLACE)


def test_invalid_after_payout(world: World) -> None:
    world.state.cashouts.remove(PLACE)
    with pytest.raises(DeleteAfterPayout):
        world.delete(*PLACE)
