"""Communities: registration, properties, subscriptions, roles (protocol.md §5.6)."""

from typing import Any

import pytest

from chain.social import communities, notifications, roles
from chain.social.roles import role_of, team_of
from tests.helpers.social import Society

NAME = "hive-133333"


@pytest.fixture
def society() -> Society:
    society = Society("admin", "mod", "dave")
    society.community(NAME, "mod")
    society.acts(NAME, NAME, "setRole", account="admin", role="admin")
    return society


def community(society: Society) -> Any:
    return society.state.communities.get(NAME)


def role(society: Society, account: str) -> str:
    return roles.ROLE_NAMES[role_of(society.state, NAME, account)]


# --- registration


@pytest.mark.parametrize(("name", "type_id"), [("hive-10000", 1), ("hive-299999", 2), ("hive-3999999", 3)])
def test_an_account_of_such_a_name_is_a_community(society: Society, name: str, type_id: int) -> None:
    society.community(name)
    row = society.state.communities.get(name)
    assert (row.type_id, row.created, row.team_size) == (type_id, society.state.now, 1)
    assert row.id == society[name].id
    assert [(member.account, member.role) for member in team_of(society.state, name)] == [(name, roles.OWNER)]
    assert society.last(name).kind == notifications.NEW_COMMUNITY


@pytest.mark.parametrize(
    "name", ["hive-1000", "hive-41234", "hive-12345678", "hive-1abcd", "xhive-11111", "hive-11111.abc"]
)
def test_other_names_are_none(society: Society, name: str) -> None:
    society.account("payer", hive="3.000 HIVE")
    society.create_account("payer", name)
    assert name not in society.state.communities


# --- properties


def test_administrators_say_what_it_is_about(society: Society) -> None:
    props = {
        "title": "World News",
        "about": "",
        "lang": "de",
        "is_nsfw": True,
        "description": "What happens.",
        "flag_text": "Lies",
        "settings": {"cover_url": "http://b", "avatar_url": "https://a", "color": [1, 2]},
        "type_id": 2,
    }
    society.acts("admin", NAME, "updateProps", props=props)
    row = community(society)
    assert {name: getattr(row, name) for name in props} == props | {
        "settings": '{"avatar_url":"https://a","color":[1,2],"cover_url":"http://b"}'
    }
    told = society.last("mod")
    assert (told.kind, told.source, told.score, told.community) == (notifications.SET_PROPS, "admin", 35, NAME)
    assert told.payload.startswith('{"title":"World News"')
    assert len(told.payload) == 140
    assert society.last(NAME).kind == notifications.SET_PROPS
    assert society.last("admin").kind == notifications.SET_ROLE


def test_what_is_not_named_stays(society: Society) -> None:
    society.acts("admin", NAME, "updateProps", props={"title": "World News"})
    society.acts(NAME, NAME, "updateProps", props={"about": "news"})
    assert (community(society).title, community(society).about, community(society).lang) == ("World News", "news", "en")


@pytest.mark.parametrize(
    ("props", "reason"),
    [
        ({"title": "ab"}, "title too short"),
        ({"title": "x" * 21}, "exceeds max len: title"),
        ({"title": "@news"}, "invalid title prefix"),
        ({"title": "#news"}, "invalid title prefix"),
        ({"title": " news"}, "invalid padding: title"),
        ({"title": ""}, "key `title` was blank"),
        ({"title": 7}, "key `title` was not str"),
        ({"about": "x" * 121}, "exceeds max len: about"),
        ({"lang": "xx"}, "invalid lang: lang"),
        ({"lang": "eng"}, "exceeds max len: lang"),
        ({"lang": "e"}, "invalid lang: lang"),
        ({"is_nsfw": 1}, "must be bool: is_nsfw"),
        ({"description": "x" * 1001}, "exceeds max len: description"),
        ({"flag_text": "x" * 1001}, "exceeds max len: flag_text"),
        ({"settings": {}}, "key `settings` was blank"),
        ({"settings": "dark"}, "key `settings` not a dict"),
        ({"settings": {"avatar_url": "ftp://a"}}, "url is none: avatar_url"),
        ({"settings": {"cover_url": ["https://a"]}}, "url is none: cover_url"),
        ({"settings": {"cover_url": "https://" + "a" * 1016}}, "url must be shorter than 1024 characters"),
        ({"type_id": 0}, "invalid community type"),
        ({"type_id": 4}, "invalid community type"),
        ({"type_id": True}, "invalid community type"),
        ({"type_id": "1"}, "invalid community type"),
        ({"title": "World News", "colour": "red"}, "extraneous keys: colour"),
        ({}, "key `props` was blank"),
        ("title", "key `props` not a dict"),
    ],
)
def test_invalid_social_payload_invalid_props(society: Society, props: Any, reason: str) -> None:
    before = community(society)
    society.acts("admin", NAME, "updateProps", props=props)
    assert society.refusal("admin") == reason
    assert community(society) == before


def test_invalid_needs_admin(society: Society) -> None:
    society.acts("mod", NAME, "updateProps", props={"title": "World News"})
    assert society.refusal("mod") == "only admins can update props"
    assert community(society).title == ""


def test_languages_are_two_letters_each() -> None:
    words = communities.LANGUAGES.split()
    assert len(words) == len(set(words)) > 180
    assert {len(word) for word in words} == {2}


# --- payloads


@pytest.mark.parametrize(
    ("action", "members", "reason"),
    [
        ("dance", {"community": NAME}, "invalid action"),
        ("subscribe", {}, "missing keys: community"),
        ("subscribe", {"community": NAME, "account": "bob"}, "extraneous keys: account"),
        ("subscribe", {"community": 7}, "key `community` was not str"),
        ("subscribe", {"community": ""}, "key `community` was blank"),
        ("subscribe", {"community": f"{NAME} "}, "invalid padding: community"),
        ("subscribe", {"community": "hive-1333333333333"}, "exceeds max len: community"),
        ("setRole", {"community": NAME, "account": "bob"}, "missing keys: role"),
        ("setRole", {"community": NAME, "account": "bob", "role": "king"}, "invalid role"),
        ("setUserTitle", {"community": NAME, "account": "bob", "title": "x" * 33}, "exceeds max len: title"),
        ("mutePost", {"community": NAME, "account": "bob", "permlink": "p", "notes": ""}, "key `notes` was blank"),
        ("mutePost", {"community": NAME, "account": "bob", "permlink": "", "notes": "n"}, "key `permlink` was blank"),
        (
            "flagPost",
            {"community": NAME, "account": "bob", "permlink": "p", "notes": "n" * 121},
            "exceeds max len: notes",
        ),
    ],
)
def test_invalid_social_payload_invalid(society: Society, action: str, members: Any, reason: str) -> None:
    society.says("mod", "community", action, members)
    assert society.refusal("mod") == reason


def test_invalid_community_unknown(society: Society) -> None:
    society.acts("alice", "hive-199999", "subscribe")
    assert society.refusal("alice") == "Community 'hive-199999' does not exist"
    assert society.last("alice").community == ""


def test_invalid_social_account_unknown(society: Society) -> None:
    society.acts("mod", NAME, "setRole", account="nobody", role="member")
    assert society.refusal("mod") == "account 'nobody' does not exist"
    assert society.last("mod").community == NAME


@pytest.mark.parametrize(
    "payload", ['{"community": "hive-133333"}', '["subscribe"]', '["subscribe", "hive-133333"]', "[1, {}]", "7"]
)
def test_what_is_no_pair_of_action_and_object_is_passed_over(society: Society, payload: str) -> None:
    society.sends("alice", "community", payload)
    assert not society.notifications("alice")


# --- subscriptions


def test_subscribing_and_unsubscribing(society: Society) -> None:
    society.acts("alice", NAME, "subscribe")
    assert communities.is_subscribed(society.state, "alice", NAME)
    assert community(society).subscribers == 1
    told = society.last(NAME)
    assert (told.kind, told.source, told.score) == (notifications.SUBSCRIBE, "alice", 25)
    society.acts("alice", NAME, "unsubscribe")
    assert not communities.is_subscribed(society.state, "alice", NAME)
    assert community(society).subscribers == 0
    assert not list(society.state.subscriptions_back.scan())


def test_invalid_already_subscribed(society: Society) -> None:
    society.acts("alice", NAME, "subscribe")
    society.acts("alice", NAME, "subscribe")
    assert society.refusal("alice") == "already subscribed"
    assert community(society).subscribers == 1


def test_invalid_not_subscribed(society: Society) -> None:
    society.acts("alice", NAME, "unsubscribe")
    assert society.refusal("alice") == "already unsubscribed"


def test_invalid_too_many_subscriptions(society: Society, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(communities.limits, "SUBSCRIPTIONS_MAX", 1)
    society.community("hive-144444")
    society.acts("alice", NAME, "subscribe")
    society.acts("alice", "hive-144444", "subscribe")
    assert society.refusal("alice") == "an account subscribes to at most 1 communities"
    society.acts("alice", NAME, "unsubscribe")
    society.acts("alice", "hive-144444", "subscribe")
    assert communities.is_subscribed(society.state, "alice", "hive-144444")


# --- roles


def test_the_team_is_listed_from_the_top(society: Society) -> None:
    society.acts("admin", NAME, "setRole", account="carol", role="mod")
    society.acts("admin", NAME, "setRole", account="bob", role="member")
    assert [member.account for member in team_of(society.state, NAME)] == [NAME, "admin", "carol", "mod"]
    assert community(society).team_size == 4
    listed = [place.account for place in society.state.role_places.scan(NAME)]
    assert listed == [NAME, "admin", "carol", "mod", "bob"]


def test_a_guest_is_in_no_list(society: Society) -> None:
    society.acts("mod", NAME, "setRole", account="bob", role="muted")
    assert (role(society, "bob"), len(list(society.state.role_places.scan(NAME)))) == ("muted", 4)
    society.acts("mod", NAME, "setRole", account="bob", role="guest")
    assert (role(society, "bob"), len(list(society.state.role_places.scan(NAME)))) == ("guest", 3)


def test_who_is_given_a_role_is_told(society: Society) -> None:
    society.acts("mod", NAME, "setRole", account="bob", role="member")
    told = society.last("bob")
    assert (told.kind, told.source, told.payload, told.score) == (notifications.SET_ROLE, "mod", "member", 15)
    society.acts("bob", NAME, "subscribe")
    society.acts("mod", NAME, "setRole", account="bob", role="guest")
    assert society.last("bob").score == 35


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (NAME, {"muted", "guest", "member", "mod", "admin"}),
        ("admin", {"muted", "guest", "member", "mod"}),
        ("mod", {"muted", "guest", "member"}),
    ],
)
def test_roles_below_ones_own_may_be_given(society: Society, actor: str, may: set[str]) -> None:
    for word in roles.ROLES:
        society.acts(actor, NAME, "setRole", account="bob", role="muted")
        society.acts(actor, NAME, "setRole", account="bob", role="member")
        society.acts(actor, NAME, "setRole", account="bob", role=word)
        assert (role(society, "bob") == word) == (word in may)
        society.acts(NAME, NAME, "setRole", account="bob", role="guest")
    assert "cannot promote to or above own rank" in [row.payload for row in society.notifications(actor)]


def test_invalid_role_too_high(society: Society) -> None:
    society.acts("mod", NAME, "setRole", account="mod", role="admin")
    assert society.refusal("mod") == "cannot promote to or above own rank"


def test_invalid_needs_moderator_to_alter_roles(society: Society) -> None:
    society.acts("bob", NAME, "setRole", account="carol", role="member")
    assert society.refusal("bob") == "only mods and above can alter roles"


def test_invalid_owner_stays(society: Society) -> None:
    for actor in ("admin", NAME):
        society.acts(actor, NAME, "setRole", account=NAME, role="member")
        assert society.refusal(actor) == "cant modify owner role"


def test_invalid_outranked(society: Society) -> None:
    society.acts("mod", NAME, "setRole", account="admin", role="guest")
    assert society.refusal("mod") == "cant modify a user with a higher role"


def test_invalid_role_unchanged(society: Society) -> None:
    society.acts("mod", NAME, "setRole", account="bob", role="guest")
    assert society.refusal("mod") == "role would not change"


def test_a_role_can_be_laid_down(society: Society) -> None:
    society.acts("mod", NAME, "setRole", account="mod", role="member")
    assert role(society, "mod") == "member"
    assert community(society).team_size == 2


def test_invalid_team_full(society: Society, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles.limits, "TEAM_MAX", 3)
    society.acts("admin", NAME, "setRole", account="bob", role="mod")
    assert society.refusal("admin") == "moderator limit exceeded: a team has at most 3"
    society.acts(NAME, NAME, "setRole", account="mod", role="admin")  # he is of the team already
    assert role(society, "mod") == "admin"
    society.acts(NAME, NAME, "setRole", account="mod", role="guest")
    society.acts("admin", NAME, "setRole", account="bob", role="mod")
    assert role(society, "bob") == "mod"


def test_titles(society: Society) -> None:
    society.acts("mod", NAME, "setUserTitle", account="bob", title="Reporter")
    row = society.state.community_roles.get((NAME, "bob"))
    assert (row.role, row.title) == (roles.GUEST, "Reporter")
    assert (society.last("bob").kind, society.last("bob").payload) == (notifications.SET_TITLE, "Reporter")
    society.acts("mod", NAME, "setUserTitle", account="bob", title="")
    assert society.state.community_roles.get((NAME, "bob")).title == ""


def test_invalid_needs_moderator_to_set_titles(society: Society) -> None:
    society.acts("bob", NAME, "setUserTitle", account="bob", title="King")
    assert society.refusal("bob") == "only mods and above can set user titles"
