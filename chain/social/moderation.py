"""Posts in communities: which they belong to, who may write there, and what moderators do with them (protocol.md §5.6).

Nothing is forbidden: what somebody without the right writes is kept, and marked as muted, so that front ends hide it. A mark says
why. It is set when the post is made and by moderators; what changes later, a role or a mute above it, does not reach back.
"""

from typing import Any, Final

from chain.rows import Community, CommunityPost, Content, Flag, Pin, Post
from chain.social import limits, notifications, ranking
from chain.social.communities import COUNCIL, JOURNAL
from chain.social.payload import text_member
from chain.social.refusals import (
    AlreadyFlagged,
    AlreadyMuted,
    AlreadyPinned,
    MutedCannotFlag,
    NotMuted,
    NotPinned,
    ParentMuted,
    PostNotInCommunity,
    PostUnknown,
)
from chain.social.roles import MEMBER, MUTED, account_named, check_moderator, role_of, tell_member, tell_team
from chain.state import State

BY_MODERATOR: Final = 1 << 0
BY_TYPE: Final = 1 << 1  # its author may not write there
BY_PARENT: Final = 1 << 2
BY_ROLE: Final = 1 << 4  # its author is muted there


def place_post(state: State, post: Post, content: Content) -> None:
    """Decide of a new post or reply where it belongs and whether its author may write there."""
    parent = state.contents.find((post.parent_author, post.parent_permlink)) if post.parent_author else None
    name = content.category if parent is None else parent.community
    community = state.communities.find(name) if name else None
    if parent is not None and parent.muted_reasons:
        content.muted_reasons |= BY_PARENT
    if community is None:
        return
    content.community = community.name
    content.muted_reasons |= _reasons(state, community, post)
    if not post.parent_author:
        state.community_posts.insert(CommunityPost(community.name, post.id, post.author, post.permlink), is_new=True)


def _reasons(state: State, community: Community, post: Post) -> int:
    role = role_of(state, community.name, post.author)
    if role == MUTED:
        return BY_ROLE
    members_only = community.type_id == COUNCIL or (community.type_id == JOURNAL and not post.parent_author)
    return BY_TYPE if members_only and role < MEMBER else 0


def forget_post(state: State, content: Content) -> None:
    """A post was deleted."""
    community = content.community
    if (community, content.id) in state.community_posts:
        state.community_posts.remove((community, content.id))
    if (community, content.id) in state.pins:
        state.pins.remove((community, content.id))
    for flag in list(state.flags.scan(content.author, content.permlink)):
        state.flags.remove((flag.author, flag.permlink, flag.account))


# --- what moderators do ----------------------------------------------------------------------------------------------


def mute_post(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    notes, place = _notes(members), _place(state, members)
    check_moderator(state, community.name, actor, "mute posts")
    content = _content(state, community, place)
    if content.muted_reasons:
        raise AlreadyMuted
    state.contents.edit(place).muted_reasons = BY_MODERATOR
    ranking.rank(state, content)
    _tell_author(state, actor, content, notifications.MUTE_POST, notes)


def unmute_post(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    notes, place = _notes(members), _place(state, members)
    check_moderator(state, community.name, actor, "unmute posts")
    content = _content(state, community, place)
    if not content.muted_reasons:
        raise NotMuted
    parent = state.contents.find((content.parent_author, content.parent_permlink))
    if parent is not None and parent.muted_reasons:
        raise ParentMuted
    state.contents.edit(place).muted_reasons = 0
    ranking.rank(state, content)
    _tell_author(state, actor, content, notifications.UNMUTE_POST, notes)


def pin_post(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    place = _place(state, members)
    check_moderator(state, community.name, actor, "pin posts")
    content = _content(state, community, place)
    if (community.name, content.id) in state.pins:
        raise AlreadyPinned
    state.pins.insert(Pin(community.name, content.id, *place))
    _tell_author(state, actor, content, notifications.PIN_POST)


def unpin_post(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    place = _place(state, members)
    check_moderator(state, community.name, actor, "unpin posts")
    content = _content(state, community, place)
    if (community.name, content.id) not in state.pins:
        raise NotPinned
    state.pins.remove((community.name, content.id))
    _tell_author(state, actor, content, notifications.UNPIN_POST)


def flag_post(state: State, actor: str, community: Community, members: dict[str, Any]) -> None:
    """Call the moderators to a post."""
    notes, place = _notes(members), _place(state, members)
    if role_of(state, community.name, actor) <= MUTED:
        raise MutedCannotFlag
    _content(state, community, place)
    if (*place, actor) in state.flags:
        raise AlreadyFlagged
    state.flags.insert(Flag(*place, actor))
    about = {"author": place[0], "permlink": place[1], "payload": notes}
    tell_team(state, actor, community.name, notifications.FLAG_POST, **about)


def _notes(members: dict[str, Any]) -> str:
    return text_member(members, "notes", limits.NOTES_MAX)


def _place(state: State, members: dict[str, Any]) -> tuple[str, str]:
    return account_named(state, members), text_member(members, "permlink", limits.PERMLINK_MAX)


def _content(state: State, community: Community, place: tuple[str, str]) -> Content:
    content = state.contents.find(place) if place in state.posts else None
    if content is None:
        raise PostUnknown(author=place[0], permlink=place[1])
    if content.community != community.name:
        raise PostNotInCommunity(community=community.name)
    return content


def _tell_author(state: State, actor: str, content: Content, kind: int, notes: str = "") -> None:
    about = {"author": content.author, "permlink": content.permlink, "payload": notes}
    tell_member(state, actor, content.community, content.author, kind, **about)
