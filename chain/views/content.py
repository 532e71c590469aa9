"""Posts, replies and votes: as condenser_api shows them (LEGACY), as database_api does (HF26), and what waits for a payout.

A post that was paid is read from its receipt: the chain keeps nothing of it but its place. Times and sums of paid posts are
shown as hivemind shows them: no cashout any more, rshares 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from chain.jsonform import number_json
from chain.params import HUNDRED_PERCENT_BP
from chain.reputation import reputation_of
from chain.reward_fund import estimated_payout_hbd
from chain.rows import TIME_MAX, Cashout, Content, Post, Receipt
from chain.state import State
from chain.types import printable, time_text
from chain.views.amounts import Amounts, amounts
from chain.wire import HF26, LEGACY, Form

NEVER: Final = time_text(TIME_MAX)


class VoteFacts(NamedTuple):
    """A vote, waiting or paid."""

    voter: str
    weight: int
    rshares: int
    percent: int
    last_update: int
    num_changes: int


@dataclass(slots=True)
class PostFacts:
    """A post with all that is known about it; `settings` are those of its cashout or of its receipt."""

    post: Post
    content: Content
    settings: Cashout | Receipt
    cashout: Cashout | None  # None when paid


def find_post(state: State, author: str, permlink: str) -> PostFacts | None:
    """None where there is no such post, or this node keeps nothing for readers."""
    place = (author, permlink)
    post, content = state.posts.find(place), state.contents.find(place)
    cashout = state.cashouts.find(place)
    settings = cashout or state.receipts.find(place)
    if post is None or content is None or settings is None:
        return None
    return PostFacts(post, content, settings, cashout)


def votes_of(state: State, author: str, permlink: str) -> Iterator[VoteFacts]:
    """All votes on a post by voter, also when it was paid; those with weight 0 were taken back."""
    receipt = state.receipts.find((author, permlink))
    if receipt is not None:
        yield from map(VoteFacts._make, receipt.votes)
        return
    cashout = state.cashouts.find((author, permlink))
    if cashout is not None:
        for vote in state.votes.scan(cashout.id):
            yield VoteFacts(vote.voter, vote.weight, vote.rshares, vote.percent, vote.last_update, vote.num_changes)


def votes_by(state: State, voter: str, first_id: int) -> Iterator[tuple[Post, VoteFacts]]:
    """All votes of an account by the ids of the posts, from one on."""
    for place in state.vote_places.scan(voter, start=(voter, first_id)):
        post = state.posts.find((place.author, place.permlink))
        if post is not None and post.id == place.post_id:
            yield from ((post, vote) for vote in votes_of(state, post.author, post.permlink) if vote.voter == voter)


# --- votes -----------------------------------------------------------------------------------------------------------


def active_votes_view(state: State, author: str, permlink: str) -> list[dict[str, Any]]:
    """The votes as condenser_api.get_active_votes and get_content show them."""
    return [
        {
            "voter": vote.voter,
            "weight": number_json(vote.weight),
            "rshares": number_json(vote.rshares),
            "percent": vote.percent,
            "reputation": number_json(reputation_of(state, vote.voter)),
            "time": time_text(vote.last_update),
        }
        for vote in votes_of(state, author, permlink)
    ]


def vote_view(author: str, permlink: str, vote: VoteFacts) -> dict[str, Any]:
    """A vote as database_api.list_votes shows it."""
    return {
        "voter": vote.voter,
        "author": author,
        "permlink": permlink,
        "weight": number_json(vote.weight),
        "rshares": number_json(vote.rshares),
        "vote_percent": vote.percent,
        "last_update": time_text(vote.last_update),
        "num_changes": vote.num_changes,
    }


# --- posts -----------------------------------------------------------------------------------------------------------


def comment_view(state: State, facts: PostFacts, form: Form) -> dict[str, Any]:
    """A post or reply as database_api.find_comments (HF26) or condenser_api.get_content (LEGACY) shows it."""
    write = amounts(form, state.params.dialect)
    view = _place(facts) | _text(facts.content) | _counts(facts) | _payout(facts, write) | _terms(facts, write)
    if form is LEGACY:
        view |= _for_front_ends(state, facts, write)
    return view


def _place(facts: PostFacts) -> dict[str, Any]:
    post = facts.post
    return {
        "id": post.id,
        "author": post.author,
        "permlink": post.permlink,
        "category": facts.content.category,
        "parent_author": post.parent_author,
        "parent_permlink": post.parent_permlink,
    }


def _text(content: Content) -> dict[str, Any]:
    return {
        "title": printable(content.title),
        "body": printable(content.body),
        "json_metadata": printable(content.json_metadata),
        "last_update": time_text(content.last_update),
    }


def _counts(facts: PostFacts) -> dict[str, Any]:
    cashout = facts.cashout
    return {
        "created": time_text(facts.post.created),
        "depth": facts.post.depth,
        "children": facts.content.children,
        "net_rshares": number_json(cashout.net_rshares) if cashout else 0,
        "abs_rshares": 0,
        "vote_rshares": number_json(cashout.vote_rshares) if cashout else 0,
        "children_abs_rshares": 0,
        "total_vote_weight": number_json(cashout.total_vote_weight) if cashout else 0,
        "net_votes": facts.settings.net_votes,
    }


def _payout(facts: PostFacts, write: Amounts) -> dict[str, Any]:
    cashout, content = facts.cashout, facts.content
    return {
        "cashout_time": time_text(cashout.cashout_time) if cashout else NEVER,
        "max_cashout_time": NEVER,
        "last_payout": NEVER if cashout else time_text(content.last_payout),
        "reward_weight": HUNDRED_PERCENT_BP,
        "total_payout_value": write.hbd(content.total_payout_value),
        "curator_payout_value": write.hbd(content.curator_payout_value),
        "author_rewards": number_json(content.author_rewards),
    }


def _terms(facts: PostFacts, write: Amounts) -> dict[str, Any]:
    settings, post = facts.settings, facts.post
    return {
        "root_author": post.root_author,
        "root_permlink": post.root_permlink,
        "max_accepted_payout": write.hbd(settings.max_accepted_payout),
        "percent_hbd": settings.percent_hbd,
        "allow_replies": True,
        "allow_votes": settings.allow_votes,
        "allow_curation_rewards": settings.allow_curation_rewards,
        "beneficiaries": beneficiaries_view(settings),
    }


def beneficiaries_view(settings: Cashout | Receipt) -> list[dict[str, Any]]:
    return [{"account": account, "weight": weight} for account, weight in settings.beneficiaries]


def _for_front_ends(state: State, facts: PostFacts, write: Amounts) -> dict[str, Any]:
    post, content = facts.post, facts.content
    root = content if post.depth == 0 else state.contents.find((post.root_author, post.root_permlink))
    pending = estimated_payout_hbd(state, facts.cashout.net_rshares) if facts.cashout else 0
    return {
        "url": post_url(post, content.category),
        "root_title": printable(root.title) if root else "",
        "pending_payout_value": write.hbd(pending),
        "total_pending_payout_value": write.hbd(0),
        "active_votes": active_votes_view(state, post.author, post.permlink),
        "replies": [],
        "author_reputation": number_json(reputation_of(state, post.author)),
        "body_length": len(content.body),
        "reblogged_by": [],
    }


def post_url(post: Post, category: str) -> str:
    """Where front ends show a post: a reply within the page of its root."""
    page = f"/{category}/@{post.root_author}/{post.root_permlink}"
    return page if post.depth == 0 else f"{page}#@{post.author}/{post.permlink}"


# --- waiting for a payout --------------------------------------------------------------------------------------------


def cashout_info_view(state: State, row: Cashout, form: Form = HF26) -> dict[str, Any]:
    """What the chain itself keeps of a post until it is paid."""
    write = amounts(form, state.params.dialect)
    return {
        "total_vote_weight": number_json(row.total_vote_weight),
        "total_payout_value": write.hbd(0),
        "curator_payout_value": write.hbd(0),
        "max_accepted_payout": write.hbd(row.max_accepted_payout),
        "author_rewards": 0,
        "children_abs_rshares": 0,
        "net_rshares": number_json(row.net_rshares),
        "abs_rshares": 0,
        "vote_rshares": number_json(row.vote_rshares),
        "net_votes": row.net_votes,
        "last_payout": time_text(0),
        "cashout_time": time_text(row.cashout_time),
        "max_cashout_time": NEVER,
        "percent_hbd": row.percent_hbd,
        "reward_weight": HUNDRED_PERCENT_BP,
        "allow_replies": False,
        "allow_votes": row.allow_votes,
        "allow_curation_rewards": row.allow_curation_rewards,
        "was_voted_on": row.has_votes,
    }


def pending_payout_view(state: State, post: Post, form: Form = HF26) -> dict[str, Any]:
    """An answer of database_api.get_comment_pending_payouts; without cashout info where the post was paid."""
    view: dict[str, Any] = {"author": post.author, "permlink": post.permlink}
    cashout = state.cashouts.find((post.author, post.permlink))
    if cashout is not None:
        view["cashout_info"] = cashout_info_view(state, cashout, form)
    return view
