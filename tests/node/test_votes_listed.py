"""database_api.list_votes: the votes on a post, and the votes of an account, as hivemind lists them."""

from typing import Any

import pytest

from tests.node.rpc_world import Refused, RpcWorld


@pytest.fixture
def world() -> RpcWorld:
    """bob has voted for three posts, carol for one of them; nobody for the fourth."""
    world = RpcWorld()
    world.produce(2)
    for author in ("dave", "alice", "erin", "carol"):
        world.post(author, "hello")
        world.produce()
    for voter, author, weight in (
        ("bob", "erin", 100),
        ("bob", "alice", -50),
        ("carol", "alice", 1_000),
        ("bob", "dave", 10),
    ):
        vote(world, voter, author, weight)
    return world


def vote(world: RpcWorld, voter: str, author: str, weight: int) -> None:
    world.send(voter, "vote", voter=voter, author=author, permlink="hello", weight=weight)
    world.produce()


def listed(world: RpcWorld, order: str, *start: Any, limit: int = 10) -> list[tuple[str, str]]:
    params = {"start": list(start), "limit": limit, "order": order}
    rows = world.ask("database_api.list_votes", params)["votes"]
    assert all(row["permlink"] == "hello" for row in rows)
    return [(row["voter"], row["author"]) for row in rows]


def test_votes_of_an_account_go_by_the_age_of_the_posts(world: RpcWorld) -> None:
    whole = [("bob", "dave"), ("bob", "alice"), ("bob", "erin")]
    assert listed(world, "by_voter_comment", "bob", "", "") == whole
    assert listed(world, "by_voter_comment", "bob", "", "", limit=2) == whole[:2]
    assert listed(world, "by_voter_comment", "bob", "alice", "hello") == whole[1:]
    assert listed(world, "by_voter_comment", "bob", "carol", "hello") == []
    assert listed(world, "by_voter_comment", "bob") == whole
    assert listed(world, "by_voter_comment", "nobody", "", "") == []


def test_a_vote_that_changes_stays_one(world: RpcWorld) -> None:
    vote(world, "bob", "alice", 5_000)
    params = {"start": ["bob", "alice", "hello"], "limit": 1, "order": "by_voter_comment"}
    (row,) = world.ask("database_api.list_votes", params)["votes"]
    assert (row["vote_percent"], row["num_changes"]) == (5_000, 1)
    assert len(listed(world, "by_voter_comment", "bob")) == 3


def test_votes_on_paid_and_on_deleted_posts(world: RpcWorld) -> None:
    world.post("bob", "hello")
    world.produce()
    vote(world, "bob", "bob", -1_000)
    assert listed(world, "by_voter_comment", "bob")[-1] == ("bob", "bob")
    world.send("bob", "delete_comment", author="bob", permlink="hello")
    world.produce()
    rest = [("bob", "dave"), ("bob", "alice"), ("bob", "erin")]
    assert listed(world, "by_voter_comment", "bob") == rest
    world.produce(30)
    assert world.ask("database_api.find_comments", {"comments": [["dave", "hello"]]})["comments"][0]["net_rshares"] == 0
    assert listed(world, "by_voter_comment", "bob") == rest


def test_votes_on_a_post_go_by_the_voters_names_and_end_with_it(world: RpcWorld) -> None:
    assert listed(world, "by_comment_voter", "alice", "hello", "") == [("bob", "alice"), ("carol", "alice")]
    assert listed(world, "by_comment_voter", "alice", "hello", "bz") == [("carol", "alice")]
    assert listed(world, "by_comment_voter", "carol", "hello", "") == []


def test_invalid_posts_and_orders(world: RpcWorld) -> None:
    for order, start in (("by_comment_voter", ["alice", "none", ""]), ("by_voter_comment", ["bob", "alice", "none"])):
        with pytest.raises(Refused, match="There is no post or reply @alice/none"):
            listed(world, order, *start)
    with pytest.raises(Refused, match="Unknown or unsupported sort order"):
        listed(world, "by_name", "alice")


def test_a_vote_that_is_undone_is_not_listed(world: RpcWorld) -> None:
    world.chain.pop_block()
    assert listed(world, "by_voter_comment", "bob") == [("bob", "alice"), ("bob", "erin")]
