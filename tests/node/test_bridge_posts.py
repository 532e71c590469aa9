"""Posts and discussions as front ends ask bridge for them, hivemind's errors, and the shapes of its samples."""

from typing import Any

import pytest

from tests.node.rpc_world import Refused
from tests.node.test_social import NAME, SocialWorld

POST = {"author": "alice", "permlink": "hello"}


@pytest.fixture
def world() -> SocialWorld:
    """alice has said hello; bob answered and carol answered both."""
    world = SocialWorld()
    world.produce(2)
    world.write("alice", "hello")
    world.write("bob", "re", "alice", "hello")
    world.write("carol", "re", "alice", "hello")
    world.write("carol", "re-re", "bob", "re")
    return world


def test_a_post_and_its_header(world: SocialWorld) -> None:
    post = world.ask("bridge.get_post", POST | {"observer": ""})
    assert (post["title"], post["children"], post["json_metadata"]) == ("About hello", 3, {"tags": ["tests"]})
    assert world.ask("bridge.get_post", ["alice", "hello"]) == post
    assert world.ask("bridge.normalize_post", {"post": POST | {"title": "?"}}) == post
    header = {"author": "carol", "permlink": "re-re", "category": "tests", "depth": 2}
    assert world.ask("bridge.get_post_header", {"author": "carol", "permlink": "re-re"}) == header


def test_a_discussion(world: SocialWorld) -> None:
    found = world.ask("bridge.get_discussion", POST | {"observer": ""})
    assert {key: post["replies"] for key, post in found.items()} == {
        "alice/hello": ["bob/re", "carol/re"],
        "bob/re": ["carol/re-re"],
        "carol/re": [],
        "carol/re-re": [],
    }
    root = found["alice/hello"]
    assert root | {"replies": []} == world.ask("bridge.get_post", POST)
    below = world.ask("bridge.get_discussion", ["bob", "re"])
    assert list(below) == ["bob/re", "carol/re-re"]


def test_a_discussion_without_the_muted(world: SocialWorld) -> None:
    world.follow("alice", "bob", "ignore")
    assert list(world.ask("bridge.get_discussion", POST | {"observer": "alice"})) == ["alice/hello", "carol/re"]
    assert world.ask("bridge.get_discussion", {"author": "bob", "permlink": "re", "observer": "alice"}) == {}
    assert len(world.ask("bridge.get_discussion", POST)) == 4


def test_a_discussion_without_what_moderators_muted(world: SocialWorld) -> None:
    world.found_community()
    world.post("carol", "news", "", NAME)
    world.produce()
    world.acts("bob", "mutePost", account="carol", permlink="news", notes="old")
    world.write("alice", "re-news", "carol", "news")
    news = {"author": "carol", "permlink": "news"}
    assert list(world.ask("bridge.get_discussion", news)) == ["carol/news", "alice/re-news"]
    assert list(world.ask("bridge.get_discussion", news | {"muted_reasons_filter": [2]})) == ["carol/news"]
    assert world.ask("bridge.get_discussion", news | {"muted_reasons_filter": ["0"]}) == {}
    with pytest.raises(Refused, match=r"Invalid muted reason: 5. Must be between 0-4\."):
        world.ask("bridge.get_discussion", news | {"muted_reasons_filter": [5]})
    assert world.ask("bridge.list_muted_reasons_enum")["MUTED_PARENT"] == 2


def test_a_large_discussion_is_cut_from_below(world: SocialWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.views.discussions.DISCUSSION_MAX", 3)
    found = world.ask("bridge.get_discussion", POST)
    assert list(found) == ["alice/hello", "bob/re", "carol/re"]
    assert found["bob/re"]["replies"] == []


# --- posts of an account


def places(posts: list[dict[str, Any]]) -> list[str]:
    return [f"{post['author']}/{post['permlink']}" for post in posts]


def test_posts_of_an_account(world: SocialWorld) -> None:
    def page(sort: str, account: str, **more: Any) -> list[str]:
        return places(world.ask("bridge.get_account_posts", {"sort": sort, "account": account} | more))

    assert page("posts", "alice", start_author=None, start_permlink=None, observer="", limit=100) == ["alice/hello"]
    assert page("comments", "carol") == ["carol/re-re", "carol/re"]
    assert page("comments", "carol", start_author="carol", start_permlink="re-re") == ["carol/re"]
    assert page("replies", "alice", limit=1) == ["carol/re"]
    assert page("replies", "alice", start_author="carol", start_permlink="re") == ["bob/re"]
    world.follow("alice", "carol", "ignore")
    assert page("replies", "alice", observer="alice") == ["bob/re"]
    world.follow("carol", "alice", "blog")
    assert page("feed", "carol") == ["alice/hello"]
    world.send("bob", "vote", voter="bob", author="carol", permlink="re", weight=10_000)
    world.produce()
    assert page("payout", "carol") == ["carol/re", "carol/re-re"]
    assert page("payout", "carol", start_author="carol", start_permlink="re") == ["carol/re-re"]
    with pytest.raises(Refused, match="Unsupported sort, valid sorts: blog, feed, posts, comments, replies, payout"):
        page("loud", "alice")


def test_a_blog_leaves_out_what_is_in_communities(world: SocialWorld) -> None:
    world.found_community()
    world.post("carol", "news", "", NAME)
    world.post("bob", "old")
    world.reblog("carol", "alice", "hello")
    world.reblog("carol", "bob", "old")
    blog = world.ask("bridge.get_account_posts", ["blog", "carol"])
    assert [(post["permlink"], post["reblogged_by"]) for post in blog] == [("old", ["carol"]), ("hello", ["carol"])]
    behind = {"sort": "blog", "account": "carol", "start_author": "bob", "start_permlink": "old"}
    assert places(world.ask("bridge.get_account_posts", behind)) == ["alice/hello"]
    assert places(world.ask("bridge.get_account_posts", ["posts", "carol"])) == ["carol/news"]


def test_condensers_lists_of_an_account(world: SocialWorld) -> None:
    def page(method: str, *params: Any) -> list[str]:
        return places(world.ask(f"condenser_api.{method}", list(params)))

    by_comments = {"start_author": "carol", "limit": 5, "start_permlink": None, "select_tags": [], "filter_tags": []}
    assert page("get_discussions_by_comments", by_comments) == ["carol/re-re", "carol/re"]
    assert page("get_discussions_by_comments", by_comments | {"start_permlink": "re-re"}) == ["carol/re"]
    assert page("get_discussions_by_author_before_date", "alice", "", "2038-01-01T00:00:00", 5) == ["alice/hello"]
    assert page("get_discussions_by_author_before_date", "alice", "hello", "", 5) == []
    assert page("get_replies_by_last_update", "alice", "", 5) == ["carol/re", "bob/re"]
    assert page("get_replies_by_last_update", "carol", "re", 5) == ["bob/re"]
    with pytest.raises(Refused, match="Account nobody does not exist"):
        page("get_replies_by_last_update", "nobody", "", 5)


# --- hivemind's errors


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (["jsc", "nonexisting-post"], "Post jsc/nonexisting-post does not exist"),
        (["", "hello"], "invalid account (not specified)"),
        (["alice", ""], "permlink cannot be blank"),
        (["alice", "x" * 257], "invalid permlink length"),
        (["alice", "hello", "nobody"], "Account nobody does not exist"),
        (["alice", "hello", "@alice"], "invalid account name char `@`"),
        (["alice", "hello", "al"], "invalid account name length: `al`"),
        (["alice", "hello", "Alice"], "invalid account char"),
    ],
)
def test_questions_that_hivemind_refuses(world: SocialWorld, params: list[str], text: str) -> None:
    with pytest.raises(Refused) as refused:
        world.ask("bridge.get_post", params)
    assert refused.value.code == -32602
    assert refused.value.message == f"Assert Exception:{text}"
    assert refused.value.data["extension"] == {"assertion_expression": text}


def test_a_deleted_post(world: SocialWorld) -> None:
    for times in (1, 2):
        world.write("alice", "again")
        world.send("alice", "delete_comment", author="alice", permlink="again")
        world.produce(110)  # five minutes between root posts
        with pytest.raises(Refused) as refused:
            world.ask("bridge.get_post", ["alice", "again"])
        assert refused.value.code == -31999
        assert refused.value.message == f"Invalid parameters:Post alice/again was deleted {times} time(s)"
    world.write("alice", "again")
    assert world.ask("bridge.get_post_header", ["alice", "again"])["depth"] == 0
