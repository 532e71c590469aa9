"""A post as front ends get it from bridge: its payout, its marks, where it belongs, and whose eyes see it."""

from typing import Any

import pytest

from chain.events import VirtualOperation
from chain.processes.cashout import process_comment_cashout
from chain.rows import Reputation
from chain.social.limits import COMMUNITY_TITLE_MIN
from chain.views.bridge_posts import bridge_post, bridge_post_key
from tests.helpers.social import Society

PLACE = ("alice", "hello")
NAME = "hive-133333"


class Readers(Society):
    """With a reward fund, and rows for readers that follow payouts, too."""

    def __init__(self) -> None:
        super().__init__()
        self.processes = (process_comment_cashout,)
        self.account("fan", vests="10000000.000000 VESTS")
        self.account("critic", vests="10000000.000000 VESTS")
        self.fund(hive=800_000_000, recent_claims=10**15)

    def advance(self, **time: int) -> list[VirtualOperation]:
        events = super().advance(**time)
        self.derive()
        return events

    def shown(self, observer: str = "", place: tuple[str, str] = PLACE) -> dict[str, Any]:
        return bridge_post(self.state, *place, observer)

    def think(self, account: str, raw: int) -> None:
        """So high, or so low, the votes of others have put somebody."""
        self.state.reputations.insert(Reputation(account, raw))


@pytest.fixture
def world() -> Readers:
    world = Readers()
    world.post(*PLACE, title="Hello", body="Words.", json_metadata='{"tags":["life"],"app":"tests"}')
    return world


def test_a_new_post(world: Readers) -> None:
    post = world.state.posts.get(PLACE)
    assert world.shown() == {
        "post_id": post.id,
        "author": "alice",
        "permlink": "hello",
        "category": "life",
        "title": "Hello",
        "body": "Words.",
        "json_metadata": {"tags": ["life"], "app": "tests"},
        "created": "2026-01-01T00:00:00",
        "updated": "2026-01-01T00:00:00",
        "depth": 0,
        "children": 0,
        "url": "/life/@alice/hello",
        "is_paidout": False,
        "payout_at": "2026-01-08T00:00:00",
        "payout": 0.0,
        "pending_payout_value": "0.000 HBD",
        "author_payout_value": "0.000 HBD",
        "curator_payout_value": "0.000 HBD",
        "promoted": "0.000 HBD",
        "net_rshares": 0,
        "max_accepted_payout": "1000000.000 HBD",
        "percent_hbd": 10_000,
        "beneficiaries": [],
        "author_reputation": 25.0,
        "blacklists": [],
        "stats": {"hide": False, "gray": False, "total_votes": 0, "flag_weight": 0.0},
        "active_votes": [],
        "replies": [],
        "reblogs": 0,
    }


def test_a_reply_answers_its_root(world: Readers) -> None:
    world.reply("bob", "re-hello", PLACE)
    world.reply("carol", "re-re-hello", ("bob", "re-hello"), title="never shown")
    shown = world.shown(place=("carol", "re-re-hello"))
    assert shown["title"] == "RE: Hello"
    assert (shown["parent_author"], shown["parent_permlink"]) == ("bob", "re-hello")
    assert (shown["depth"], shown["category"]) == (2, "life")
    assert shown["url"] == "/life/@alice/hello#@carol/re-re-hello"
    assert world.shown()["children"] == 2


@pytest.mark.parametrize("text", ["", "[1]", '"text"'])
def test_metadata_is_always_an_object(world: Readers, text: str) -> None:
    world.post("bob", "hello", json_metadata=text)
    assert world.shown(place=("bob", "hello"))["json_metadata"] == {}


def test_votes_and_what_they_are_worth(world: Readers) -> None:
    world.options(*PLACE, beneficiaries={"bob": 2_500})
    world.advance(hours=1)
    world.vote("fan", *PLACE)
    waiting = world.shown()
    rshares = world.state.cashouts.get(PLACE).net_rshares
    assert waiting["active_votes"] == [{"voter": "fan", "rshares": rshares}]
    assert waiting["net_rshares"] == rshares > 0
    assert waiting["stats"]["total_votes"] == 1
    assert waiting["payout"] > 0
    assert waiting["pending_payout_value"] == f"{waiting['payout']:.3f} HBD"
    assert waiting["beneficiaries"] == [{"account": "bob", "weight": 2_500}]
    world.advance(days=7)
    paid = world.shown()
    assert paid["is_paidout"] is True
    assert paid["payout_at"] == "2026-01-08T01:00:00"
    assert paid["pending_payout_value"] == "0.000 HBD"
    author, curators = (float(paid[name].split()[0]) for name in ("author_payout_value", "curator_payout_value"))
    assert author == curators > 0  # what goes to bob counts as alice's
    assert paid["payout"] == pytest.approx(author + curators)
    assert paid["net_rshares"] == rshares
    assert paid["active_votes"] == waiting["active_votes"]


def test_votes_against_weigh_by_their_digits(world: Readers) -> None:
    world.advance(hours=1)
    world.vote("critic", *PLACE, -10_000)
    shown = world.shown()
    against = -shown["net_rshares"]
    assert against > 0
    assert shown["stats"]["flag_weight"] == len(str((against + 1) // 2)) - 10
    assert shown["payout"] == 0


def test_reblogs_are_counted(world: Readers) -> None:
    world.reblog("bob", *PLACE)
    world.reblog("bob", *PLACE)
    world.reblog("carol", *PLACE)
    assert world.shown()["reblogs"] == 2
    world.reblog("carol", *PLACE, delete="delete")
    world.reblog("carol", *PLACE, delete="delete")
    world.reblog("alice", *PLACE, delete="delete")
    assert world.shown()["reblogs"] == 1
    assert "reblogged_by" not in world.shown()
    assert bridge_post(world.state, *PLACE, reblogged_by=("bob",))["reblogged_by"] == ["bob"]


def test_a_post_in_a_community(world: Readers) -> None:
    world.community(NAME, "bob")
    world.post("alice", "news", NAME)
    place = ("alice", "news")
    shown = world.shown(place=place)
    assert (shown["community"], shown["community_title"]) == (NAME, f"@{NAME}")
    assert (shown["author_role"], shown["author_title"]) == ("guest", "")
    assert "is_pinned" not in shown["stats"]
    title = "x" * COMMUNITY_TITLE_MIN
    world.acts(NAME, NAME, "updateProps", props={"title": title})
    world.acts("bob", NAME, "setUserTitle", account="alice", title="Reporter")
    world.acts("bob", NAME, "setRole", account="alice", role="member")
    world.acts("bob", NAME, "pinPost", account="alice", permlink="news")
    shown = world.shown(place=place)
    assert shown["community_title"] == title
    assert (shown["author_role"], shown["author_title"]) == ("member", "Reporter")
    assert shown["stats"]["is_pinned"] is True
    assert "community" not in world.shown()


def test_why_a_post_is_gray(world: Readers) -> None:
    world.community(NAME, "bob")
    world.post("alice", "news", NAME)
    place = ("alice", "news")
    assert "muted_reasons" not in world.shown(place=place)["stats"]
    world.acts("bob", NAME, "mutePost", account="alice", permlink="news", notes="no news")
    world.reply("carol", "re-news", place)
    assert world.shown(place=place)["stats"] | {"gray": True, "muted_reasons": [0]} == world.shown(place=place)["stats"]
    assert world.shown(place=("carol", "re-news"))["stats"]["muted_reasons"] == [2]
    world.acts("bob", NAME, "setRole", account="alice", role="muted")
    world.think("alice", -464_800_000_000)
    assert world.shown(place=place)["stats"]["muted_reasons"] == [0, 3, 4]
    assert world.shown()["stats"]["muted_reasons"] == [3]


@pytest.mark.parametrize(
    ("raw", "mark"),
    [
        (-464_700_000_000, ["reputation-1"]),
        (-464_800_000_000, ["reputation-0"]),
        (-(10**12), ["reputation-0"]),
        (1, []),
    ],
)
def test_a_low_reputation_is_a_blacklist(world: Readers, raw: int, mark: list[str]) -> None:
    world.think("alice", raw)
    assert world.shown()["blacklists"] == mark


def test_an_observer_sees_his_blacklists(world: Readers) -> None:
    world.lists("bob", "alice", "blacklist")
    world.lists("carol", "alice", "blacklist")
    world.lists("bob", "carol", "follow_blacklist")
    assert world.shown("bob")["blacklists"] == ["my blacklist", "blacklisted by carol"]
    assert world.shown("carol")["blacklists"] == ["my blacklist"]
    assert world.shown("alice")["blacklists"] == world.shown()["blacklists"] == []


def test_an_observer_does_not_see_whom_he_mutes(world: Readers) -> None:
    world.advance(hours=1)
    world.vote("fan", *PLACE)
    world.mute("bob", "fan")
    world.mute("carol", "alice")
    world.lists("bob", "carol", "follow_muted")
    assert world.shown()["active_votes"] != []
    assert world.shown()["stats"]["gray"] is False
    assert world.shown("bob")["active_votes"] == []
    assert world.shown("bob")["stats"]["muted_reasons"] == [3]
    assert world.shown("bob")["stats"]["total_votes"] == 1
    assert world.shown("carol")["active_votes"] != []


def test_keys_of_a_discussion() -> None:
    assert bridge_post_key(*PLACE) == "alice/hello"
