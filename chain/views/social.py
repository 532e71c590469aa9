"""Follows, profiles, blogs, feeds and notifications as hivemind's methods show them (clients.md)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import orjson

from chain.reputation import reputation_of
from chain.rows import Account, BlogEntry, Notification, Post
from chain.social import notifications, ties
from chain.social.feed import FeedEntry, feed_of, feed_time
from chain.social.personas import persona_of
from chain.state import State
from chain.types import printable, time_text
from chain.views.discussions import condenser_post
from chain.views.observers import Observer
from rewards.reputation import shown_hundredths

OWN_POST: Final = time_text(0)  # when an own post was "reblogged"


# --- follows ---------------------------------------------------------------------------------------------------------


def follow_count_view(state: State, account: str) -> dict[str, Any]:
    persona = persona_of(state, account)
    return {
        "account": account,
        "following_count": persona.list_sizes[ties.FOLLOWED],
        "follower_count": persona.followers,
    }


FOLLOW_TYPES: Final = {"blog": ties.FOLLOWED, "ignore": ties.MUTED}


def following_view(state: State, account: str, follow_type: str, start: str, limit: int) -> list[dict[str, Any]]:
    found = islice(ties.ties_of(state, account, FOLLOW_TYPES[follow_type], after=start), limit)
    return [{"follower": account, "following": tie.target, "what": [follow_type]} for tie in found]


def followers_view(state: State, account: str, follow_type: str, start: str, limit: int) -> list[dict[str, Any]]:
    found = islice(ties.ties_to(state, account, FOLLOW_TYPES[follow_type], after=start), limit)
    return [{"follower": follower, "following": account, "what": [follow_type]} for follower in found]


RELATIONS: Final = {
    "follows": ties.FOLLOWED,
    "ignores": ties.MUTED,
    "blacklists": ties.BLACKLISTED,
    "follows_blacklists": ties.BLACKLISTS_FOLLOWED,
    "follows_muted": ties.MUTES_FOLLOWED,
}


def relationship_view(state: State, account: str, other: str) -> dict[str, bool]:
    return {name: ties.has_tie(state, account, kind, other) for name, kind in RELATIONS.items()}


FOLLOW_LISTS: Final = {
    "blacklisted": ties.BLACKLISTED,
    "follow_blacklist": ties.BLACKLISTS_FOLLOWED,
    "muted": ties.MUTED,
    "follow_muted": ties.MUTES_FOLLOWED,
}


def follow_list_view(state: State, observer: str, follow_type: str) -> list[dict[str, Any]]:
    """Of lists that are taken over from others, with what their owners say about them."""
    kind = FOLLOW_LISTS[follow_type]
    tells = kind in (ties.BLACKLISTS_FOLLOWED, ties.MUTES_FOLLOWED)
    found = []
    for tie in ties.ties_of(state, observer, kind):
        profile = profile_of(state, tie.target) if tells else EMPTY_PROFILE
        found.append(
            {
                "name": tie.target,
                "blacklist_description": profile["blacklist_description"],
                "muted_list_description": profile["muted_list_description"],
            }
        )
    return found


# --- profiles --------------------------------------------------------------------------------------------------------

PROFILE_LENGTHS_MAX: Final = {
    "name": 20,
    "about": 160,
    "location": 30,
    "website": 100,
    "profile_image": 1024,
    "cover_image": 1024,
    "blacklist_description": 256,
    "muted_list_description": 256,
}
EMPTY_PROFILE: Final = dict.fromkeys(PROFILE_LENGTHS_MAX, "")


def profile_view(state: State, row: Account, observer: str) -> dict[str, Any]:
    persona = persona_of(state, row.name)
    view: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "created": time_text(row.created),
        "active": time_text(max(row.created, row.last_post, row.last_post_edit)),
        "post_count": row.post_count,
        "reputation": shown_reputation(state, row.name),
        "blacklists": [],
        "stats": {"rank": 0, "following": persona.list_sizes[ties.FOLLOWED], "followers": persona.followers},
        "metadata": {"profile": profile_of(state, row.name)},
    }
    if observer:
        view["context"] = {
            "followed": ties.has_tie(state, observer, ties.FOLLOWED, row.name),
            "muted": ties.has_tie(state, observer, ties.MUTED, row.name),
        }
    return view


def shown_reputation(state: State, account: str) -> Any:
    return shown_hundredths(reputation_of(state, account)) / 100


def profile_of(state: State, account: str) -> dict[str, str]:
    """What an account says about itself: in its posting metadata, or else in the older one."""
    row = state.metadata.find(account)
    for text in (row.posting_json_metadata, row.json_metadata) if row else ():
        try:
            said = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        if type(said) is dict and said:
            profile = said.get("profile", said)
            return _shown_profile(profile) if type(profile) is dict else EMPTY_PROFILE
    return EMPTY_PROFILE


def _shown_profile(profile: dict[str, Any]) -> dict[str, str]:
    shown = dict(EMPTY_PROFILE)
    for name, length_max in PROFILE_LENGTHS_MAX.items():
        value = profile.get(name)
        if type(value) is not str:
            continue
        if name.endswith("image"):
            shown[name] = value if is_address(value) and len(value) <= length_max else ""
        elif name == "website":
            website = value if is_address(value) else f"http://{value}"
            shown[name] = website if value and len(value) <= length_max else ""
        elif not (name == "name" and value.startswith("@")):
            shown[name] = value if len(value) <= length_max else f"{value[: length_max - 3]}..."
    return shown


def is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


# --- blogs and feeds -------------------------------------------------------------------------------------------------


def blog_page(state: State, account: str, newest: int | None, limit: int) -> list[BlogEntry]:
    """Entries from a number downwards, or from the newest."""
    start = None if newest is None else (account, newest)
    return list(islice(state.blog_entries.scan(account, start=start, reverse=True), limit))


def blog_behind(state: State, account: str, start: tuple[str, str] | None) -> Iterator[BlogEntry]:
    """A blog from its top, or from behind a post that stands in it."""
    newest = None
    if start is not None:
        place = state.blog_places.find((*start, account))
        if place is None or not place.entry_id:
            return
        newest = (account, place.entry_id - 1)
    yield from state.blog_entries.scan(account, start=newest, reverse=True)


def blog_entry_view(row: BlogEntry) -> dict[str, Any]:
    return {
        "blog": row.account,
        "entry_id": row.id,
        "author": row.author,
        "permlink": row.permlink,
        "reblogged_on": OWN_POST if row.author == row.account else time_text(row.at),
    }


def blog_post_view(state: State, row: BlogEntry) -> dict[str, Any]:
    view = blog_entry_view(row)
    author, permlink = view.pop("author"), view.pop("permlink")
    return view | {"comment": condenser_post(state, author, permlink, Observer(state, ""))}


def reblogged_by(state: State, author: str, permlink: str, limit: int) -> list[str]:
    places = state.blog_places.scan(author, permlink)
    return list(islice((place.account for place in places if place.account != author), limit))


def feed_behind(state: State, reader: str, start: tuple[str, str] | None) -> Iterator[FeedEntry]:
    """A feed from its top, or from behind a post that stands in it."""
    if start is None:
        yield from feed_of(state, reader, until=state.now)
        return
    at = feed_time(state, reader, *start)
    if at is None:
        return
    entries = feed_of(state, reader, until=at)
    for entry in entries:
        if (entry.author, entry.permlink) == start:
            yield from entries
            return


# --- notifications ---------------------------------------------------------------------------------------------------

KIND_NAMES: Final = {
    notifications.NEW_COMMUNITY: "new_community",
    notifications.SET_ROLE: "set_role",
    notifications.SET_PROPS: "set_props",
    notifications.SET_TITLE: "set_title",
    notifications.MUTE_POST: "mute_post",
    notifications.UNMUTE_POST: "unmute_post",
    notifications.PIN_POST: "pin_post",
    notifications.UNPIN_POST: "unpin_post",
    notifications.FLAG_POST: "flag_post",
    notifications.ERROR: "error",
    notifications.SUBSCRIBE: "subscribe",
    notifications.REPLY: "reply",
    notifications.REPLY_COMMENT: "reply_comment",
    notifications.REBLOG: "reblog",
    notifications.FOLLOW: "follow",
    notifications.MENTION: "mention",
    notifications.VOTE: "vote",
}
MESSAGES: Final = {
    notifications.NEW_COMMUNITY: "@{account} was created",
    notifications.SET_ROLE: "@{source} set your role to {payload}",
    notifications.SET_PROPS: "@{source} set properties {payload}",
    notifications.SET_TITLE: "@{source} set your title to {payload}",
    notifications.MUTE_POST: "@{source} muted your post - {payload}",
    notifications.UNMUTE_POST: "@{source} unmuted your post - {payload}",
    notifications.PIN_POST: "@{source} pinned your post",
    notifications.UNPIN_POST: "@{source} unpinned your post",
    notifications.FLAG_POST: "@{source} flagged a post - {payload}",
    notifications.ERROR: "error: {payload}",
    notifications.SUBSCRIBE: "@{source} subscribed to {community_title}",
    notifications.REPLY: "@{source} replied to your post",
    notifications.REPLY_COMMENT: "@{source} replied to your comment",
    notifications.REBLOG: "@{source} reblogged your post",
    notifications.FOLLOW: "@{source} followed you",
    notifications.MENTION: "@{source} mentioned you and {payload} others",
    notifications.VOTE: "@{source} voted on your post {payload}",
}
"""The sentences that front ends take apart."""


def notifications_page(
    state: State, account: str, *, min_score: int, before: int | None, limit: int, post: Post | None = None
) -> list[dict[str, Any]]:
    """From the newest down, or from below an id; of all, or of one post of the account. Ids count from 1: 0 stands for the top.

    Of an account at most a thousand are kept, so those of one post are looked for among all.
    """
    start = None if before is None else (account, max(before - 2, 0))
    if before is not None and before <= 1:
        return []
    rows = state.notifications.scan(account, start=start, reverse=True)
    wanted = (row for row in rows if row.score >= min_score and (post is None or _is_about(state, row, post)))
    return [notification_view(state, row) for row in islice(wanted, limit)]


def _is_about(state: State, row: Notification, post: Post) -> bool:
    """A notification names the post that it tells of; of a reply, that is the reply."""
    if (row.author, row.permlink) == (post.author, post.permlink):
        return True
    if row.kind not in (notifications.REPLY, notifications.REPLY_COMMENT):
        return False
    reply = state.posts.find((row.author, row.permlink))
    return reply is not None and (reply.parent_author, reply.parent_permlink) == (post.author, post.permlink)


def notification_view(state: State, row: Notification) -> dict[str, Any]:
    community = state.communities.find(row.community)
    message = MESSAGES[row.kind].format(
        account=row.account,
        source=row.source,
        payload=printable(row.payload),
        community_title=(community.title or row.community) if community else row.community,
    )
    return {
        "id": str(row.id + 1),
        "type": KIND_NAMES[row.kind],
        "score": row.score,
        "date": time_text(row.at),
        "msg": message,
        "url": _url(row),
    }


def _url(row: Notification) -> str:
    if row.permlink:
        return f"@{row.author}/{printable(row.permlink)}"
    if row.community:
        return f"c/{row.community}"
    return f"@{row.source or row.account}"


def unread_view(state: State, account: str, min_score: int) -> dict[str, Any]:
    """How many are newer than what was read."""
    last_read = persona_of(state, account).last_read
    unread = 0
    for row in state.notifications.scan(account, reverse=True):
        if row.at <= last_read:
            break
        unread += row.score >= min_score
    return {"lastread": time_text(last_read).replace("T", " "), "unread": unread}
