"""Posts in communities: who may write, and what moderators do (protocol.md §5.6)."""

import pytest

from chain.rows import Content
from chain.social import moderation, notifications
from tests.helpers.social import Society

TOPIC, JOURNAL, COUNCIL = "hive-111111", "hive-222222", "hive-333333"
ROLES = ("muted", "guest", "member")


@pytest.fixture
def society() -> Society:
    society = Society("mod", "muted", "guest", "member")
    for name in (TOPIC, JOURNAL, COUNCIL):
        society.community(name, "mod")
        society.acts("mod", name, "setRole", account="muted", role="muted")
        society.acts("mod", name, "setRole", account="member", role="member")
    return society


def content(society: Society, author: str, permlink: str) -> Content:
    return society.state.contents.get((author, permlink))


def act(society: Society, action: str, place: tuple[str, str], actor: str = "mod", community: str = TOPIC) -> None:
    notes = {"notes": "off topic"} if action in {"mutePost", "unmutePost", "flagPost"} else {}
    society.acts(actor, community, action, account=place[0], permlink=place[1], **notes)


# --- who may write


@pytest.mark.parametrize(
    ("community", "posts", "replies"),
    [
        (TOPIC, {"guest", "member"}, {"guest", "member"}),
        (JOURNAL, {"member"}, {"guest", "member"}),
        (COUNCIL, {"member"}, {"member"}),
    ],
)
def test_who_may_write_where(society: Society, community: str, posts: set[str], replies: set[str]) -> None:
    society.post("mod", "root", community)
    for role in ROLES:
        society.post(role, "post", community)
        society.reply(role, "reply", ("mod", "root"))
    assert {role for role in ROLES if not content(society, role, "post").muted_reasons} == posts
    assert {role for role in ROLES if not content(society, role, "reply").muted_reasons} == replies
    assert {content(society, role, what).community for role in ROLES for what in ("post", "reply")} == {community}
    assert content(society, "muted", "post").muted_reasons == moderation.BY_ROLE
    if "guest" not in posts:
        assert content(society, "guest", "post").muted_reasons == moderation.BY_TYPE


def test_below_a_muted_post_everything_is_muted(society: Society) -> None:
    society.post("guest", "post", JOURNAL)
    society.reply("member", "reply", ("guest", "post"))
    society.reply("guest", "deeper", ("member", "reply"))
    assert content(society, "member", "reply").muted_reasons == moderation.BY_PARENT
    assert content(society, "guest", "deeper").muted_reasons == moderation.BY_PARENT


def test_nothing_reaches_back(society: Society) -> None:
    society.post("guest", "before", JOURNAL)
    society.acts("mod", JOURNAL, "setRole", account="guest", role="member")
    society.post("guest", "after", JOURNAL)
    assert content(society, "guest", "before").muted_reasons
    assert not content(society, "guest", "after").muted_reasons


def test_a_post_stays_where_it_was_made(society: Society) -> None:
    society.post("guest", "post", "hive-199999")  # is none yet
    society.community("hive-199999")
    society.reply("guest", "reply", ("guest", "post"))
    assert content(society, "guest", "post").community == content(society, "guest", "reply").community == ""
    society.post("guest", "another", "hive-199999")
    assert content(society, "guest", "another").community == "hive-199999"


def test_posts_are_listed_in_their_order_and_replies_are_not(society: Society) -> None:
    for author in ("guest", "member", "muted"):
        society.post(author, "post", TOPIC)
        society.reply("guest", f"re-{author}", (author, "post"))
    newest = [row.author for row in society.state.community_posts.scan(TOPIC, reverse=True)]
    assert newest == ["muted", "member", "guest"]


def test_a_deleted_post_leaves_its_community(society: Society) -> None:
    society.post("guest", "post", TOPIC)
    act(society, "pinPost", ("guest", "post"))
    act(society, "flagPost", ("guest", "post"), "member")
    society.delete("guest", "post")
    state = society.state
    assert not [*state.community_posts.scan(), *state.pins.scan(), *state.flags.scan()]


# --- what moderators do


def test_muting_and_unmuting_a_post(society: Society) -> None:
    society.post("guest", "post", TOPIC)
    act(society, "mutePost", ("guest", "post"))
    assert content(society, "guest", "post").muted_reasons == moderation.BY_MODERATOR
    told = society.last("guest")
    assert (told.kind, told.source, told.payload, told.permlink) == (
        notifications.MUTE_POST,
        "mod",
        "off topic",
        "post",
    )
    act(society, "unmutePost", ("guest", "post"))
    assert content(society, "guest", "post").muted_reasons == 0
    assert society.last("guest").kind == notifications.UNMUTE_POST


def test_what_somebody_had_no_right_to_write_can_be_let_through(society: Society) -> None:
    society.post("guest", "post", COUNCIL)
    act(society, "unmutePost", ("guest", "post"), community=COUNCIL)
    assert content(society, "guest", "post").muted_reasons == 0


def test_pinning_and_unpinning_a_post(society: Society) -> None:
    society.post("guest", "post", TOPIC)
    act(society, "pinPost", ("guest", "post"))
    assert [(row.author, row.permlink) for row in society.state.pins.scan(TOPIC)] == [("guest", "post")]
    assert society.last("guest").kind == notifications.PIN_POST
    act(society, "unpinPost", ("guest", "post"))
    assert not list(society.state.pins.scan(TOPIC))
    assert society.last("guest").kind == notifications.UNPIN_POST


def test_a_flag_calls_the_team(society: Society) -> None:
    society.post("guest", "post", TOPIC)
    act(society, "flagPost", ("guest", "post"), "member")
    for member in ("mod", TOPIC):
        told = society.last(member)
        assert (told.kind, told.source, told.payload) == (notifications.FLAG_POST, "member", "off topic")
        assert (told.author, told.permlink, told.community, told.score) == ("guest", "post", TOPIC, 35)
    assert not society.notifications("guest")


# --- refusals


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ("mutePost", "mute posts"),
        ("unmutePost", "unmute posts"),
        ("pinPost", "pin posts"),
        ("unpinPost", "unpin posts"),
    ],
)
def test_invalid_needs_moderator(society: Society, action: str, what: str) -> None:
    society.post("guest", "post", TOPIC)
    act(society, action, ("guest", "post"), "member")
    assert society.refusal("member") == f"only mods and above can {what}"


@pytest.mark.parametrize("action", ["mutePost", "unmutePost", "pinPost", "unpinPost", "flagPost"])
def test_invalid_social_post_unknown(society: Society, action: str) -> None:
    act(society, action, ("guest", "no-such"))
    assert society.refusal("mod") == "post does not exist: guest/no-such"


@pytest.mark.parametrize("category", [JOURNAL, "life"])
@pytest.mark.parametrize("action", ["mutePost", "unmutePost", "pinPost", "unpinPost", "flagPost"])
def test_invalid_post_not_in_community(society: Society, action: str, category: str) -> None:
    society.post("member", "post", category)
    act(society, action, ("member", "post"))
    assert society.refusal("mod") == f"post does not belong to community {TOPIC}"


@pytest.mark.parametrize(
    ("once", "again", "reason"),
    [
        ("mutePost", "mutePost", "post is already muted"),
        (None, "unmutePost", "post is not muted"),
        ("pinPost", "pinPost", "post is already pinned"),
        (None, "unpinPost", "post is not pinned"),
        ("flagPost", "flagPost", "user already flagged this post"),
    ],
)
def test_invalid_twice(society: Society, once: str | None, again: str, reason: str) -> None:
    """post_already_muted, post_not_muted, post_already_pinned, post_not_pinned, post_already_flagged."""
    society.post("guest", "post", TOPIC)
    if once:
        act(society, once, ("guest", "post"))
    act(society, again, ("guest", "post"))
    assert society.refusal("mod") == reason


def test_invalid_parent_post_muted(society: Society) -> None:
    society.post("guest", "post", TOPIC)
    act(society, "mutePost", ("guest", "post"))
    society.reply("member", "reply", ("guest", "post"))
    act(society, "unmutePost", ("member", "reply"))
    assert society.refusal("mod") == "parent post is muted"
    act(society, "unmutePost", ("guest", "post"))
    act(society, "unmutePost", ("member", "reply"))
    assert content(society, "member", "reply").muted_reasons == 0


def test_invalid_muted_cannot_flag(society: Society) -> None:
    society.post("guest", "post", TOPIC)
    act(society, "flagPost", ("guest", "post"), "muted")
    assert society.refusal("muted") == "muted users cannot flag posts"
