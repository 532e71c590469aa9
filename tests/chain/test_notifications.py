"""What accounts are told (protocol.md §5.6)."""

from typing import Any

import pytest

from chain.errors import SocialRefusal
from chain.rows import Reputation
from chain.social import mentions, notifications
from chain.social.mentions import mentions_in
from chain.social.notifications import vote_score
from chain.social.personas import persona_of
from tests.helpers.social import Society


@pytest.fixture
def society() -> Society:
    return Society("dave")


def kinds(society: Society, account: str) -> list[int]:
    return [row.kind for row in society.notifications(account)]


# --- what is told


def test_a_follow(society: Society) -> None:
    society.follow("alice", "bob")
    told = society.last("bob")
    assert (told.kind, told.source, told.score, told.at) == (notifications.FOLLOW, "alice", 25, society.state.now)


def test_replies(society: Society) -> None:
    society.post("alice", "post")
    society.reply("bob", "reply", ("alice", "post"))
    society.reply("carol", "deeper", ("bob", "reply"))
    told = society.last("alice")
    assert (told.kind, told.author, told.permlink, told.source) == (notifications.REPLY, "bob", "reply", "bob")
    assert kinds(society, "bob") == [notifications.REPLY_COMMENT]
    society.reply("bob", "reply", ("alice", "post"), body="an edit")
    assert len(society.notifications("alice")) == 1


def test_a_reblog(society: Society) -> None:
    society.post("alice", "post")
    society.reblog("bob", "alice", "post")
    told = society.last("alice")
    assert (told.kind, told.source, told.author, told.permlink) == (notifications.REBLOG, "bob", "alice", "post")


def test_a_mention_is_told_once(society: Society) -> None:
    society.post("alice", "post", body="Hello @bob and @nobody, @alice here.")
    society.post("alice", "post", body="Hello @bob, and now @carol.")
    assert (kinds(society, "bob"), kinds(society, "carol")) == ([notifications.MENTION], [notifications.MENTION])
    assert not society.notifications("alice")
    assert (society.last("carol").author, society.last("carol").permlink) == ("alice", "post")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@bob", ["bob"]),
        ("hi @bob.", ["bob"]),
        ("(@bob, @BOB @carol-x)", ["bob", "carol-x"]),
        ("mail bob@example.com", []),
        ("https://x/@bob", []),
        ("@@bob", []),
        ("@b", []),
        ("a #@bob", []),
        ("line\n@bob", ["bob"]),
        ("@" + "x" * 18, []),
    ],
)
def test_who_is_mentioned(text: str, names: list[str]) -> None:
    assert mentions_in(text) == names


def test_mentions_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentions, "MENTIONS_MAX", 2)
    assert mentions_in("@bob @carol @dave") == ["bob", "carol"]


def test_a_vote_that_is_worth_something(society: Society) -> None:
    society.fund(10**9, recent_claims=10**12)
    society.post("alice", "post")
    society.vote("whale", "alice", "post")
    cashout = society.state.cashouts.get(("alice", "post"))
    told = society.last("alice")
    assert (told.kind, told.source, told.permlink) == (notifications.VOTE, "whale", "post")
    assert told.score == 100
    assert cashout.vote_rshares > notifications.VOTE_RSHARES_MIN
    assert told.payload.startswith("($")
    assert told.payload.endswith(")")


def test_a_vote_worth_little_or_against_is_not_told(society: Society) -> None:
    society.account("minnow", vests="100.000000 VESTS")
    society.post("alice", "post")
    society.vote("minnow", "alice", "post")
    society.vote("whale", "alice", "post", -10_000)
    society.post("bob", "post")
    society.vote("whale", "bob", "post")  # the fund is empty: it is worth nothing
    assert not society.notifications("alice")
    assert not society.notifications("bob")


@pytest.mark.parametrize(
    ("milli_hbd", "score"),
    [(0, -1), (19, -1), (20, 25), (99, 25), (100, 50), (999, 50), (1_000, 75), (10_000, 100), (10**9, 100)],
)
def test_the_score_of_a_vote(milli_hbd: int, score: int) -> None:
    assert vote_score(milli_hbd) == score


# --- who hears it


def test_nobody_hears_of_himself(society: Society) -> None:
    society.post("alice", "post", body="I am @alice")
    society.reply("alice", "reply", ("alice", "post"))
    assert not society.notifications("alice")


def test_nobody_hears_of_whom_he_has_muted(society: Society) -> None:
    society.mute("alice", "bob")
    society.follow("bob", "alice")
    assert not society.notifications("alice")


def test_nobody_hears_of_who_is_muted_on_a_list_that_he_follows(society: Society) -> None:
    society.lists("alice", "carol", "follow_muted")
    society.follow("bob", "alice")
    society.lists("bob", "alice")
    society.mute("carol", "bob")
    society.follow("bob", "alice")
    assert kinds(society, "alice") == [notifications.FOLLOW]


@pytest.mark.parametrize(("reputation", "score"), [(10**12, 48), (0, 25), (-(10**11), 10)])
def test_the_score_of_a_person_is_his_reputation(society: Society, reputation: int, score: int) -> None:
    society.state.reputations.insert(Reputation("alice", reputation))
    society.follow("alice", "bob")
    assert society.last("bob").score == score


def test_nobody_hears_of_the_infamous(society: Society) -> None:
    society.state.reputations.insert(Reputation("alice", -(10**13)))
    society.follow("alice", "bob")
    assert not society.notifications("bob")


# --- how much is kept


def test_the_oldest_makes_room(society: Society, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "NOTIFICATIONS_MAX", 3)
    for _ in range(4):
        society.follow("alice", "bob")
        society.lists("alice", "bob")
    society.follow("carol", "bob")
    assert [(row.id, row.source) for row in society.notifications("bob")] == [(2, "alice"), (3, "alice"), (4, "carol")]


# --- read


def read(society: Society, members: Any, action: str = "setLastRead") -> int:
    society.says("alice", "notify", action, members)
    return persona_of(society.state, "alice").last_read


def test_saying_what_was_read(society: Society) -> None:
    assert read(society, {"date": "2016-03-24T16:00:00"}) == 1_458_835_200
    assert read(society, {"date": "2105-01-01T00:00:00"}) == society.state.now


@pytest.mark.parametrize("members", [{}, {"date": "yesterday"}, {"date": 7}, {"date": "2016-02-30T00:00:00"}])
def test_what_is_no_time_is_now(society: Society, members: Any) -> None:
    assert read(society, members) == society.state.now


def test_other_actions_mean_nothing(society: Society) -> None:
    assert read(society, {"date": "2016-03-24T16:00:00"}, "setRead") == 0


def test_a_refusal_is_no_operation_failed() -> None:
    """Nothing of the social state may ever fail a transaction: the chain's own errors are of another kind."""
    assert str(SocialRefusal(reason="so")) == "This is refused: so"
