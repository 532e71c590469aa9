"""Ranked lists, tags and topics as front ends ask for them, and hivemind's refusals."""

from typing import Any

import pytest

from tests.node.rpc_world import Refused
from tests.node.test_social import NAME, SocialWorld


@pytest.fixture
def world() -> SocialWorld:
    """alice has said `one`, bob `two`, which carol voted for and answered."""
    world = SocialWorld()
    world.produce(2)
    world.write("alice", "one")
    world.write("bob", "two")
    world.write("carol", "re", "bob", "two")
    world.send("carol", "vote", voter="carol", author="bob", permlink="two", weight=10_000)
    world.produce()
    return world


def permlinks(posts: list[dict[str, Any]]) -> list[str]:
    return [post["permlink"] for post in posts]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("trending", ["two", "one"]),
        ("hot", ["two", "one"]),
        ("created", ["two", "one"]),
        ("promoted", []),
        ("payout_comments", ["re"]),
        ("muted", []),
    ],
)
def test_every_list_of_bridge(world: SocialWorld, sort: str, expected: list[str]) -> None:
    for tag in ("", "all", "tests"):
        asked = {"sort": sort, "tag": tag, "observer": "alice", "limit": 20}
        assert permlinks(world.ask("bridge.get_ranked_posts", asked)) == expected


def test_a_post_in_a_list_is_the_post_alone(world: SocialWorld) -> None:
    first = world.ask("bridge.get_ranked_posts", {"sort": "trending"})[0]
    assert first == world.ask("bridge.get_post", ["bob", "two"])


def test_pages_and_what_clients_leave_empty(world: SocialWorld) -> None:
    top = {"sort": "created", "start_author": None, "start_permlink": None, "observer": "", "limit": 1}
    assert permlinks(world.ask("bridge.get_ranked_posts", top)) == ["two"]
    behind = {"sort": "created", "start_author": "bob", "start_permlink": "two", "limit": 100}
    assert permlinks(world.ask("bridge.get_ranked_posts", behind)) == ["one"]
    assert permlinks(world.ask("bridge.get_ranked_posts", ["created", "", "", 20, "tests", ""])) == ["two", "one"]


def test_pinned_posts_of_a_community_come_first(world: SocialWorld) -> None:
    world.found_community()
    world.write("alice", "news", "", NAME)
    world.write("carol", "more", "", NAME)
    world.acts("bob", "pinPost", account="alice", permlink="news")
    posts = world.ask("bridge.get_ranked_posts", {"sort": "created", "tag": NAME})
    assert permlinks(posts) == ["news", "more"]
    assert [post["stats"].get("is_pinned", False) for post in posts] == [True, False]
    world.acts("carol", "subscribe")
    mine = {"sort": "trending", "tag": "my", "observer": "carol"}
    assert permlinks(world.ask("bridge.get_ranked_posts", mine)) == ["more", "news"]
    hidden = {"sort": "created", "tag": NAME, "muted_reasons_filter": [0]}
    world.acts("bob", "mutePost", account="carol", permlink="more", notes="no")
    assert permlinks(world.ask("bridge.get_ranked_posts", hidden)) == ["news"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("get_discussions_by_trending", ["two", "one"]),
        ("get_discussions_by_hot", ["two", "one"]),
        ("get_discussions_by_created", ["two", "one"]),
        ("get_discussions_by_promoted", []),
        ("get_post_discussions_by_payout", ["two", "one"]),
        ("get_comment_discussions_by_payout", ["re"]),
    ],
)
def test_every_list_of_condenser(world: SocialWorld, method: str, expected: list[str]) -> None:
    query = {"tag": "tests", "limit": 100, "truncate_body": 3, "filter_tags": None, "start_author": None}
    for api in ("condenser_api", "tags_api"):
        for params in ([query], query):
            posts = world.ask(f"{api}.{method}", params)
            assert permlinks(posts) == expected
            assert all(len(post["body"]) <= 3 for post in posts)


def test_tags_and_topics(world: SocialWorld) -> None:
    (tag,) = world.ask("condenser_api.get_trending_tags", ["", 10])
    assert (tag["name"], tag["top_posts"], tag["comments"]) == ("tests", 2, 1)
    assert tag["total_payouts"] == world.ask("bridge.get_post", ["bob", "two"])["pending_payout_value"]
    assert world.ask("tags_api.get_trending_tags", {"start_tag": "tests", "limit": 10}) == []
    assert world.ask("bridge.get_trending_topics", {"limit": 10}) == [["tests", "#tests"]]


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        (
            "bridge.get_ranked_posts",
            {"sort": "best"},
            "Unsupported sort, valid sorts: trending, hot, created, promoted, payout, payout_comments, muted",
        ),
        ("bridge.get_ranked_posts", {"sort": "hot", "tag": "nothing"}, "Tag nothing does not exist"),
        ("bridge.get_ranked_posts", {"sort": "payout", "tag": "nothing"}, "Category nothing does not exist"),
        ("bridge.get_ranked_posts", {"sort": "hot", "tag": "Not a tag"}, "invalid tag `Not a tag`"),
        ("bridge.get_ranked_posts", {"sort": "hot", "tag": "my"}, "invalid account (not specified)"),
        ("bridge.get_ranked_posts", {"sort": "hot", "observer": "nobody"}, "Account nobody does not exist"),
        (
            "bridge.get_ranked_posts",
            {"sort": "hot", "start_author": "bob", "start_permlink": "none"},
            "Post bob/none does not exist",
        ),
        ("condenser_api.get_discussions_by_created", [{"tag": "nothing"}], "Tag nothing does not exist"),
        ("condenser_api.get_trending_tags", ["nothing", 10], "Category nothing does not exist"),
        ("condenser_api.get_trending_tags", ["#", 10], "invalid tag `#`"),
    ],
)
def test_hiveminds_refusals(world: SocialWorld, method: str, params: Any, message: str) -> None:
    with pytest.raises(Refused) as refused:
        world.ask(method, params)
    assert (refused.value.code, refused.value.message) == (-32602, f"Assert Exception:{message}")
