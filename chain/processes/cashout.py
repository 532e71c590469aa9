"""Payout of posts and replies whose week is over (protocol.md §6.3, §6.4)."""

from operator import itemgetter
from typing import Any, Final

from chain.asset import HBD, HIVE, VESTS, Asset
from chain.earnings import edit_earnings, edit_earnings_each
from chain.events import AuthorReward, CommentBenefactorReward, CommentPayoutUpdate, CommentReward, CurationReward
from chain.groups import take_group
from chain.params import TREASURY_ACCOUNT
from chain.reward_fund import claim_of, comment_terms, decayed_claims, fund_snapshot, in_order_of_age, reward_vesting
from chain.rows import Cashout, Receipt
from chain.state import State
from rewards.fund import FundSnapshot
from rewards.payout import CuratorReward, Payout, Share, pay
from rewards.vesting import RewardVesting

VoteValues = tuple[Any, ...]  # of a row `Vote`, as they are stored
VOTER: Final = 1
WEIGHT: Final = 2


def process_comment_cashout(state: State) -> None:
    """Decay the claims, then pay all comments that are due, each by the same fund and the same claims."""
    claims = decayed_claims(state)
    due = state.cashouts.by_cashout_time.until((state.now,))
    claims += sum([claim_of(state, cashout.net_rshares) for cashout in due])
    fund = state.edit_reward_fund()
    fund.recent_claims = claims
    fund.last_update = state.now
    if not due:
        return
    snapshot = fund_snapshot(state, claims)
    vesting = reward_vesting(state)
    payouts = [payout for cashout in due if (payout := _cash_out(state, cashout, snapshot, vesting))]
    _settle(state, payouts, vesting)


def _settle(state: State, payouts: list[Payout], vesting: RewardVesting) -> None:
    """Take what was paid out of the fund and of the supplies. The virtual supply is taken anew later in this block."""
    state.edit_reward_fund().reward_balance -= sum([payout.claimed_hive for payout in payouts])
    globals_ = state.edit_globals()
    globals_.current_supply += sum([payout.hive_supply_change for payout in payouts])
    globals_.current_hbd_supply += sum([payout.hbd_supply_change for payout in payouts])
    globals_.pending_rewarded_vesting_shares += vesting.minted_vests
    globals_.pending_rewarded_vesting_hive += vesting.minted_hive


def _cash_out(state: State, cashout: Cashout, snapshot: FundSnapshot, vesting: RewardVesting) -> Payout | None:
    """Pay one comment, if it is to be paid at all, and forget its votes."""
    votes = take_group(state.votes, cashout.id)
    if state.for_readers:
        state.receipts.insert(_receipt(state, cashout, votes, snapshot, vesting))
    payout = _pay(state, cashout, votes, snapshot, vesting) if cashout.net_rshares > 0 else None
    state.emit(CommentPayoutUpdate(cashout.author, cashout.permlink))
    state.cashouts.remove((cashout.author, cashout.permlink))
    return payout


def _pay(
    state: State, cashout: Cashout, votes: list[VoteValues], snapshot: FundSnapshot, vesting: RewardVesting
) -> Payout | None:
    weights = in_order_of_age(state, [(vote[VOTER], vote[WEIGHT]) for vote in votes if vote[WEIGHT]])
    payout = pay(comment_terms(cashout), weights, snapshot, vesting)
    if payout is None:
        return None
    _credit_curators(state, payout.curators)
    if state.tells:
        _tell_curators(state, cashout, payout.curators)
    for (name, _), share in zip(cashout.beneficiaries, payout.beneficiaries, strict=True):
        _reward_beneficiary(state, cashout, name, share)
    _reward_author(state, cashout, payout)
    return payout


def _credit_curators(state: State, curators: tuple[CuratorReward, ...]) -> None:
    """The hot loop of a payout: by name, for so do rows lie in memory, and so are they written."""
    by_name = sorted(curators, key=itemgetter(0))
    rows = edit_earnings_each(state, [voter for voter, _, _ in by_name])
    for row, (_, hive, vests) in zip(rows, by_name, strict=True):
        row.vests += vests
        row.vesting_hive += hive
        row.curation_hive += hive


def _tell_curators(state: State, cashout: Cashout, curators: tuple[CuratorReward, ...]) -> None:
    author, permlink = cashout.author, cashout.permlink
    for voter, _, vests in curators:
        state.emit(CurationReward(voter, Asset(vests, VESTS), author, permlink, payout_must_be_claimed=True))


def _reward_beneficiary(state: State, cashout: Cashout, name: str, share: Share) -> None:
    """The treasury, under whichever name, is paid at once and into its present account."""
    state.emit(
        CommentBenefactorReward(
            name,
            cashout.author,
            cashout.permlink,
            Asset(share.hbd, HBD),
            Asset(share.liquid_hive, HIVE),
            Asset(share.vests, VESTS),
            payout_must_be_claimed=not share.is_direct,
        )
    )
    if share.is_direct:
        state.accounts.edit(TREASURY_ACCOUNT).hbd_balance += share.hbd
    else:
        _credit(state, name, share)


def _reward_author(state: State, cashout: Cashout, payout: Payout) -> None:
    author, permlink, share = cashout.author, cashout.permlink, payout.author
    state.emit(
        AuthorReward(
            author,
            permlink,
            Asset(share.hbd, HBD),
            Asset(share.liquid_hive, HIVE),
            Asset(share.vests, VESTS),
            Asset(payout.curation_vests, VESTS),
            payout_must_be_claimed=True,
        )
    )
    _credit(state, author, share)
    edit_earnings(state, author).posting_hive += share.hive
    state.emit(
        CommentReward(
            author,
            permlink,
            Asset(payout.claimed_value_hbd, HBD),
            share.hive,
            Asset(payout.author_value_hbd, HBD),
            Asset(payout.curation_value_hbd, HBD),
            Asset(payout.beneficiaries_value_hbd, HBD),
        )
    )


def _credit(state: State, name: str, share: Share) -> None:
    row = edit_earnings(state, name)
    row.hbd += share.hbd
    row.hive += share.liquid_hive
    row.vests += share.vests
    row.vesting_hive += share.vesting_hive


def _receipt(
    state: State, cashout: Cashout, votes: list[VoteValues], snapshot: FundSnapshot, vesting: RewardVesting
) -> Receipt:
    return Receipt(
        cashout.author,
        cashout.permlink,
        cashout.id,
        created=cashout.created,
        paid_at=state.now,
        net_rshares=cashout.net_rshares,
        vote_rshares=cashout.vote_rshares,
        total_vote_weight=cashout.total_vote_weight,
        net_votes=cashout.net_votes,
        max_accepted_payout=cashout.max_accepted_payout,
        percent_hbd=cashout.percent_hbd,
        allow_votes=cashout.allow_votes,
        allow_curation_rewards=cashout.allow_curation_rewards,
        beneficiaries=cashout.beneficiaries,
        fund_balance=snapshot.balance_hive,
        recent_claims=snapshot.recent_claims,
        median=(snapshot.median.base, snapshot.median.quote),
        print_rate=snapshot.print_rate_bp,
        vests=vesting.total_vests,
        vesting_hive=vesting.fund_hive,
        votes=tuple([vote[VOTER:] for vote in votes]),
    )
