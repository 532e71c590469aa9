"""Follows, blogs, feeds, notifications and communities, as front ends ask for them (hivemind's methods)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chain.keys import public_key_text
from chain.rows import Community, Metadata, SubscriptionBack
from chain.state import State
from tests.node.rpc_world import Refused, RpcWorld

NAME = "hive-133333"


class SocialWorld(RpcWorld):
    """With a community of alice's, in which bob is a moderator."""

    def says(self, actor: str, id_: str, action: str, **members: Any) -> None:
        text = json.dumps([action, members])
        fields = {"required_auths": [], "required_posting_auths": [actor], "id": id_, "json": text}
        self.send(actor, "custom_json", **fields)
        self.produce()

    def follow(self, actor: str, target: Any, *what: str) -> None:
        self.says(actor, "follow", "follow", follower=actor, following=target, what=what)

    def reblog(self, actor: str, author: str, permlink: str) -> None:
        self.says(actor, "reblog", "reblog", account=actor, author=author, permlink=permlink)

    def acts(self, actor: str, action: str, **members: Any) -> None:
        self.says(actor, "community", action, community=NAME, **members)

    def write(self, author: str, permlink: str, *parent: str) -> None:
        self.post(author, permlink, *parent)
        self.produce()

    @contextmanager
    def pretending(self) -> Iterator[State]:
        """The state may be changed at will, and is then as it was."""
        state = self.chain.state
        self.chain.mempool.suspend()
        state.store.begin()
        yield state
        state.store.rollback()
        self.chain.mempool.resume(())

    def found_community(self) -> None:
        keys = {
            role: {
                "weight_threshold": 1,
                "account_auths": [],
                "key_auths": [[public_key_text(self.key(NAME, role).public_key), 1]],
            }
            for role in ("owner", "active", "posting")
        }
        memo_key = public_key_text(self.key(NAME, "memo").public_key)
        fee = self.ask("condenser_api.get_chain_properties")["account_creation_fee"]
        account = {"creator": "alice", "new_account_name": NAME, "fee": fee, "memo_key": memo_key, "json_metadata": ""}
        self.send("alice", "account_create", **account, **keys)
        self.send("alice", "transfer_to_vesting", **{"from": "alice", "to": NAME, "amount": "10.000 HIVE"})
        self.produce()
        self.acts(NAME, "setRole", account="alice", role="admin")
        self.acts("alice", "setRole", account="bob", role="mod")


@pytest.fixture
def world() -> SocialWorld:
    world = SocialWorld()
    world.produce(2)
    return world


@pytest.fixture
def town(world: SocialWorld) -> SocialWorld:
    world.found_community()
    return world


# --- follows


def test_who_follows_whom(world: SocialWorld) -> None:
    world.follow("alice", ["bob", "carol"], "blog")
    world.follow("bob", "carol", "ignore")
    assert world.ask("condenser_api.get_follow_count", ["alice"]) == {
        "account": "alice",
        "following_count": 2,
        "follower_count": 0,
    }
    both = [
        {"follower": "alice", "following": "bob", "what": ["blog"]},
        {"follower": "alice", "following": "carol", "what": ["blog"]},
    ]
    assert world.ask("condenser_api.get_following", ["alice", "", "blog", 10]) == both
    assert world.ask("condenser_api.get_following", ["alice", None, "blog", 1]) == both[:1]
    assert world.ask("condenser_api.get_following", ["alice", "bob", "blog", 10]) == both[1:]
    assert world.ask("condenser_api.get_followers", {"account": "carol", "follow_type": "blog"}) == both[1:]
    muted = [{"follower": "bob", "following": "carol", "what": ["ignore"]}]
    assert world.ask("condenser_api.get_followers", ["carol", "", "ignore", 1000]) == muted
    assert world.ask("follow_api.get_following", {"account": "bob", "type": "ignore", "limit": 100_000}) == muted
    assert world.ask("follow_api.get_followers", {"account": "carol", "start": "bob", "type": "ignore"}) == []


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("condenser_api.get_follow_count", ["nobody"], "Account nobody does not exist"),
        ("condenser_api.get_followers", ["alice", "", "likes", 10], "Unsupported follow type"),
        ("condenser_api.get_following", ["nobody", "", "blog", 10], "Account nobody does not exist"),
        ("condenser_api.get_reblogged_by", ["alice", "no-such"], "alice/no-such"),
        ("condenser_api.get_blog", ["nobody", 0, 10], "Account nobody does not exist"),
        ("condenser_api.get_discussions_by_feed", [{"tag": "nobody"}], "Account nobody does not exist"),
        ("bridge.get_profile", {"account": "nobody"}, "Account nobody does not exist"),
        ("bridge.get_profile", {"account": "alice", "observer": "nobody"}, "Account nobody does not exist"),
        ("bridge.get_follow_list", {"observer": "alice", "follow_type": "likes"}, "Unsupported follow_type"),
        ("bridge.get_community", {"name": "hive-199999"}, "Community hive-199999 does not exist"),
        ("bridge.list_communities", {"sort": "loud"}, "Unsupported sort"),
        ("bridge.list_community_roles", {"community": NAME, "last": "carol"}, "invalid last"),
        ("bridge.account_notifications", {"account": "nobody"}, "Account nobody does not exist"),
    ],
)
def test_invalid_questions(town: SocialWorld, method: str, params: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        town.ask(method, params)


def test_relations_of_two_accounts(world: SocialWorld) -> None:
    world.follow("alice", "bob", "blog")
    world.follow("alice", "bob", "blacklist")
    world.follow("alice", "bob", "follow_muted")
    assert world.ask("bridge.get_relationship_between_accounts", ["alice", "bob"]) == {
        "follows": True,
        "ignores": False,
        "blacklists": True,
        "follows_blacklists": False,
        "follows_muted": True,
    }
    assert not any(world.ask("bridge.get_relationship_between_accounts", ["bob", "alice", "carol", False]).values())


def test_lists_that_are_followed(world: SocialWorld) -> None:
    assert world.ask("bridge.does_user_follow_any_lists", {"observer": "alice"}) is False
    world.follow("alice", "bob", "follow_blacklist")
    world.follow("alice", "carol", "blacklist")
    world.follow("alice", "carol", "ignore")
    assert world.ask("bridge.does_user_follow_any_lists", {"observer": "alice"}) is True
    with world.pretending() as state:
        say(state, "bob", json_metadata='{"profile": {"blacklist_description": "bots"}}')
        followed = [{"name": "bob", "blacklist_description": "bots", "muted_list_description": ""}]
        assert world.ask("bridge.get_follow_list", {"observer": "alice", "follow_type": "follow_blacklist"}) == followed
    for kind in ("blacklisted", "muted", None):
        (one,) = world.ask("bridge.get_follow_list", {"observer": "alice", "follow_type": kind})
        assert one == {"name": "carol", "blacklist_description": "", "muted_list_description": ""}
    assert world.ask("bridge.get_follow_list", {"observer": "alice", "follow_type": "follow_muted"}) == []


# --- profiles


def say(state: State, account: str, **said: str) -> None:
    state.metadata.remove(account)
    state.metadata.insert(Metadata(account, **said))


def profile(world: SocialWorld, **said: Any) -> Any:
    with world.pretending() as state:
        say(state, "alice", **said)
        return world.ask("bridge.get_profile", {"account": "alice"})["metadata"]["profile"]


def test_a_profile(world: SocialWorld) -> None:
    world.write("alice", "hello")
    world.follow("bob", "alice", "blog")
    answer = world.ask("bridge.get_profile", {"account": "alice", "observer": "bob"})
    assert answer["context"] == {"followed": True, "muted": False}
    assert answer["stats"] == {"rank": 0, "following": 0, "followers": 1}
    assert (answer["name"], answer["post_count"], answer["reputation"]) == ("alice", 1, 25)
    assert answer["active"] > answer["created"]
    assert set(answer["metadata"]["profile"].values()) == {""}
    assert "context" not in world.ask("bridge.get_profile", {"account": "alice"})


def test_what_an_account_says_about_itself(world: SocialWorld) -> None:
    said = {
        "name": "A" * 21,
        "about": "words",
        "website": "example.com",
        "profile_image": "https://x",
        "cover_image": "x",
    }
    shown = profile(world, posting_json_metadata=json.dumps({"profile": said}))
    assert shown["name"] == "A" * 17 + "..."
    assert (shown["about"], shown["website"]) == ("words", "http://example.com")
    assert (shown["profile_image"], shown["cover_image"]) == ("https://x", "")
    assert profile(world, json_metadata='{"profile": {"name": "Old"}}')["name"] == "Old"
    assert profile(world, posting_json_metadata="{}", json_metadata='{"name": "Older"}')["name"] == "Older"
    for nothing in ("nonsense", "[]", '{"profile": 7}', '{"profile": {"name": ["x"]}}', '{"name": "@alice"}'):
        assert profile(world, posting_json_metadata=nothing)["name"] == ""


# --- blogs and feeds


@pytest.fixture
def library(world: SocialWorld) -> SocialWorld:
    """alice has written two posts, bob has reblogged the first, carol follows both."""
    world.write("alice", "first")
    world.produce(110)  # five minutes must lie between two posts
    world.write("alice", "second")
    world.reblog("bob", "alice", "first")
    world.follow("carol", "bob", "blog")
    return world


def test_blogs(library: SocialWorld) -> None:
    entries = library.ask("condenser_api.get_blog_entries", ["alice", 0, 10])
    assert [(row["entry_id"], row["permlink"]) for row in entries] == [(1, "second"), (0, "first")]
    assert {row["reblogged_on"] for row in entries} == {"1970-01-01T00:00:00"}
    assert (
        library.ask("condenser_api.get_blog_entries", {"account": "alice", "start_entry_id": 1, "limit": 1})
        == entries[:1]
    )
    (entry,) = library.ask("follow_api.get_blog", {"account": "bob", "limit": 500})
    assert (entry["blog"], entry["entry_id"]) == ("bob", 0)
    assert entry["comment"]["permlink"] == "first"
    assert entry["reblogged_on"] > "2000"
    assert library.ask("condenser_api.get_blog", ["bob", -1, 5]) == [entry]
    assert library.ask("condenser_api.get_reblogged_by", ["alice", "first"]) == ["bob"]
    assert library.ask("follow_api.get_reblogged_by", {"author": "alice", "permlink": "second"}) == []


def test_discussions_of_a_blog(library: SocialWorld) -> None:
    def posts(**query: Any) -> list[str]:
        return [post["permlink"] for post in library.ask("condenser_api.get_discussions_by_blog", [query])]

    assert posts(tag="alice", limit=5) == ["second", "first"]
    assert posts(tag="alice", start_author="alice", start_permlink="second", limit=5) == ["first"]
    assert posts(tag="alice", start_author="alice", start_permlink="first") == []
    assert posts(tag="carol", start_author="alice", start_permlink="first") == []
    with pytest.raises(Refused, match="Post bob/first does not exist"):
        posts(tag="alice", start_author="bob", start_permlink="first")
    assert posts(tag="alice", start_author=None, start_permlink=None, limit=100, filter_tags=[], select_authors=[]) == [
        "second",
        "first",
    ]
    assert [post["body"] for post in library.ask("tags_api.get_discussions_by_blog", ["alice", "", "", 1, 5])] == [
        "Words"
    ]
    (shared,) = library.ask("condenser_api.get_discussions_by_blog", {"tag": "bob"})
    assert (shared["author"], shared["reblogged_by"]) == ("alice", ["bob"])


def test_a_feed(library: SocialWorld) -> None:
    (shared,) = library.ask("condenser_api.get_discussions_by_feed", {"tag": "carol", "limit": 10})
    assert (shared["author"], shared["permlink"], shared["reblogged_by"]) == ("alice", "first", ["bob"])
    library.follow("carol", "alice", "blog")
    feed = library.ask("condenser_api.get_discussions_by_feed", [{"tag": "carol", "limit": 10}])
    assert [post["permlink"] for post in feed] == ["second", "first"]
    behind = {"tag": "carol", "limit": 10, "start_author": "alice", "start_permlink": "second"}
    assert library.ask("condenser_api.get_discussions_by_feed", [behind]) == feed[1:]
    with pytest.raises(Refused, match="Post carol/second does not exist"):
        library.ask("condenser_api.get_discussions_by_feed", [behind | {"start_author": "carol"}])
    library.write("carol", "elsewhere")
    elsewhere = behind | {"start_author": "carol", "start_permlink": "elsewhere"}
    assert library.ask("condenser_api.get_discussions_by_feed", [elsewhere]) == []
    assert library.ask("condenser_api.get_discussions_by_feed", [{"tag": "alice"}]) == []


# --- notifications


def test_notifications(world: SocialWorld) -> None:
    world.write("alice", "hello")
    world.follow("bob", "alice", "blog")
    world.reblog("bob", "alice", "hello")
    world.write("carol", "answer", "alice", "hello")
    answer, reblog, follow = world.ask("bridge.account_notifications", {"account": "alice", "limit": 10})
    assert [row["id"] for row in (answer, reblog, follow)] == ["3", "2", "1"]
    assert (answer["type"], answer["msg"], answer["url"]) == ("reply", "@carol replied to your post", "@carol/answer")
    assert (reblog["msg"], reblog["url"]) == ("@bob reblogged your post", "@alice/hello")
    assert (follow["msg"], follow["url"], follow["score"]) == ("@bob followed you", "@bob", 25)
    assert world.ask("bridge.account_notifications", {"account": "alice", "last_id": 3, "limit": 1}) == [reblog]
    assert world.ask("bridge.account_notifications", {"account": "alice", "last_id": 1}) == []
    assert world.ask("bridge.account_notifications", {"account": "alice", "min_score": 26}) == []
    assert world.ask("bridge.unread_notifications", {"account": "alice"}) == {
        "lastread": "1970-01-01 00:00:00",
        "unread": 3,
    }
    world.says("alice", "notify", "setLastRead", date=reblog["date"])
    unread = world.ask("bridge.unread_notifications", {"account": "alice"})
    assert unread == {"lastread": reblog["date"].replace("T", " "), "unread": 1}
    assert world.ask("bridge.unread_notifications", {"account": "alice", "min_score": 90})["unread"] == 0


def test_every_kind_of_notification_has_a_name_and_a_sentence(town: SocialWorld) -> None:
    town.acts("carol", "subscribe")
    town.acts("carol", "subscribe")
    town.acts("bob", "setUserTitle", account="carol", title="Reporter")
    (title, error) = town.ask("bridge.account_notifications", {"account": "carol", "min_score": 0})
    assert (title["type"], title["msg"], title["url"]) == ("set_title", "@bob set your title to Reporter", f"c/{NAME}")
    assert (error["type"], error["msg"], error["url"]) == ("error", "error: already subscribed", f"c/{NAME}")
    subscribed, created = town.ask("bridge.account_notifications", {"account": NAME})
    assert (subscribed["msg"], created["msg"]) == (f"@carol subscribed to {NAME}", f"@{NAME} was created")


# --- communities


def test_a_community(town: SocialWorld) -> None:
    town.acts("alice", "updateProps", props={"title": "World News", "settings": {"avatar_url": "https://a"}})
    town.acts("carol", "subscribe")
    answer = town.ask("bridge.get_community", {"name": NAME, "observer": "bob"})
    assert (answer["title"], answer["subscribers"], answer["type_id"]) == ("World News", 1, 1)
    assert answer["settings"] == {"avatar_url": "https://a"}
    assert answer["team"] == [[NAME, "owner", ""], ["alice", "admin", ""], ["bob", "mod", ""]]
    assert answer["context"] == {"role": "mod", "subscribed": False, "title": ""}
    assert " " in answer["created_at"]
    assert town.ask("bridge.get_community", {"name": NAME})["context"] == {}
    context = town.ask("bridge.get_community_context", {"name": NAME, "account": "carol"})
    assert context == {"role": "guest", "subscribed": True, "title": ""}


def test_teams_and_subscribers(town: SocialWorld) -> None:
    town.acts("bob", "setRole", account="carol", role="member")
    for name in ("carol", "bob", "alice"):
        town.acts(name, "subscribe")
    town.acts("bob", "setUserTitle", account="carol", title="Reporter")
    everybody = [[NAME, "owner", ""], ["alice", "admin", ""], ["bob", "mod", ""], ["carol", "member", "Reporter"]]
    assert town.ask("bridge.list_community_roles", [NAME]) == everybody
    assert town.ask("bridge.list_community_roles", {"community": NAME, "last": "alice", "limit": 1}) == everybody[2:3]
    subscribers = town.ask("bridge.list_subscribers", {"community": NAME})
    assert [row[:3] for row in subscribers] == [
        ["alice", "admin", ""],
        ["bob", "mod", ""],
        ["carol", "member", "Reporter"],
    ]
    assert town.ask("bridge.list_subscribers", [NAME, "alice", 1]) == subscribers[1:2]
    assert town.ask("bridge.list_all_subscriptions", {"account": "carol"}) == [[NAME, "", "member", "Reporter"]]
    assert town.ask("bridge.list_all_subscriptions", {"account": NAME}) == []


def test_lists_of_communities(town: SocialWorld) -> None:
    rows = {
        "hive-100001": (5, "Cats"),
        "hive-100002": (5, ""),
        "hive-100003": (9, "Cats and dogs"),
        "hive-100004": (0, ""),
    }

    def names(**params: Any) -> list[str]:
        return [row["name"][5:] for row in town.ask("bridge.list_communities", params)]

    with town.pretending() as state:
        for position, (name, (subscribers, title)) in enumerate(rows.items()):
            state.communities.insert(Community(name, 1_000 + position, title=title, subscribers=subscribers))
        assert names() == ["100003", "100001", "100002", "100004", "133333"]
        assert names(sort="subs") == ["100003", "100002", "100001", "100004", "133333"]
        assert names(sort="new") == ["100004", "100003", "100002", "100001", "133333"]
        for sort in ("rank", "subs", "new"):
            everything = names(sort=sort)
            for position, name in enumerate(everything):
                assert names(sort=sort, last=f"hive-{name}") == everything[position + 1 :]
                assert names(sort=sort, last=f"hive-{name}", limit=2) == everything[position + 1 : position + 3]
        assert names(query="cats") == ["100003", "100001"]
        assert names(query="dogs CATS") == ["100003"]
        assert names(query="cats", last="hive-100003") == ["100001"]
        last = town.ask("bridge.list_communities", {"observer": "alice"})[-1]
        assert (last["admins"], last["title"]) == (["alice"], f"@{NAME}")
        assert last["context"] == {"role": "admin", "subscribed": False, "title": ""}


def test_subscriptions_come_by_role_and_then_by_rank(town: SocialWorld) -> None:
    town.acts("alice", "subscribe")
    with town.pretending() as state:
        for position, (name, subscribers) in enumerate({"hive-100001": 5, "hive-100002": 9}.items()):
            state.communities.insert(Community(name, 1_000 + position, title=name, subscribers=subscribers))
            state.subscriptions_back.insert(SubscriptionBack("alice", name))
        listed = [row[0] for row in town.ask("bridge.list_all_subscriptions", {"account": "alice"})]
        assert listed == [NAME, "hive-100002", "hive-100001"]


def test_profiles_are_shown_in_the_order_asked_for(world: SocialWorld) -> None:
    world.follow("bob", "alice", "blog")
    bob, alice = world.ask("bridge.get_profiles", {"accounts": ["bob", "alice"], "observer": "bob"})
    assert alice == world.ask("bridge.get_profile", {"account": "alice", "observer": "bob"})
    assert (bob["name"], alice["context"]["followed"]) == ("bob", True)
    with pytest.raises(Refused, match="Account nobody does not exist"):
        world.ask("bridge.get_profiles", {"accounts": ["alice", "nobody"]})
    with pytest.raises(Refused, match="not filled or too big"):
        world.ask("bridge.get_profiles", {"accounts": []})


def test_an_author_is_told_about_one_of_his_posts(world: SocialWorld) -> None:
    world.write("alice", "first")
    world.produce()
    world.write("alice", "second")
    world.write("bob", "re-first", "alice", "first")
    world.produce()
    world.write("bob", "re-second", "alice", "second")
    world.reblog("carol", "alice", "second")
    about = {"author": "alice", "permlink": "second", "min_score": 0}
    told = world.ask("bridge.post_notifications", about)
    assert [(one["type"], one["url"]) for one in told] == [
        ("reblog", "@alice/second"),
        ("reply", "@bob/re-second"),
    ]
    assert world.ask("bridge.post_notifications", about | {"last_id": int(told[0]["id"])}) == told[1:]
    assert world.ask("bridge.post_notifications", about | {"limit": 1}) == told[:1]
    assert [one["url"] for one in world.ask("bridge.post_notifications", about | {"permlink": "first"})] == [
        "@bob/re-first"
    ]
