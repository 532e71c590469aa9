"""Following, reading, communities: what is sent, what is asked, and how it is shown."""

import json

import pytest

from tests.cli.people import account_row, accounts_answer, key_of, write_keys

NAME = "hive-133333"


@pytest.fixture
def alice(node, tmp_path, monkeypatch):
    """A node that knows alice, who has never been told anything, and her posting key at hand."""
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"))
    node.answers["bridge.account_notifications"] = []
    monkeypatch.setenv("SKALD_KEY_FILE", str(write_keys(tmp_path / "keys", key_of("alice", "posting"))))
    monkeypatch.setenv("SKALD_ACCOUNT", "alice")
    return node


def said(node):
    """The id, action and members of the one thing that was said."""
    ((name, fields),) = node.sent_operations()
    assert name == "custom_json"
    assert (fields["required_auths"], fields["required_posting_auths"]) == ([], ["alice"])
    action, members = json.loads(fields["json"])
    return fields["id"], action, members


# --- follows


@pytest.mark.parametrize(
    ("arguments", "word", "what"),
    [
        (("follow", "bob"), "blog", "alice follows bob"),
        (("follow", "bob", "--their", "blacklist"), "follow_blacklist", "alice follows the blacklist of bob"),
        (("follow", "bob", "--their", "mutes"), "follow_muted", "alice follows the mutes of bob"),
        (
            ("unfollow", "bob", "--their", "blacklist"),
            "unfollow_blacklist",
            "alice no longer follows the blacklist of bob",
        ),
        (("unfollow", "bob", "--their", "mutes"), "unfollow_muted", "alice no longer follows the mutes of bob"),
        (("mute", "bob"), "ignore", "alice has muted bob"),
        (("blacklist", "bob"), "blacklist", "alice has put bob on the blacklist"),
        (("blacklist", "bob", "--remove"), "unblacklist", "alice has put bob off the blacklist"),
    ],
)
def test_lists(alice, answer, arguments, word, what):
    assert answer(*arguments, node=alice)["what"] == what
    assert said(alice) == ("follow", "follow", {"follower": "alice", "following": "bob", "what": [word]})


@pytest.mark.parametrize("command", ["unfollow", "unmute"])
def test_letting_go_names_no_list(alice, skald, command):
    assert skald(command, "bob", node=alice).exit_code == 0
    assert said(alice)[2] == {"follower": "alice", "following": "bob", "what": []}


def test_several_are_followed_in_one_go(alice, skald):
    assert skald("follow", "bob", "carol", node=alice).stdout.startswith("✓ alice follows bob, carol")
    assert said(alice)[2]["following"] == ["bob", "carol"]


def test_whom_an_account_follows_is_shown(alice, answer, skald):
    alice.answers["condenser_api.get_follow_count"] = {"account": "alice", "following_count": 2, "follower_count": 1}
    alice.answers["condenser_api.get_followers"] = [{"follower": "dave", "following": "alice", "what": ["blog"]}]
    names = {"blog": ["bob", "carol"], "ignore": ["erin"]}
    alice.answers["condenser_api.get_following"] = lambda params: [
        {"follower": "alice", "following": name, "what": [params[2]]} for name in names[params[2]]
    ]
    shown = answer("show", "follows", "alice", node=alice)
    assert shown["lists"] == {"follows": ["bob", "carol"], "followers": ["dave"], "muted": ["erin"]}
    page = skald("show", "follows", "alice", node=alice).stdout
    assert "bob, carol" in page
    assert "muted" in page


# --- what came of it


def test_invalid_what_the_social_state_refuses_is_told(alice, skald):
    answers = iter([[{"id": "7", "type": "follow", "msg": "@bob followed you"}], []])
    refused = [{"id": "8", "type": "error", "msg": "error: already subscribed"}]
    alice.answers["bridge.account_notifications"] = lambda params: next(answers) or refused
    result = skald("community", "subscribe", NAME, node=alice)
    assert result.exit_code == 1
    assert "A block holds it, but it had no effect: already subscribed." in result.stderr
    assert "skald notifications list alice" in result.stderr


def test_what_was_refused_before_is_not_told_again(alice, skald):
    alice.answers["bridge.account_notifications"] = [{"id": "8", "type": "error", "msg": "error: already subscribed"}]
    assert skald("community", "subscribe", NAME, node=alice).exit_code == 0


def test_a_node_that_keeps_no_notifications_will_do(alice, skald):
    del alice.answers["bridge.account_notifications"]
    assert skald("follow", "bob", node=alice).exit_code == 0
    assert said(alice)[1] == "follow"


def test_who_does_not_wait_does_not_look(alice, skald):
    assert skald("follow", "bob", "--no-wait", node=alice).exit_code == 0
    assert len(alice.asked("bridge.account_notifications")) == 1


# --- reading


def test_reblogging_and_taking_it_back(alice, skald):
    skald("reblog", "bob/hello", node=alice)
    assert said(alice) == ("reblog", "reblog", {"account": "alice", "author": "bob", "permlink": "hello"})
    alice.calls.clear()
    skald("reblog", "bob/hello", "--undo", node=alice)
    assert said(alice)[2]["delete"] == "delete"


POST = {
    "author": "bob",
    "permlink": "hello",
    "title": "Hello [world]",
    "created": "2025-01-01T00:05:00",
    "pending_payout_value": "1.500 HBD",
    "reblogged_by": ["carol"],
}


def test_a_feed(alice, answer, skald):
    alice.answers["condenser_api.get_discussions_by_feed"] = [POST]
    assert answer("feed", "alice", "--limit", "5", "--after", "dave/before", node=alice)["posts"] == [POST]
    query = {"tag": "alice", "limit": 5, "start_author": "dave", "start_permlink": "before"}
    assert alice.asked("condenser_api.get_discussions_by_feed") == [[query]]
    page = skald("feed", "alice", node=alice).stdout
    assert "Hello [world]" in page
    assert "bob/hello · 2025-01-01T00:05:00  (5 m ago) · 1.500 HBD · reblogged by carol" in page


def test_an_empty_feed_says_how_to_fill_it(alice, skald):
    alice.answers["condenser_api.get_discussions_by_feed"] = []
    assert "`skald follow NAME --account alice`" in skald("feed", "alice", node=alice).stdout


def test_notifications(alice, answer, skald):
    row = {
        "id": "9",
        "type": "follow",
        "score": 25,
        "date": "2025-01-01T00:05:00",
        "msg": "@bob followed you",
        "url": "@bob",
    }
    alice.answers["bridge.account_notifications"] = [row]
    alice.answers["bridge.unread_notifications"] = {"lastread": "2025-01-01 00:00:00", "unread": 1}
    told = answer("notifications", "list", "alice", "--min-score", "25", "--before", "10", node=alice)
    assert (told["notifications"], told["unread"]) == ([row], 1)
    assert alice.asked("bridge.account_notifications")[0] == {
        "account": "alice",
        "min_score": 25,
        "last_id": 10,
        "limit": 20,
    }
    page = skald("notifications", "list", "alice", node=alice).stdout
    assert "@bob followed you" in page
    assert "1 unread" in page
    alice.answers["bridge.account_notifications"] = []
    assert "nothing to be told" in skald("notifications", "list", "alice", node=alice).stdout


def test_marking_as_read(alice, skald):
    assert skald("notifications", "read", node=alice).exit_code == 0
    assert said(alice) == ("notify", "setLastRead", {"date": "2025-01-01T00:10:00"})


# --- communities


@pytest.mark.parametrize(
    ("arguments", "action", "members"),
    [
        (("subscribe", NAME), "subscribe", {}),
        (("unsubscribe", NAME), "unsubscribe", {}),
        (("role", NAME, "bob", "mod"), "setRole", {"account": "bob", "role": "mod"}),
        (("title", NAME, "bob", "Reporter"), "setUserTitle", {"account": "bob", "title": "Reporter"}),
        (("title", NAME, "bob", ""), "setUserTitle", {"account": "bob", "title": ""}),
        (("mute", NAME, "bob/x", "--notes", "spam"), "mutePost", {"account": "bob", "permlink": "x", "notes": "spam"}),
        (("unmute", NAME, "bob/x", "--notes", "no"), "unmutePost", {"account": "bob", "permlink": "x", "notes": "no"}),
        (("flag", NAME, "bob/x", "--notes", "spam"), "flagPost", {"account": "bob", "permlink": "x", "notes": "spam"}),
        (("pin", NAME, "bob/x"), "pinPost", {"account": "bob", "permlink": "x"}),
        (("unpin", NAME, "bob/x"), "unpinPost", {"account": "bob", "permlink": "x"}),
    ],
)
def test_acts_in_a_community(alice, skald, arguments, action, members):
    result = skald("community", *arguments, node=alice)
    assert result.exit_code == 0, result.output
    assert said(alice) == ("community", action, {"community": NAME} | members)


def test_what_a_community_is_about(alice, answer):
    wishes = ("--title", "World News", "--nsfw", "--type", "journal", "--avatar-url", "https://a", "--flag-text", "")
    assert answer("community", "set", NAME, *wishes, node=alice)["what"].startswith("alice has set title, ")
    props = {
        "title": "World News",
        "is_nsfw": True,
        "flag_text": "",
        "type_id": 2,
        "settings": {"avatar_url": "https://a"},
    }
    assert said(alice)[2] == {"community": NAME, "props": props}


def test_invalid_nothing_to_set(alice, skald):
    result = skald("community", "set", NAME, node=alice)
    assert result.exit_code == 2
    assert "There is nothing to set." in result.stderr


ROW = {
    "name": NAME,
    "title": "World News",
    "about": "What happens",
    "lang": "en",
    "type_id": 2,
    "is_nsfw": True,
    "subscribers": 1234,
    "created_at": "2025-01-01 00:00:00",
    "description": "No [lies].",
    "flag_text": "",
    "team": [[NAME, "owner", ""], ["bob", "mod", "Reporter"]],
}


def test_communities_are_listed(alice, skald):
    alice.answers["bridge.list_communities"] = [ROW]
    page = skald("community", "list", "--sort", "subs", "--search", "news", "--after", "hive-111111", node=alice).stdout
    assert "World News" in page
    assert "1,234" in page
    assert alice.asked("bridge.list_communities") == [
        {"sort": "subs", "query": "news", "last": "hive-111111", "limit": 20}
    ]
    alice.answers["bridge.list_communities"] = []
    assert "There is no such community." in skald("community", "list", node=alice).stdout


def test_a_community_is_shown(alice, skald):
    alice.answers["bridge.get_community"] = ROW
    page = skald("community", "show", NAME, node=alice).stdout
    for text in ("journal: members post, everybody replies", "not safe for work", "bob (Reporter)", "No [lies]."):
        assert text in page


def test_teams_and_subscribers_are_listed(alice, skald):
    alice.answers["bridge.list_community_roles"] = [["bob", "mod", "Reporter"]]
    alice.answers["bridge.list_subscribers"] = [["carol", "guest", None, "2025-01-01T00:00:00"]]
    assert "Reporter" in skald("community", "roles", NAME, node=alice).stdout
    assert "carol" in skald("community", "subscribers", NAME, "--after", "bob", node=alice).stdout
    assert alice.asked("bridge.list_subscribers") == [{"community": NAME, "last": "bob", "limit": 100}]
