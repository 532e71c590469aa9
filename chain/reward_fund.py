"""What payouts read from the state: the fund, the prices, and a comment's terms (protocol.md §6).

The arithmetic itself is in rewards/; the payout, the estimate in a vote's event and the payouts view all start here.
"""

from typing import Final

from chain.accounts import is_treasury
from chain.rows import Cashout
from chain.state import State
from rewards.curve import Curve, evaluate
from rewards.fund import FundSnapshot, decay_claims
from rewards.payout import Beneficiary, CommentTerms
from rewards.price import Price
from rewards.vesting import RewardVesting

AUTHOR_CURVE: Final = Curve.LINEAR  # both since hardfork 25 (§6.1)
CURATION_CURVE: Final = Curve.LINEAR


def decayed_claims(state: State) -> int:
    """The recent claims of the fund as they are now."""
    fund = state.reward_fund
    return decay_claims(fund.recent_claims, state.now - fund.last_update, state.params.claims_decay_seconds)


def claim_of(state: State, net_rshares: int) -> int:
    """What positive rshares claim of the fund; nothing is claimed with others."""
    return evaluate(AUTHOR_CURVE, net_rshares, state.params.content_constant) if net_rshares > 0 else 0


def fund_snapshot(state: State, recent_claims: int) -> FundSnapshot:
    """The fund and the prices of this moment; `recent_claims` hold the claims of whatever is to be paid."""
    params = state.params
    return FundSnapshot(
        balance_hive=state.reward_fund.reward_balance,
        recent_claims=recent_claims,
        curve=AUTHOR_CURVE,
        content_constant=params.content_constant,
        curation_bp=params.curation_reward_bp,
        median=Price(*state.feed.current_median),
        print_rate_bp=state.globals.hbd_print_rate,
        dust_hbd=params.payout_hbd_min,
    )


def reward_vesting(state: State) -> RewardVesting:
    """The price of VESTS that wait to be claimed (§1.4)."""
    globals_ = state.globals
    return RewardVesting(
        globals_.total_vesting_shares,
        globals_.total_vesting_fund_hive,
        globals_.pending_rewarded_vesting_shares,
        globals_.pending_rewarded_vesting_hive,
    )


def comment_terms(cashout: Cashout) -> CommentTerms:
    """A waiting comment as the payout sees it."""
    return CommentTerms(
        author=cashout.author,
        net_rshares=cashout.net_rshares,
        total_vote_weight=cashout.total_vote_weight,
        max_accepted_payout_hbd=cashout.max_accepted_payout,
        percent_hbd_bp=cashout.percent_hbd,
        allow_curation_rewards=cashout.allow_curation_rewards,
        beneficiaries=[Beneficiary(name, weight_bp, is_treasury(name)) for name, weight_bp in cashout.beneficiaries],
    )


def in_order_of_age(state: State, weights: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Voters with the weights of their votes, and those of equal weight by the age of their accounts: so they are paid.

    Hardly ever are two weights equal, so hardly ever is an account read for that.
    """
    if len({weight for _, weight in weights}) == len(weights):
        return weights
    account = state.accounts.get
    return sorted(weights, key=lambda vote: account(vote[0]).id)


def estimated_payout_hbd(state: State, net_rshares: int) -> int:
    """A comment's part of the fund by the claims there are, in HBD: what the event of a vote tells as pending payout."""
    fund = state.reward_fund
    hbd, hive = state.feed.current_median
    if net_rshares <= 0 or not fund.recent_claims or not hive:
        return 0
    fund_hbd = fund.reward_balance * hbd // hive
    return evaluate(AUTHOR_CURVE, net_rshares, state.params.content_constant) * fund_hbd // fund.recent_claims
