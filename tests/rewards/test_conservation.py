"""No unit is lost or made: random blocks of payouts, against the oracle and against the laws of conservation."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from rewards import curation, payout
from rewards.curve import Curve
from rewards.fund import FundSnapshot, decay_claims
from rewards.payout import Beneficiary, CommentTerms, Payout
from rewards.price import Price
from rewards.vesting import RewardVesting
from tests.rewards import oracle
from tests.rewards.cases import repeatable

ACCOUNTS = ["hive.fund", *(f"account-{letter}" for letter in "abcdefghijkl")]
CONSTANT = 2 * 10**12


@st.composite
def beneficiaries(draw):
    names = draw(st.lists(st.sampled_from(ACCOUNTS), unique=True, max_size=4))
    return [(name, draw(st.integers(0, 10_000 // max(len(names), 1)))) for name in names]


@st.composite
def posts(draw):
    voters = draw(st.lists(st.integers(1, len(ACCOUNTS) - 1), unique=True, max_size=10))
    equal = draw(st.integers(0, 10**14))  # votes of equal weight are paid in the order of their voters
    rshares = st.one_of(st.just(equal), st.integers(-(10**13), 10**15))
    return oracle.Post(
        author=draw(st.sampled_from(ACCOUNTS)),
        votes=[oracle.Vote(ACCOUNTS[voter], voter, draw(rshares), draw(st.integers(0, 604_800))) for voter in voters],
        max_payout_hbd=draw(st.sampled_from([0, 50, 10**6, 10**9])),
        percent_hbd=draw(st.sampled_from([0, 1, 5_000, 9_999, 10_000])),
        curation_allowed=draw(st.booleans()),
        beneficiaries=draw(beneficiaries()),
    )


funds = st.builds(
    oracle.Fund,
    hive=st.integers(0, 10**12),
    recent_claims=st.integers(0, 10**18),
    elapsed=st.integers(0, 1_296_000),
    curation_percent=st.sampled_from([0, 2_500, 5_000, 10_000]),
)
prices = st.builds(
    oracle.Prices,
    median=st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)),
    print_rate=st.integers(0, 10_000),
    vests=st.integers(1, 10**18),
    vesting_hive=st.integers(1, 10**12),
    pending_vests=st.integers(0, 10**16),
    pending_hive=st.integers(0, 10**10),
)


def snapshot(fund, prices, recent_claims):
    return FundSnapshot(
        balance_hive=fund.hive,
        recent_claims=recent_claims,
        curve=Curve.LINEAR,
        content_constant=CONSTANT,
        curation_bp=fund.curation_percent,
        median=Price(*prices.median),
        print_rate_bp=prices.print_rate,
        dust_hbd=prices.dust_hbd,
    )


def pay(post, fund, prices, shared, vesting):
    """One of the oracle's posts, paid by rewards/."""
    votes, before = [], 0
    for vote in post.votes:
        weight = curation.vote_weight(
            vote.rshares,
            before,
            curve=Curve.LINEAR,
            content_constant=CONSTANT,
            age_seconds=vote.age,
            early_seconds=fund.full_until,
            mid_seconds=fund.half_until - fund.full_until,
        )
        votes.append((vote.voter_id, weight))
        before += max(vote.rshares, 0)
    terms = CommentTerms(
        author=ACCOUNTS.index(post.author),
        net_rshares=sum(vote.rshares for vote in post.votes),
        total_vote_weight=sum(weight for _, weight in votes),
        max_accepted_payout_hbd=post.max_payout_hbd,
        percent_hbd_bp=post.percent_hbd,
        allow_curation_rewards=post.curation_allowed,
        beneficiaries=[
            Beneficiary(ACCOUNTS.index(name), weight, is_treasury=name == prices.treasury)
            for name, weight in post.beneficiaries
        ],
    )
    return payout.pay(terms, votes, shared, vesting)


def booked(payouts: list[Payout]):
    """What every account was given, as the oracle writes it."""
    book = defaultdict(lambda: defaultdict(int))
    for paid in payouts:
        for voter, hive, vests in paid.curators:
            book[ACCOUNTS[voter]]["vesting_hive"] += hive
            book[ACCOUNTS[voter]]["vests"] += vests
        for share in (*paid.beneficiaries, paid.author):
            lines = book[ACCOUNTS[share.account]]
            lines["hbd_at_once" if share.is_direct else "hbd"] += share.hbd
            lines["hive"] += share.liquid_hive
            lines["vesting_hive"] += share.vesting_hive
            lines["vests"] += share.vests
    return without_zeros(book)


def without_zeros(book):
    lines = {name: {kind: amount for kind, amount in parts.items() if amount} for name, parts in book.items()}
    return {name: parts for name, parts in lines.items() if parts}


def event(paid):
    if paid is None:
        return {}
    return {
        "payout": paid.claimed_value_hbd,
        "author_rewards": paid.author.hive,
        "total_payout_value": paid.author_value_hbd,
        "curator_payout_value": paid.curation_value_hbd,
        "beneficiary_payout_value": paid.beneficiaries_value_hbd,
        "curators_vesting_payout": paid.curation_vests,
    }


@repeatable
@given(funds, prices, st.lists(posts(), max_size=5))
def test_a_block_of_payouts_agrees_with_the_oracle(fund, prices, block):
    settled = oracle.settle(fund, prices, block)
    claims = decay_claims(fund.recent_claims, fund.elapsed, fund.decay_time)
    claims += sum(max(oracle.net_rshares(post), 0) for post in block)
    assert claims == settled.recent_claims

    vesting = RewardVesting(prices.vests, prices.vesting_hive, prices.pending_vests, prices.pending_hive)
    shared = snapshot(fund, prices, claims)
    results = [pay(post, fund, prices, shared, vesting) for post in block]
    payouts = [paid for paid in results if paid]
    assert [event(paid) for paid in results] == settled.posts
    assert booked(payouts) == without_zeros(settled.rewards)
    assert fund.hive - sum(paid.claimed_hive for paid in payouts) == settled.fund_hive
    assert prices.pending_vests + vesting.minted_vests == settled.pending_vests
    assert prices.pending_hive + vesting.minted_hive == settled.pending_hive
    assert sum(paid.hive_supply_change for paid in payouts) == settled.hive_supply_change
    assert sum(paid.hbd_supply_change for paid in payouts) == settled.hbd_supply_change


@repeatable
@given(funds, prices, st.lists(posts(), min_size=1, max_size=5))
def test_what_leaves_the_fund_arrives_somewhere(fund, prices, block):
    """Σ claimed = Σ vested + Σ liquid + Σ converted; the fund never pays more than it has."""
    claims = sum(max(oracle.net_rshares(post), 0) for post in block)
    vesting = RewardVesting(prices.vests, prices.vesting_hive, 0, 0)
    shared = snapshot(fund, prices, max(claims, 1))
    payouts = [paid for paid in (pay(post, fund, prices, shared, vesting) for post in block) if paid]
    assert sum(paid.claimed_hive for paid in payouts) <= fund.hive
    for paid in payouts:
        shares = (*paid.beneficiaries, paid.author)
        assert all(part >= 0 for share in shares for part in share)
        assert paid.claimed_hive == paid.curation_hive + sum(share.hive for share in shares)
        assert all(share.hive == share.converted_hive + share.liquid_hive + share.vesting_hive for share in shares)
        assert paid.curation_hive == sum(hive for _, hive, _ in paid.curators)
        assert paid.claimed_hive <= paid.reward_hive
        assert paid.hive_supply_change == -sum(share.converted_hive for share in shares)
    liquid = sum(share.liquid_hive for paid in payouts for share in (*paid.beneficiaries, paid.author))
    burned = -sum(paid.hive_supply_change for paid in payouts)
    assert vesting.minted_hive + liquid + burned == sum(paid.claimed_hive for paid in payouts)
