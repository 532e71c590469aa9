"""The lists in which posts are ranked, and how a post finds its places in them.

    TRENDING, HOT      root posts, by votes and age (rewards.ranking)
    PROMOTED           posts and replies, by the HBD that was burnt for them
    PAYOUT             posts and replies that are paid soon, by what waits for them (of communities: root posts)
    POST_PAYOUT        root posts, by what waits for them
    COMMENT_PAYOUT     replies, the same
    MUTED              posts and replies that a community has muted, the same
    ACCOUNT_PAYOUT     posts and replies of an account, the same

Whatever was paid is in none of them. What waits for a post grows with its rshares, so the lists are in the order of these, and
stay in it while the fund and the price change. A row remembers what a post's places followed from.

Many vote for a post one after the other, and to move it in ten lists is dear. So a block only notes which posts it touched, and those
that nothing has touched for a while (chain.social.touched) are put where they belong: once, and only into places that differ. Who reads a list finds the
others by chain.social.standings.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from chain.rows import Content, PayoutWindow, RankedPost, RankPlace, TagPlace, TagTotals
from chain.social.communities import NAME as COMMUNITY_NAME
from chain.social.touched import touch
from chain.state import State
from rewards.ranking import SCORE_MAX, hot_score, trending_score

TRENDING: Final = 0
HOT: Final = 1
PROMOTED: Final = 2
PAYOUT: Final = 3
POST_PAYOUT: Final = 4
COMMENT_PAYOUT: Final = 5
MUTED: Final = 6
ACCOUNT_PAYOUT: Final = 7

ALL: Final = ""  # the scope of all posts

DUE_FIRST_PARTS: Final = 12  # the payout list shows what is paid in 12 …
DUE_LAST_PARTS: Final = 36  # … to 36 hours, when payouts take a week …
WEEK_PARTS: Final = 168  # … and the same part of the time where they take less

Place = tuple[int, str, int, int]


# --- where a post stands ---------------------------------------------------------------------------------------------


def places_of(row: RankedPost) -> Iterator[Place]:
    """All places of a post, as keys of rank_places."""
    for ranking, scopes in rankings_of(row):
        score = score_in(ranking, row)
        for scope in scopes:
            yield ranking, scope, score, row.id


def rankings_of(row: RankedPost) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each list that a post stands in, and under which scopes."""
    by_category = (ALL, row.category) if row.category else (ALL,)
    by_tag = by_category if row.is_reply else (ALL, *row.tags, row.community) if row.community else (ALL, *row.tags)
    yield ACCOUNT_PAYOUT, (row.author,)
    if row.is_reply:
        yield COMMENT_PAYOUT, by_category
    else:
        yield TRENDING, by_tag
        yield HOT, by_tag
        yield POST_PAYOUT, by_category
    if row.is_due:
        yield PAYOUT, (ALL,) if row.is_reply and row.community else by_category  # a community shows its root posts
    if row.is_muted:
        yield MUTED, by_category
    if row.promoted:
        yield PROMOTED, by_tag


def score_in(ranking: int, row: RankedPost) -> int:
    return score_of(ranking, row.net_rshares, row.created, row.promoted)


def score_of(ranking: int, net_rshares: int, created: int, promoted: int) -> int:
    if ranking == TRENDING:
        return trending_score(net_rshares, created)
    if ranking == HOT:
        return hot_score(net_rshares, created)
    if ranking == PROMOTED:
        return promoted
    return max(net_rshares, 0)


def ranked(state: State, content: Content) -> RankedPost | None:
    """What the places of a post follow from, as the state is now; None for one that was paid."""
    cashout = state.cashouts.find((content.author, content.permlink))
    if cashout is None or cashout.id != content.id:
        return None
    first, last = due_times(state)
    return RankedPost(
        content.id,
        content.author,
        content.permlink,
        is_reply=bool(content.parent_author),
        created=cashout.created,
        category=_category(content),
        community=content.community,
        tags=content.tags,
        net_rshares=cashout.net_rshares,
        promoted=content.promoted,
        is_muted=bool(content.muted_reasons),
        is_due=first <= cashout.cashout_time <= last,
    )


def _category(content: Content) -> str:
    """A category that is named like a community counts only within that community."""
    category = content.category
    return category if category == content.community or not COMMUNITY_NAME.fullmatch(category) else ALL


def due_times(state: State) -> tuple[int, int]:
    """When that is paid which the payout list shows now."""
    delay, now = state.params.cashout_delay_seconds, state.globals.time
    first, last = delay * DUE_FIRST_PARTS // WEEK_PARTS, delay * DUE_LAST_PARTS // WEEK_PARTS
    return now + first, now + last


# --- keeping the places ----------------------------------------------------------------------------------------------


def refresh(state: State, touched: Iterable[tuple[str, str]]) -> None:
    """After a block: note those that it touched, and those whose time came; put those to their places that were touched long ago."""
    state.unsettled = None
    for place in touch(state, (*touched, *_crossing(state))):
        content = state.contents.find(place)
        if content is not None:
            rank(state, content)


def rank(state: State, content: Content) -> None:
    """Put one post where it belongs; nowhere, if it was paid."""
    before, after = state.ranked_posts.find(content.id), ranked(state, content)
    if before is None and after is None:
        return
    old = dict.fromkeys(places_of(before)) if before else {}
    new = dict.fromkeys(places_of(after)) if after else {}
    for place in old:
        if place not in new:
            state.rank_places.remove(place)
    for place in new:
        if place not in old:
            state.rank_places.insert(RankPlace(*place), is_new=True)
    _count(state, before, after)
    if before is not None:
        state.ranked_posts.remove(content.id)
    if after is not None:
        state.ranked_posts.insert(after)


def forget_post(state: State, content: Content) -> None:
    """A post was deleted."""
    row = state.ranked_posts.find(content.id)
    if row is None:
        return
    for place in places_of(row):
        state.rank_places.remove(place)
    _count(state, row, None)
    state.ranked_posts.remove(content.id)


def _crossing(state: State) -> Iterator[tuple[str, str]]:
    """Posts that come among those that are paid soon, or leave them: their time of payout was passed since the last block."""
    first, last = due_times(state)
    if "" not in state.payout_windows:
        state.payout_windows.insert(PayoutWindow(first=0, last=0))
    window = state.payout_windows.edit("")
    by_time = state.cashouts.by_cashout_time
    for cashout in (*by_time.between((window.first,), (first,)), *by_time.between((window.last + 1,), (last + 1,))):
        yield cashout.author, cashout.permlink
    window.first, window.last = first, last


# --- categories ------------------------------------------------------------------------------------------------------


class Change(NamedTuple):
    """What a post adds to what waits in its category, or takes away."""

    category: str
    posts: int
    comments: int
    rshares: int


def change_of(before: RankedPost | None, after: RankedPost | None) -> Change | None:
    """None where nothing changes, or nobody counts."""
    some = before or after
    if some is None or not some.category:
        return None
    came = (after is not None) - (before is not None)
    rshares = _worth(after) - _worth(before)
    if not came and not rshares:
        return None
    return Change(some.category, 0 if some.is_reply else came, came if some.is_reply else 0, rshares)


def _count(state: State, before: RankedPost | None, after: RankedPost | None) -> None:
    """Bring what waits in a post's category up to date."""
    change = change_of(before, after)
    if change is None:
        return
    tag = change.category
    if tag not in state.tag_totals:
        state.tag_totals.insert(TagTotals(tag))
        state.tag_places.insert(TagPlace(SCORE_MAX, tag))
    totals = state.tag_totals.edit(tag)
    state.tag_places.remove((how_far(totals), tag))
    add(totals, change)
    if totals.posts or totals.comments:
        state.tag_places.insert(TagPlace(how_far(totals), tag))
    else:
        state.tag_totals.remove(tag)


def add(totals: TagTotals, change: Change) -> None:
    totals.posts += change.posts
    totals.comments += change.comments
    totals.rshares += change.rshares


def _worth(row: RankedPost | None) -> int:
    return 0 if row is None else max(row.net_rshares, 0)


def how_far(totals: TagTotals) -> int:
    """How far a category stays below the largest number there may be."""
    return SCORE_MAX - min(totals.rshares, SCORE_MAX)
