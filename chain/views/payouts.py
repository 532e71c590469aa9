"""How a post is paid, step by step: of a waiting one as if it were paid now, of a paid one as it was (protocol.md §6).

Both are computed by rewards/ from the same inputs: what waits is read from the state, what was paid from its receipt. So the
view of a paid post repeats, to the unit, what the payout did.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from chain.accounts import is_treasury
from chain.earnings import earnings_of
from chain.jsonform import number_json
from chain.reward_fund import AUTHOR_CURVE, claim_of, comment_terms, fund_snapshot, in_order_of_age, reward_vesting
from chain.rows import Account, Cashout, Receipt
from chain.state import State
from chain.types import time_text
from chain.views.amounts import Amounts, amounts
from chain.views.content import beneficiaries_view
from chain.wire import Form
from rewards.curve import evaluate
from rewards.fund import FundSnapshot
from rewards.intmath import ALL_BP
from rewards.payout import Beneficiary, CommentTerms, Payout, Share, pay
from rewards.price import Price, hbd_to_hive, hive_to_hbd
from rewards.vesting import RewardVesting

EXAMINED_POSTS_MAX: Final = 10_000
"""Waiting posts among which the pending votes of one account are looked for."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that one payout follows from. `weights` are (voter, curation weight)."""

    terms: CommentTerms
    fund: FundSnapshot
    vesting: RewardVesting
    weights: list[tuple[str, int]]


def payout_view(state: State, author: str, permlink: str, form: Form) -> dict[str, Any] | None:
    """Every step of a post's payout. None where there is no such post."""
    place = (author, permlink)
    post: Cashout | Receipt | None = state.cashouts.find(place) or state.receipts.find(place)
    if post is None:
        return None
    case = _waiting_case(state, post) if isinstance(post, Cashout) else _paid_case(state, post)
    payout = pay(case.terms, case.weights, case.fund, case.vesting)
    write = amounts(form, state.params.dialect)
    return {
        **_heading(post),
        "fund": _fund_view(case.fund, write),
        "terms": _terms_view(post, write),
        "arithmetic": _steps(case, payout, write),
        **_outcome(case, payout, write),
    }


# --- inputs ----------------------------------------------------------------------------------------------------------


def _waiting_case(state: State, cashout: Cashout) -> Case:
    weights = in_order_of_age(state, [(vote.voter, vote.weight) for vote in state.votes.scan(cashout.id)])
    return Case(comment_terms(cashout), _present_fund(state, cashout), reward_vesting(state), weights)


def _paid_case(state: State, receipt: Receipt) -> Case:
    params = state.params
    terms = CommentTerms(
        author=receipt.author,
        net_rshares=receipt.net_rshares,
        total_vote_weight=receipt.total_vote_weight,
        max_accepted_payout_hbd=receipt.max_accepted_payout,
        percent_hbd_bp=receipt.percent_hbd,
        allow_curation_rewards=receipt.allow_curation_rewards,
        beneficiaries=[Beneficiary(name, weight_bp, is_treasury(name)) for name, weight_bp in receipt.beneficiaries],
    )
    fund = FundSnapshot(
        balance_hive=receipt.fund_balance,
        recent_claims=receipt.recent_claims,
        curve=AUTHOR_CURVE,
        content_constant=params.content_constant,
        curation_bp=params.curation_reward_bp,
        median=Price(*receipt.median),
        print_rate_bp=receipt.print_rate,
        dust_hbd=params.payout_hbd_min,
    )
    weights = in_order_of_age(state, [(vote[0], vote[1]) for vote in receipt.votes])
    return Case(terms, fund, RewardVesting(receipt.vests, receipt.vesting_hive, 0, 0), weights)


# --- what is shown ---------------------------------------------------------------------------------------------------


def _heading(post: Cashout | Receipt) -> dict[str, Any]:
    is_waiting = isinstance(post, Cashout)
    return {
        "author": post.author,
        "permlink": post.permlink,
        "status": "pending" if is_waiting else "paid",
        "cashout_time": time_text(post.cashout_time if isinstance(post, Cashout) else post.paid_at),
        "net_rshares": number_json(post.net_rshares),
        "net_votes": post.net_votes,
        "total_vote_weight": number_json(post.total_vote_weight),
    }


def _fund_view(fund: FundSnapshot, write: Amounts) -> dict[str, Any]:
    return {
        "reward_balance": write.hive(fund.balance_hive),
        "recent_claims": str(fund.recent_claims),
        "curve": fund.curve.text,
        "price": write.price((fund.median.base, fund.median.quote)),
        "hbd_print_rate": fund.print_rate_bp,
        "percent_curation_rewards": fund.curation_bp,
        "smallest_payout": write.hbd(fund.dust_hbd),
    }


def _terms_view(post: Cashout | Receipt, write: Amounts) -> dict[str, Any]:
    return {
        "max_accepted_payout": write.hbd(post.max_accepted_payout),
        "percent_hbd": post.percent_hbd,
        "allow_votes": post.allow_votes,
        "allow_curation_rewards": post.allow_curation_rewards,
        "beneficiaries": beneficiaries_view(post),
    }


def _steps(case: Case, payout: Payout | None, write: Amounts) -> list[dict[str, Any]]:
    """The arithmetic in the order in which the chain does it, each step with its formula in words of the answer itself."""
    terms, fund = case.terms, case.fund
    claim = evaluate(fund.curve, terms.net_rshares, fund.content_constant) if terms.net_rshares > 0 else 0
    part = fund.balance_hive * claim // fund.recent_claims if claim else 0
    steps = [
        _step("claim", f"{fund.curve.text}(net_rshares {terms.net_rshares})", str(claim)),
        _step("share", "reward_balance * claim / recent_claims", write.hive(part)),
        _step("value", "share * price", write.hbd(hive_to_hbd(part, fund.median))),
        _step(
            "cap", "max_accepted_payout / price", write.hive(hbd_to_hive(terms.max_accepted_payout_hbd, fund.median))
        ),
        _step(
            "reward",
            "the lesser of share and cap; 0 below smallest_payout",
            write.hive(payout.reward_hive if payout else 0),
        ),
    ]
    if payout is None:
        return steps
    for_curators = payout.reward_hive * fund.curation_bp // ALL_BP
    return [
        *steps,
        _step("curation_part", "reward * percent_curation_rewards", write.hive(for_curators)),
        _step("curators", "each curation_part * weight / total_vote_weight", write.hive(payout.curation_hive)),
        _step(
            "returned",
            "curation_part - curators, which stays in the fund",
            write.hive(for_curators - payout.curation_hive),
        ),
        _step("author_part", "reward - curation_part", write.hive(payout.reward_hive - for_curators)),
        _step(
            "beneficiaries",
            "each author_part * weight",
            write.hive(sum([share.hive for share in payout.beneficiaries])),
        ),
        _step("author", "author_part - beneficiaries", write.hive(payout.author.hive)),
        _step("author_hbd", "author * percent_hbd / 2 * hbd_print_rate * price", write.hbd(payout.author.hbd)),
        _step("author_hive", "what the print rate leaves of it", write.hive(payout.author.liquid_hive)),
        _step(
            "author_vests",
            "the rest of author, at the price of VESTS with all unclaimed ones",
            write.vests(payout.author.vests),
        ),
    ]


def _step(name: str, formula: str, result: Any) -> dict[str, Any]:
    return {"step": name, "formula": formula, "result": result}


def _outcome(case: Case, payout: Payout | None, write: Amounts) -> dict[str, Any]:
    if payout is None:
        zero = write.hive(0)
        return {
            "reward": zero,
            "claimed": zero,
            "author_share": None,
            "beneficiaries": [],
            "curators": [],
            "values": None,
        }
    return {
        "reward": write.hive(payout.reward_hive),
        "claimed": write.hive(payout.claimed_hive),
        "author_share": _share_view(payout.author, write),
        "beneficiaries": [_share_view(share, write) for share in payout.beneficiaries],
        "curators": list(_curator_views(case, payout, write)),
        "values": {
            "payout": write.hbd(payout.claimed_value_hbd),
            "author": write.hbd(payout.author_value_hbd),
            "curators": write.hbd(payout.curation_value_hbd),
            "beneficiaries": write.hbd(payout.beneficiaries_value_hbd),
        },
    }


def _share_view(share: Share, write: Amounts) -> dict[str, Any]:
    return {
        "account": share.account,
        "share": write.hive(share.hive),
        "hbd": write.hbd(share.hbd),
        "hive": write.hive(share.liquid_hive),
        "vests": write.vests(share.vests),
        "must_be_claimed": not share.is_direct,
    }


def _curator_views(case: Case, payout: Payout, write: Amounts) -> Iterator[dict[str, Any]]:
    weights = dict(case.weights)
    for voter, hive, vests in payout.curators:
        yield {
            "account": voter,
            "weight": number_json(weights[voter]),
            "share": write.hive(hive),
            "vests": write.vests(vests),
        }


# --- by account ------------------------------------------------------------------------------------------------------


def account_payouts_view(
    state: State, row: Account, form: Form, *, start_permlink: str = "", limit: int = 100
) -> dict[str, Any]:
    """What an account has earned, what waits to be claimed, and its posts and votes with what they bring.

    Posts are in the order of their permlinks, from `start_permlink` on, at most `limit` waiting and as many paid ones. Votes on
    waiting posts are those among the EXAMINED_POSTS_MAX that are paid next, at most `limit`.
    """
    write, earned = amounts(form, state.params.dialect), earnings_of(state, row.name)
    start = (row.name, start_permlink)
    waiting = islice(state.cashouts.scan(row.name, start=start), limit)
    paid = islice(state.receipts.scan(row.name, start=start), limit)
    return {
        "account": row.name,
        "posting_rewards": write.hive(earned.posting_hive),
        "curation_rewards": write.hive(earned.curation_hive),
        "unclaimed": {
            "hbd": write.hbd(earned.hbd),
            "hive": write.hive(earned.hive),
            "vests": write.vests(earned.vests),
            "vests_in_hive": write.hive(earned.vesting_hive),
        },
        "pending_posts": [_summary(cashout, _present_fund(state, cashout), write) for cashout in waiting],
        "paid_posts": [_summary(receipt, _paid_case(state, receipt).fund, write) for receipt in paid],
        "pending_votes": list(islice(_pending_votes(state, row.name, write), limit)),
    }


def _present_fund(state: State, cashout: Cashout) -> FundSnapshot:
    return fund_snapshot(state, state.reward_fund.recent_claims + claim_of(state, cashout.net_rshares))


def _summary(post: Cashout | Receipt, fund: FundSnapshot, write: Amounts) -> dict[str, Any]:
    """The parts of a payout that follow without a look at each vote."""
    reward = fund.reward(post.net_rshares, post.max_accepted_payout)
    for_curators = reward * fund.curation_bp // ALL_BP
    for_author = reward - for_curators
    author = for_author - sum([for_author * weight_bp // ALL_BP for _, weight_bp in post.beneficiaries])
    return {
        **_heading(post),
        "reward": write.hive(reward),
        "curation_part": write.hive(for_curators),
        "author_part": write.hive(for_author),
        "author_share": write.hive(author),
        "value": write.hbd(hive_to_hbd(reward, fund.median)),
    }


def _pending_votes(state: State, voter: str, write: Amounts) -> Iterator[dict[str, Any]]:
    for cashout in islice(state.cashouts.by_cashout_time.scan(), EXAMINED_POSTS_MAX):
        vote = state.votes.find((cashout.id, voter)) if cashout.has_votes else None
        if vote is None:
            continue
        fund = _present_fund(state, cashout)
        reward = fund.reward(cashout.net_rshares, cashout.max_accepted_payout)
        for_curators = reward * fund.curation_bp // ALL_BP if cashout.allow_curation_rewards else 0
        share = for_curators * vote.weight // cashout.total_vote_weight if vote.weight else 0
        yield {
            "author": cashout.author,
            "permlink": cashout.permlink,
            "cashout_time": time_text(cashout.cashout_time),
            "percent": vote.percent,
            "rshares": number_json(vote.rshares),
            "weight": number_json(vote.weight),
            "share": write.hive(share),
            "value": write.hbd(hive_to_hbd(share, fund.median)),
        }
