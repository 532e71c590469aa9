"""Pages of ranked lists: which posts an observer is shown, from the first on or from behind one of them (clients.md §4).

A page reads its list from a key on and passes over whom the observer mutes, so it costs the same wherever it begins.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, Final

from chain.reputation import reputation_of
from chain.reward_fund import estimated_payout_hbd
from chain.rows import Content
from chain.social import listing, ranking
from chain.social.communities import NAME as COMMUNITY_NAME
from chain.social.standings import Standing, categories, category, standings
from chain.state import State
from chain.views.amounts import amounts
from chain.views.bridge_posts import muted_reasons
from chain.views.content import PostFacts, find_post
from chain.views.observers import Observer
from chain.wire import LEGACY
from rewards.reputation import shown_hundredths

CREATED: Final = "created"
TRENDING: Final = "trending"
MUTED: Final = "muted"
RANKINGS: Final = {
    TRENDING: ranking.TRENDING,
    "hot": ranking.HOT,
    "promoted": ranking.PROMOTED,
    "payout": ranking.PAYOUT,
    "payout_posts": ranking.POST_PAYOUT,
    "payout_comments": ranking.COMMENT_PAYOUT,
    MUTED: ranking.MUTED,
}
WITH_PINS: Final = (TRENDING, CREATED)  # what shows a community's pinned posts first

ALL: Final = "all"
MINE: Final = "my"  # of all communities that the observer has subscribed to

EXAMINED_MAX: Final = 1_000  # posts of a list for one page: who mutes nearly everybody gets a short one


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list, through whose eyes, and the post behind which a page begins. `hidden_reasons`: marks that posts must not bear."""

    sort: str
    tag: str
    observer: Observer
    behind: Content | None = None
    hidden_reasons: int = 0


def ranked_page(state: State, wanted: Wanted, limit: int) -> list[PostFacts]:
    """So many posts of a list."""
    return _shown(state, wanted, _entries(state, wanted, wanted.behind), limit)


def community_page(state: State, wanted: Wanted, limit: int) -> list[PostFacts]:
    """The same of a community, as bridge shows it: what is pinned comes first, and then no more."""
    if wanted.sort not in WITH_PINS:
        return ranked_page(state, wanted, limit)
    community, behind = wanted.tag, wanted.behind
    pinned: list[PostFacts] = []
    if behind is None or (community, behind.id) in state.pins:
        start = None if behind is None else (community, behind.id)
        pins = state.pins.scan(community, start=start, reverse=True)
        below = (Standing(0, pin.id, pin.author, pin.permlink) for pin in pins if behind is None or pin.id != behind.id)
        pinned = _shown(state, wanted, below, limit)
        behind = None
    others = (entry for entry in _entries(state, wanted, behind) if (community, entry.id) not in state.pins)
    return pinned + _shown(state, wanted, others, limit - len(pinned))


def tag_is_known(state: State, tag: str) -> bool:
    """Whether any root post has it."""
    return any(True for _ in listing.tagged(state, tag))


def is_community_name(tag: str) -> bool:
    return COMMUNITY_NAME.fullmatch(tag) is not None


# --- lists -----------------------------------------------------------------------------------------------------------


def _entries(state: State, wanted: Wanted, behind: Content | None) -> Iterator[Standing]:
    if wanted.tag != MINE:
        scope = "" if wanted.tag == ALL else wanted.tag
        return _list(state, wanted.sort, scope, behind)
    subscribed = [row.community for row in state.subscriptions_back.scan(wanted.observer.name)]
    lists = [_list(state, wanted.sort, community, behind) for community in subscribed]
    return merge(*lists, reverse=True)


def _list(state: State, sort: str, scope: str, behind: Content | None) -> Iterator[Standing]:
    if sort == CREATED:
        return _created(state, scope, None if behind is None else behind.id)
    return standings(state, RANKINGS[sort], scope, behind)


def _created(state: State, scope: str, below: int | None) -> Iterator[Standing]:
    of_community = is_community_name(scope)
    rows: Iterable[Any] = (
        listing.in_community(state, scope, below=below) if of_community else listing.tagged(state, scope, below=below)
    )
    for row in rows:
        yield Standing(0, row.id, row.author, row.permlink)


# --- who is shown ----------------------------------------------------------------------------------------------------


def _shown(state: State, wanted: Wanted, entries: Iterator[Standing], limit: int) -> list[PostFacts]:
    examined = islice(entries, EXAMINED_MAX)
    found = (find_post(state, entry.author, entry.permlink) for entry in examined)
    return list(islice((facts for facts in found if facts is not None and _is_shown(state, wanted, facts)), limit))


def _is_shown(state: State, wanted: Wanted, facts: PostFacts) -> bool:
    """Muted posts are shown to everybody who asks for them; new posts of those whose reputation is bad are not, but in communities."""
    author, raw = facts.post.author, reputation_of(state, facts.post.author)
    if wanted.sort != MUTED and wanted.observer.mutes(author):
        return False
    if wanted.sort == CREATED and not is_community_name(wanted.tag) and shown_hundredths(raw) < 100:
        return False
    if not wanted.hidden_reasons:
        return True
    return not muted_reasons(state, facts.content, wanted.observer, raw) & wanted.hidden_reasons


# --- categories ------------------------------------------------------------------------------------------------------

TOPICS_MAX: Final = 25


def trending_tags(state: State, behind: str, limit: int) -> list[dict[str, Any]] | None:
    """Categories with what waits in them, from the most down, from behind one on. None where nothing waits in that one."""
    last = category(state, behind) if behind else None
    if behind and last is None:
        return None
    write = amounts(LEGACY, state.params.dialect).hbd
    return [
        {
            "name": totals.tag,
            "comments": totals.comments,
            "top_posts": totals.posts,
            "total_payouts": write(estimated_payout_hbd(state, totals.rshares)),
        }
        for totals in islice(categories(state, last), limit)
    ]


def trending_topics(state: State, limit: int) -> list[list[str]]:
    """[name, title] of the communities that stand first, and then of tags."""
    topics = [[row.name, row.title or row.name] for row in state.communities.by_rank.page(limit)]
    tags = (totals.tag for totals in islice(categories(state), TOPICS_MAX * 2))
    topics += [[tag, f"#{tag}"] for tag in tags if not is_community_name(tag)]
    return topics[:limit]
