"""Communities, their teams and subscribers as hivemind's methods show them (clients.md)."""

from itertools import islice
from typing import Any, Final

import orjson

from chain.rows import Community
from chain.social.communities import is_subscribed
from chain.social.roles import ADMIN, GUEST, OWNER, ROLE_NAMES, role_of, team_of
from chain.state import State
from chain.types import time_text

SEARCHED_MAX: Final = 2_000  # communities looked at for one search


def community_view(state: State, row: Community, observer: str) -> dict[str, Any]:
    """All about one."""
    team = [[member.account, ROLE_NAMES[member.role], member.title] for member in team_of(state, row.name)]
    return _summary(state, row, observer) | {
        "description": row.description,
        "flag_text": row.flag_text,
        "settings": orjson.loads(row.settings),
        "team": team,
    }


def community_in_list_view(state: State, row: Community, observer: str) -> dict[str, Any]:
    view = _summary(state, row, observer)
    admins = sorted(member.account for member in team_of(state, row.name) if member.role == ADMIN)
    return view | ({"admins": admins} if admins else {})


def _summary(state: State, row: Community, observer: str) -> dict[str, Any]:
    """What posts wait for in a community is not counted yet: the three sums are zero."""
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title or f"@{row.name}",
        "about": row.about,
        "lang": row.lang,
        "type_id": row.type_id,
        "is_nsfw": row.is_nsfw,
        "subscribers": row.subscribers,
        "sum_pending": 0,
        "num_pending": 0,
        "num_authors": 0,
        "created_at": time_text(row.created).replace("T", " "),
        "context": context_view(state, row.name, observer) if observer else {},
    }


def context_view(state: State, community: str, account: str) -> dict[str, Any]:
    """What somebody is there."""
    role = state.community_roles.find((community, account))
    return {
        "role": ROLE_NAMES[role.role if role else GUEST],
        "subscribed": is_subscribed(state, account, community),
        "title": role.title if role else "",
    }


def communities_page(state: State, sort: str, behind: Community | None, query: str, limit: int) -> list[Community]:
    """By rank, by subscribers or the newest first; with a query only those whose title or description has all its words."""
    index = {
        "rank": state.communities.by_rank,
        "subs": state.communities.by_subscribers,
        "new": state.communities.by_newest,
    }[sort]
    words = query.lower().split()
    if not words:
        return index.page(limit, behind)
    found = (row for row in index.page(SEARCHED_MAX, behind) if _has_words(row, words))
    return list(islice(found, limit))


def _has_words(row: Community, words: list[str]) -> bool:
    text = f"{row.title} {row.about}".lower().split()
    return all(word in text for word in words)


def roles_page(state: State, community: str, last: str, limit: int) -> list[list[str]]:
    """From the owner down, or from behind somebody."""
    start = (community, OWNER - role_of(state, community, last), last) if last else None
    rows = (place for place in state.role_places.scan(community, start=start) if place.account != last)
    found = []
    for place in islice(rows, limit):
        role = state.community_roles.get((community, place.account))
        found.append([role.account, ROLE_NAMES[role.role], role.title])
    return found


def subscribers_page(state: State, community: str, last: str, limit: int) -> list[list[Any]]:
    """By name, from the first or from behind somebody."""
    start = (community, last) if last else None
    rows = (row for row in state.subscriptions.scan(community, start=start) if row.account != last)
    found: list[list[Any]] = []
    for row in islice(rows, limit):
        role = state.community_roles.find((community, row.account))
        title = role.title if role else None
        found.append([row.account, ROLE_NAMES[role.role if role else GUEST], title, time_text(row.since)])
    return found


def subscriptions_view(state: State, account: str) -> list[list[str]]:
    """All that an account has subscribed to: where it is most comes first, then by rank."""
    found = []
    for back in state.subscriptions_back.scan(account):
        community = state.communities.get(back.community)
        role = state.community_roles.find((back.community, account))
        rank = (-(role.role if role else GUEST), state.communities.by_rank.key(community))
        view = [community.name, community.title, ROLE_NAMES[role.role if role else GUEST], role.title if role else ""]
        found.append((rank, view))
    return [view for _, view in sorted(found)]
