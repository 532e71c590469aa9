"""Who follows, mutes and blacklists whom (protocol.md §5.6)."""

import json
from typing import Any

import pytest

from chain.social import limits, ties
from chain.social.personas import persona_of
from chain.social.ties import FOLLOWED, KINDS, MUTED
from tests.helpers.social import Society

WORDS = {
    "blacklist": ("unblacklist", ties.BLACKLISTED),
    "follow_blacklist": ("unfollow_blacklist", ties.BLACKLISTS_FOLLOWED),
    "follow_muted": ("unfollow_muted", ties.MUTES_FOLLOWED),
}


@pytest.fixture
def society() -> Society:
    return Society("dave")


def listed(society: Society, account: str, kind: int) -> list[str]:
    return [tie.target for tie in ties.ties_of(society.state, account, kind)]


def counts(society: Society, account: str) -> tuple[int, int]:
    """(following, followers)."""
    persona = persona_of(society.state, account)
    return persona.list_sizes[FOLLOWED], persona.followers


@pytest.mark.parametrize("word", ["blog", "follow"])
def test_following_somebody(society: Society, word: str) -> None:
    society.lists("alice", "bob", word)
    assert listed(society, "alice", FOLLOWED) == ["bob"]
    assert list(ties.ties_to(society.state, "bob", FOLLOWED)) == ["alice"]
    assert counts(society, "alice") == (1, 0)
    assert counts(society, "bob") == (0, 1)


def test_several_at_once_each_once_and_only_those_there_are(society: Society) -> None:
    society.follow("alice", ["bob", "carol", "bob", "alice", "nobody", "", 7, None, "x" * 99])
    assert listed(society, "alice", FOLLOWED) == ["bob", "carol"]
    assert counts(society, "alice") == (2, 0)


def test_following_again_changes_nothing(society: Society) -> None:
    society.follow("alice", "bob")
    society.follow("alice", "bob")
    assert counts(society, "bob") == (0, 1)
    assert len(society.notifications("bob")) == 1


@pytest.mark.parametrize("what", [[], [""], [None], [False]])
def test_letting_go_of_follow_and_mute(society: Society, what: list[Any]) -> None:
    society.follow("alice", "bob")
    society.mute("alice", "carol")
    society.lists("alice", ["bob", "carol"], *what)
    assert listed(society, "alice", FOLLOWED) == listed(society, "alice", MUTED) == []
    assert counts(society, "bob") == (0, 0)


def test_a_mute_ends_a_follow_and_a_follow_ends_a_mute(society: Society) -> None:
    society.follow("alice", "bob")
    society.mute("alice", "bob")
    assert (listed(society, "alice", FOLLOWED), listed(society, "alice", MUTED)) == ([], ["bob"])
    assert counts(society, "bob") == (0, 0)
    society.follow("alice", "bob")
    assert (listed(society, "alice", FOLLOWED), listed(society, "alice", MUTED)) == (["bob"], [])
    assert list(ties.ties_to(society.state, "bob", MUTED)) == []


@pytest.mark.parametrize("word", WORDS)
def test_other_lists_leave_follows_alone(society: Society, word: str) -> None:
    off, kind = WORDS[word]
    society.follow("alice", "bob")
    society.lists("alice", ["bob", "carol"], word)
    assert listed(society, "alice", kind) == ["bob", "carol"]
    society.lists("alice", "bob", off)
    assert listed(society, "alice", kind) == ["carol"]
    assert listed(society, "alice", FOLLOWED) == ["bob"]


def test_only_the_first_word_counts(society: Society) -> None:
    society.lists("alice", "bob", "ignore", "blog")
    assert listed(society, "alice", MUTED) == ["bob"]
    assert listed(society, "alice", FOLLOWED) == []


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("reset_following_list", {ties.FOLLOWED}),
        ("reset_muted_list", {ties.MUTED}),
        ("reset_blacklist", {ties.BLACKLISTED}),
        ("reset_follow_blacklist", {ties.BLACKLISTS_FOLLOWED}),
        ("reset_follow_muted_list", {ties.MUTES_FOLLOWED}),
        ("reset_all_lists", set(KINDS)),
    ],
)
def test_resetting_lists(society: Society, word: str, kinds: set[int]) -> None:
    for entry, target in (("blog", "bob"), ("ignore", "carol"), *((word_, "dave") for word_ in WORDS)):
        society.lists("alice", target, entry)
    society.lists("alice", None, word)
    society.end_block()
    assert {kind for kind in KINDS if not listed(society, "alice", kind)} == kinds
    assert counts(society, "bob") == (0, 0 if FOLLOWED in kinds else 1)


def test_a_long_list_is_empty_at_once_and_removed_by_and_by(society: Society, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ties, "RESET_ROWS_PER_BLOCK_MAX", 2)
    people = [f"person{number}" for number in range(5)]
    for name in people:
        society.account(name)
    society.follow("alice", people)
    society.lists("alice", None, "reset_following_list")  # ends a block of its own: two rows go
    assert listed(society, "alice", FOLLOWED) == []
    assert len(list(society.state.ties.scan("alice"))) == 3
    assert [list(ties.ties_to(society.state, name, FOLLOWED)) for name in people] == [[]] * 5
    society.follow("alice", people[4])  # before its old row is gone; two more go
    society.end_block()
    assert listed(society, "alice", FOLLOWED) == [people[4]]
    assert not list(society.state.list_resets.scan())
    assert counts(society, "alice") == (1, 0)
    assert [counts(society, name)[1] for name in people] == [0, 0, 0, 0, 1]
    assert len(list(society.state.ties_back.scan())) == len(list(society.state.followers.scan())) == 1


def test_followers_come_newest_first_and_page_by_page(society: Society) -> None:
    for name in ("carol", "alice", "dave"):
        society.follow(name, "bob")
    society.lists("alice", "bob")
    newest = list(ties.newest_followers(society.state, "bob"))
    assert [row.follower for row in newest] == ["dave", "carol"]
    assert [row.follower for row in ties.newest_followers(society.state, "bob", before=newest[0].id)] == ["carol"]


def test_lists_by_name_go_on_behind_a_name(society: Society) -> None:
    society.follow("alice", ["bob", "carol", "dave"])
    assert [tie.target for tie in ties.ties_of(society.state, "alice", FOLLOWED, after="bob")] == ["carol", "dave"]
    assert [tie.target for tie in ties.ties_of(society.state, "alice", FOLLOWED, after="cara")] == ["carol", "dave"]


GOOD = {"follower": "alice", "following": "bob", "what": ["blog"]}
SILENT: list[Any] = [
    ["follow", GOOD | {"follower": "carol"}],  # somebody else's list
    ["follow", GOOD | {"what": "blog"}],
    ["follow", GOOD | {"what": ["likes"]}],
    ["follow", GOOD | {"what": [7]}],
    ["follow", {"follower": "alice", "what": ["blog"]}],
    ["follow", {"follower": "alice", "following": "bob"}],
    ["follow", [GOOD]],
    ["follow", GOOD, GOOD],
    ["follow"],
    ["unknown", GOOD],
    [["follow"], GOOD],
    GOOD,
    "follow",
    7,
    ["follow", GOOD | {"following": "\u0000bob"}],
]


@pytest.mark.parametrize("payload", SILENT, ids=[str(number) for number in range(len(SILENT))])
def test_what_makes_no_sense_is_passed_over(society: Society, payload: Any) -> None:
    society.sends("alice", "follow", json.dumps(payload))
    assert not list(society.state.ties.scan())
    assert not list(society.state.notifications.scan())


@pytest.mark.parametrize(
    ("active", "posting"), [(("alice",), ()), (("bob",), ("alice",)), ((), ("alice", "bob"))], ids=str
)
def test_only_one_posting_authority_may_sign(society: Society, active: Any, posting: Any) -> None:
    text = json.dumps(["follow", GOOD])
    society.do("custom_json", required_auths=active, required_posting_auths=posting, id="follow", json=text)
    assert not list(society.state.ties.scan())


def test_json_that_only_the_chain_accepts_is_passed_over(society: Society) -> None:
    society.sends("alice", "follow", json.dumps(["follow", GOOD]) + ",")  # follows its own grammar
    society.sends("alice", "follow", "[" * 99 + "]" * 99)
    assert not list(society.state.ties.scan())


def test_other_ids_are_nobodys_business(society: Society) -> None:
    for id_ in ("follows", "", "Follow", "rc"):
        society.sends("alice", id_, json.dumps(["follow", GOOD]))
    assert not list(society.state.ties.scan())


@pytest.mark.parametrize("word", ["blog", "follow_muted"])
def test_invalid_list_full(society: Society, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """The whole operation has no effect then, and its author is told."""
    monkeypatch.setattr(ties, "LIST_SIZES_MAX", (1, 1, 1, 1, 1))
    society.lists("alice", ["bob", "carol"], word)
    assert not list(society.state.ties.scan())
    assert society.refusal("alice") == "this list holds at most 1 accounts"
    society.lists("alice", "bob", word)
    society.lists("alice", "bob", word)  # he is on it
    assert len(society.notifications("alice")) == 1


def test_every_kind_of_list_has_a_limit() -> None:
    assert len(limits.LIST_SIZES_MAX) == len(KINDS)
    assert limits.LIST_SIZES_MAX[ties.MUTES_FOLLOWED] == 100
