"""Roles in a community: who may do what, and who is told (protocol.md §5.6)."""

from collections.abc import Iterator
from typing import Any, Final

from chain.rows import Community, CommunityRole, RolePlace
from chain.social import limits, notifications
from chain.social.payload import text_member
from chain.social.refusals import (
    AccountUnknown,
    NeedsModerator,
    Outranked,
    OwnerStays,
    PayloadInvalid,
    RoleTooHigh,
    RoleUnchanged,
    TeamFull,
)
from chain.state import State

MUTED: Final = -2
GUEST: Final = 0
MEMBER: Final = 2
MODERATOR: Final = 4
ADMIN: Final = 6
OWNER: Final = 8

ROLES: Final = {"muted": MUTED, "guest": GUEST, "member": MEMBER, "mod": MODERATOR, "admin": ADMIN, "owner": OWNER}
ROLE_NAMES: Final = {role: name for name, role in ROLES.items()}


def role_of(state: State, community: str, account: str) -> int:
    row = state.community_roles.find((community, account))
    return GUEST if row is None else row.role


def team_of(state: State, community: str) -> Iterator[CommunityRole]:
    """The owner, administrators and moderators, from the top, by name."""
    for place in state.role_places.scan(community):
        if OWNER - place.rank < MODERATOR:
            return
        yield state.community_roles.get((community, place.account))


def account_named(state: State, members: dict[str, Any]) -> str:
    """The account that an operation is about. Raises PayloadInvalid, AccountUnknown."""
    name = text_member(members, "account", limits.NAME_MAX)
    if name not in state.accounts:
        raise AccountUnknown(account=name)
    return name


def set_role(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    name = community.name
    account = account_named(state, members)
    word = text_member(members, "role", limits.NAME_MAX)
    if word not in ROLES:
        raise PayloadInvalid(reason="invalid role")
    role = ROLES[word]
    _check_rank(state, name, actor, account, role)
    before = role_of(state, name, account)
    grows = (role >= MODERATOR) - (before >= MODERATOR)
    if role >= MODERATOR and community.team_size + grows > limits.TEAM_MAX:
        raise TeamFull(max=limits.TEAM_MAX)
    _place(state, name, account, before, role)
    if grows:
        state.communities.edit(name).team_size += grows
    _edit(state, name, account).role = role
    tell_member(state, actor, name, account, notifications.SET_ROLE, payload=word)


def _check_rank(state: State, community: str, actor: str, account: str, role: int) -> None:
    """Roles are given below one's own, to those below oneself; one's own may be laid down."""
    own = role_of(state, community, actor)
    if own < MODERATOR:
        raise NeedsModerator(what="alter roles")
    if own <= role:
        raise RoleTooHigh
    before = role_of(state, community, account)
    if before == OWNER:
        raise OwnerStays
    if actor != account:
        if before >= own:
            raise Outranked
        if before == role:
            raise RoleUnchanged


def _place(state: State, community: str, account: str, before: int, role: int) -> None:
    """Where the account stands in the list of roles."""
    if before != GUEST:
        state.role_places.remove((community, OWNER - before, account))
    if role != GUEST:
        state.role_places.insert(RolePlace(community, OWNER - role, account))


def _edit(state: State, community: str, account: str) -> CommunityRole:
    if (community, account) not in state.community_roles:
        state.community_roles.insert(CommunityRole(community, account, since=state.now))
    return state.community_roles.edit((community, account))


def set_user_title(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    account = account_named(state, members)
    title = text_member(members, "title", limits.USER_TITLE_MAX, may_be_blank=True)
    check_moderator(state, community.name, actor, "set user titles")
    _edit(state, community.name, account).title = title
    tell_member(state, actor, community.name, account, notifications.SET_TITLE, payload=title)


def check_moderator(state: State, community: str, actor: str, what: str) -> None:
    if role_of(state, community, actor) < MODERATOR:
        raise NeedsModerator(what=what)


def tell_member(state: State, actor: str, community: str, account: str, kind: int, **about: str) -> None:
    """Tell somebody what a community's team did to him; it matters less to whom the community does not matter."""
    subscribed = (community, account) in state.subscriptions
    score = notifications.TEAM_SCORE if subscribed else notifications.STRANGER_SCORE
    notifications.tell(state, account, kind, source=actor, score=score, community=community, **about)


def tell_team(state: State, actor: str, community: str, kind: int, **about: str) -> None:
    for member in list(team_of(state, community)):
        score = notifications.TEAM_SCORE
        notifications.tell(state, member.account, kind, source=actor, score=score, community=community, **about)
