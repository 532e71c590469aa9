"""Communities: how they come to be, what they say about themselves, who has subscribed (protocol.md §5.6).

A community is an account whose name says so: `hive-1…` a topic where everybody posts, `hive-2…` a journal where members post and
guests reply, `hive-3…` a council of members. Its administrators may change the type later.
"""

import re
from typing import Any, Final

import orjson

from chain.rows import Community, CommunityRole, RolePlace, Subscription, SubscriptionBack
from chain.social import limits, notifications
from chain.social.payload import check_members, object_member, text_member
from chain.social.personas import edit_persona, persona_of
from chain.social.refusals import (
    AlreadySubscribed,
    CommunityUnknown,
    NeedsAdmin,
    NotSubscribed,
    PayloadInvalid,
    TooManySubscriptions,
)
from chain.social.roles import ADMIN, OWNER, role_of, tell_team
from chain.state import State

NAME: Final = re.compile(r"hive-[123][0-9]{4,6}")

TOPIC: Final = 1
JOURNAL: Final = 2
COUNCIL: Final = 3

PROPS: Final = ("title", "about", "lang", "is_nsfw", "description", "flag_text", "settings", "type_id")
LANGUAGES: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz "
    "ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik "
    "io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml "
    "mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd "
    "se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi "
    "vo wa wo xh yi yo za zh zu"
)
"""ISO 639-1. Hivemind leaves out Zulu; there is no reason to."""


def register(state: State, name: str) -> None:
    """A new account may be a community."""
    if NAME.fullmatch(name) and name not in state.communities:
        account = state.accounts.get(name)
        state.communities.insert(Community(name, account.id, int(name[len("hive-")]), state.now, team_size=1))
        state.community_roles.insert(CommunityRole(name, name, OWNER, since=state.now))
        state.role_places.insert(RolePlace(name, 0, name))
        notifications.note(state, name, notifications.NEW_COMMUNITY, score=notifications.TEAM_SCORE, community=name)


def community_named(state: State, members: dict[str, Any]) -> Community:
    """The community that an operation is about. Raises PayloadInvalid, CommunityUnknown."""
    name = text_member(members, "community", limits.NAME_MAX)
    found = state.communities.find(name)
    if found is None:
        raise CommunityUnknown(community=name)
    return found


def is_subscribed(state: State, account: str, community: str) -> bool:
    return (community, account) in state.subscriptions


def subscribe(state: State, actor: str, community: Community, _members: dict[str, Any]) -> None:
    name = community.name
    if is_subscribed(state, actor, name):
        raise AlreadySubscribed
    if persona_of(state, actor).subscriptions >= limits.SUBSCRIPTIONS_MAX:
        raise TooManySubscriptions(max=limits.SUBSCRIPTIONS_MAX)
    state.subscriptions.insert(Subscription(name, actor, state.now))
    state.subscriptions_back.insert(SubscriptionBack(actor, name))
    state.communities.edit(name).subscribers += 1
    edit_persona(state, actor).subscriptions += 1
    score = notifications.standing_score(state, actor)
    notifications.tell(state, name, notifications.SUBSCRIBE, source=actor, score=score, community=name)


def unsubscribe(state: State, actor: str, community: Community, _members: dict[str, Any]) -> None:
    name = community.name
    if not is_subscribed(state, actor, name):
        raise NotSubscribed
    state.subscriptions.remove((name, actor))
    state.subscriptions_back.remove((actor, name))
    state.communities.edit(name).subscribers -= 1
    edit_persona(state, actor).subscriptions -= 1


# --- properties ------------------------------------------------------------------------------------------------------


def update_props(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    props = read_props(object_member(members, "props"))
    if role_of(state, community.name, actor) < ADMIN:
        raise NeedsAdmin
    row = state.communities.edit(community.name)
    for name, value in props.items():
        setattr(row, name, value)
    payload = orjson.dumps(members["props"]).decode()
    tell_team(state, actor, community.name, notifications.SET_PROPS, payload=payload)


def read_props(props: dict[str, Any]) -> dict[str, Any]:
    """The values as the row holds them. Raises PayloadInvalid."""
    check_members(props, PROPS, all_needed=False)
    found: dict[str, Any] = {}
    for name in PROPS:
        if name in props:
            found[name] = _PROP_READERS[name](props)
    return found


def _title(props: dict[str, Any]) -> str:
    title = text_member(props, "title", limits.COMMUNITY_TITLE_MAX)
    if len(title) < limits.COMMUNITY_TITLE_MIN:
        raise PayloadInvalid(reason="title too short")
    if title[0] in "@#":
        raise PayloadInvalid(reason="invalid title prefix")
    return title


def _lang(props: dict[str, Any]) -> str:
    lang = text_member(props, "lang", 2)
    if lang not in LANGUAGES.split():
        raise PayloadInvalid(reason="invalid lang: lang")
    return lang


def _is_nsfw(props: dict[str, Any]) -> bool:
    value = props["is_nsfw"]
    if type(value) is not bool:
        raise PayloadInvalid(reason="must be bool: is_nsfw")
    return value


def _type_id(props: dict[str, Any]) -> int:
    value = props["type_id"]
    if type(value) is not int or value not in (TOPIC, JOURNAL, COUNCIL):
        raise PayloadInvalid(reason="invalid community type")
    return value


def _settings(props: dict[str, Any]) -> str:
    """Anything may be set; addresses of pictures must be such."""
    settings = object_member(props, "settings")
    for name in ("avatar_url", "cover_url"):
        url = settings.get(name)
        if not url:
            continue
        if type(url) is not str or not url.startswith(("http://", "https://")):
            raise PayloadInvalid(reason=f"url is none: {name}")
        if len(url) > limits.URL_MAX:
            raise PayloadInvalid(reason=f"url must be shorter than {limits.URL_MAX + 1} characters")
    return orjson.dumps(settings, option=orjson.OPT_SORT_KEYS).decode()


_PROP_READERS: Final[dict[str, Any]] = {
    "title": _title,
    "about": lambda props: text_member(props, "about", limits.ABOUT_MAX, may_be_blank=True),
    "lang": _lang,
    "is_nsfw": _is_nsfw,
    "description": lambda props: text_member(props, "description", limits.DESCRIPTION_MAX, may_be_blank=True),
    "flag_text": lambda props: text_member(props, "flag_text", limits.DESCRIPTION_MAX, may_be_blank=True),
    "settings": _settings,
    "type_id": _type_id,
}
