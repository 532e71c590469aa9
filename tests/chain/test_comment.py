"""comment: posts, replies, edits (protocol.md §5.1)."""

from dataclasses import replace

import pytest

from chain.accounts import UnknownAccount
from chain.operations.comment import (
    BadPermlink,
    EditTooSoon,
    NestedTooDeep,
    ParentChanged,
    PostTooSoon,
    ReplyTooSoon,
)
from chain.params import MAINNET
from chain.posts import UnknownPost
from tests.helpers.world import START, World

WEEK = 604_800


@pytest.fixture
def world() -> World:
    world = World()
    world.accounts("alice", "bob")
    return world


def test_a_post_waits_a_week_for_its_payout(world: World) -> None:
    assert world.post("alice", "hello", "introductions") == []
    post, cashout = world.state.posts.get(("alice", "hello")), world.state.cashouts.get(("alice", "hello"))
    assert (post.parent_author, post.parent_permlink, post.depth) == ("", "introductions", 0)
    assert (post.root_author, post.root_permlink, post.created) == ("alice", "hello", START)
    assert cashout.id == post.id
    assert (cashout.created, cashout.cashout_time) == (START, START + WEEK)
    assert (cashout.max_accepted_payout, cashout.percent_hbd) == (1_000_000_000, 10_000)
    assert cashout.allow_votes
    assert cashout.allow_curation_rewards
    assert (world["alice"].last_root_post, world["alice"].last_post, world["alice"].last_post_edit) == (START,) * 3
    assert world["alice"].post_count == 1


def test_a_reply_belongs_to_the_same_root_and_is_counted_by_its_parent(world: World) -> None:
    world.post("alice", "hello")
    world.reply("bob", "re-hello", ("alice", "hello"))
    world.advance()
    world.reply("alice", "re-re-hello", ("bob", "re-hello"))
    answer = world.state.posts.get(("alice", "re-re-hello"))
    assert (answer.root_author, answer.root_permlink, answer.depth) == ("alice", "hello", 2)
    assert world.state.cashouts.get(("alice", "hello")).replies == 1
    assert world.state.cashouts.get(("bob", "re-hello")).replies == 1
    assert world["bob"].last_root_post == 0


def test_a_reply_to_a_paid_post_is_allowed(world: World) -> None:
    world.post("alice", "hello")
    world.state.cashouts.remove(("alice", "hello"))
    world.reply("bob", "re-hello", ("alice", "hello"))
    assert world.state.posts.get(("bob", "re-hello")).depth == 1


def test_an_edit_moves_nothing_but_the_time_of_the_last_edit(world: World) -> None:
    world.post("alice", "hello", "first-tag")
    world.advance(hours=5)
    world.post("alice", "hello", "another tag, which is ignored")
    assert world.state.posts.get(("alice", "hello")).parent_permlink == "first-tag"
    assert world.state.cashouts.get(("alice", "hello")).cashout_time == START + WEEK
    assert world["alice"].last_post_edit == world.state.now
    assert (world["alice"].last_post, world["alice"].post_count) == (START, 1)


def test_a_post_may_be_edited_after_its_payout(world: World) -> None:
    world.post("alice", "hello")
    world.state.cashouts.remove(("alice", "hello"))
    world.advance()
    world.post("alice", "hello")


def test_a_root_post_may_follow_301_seconds_after_the_last_and_a_reply_3(world: World) -> None:
    world.post("alice", "one")
    world.advance(seconds=3)
    world.reply("alice", "re-one", ("alice", "one"))
    world.advance(seconds=298)
    world.post("alice", "two")


def test_invalid_author(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.post("nobody", "hello")


def test_invalid_parent(world: World) -> None:
    with pytest.raises(UnknownPost):
        world.reply("bob", "re-hello", ("alice", "hello"))


def test_invalid_second_post_within_five_minutes(world: World) -> None:
    world.post("alice", "one")
    world.advance(seconds=300)
    with pytest.raises(PostTooSoon):
        world.post("alice", "two")


def test_invalid_second_reply_within_three_seconds(world: World) -> None:
    world.post("alice", "one")
    world.reply("bob", "first", ("alice", "one"))
    world.state.now += 2
    with pytest.raises(ReplyTooSoon):
        world.reply("bob", "second", ("alice", "one"))


def test_invalid_edit_within_three_seconds(world: World) -> None:
    world.post("alice", "one")
    world.state.now += 2
    with pytest.raises(EditTooSoon):
        world.post("alice", "one")


@pytest.mark.parametrize("permlink", ["", "Capital", "a b", "under_score", "ünder", "dot.dot"])
def test_invalid_permlink(world: World, permlink: str) -> None:
    with pytest.raises(BadPermlink):
        world.post("alice", permlink)


def test_invalid_category(world: World) -> None:
    with pytest.raises(BadPermlink):
        world.post("alice", "hello", "My Blog")


def test_invalid_change_from_reply_to_root(world: World) -> None:
    world.post("alice", "one")
    world.reply("bob", "re-one", ("alice", "one"))
    world.advance()
    with pytest.raises(ParentChanged):
        world.post("bob", "re-one")


def test_invalid_change_of_the_parent(world: World) -> None:
    world.post("alice", "one")
    world.post("bob", "two")
    world.advance()
    world.reply("bob", "reply", ("alice", "one"))
    world.advance()
    with pytest.raises(ParentChanged):
        world.reply("bob", "reply", ("bob", "two"))


def deep_world(depth: int) -> World:
    """A reply of that depth stands at ("alice", "deep")."""
    world = World(replace(MAINNET, comment_depth_max=300))
    world.account("alice")
    world.post("alice", "root")
    world.state.now += 3
    world.reply("alice", "deep", ("alice", "root"))
    world.state.posts.edit(("alice", "deep")).depth = depth
    world.advance()
    return world


def test_invalid_depth_for_the_chain() -> None:
    world = deep_world(300)
    with pytest.raises(NestedTooDeep):
        world.reply("alice", "deeper", ("alice", "deep"))


def test_invalid_depth_for_the_node_itself() -> None:
    world = deep_world(255)
    world.state.is_in_control = True
    with pytest.raises(NestedTooDeep):
        world.reply("alice", "deeper", ("alice", "deep"))
    world.state.is_in_control = False
    world.reply("alice", "deeper", ("alice", "deep"))
    assert world.state.posts.get(("alice", "deeper")).depth == 256


def test_a_refused_post_leaves_no_trace(world: World) -> None:
    with pytest.raises(BadPermlink):
        world.post("alice", "Bad")
    assert (world["alice"].post_count, world["alice"].last_post) == (0, 0)
