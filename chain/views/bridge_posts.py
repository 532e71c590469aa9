"""Posts and replies as hivemind's bridge shows them to front ends (clients.md §5, §7).

`bridge_post` is one of them through somebody's eyes; a page of them makes one Observer and calls `post_through` for each.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import orjson

from chain.jsonform import number_json
from chain.reputation import reputation_of
from chain.reward_fund import estimated_payout_hbd
from chain.rows import Cashout, Content, Receipt
from chain.social.moderation import BY_ROLE
from chain.social.roles import GUEST, MUTED, ROLE_NAMES
from chain.state import State
from chain.types import printable, time_text
from chain.views.amounts import amounts
from chain.views.content import PostFacts, VoteFacts, beneficiaries_view, find_post, post_url, votes_of
from chain.views.observers import Observer
from chain.wire import LEGACY
from rewards.reputation import shown_hundredths

BY_REPUTATION: Final = 1 << 3  # beside the reasons of chain.social.moderation: decided when a post is shown
MUTED_REASONS: Final = {
    "MUTED_COMMUNITY_MODERATION": 0,
    "MUTED_COMMUNITY_TYPE": 1,
    "MUTED_PARENT": 2,
    "MUTED_REPUTATION": 3,
    "MUTED_ROLE_COMMUNITY": 4,
}
"""Hivemind's names of the bits."""

VOTES_MAX: Final = 1_000  # of one post that are shown and counted, as hivemind shows
FLAG_DIGITS: Final = 11  # of negative rshares that weigh nothing yet


def bridge_post(
    state: State, author: str, permlink: str, observer: str = "", reblogged_by: Sequence[str] = ()
) -> dict[str, Any]:
    """A post or reply that is known to be there, as bridge.get_post shows it."""
    facts = find_post(state, author, permlink)
    assert facts is not None, (author, permlink)
    return post_through(state, facts, Observer(state, observer), reblogged_by)


def bridge_post_key(author: str, permlink: str) -> str:
    """Under which a discussion holds a post."""
    return f"{author}/{permlink}"


def post_through(
    state: State, facts: PostFacts, observer: Observer, reblogged_by: Sequence[str] = ()
) -> dict[str, Any]:
    """The same through an observer's eyes: votes of those whom he mutes are left out, and their posts are gray."""
    post, content = facts.post, facts.content
    raw_reputation = reputation_of(state, post.author)
    votes = list(islice(votes_of(state, post.author, post.permlink), VOTES_MAX))
    view = (
        _text(state, facts)
        | _place(facts)
        | _payout(state, facts)
        | _community(state, content)
        | {
            "author_reputation": shown_hundredths(raw_reputation) / 100,
            "blacklists": observer.blacklists(post.author) + _too_low(raw_reputation),
            "stats": _stats(state, facts, observer, raw_reputation)
            | {"total_votes": sum(1 for vote in votes if vote.rshares)},
            "active_votes": _votes(votes, observer),
            "replies": [],
            "reblogs": content.reblogs,
        }
    )
    if post.depth:
        view |= {"parent_author": post.parent_author, "parent_permlink": post.parent_permlink}
    if reblogged_by:
        view["reblogged_by"] = list(reblogged_by)
    return view


def _text(state: State, facts: PostFacts) -> dict[str, Any]:
    """A reply has no title of its own: front ends write whom it answers."""
    post, content = facts.post, facts.content
    title = content.title
    if post.depth:
        root = state.contents.find((post.root_author, post.root_permlink))
        title = f"RE: {root.title if root else ''}"
    return {
        "title": printable(title),
        "body": printable(content.body),
        "json_metadata": _metadata(content.json_metadata),
        "created": time_text(post.created),
        "updated": time_text(content.last_update),
    }


def _metadata(text: str) -> dict[str, Any]:
    """What an author says about his post, if it is an object; programs look only for members."""
    try:
        found = orjson.loads(printable(text))
    except orjson.JSONDecodeError:
        return {}
    return found if type(found) is dict else {}


def _place(facts: PostFacts) -> dict[str, Any]:
    post, content = facts.post, facts.content
    return {
        "post_id": post.id,
        "author": post.author,
        "permlink": post.permlink,
        "category": content.category,
        "depth": post.depth,
        "children": content.children,
        "url": post_url(post, content.category),
    }


def _payout(state: State, facts: PostFacts) -> dict[str, Any]:
    """What a post is expected to be paid, or was; what goes to beneficiaries counts as the author's, as in hivemind."""
    content, settings, cashout = facts.content, facts.settings, facts.cashout
    write = amounts(LEGACY, state.params.dialect).hbd
    pending = estimated_payout_hbd(state, cashout.net_rshares) if cashout else 0
    author = content.total_payout_value + content.beneficiary_payout_value
    curators = content.curator_payout_value
    return {
        "is_paidout": cashout is None,
        "payout_at": time_text(cashout.cashout_time if cashout else content.last_payout),
        "payout": (pending if cashout else author + curators) / 1000,
        "pending_payout_value": write(pending),
        "author_payout_value": write(author),
        "curator_payout_value": write(curators),
        "promoted": write(content.promoted),
        "net_rshares": number_json(settings.net_rshares),
        "max_accepted_payout": write(settings.max_accepted_payout),
        "percent_hbd": settings.percent_hbd,
        "beneficiaries": beneficiaries_view(settings),
    }


def _community(state: State, content: Content) -> dict[str, Any]:
    """Where it belongs, and what its author is there."""
    community = state.communities.find(content.community) if content.community else None
    if community is None:
        return {}
    role = state.community_roles.find((community.name, content.author))
    return {
        "community": community.name,
        "community_title": community.title or f"@{community.name}",
        "author_role": ROLE_NAMES[role.role if role else GUEST],
        "author_title": role.title if role else "",
    }


def _too_low(raw_reputation: int) -> list[str]:
    """A reputation of 1 or less stands among the blacklists."""
    shown = shown_hundredths(raw_reputation)
    return ["reputation-0"] if shown < 100 else ["reputation-1"] if shown == 100 else []


# --- marks -----------------------------------------------------------------------------------------------------------


def _stats(state: State, facts: PostFacts, observer: Observer, raw_reputation: int) -> dict[str, Any]:
    """Whether front ends show a post in gray, and why."""
    content = facts.content
    reasons = muted_reasons(state, content, observer, raw_reputation)
    view: dict[str, Any] = {
        "hide": False,  # nothing is hidden by rule, as in hivemind: gray says it
        "gray": bool(reasons),
        "flag_weight": _flag_weight(facts.settings) / 1,
    }
    if content.community and (content.community, content.id) in state.pins:
        view["is_pinned"] = True
    if reasons:
        view["muted_reasons"] = [bit for bit in MUTED_REASONS.values() if reasons >> bit & 1]
    return view


def muted_reasons(state: State, content: Content, observer: Observer, raw_reputation: int) -> int:
    """The marks that a post bears, and those that follow from who its author is today; a mute of the observer's counts as reputation."""
    reasons = content.muted_reasons
    if shown_hundredths(raw_reputation) < 100 or observer.mutes(content.author):
        reasons |= BY_REPUTATION
    role = state.community_roles.find((content.community, content.author)) if content.community else None
    if role is not None and role.role == MUTED:
        reasons |= BY_ROLE
    return reasons


def _flag_weight(settings: Cashout | Receipt) -> int:
    """A cheap logarithm of half the negative rshares: each digit above ten counts one."""
    against = settings.vote_rshares - settings.net_rshares
    return max(len(str((against + 1) // 2)) + 1 - FLAG_DIGITS, 0) if against > 0 else 0


def _votes(votes: list[VoteFacts], observer: Observer) -> list[dict[str, Any]]:
    return [
        {"voter": vote.voter, "rshares": number_json(vote.rshares)} for vote in votes if not observer.mutes(vote.voter)
    ]
