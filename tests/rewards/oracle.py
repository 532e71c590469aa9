"""An accountant's second opinion: all payouts of a block, recomputed with pencil and fractions from protocol.md §5.4 and §6.

It shares no line with rewards/ and no idea of speed: exact fractions, floored where the rule book says so, every unit booked
in a ledger. It knows Hive's present rules only (both curves linear). Tests of the whole node may use it too:

    settled = settle(fund, prices, posts)
    settled.rewards["alice"]["vests"]
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor

DAY = 24 * 60 * 60


@dataclass
class Vote:
    """A vote that stands on a post: its rshares, and the age of the post in seconds when it was cast or last changed."""

    voter: str
    voter_id: int
    rshares: int
    age: int


@dataclass
class Post:
    author: str
    votes: list[Vote]
    max_payout_hbd: int = 1_000_000_000
    percent_hbd: int = 10_000
    curation_allowed: bool = True
    beneficiaries: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Fund:
    """The reward fund before the block. `elapsed` seconds have gone by since it was last touched."""

    hive: int
    recent_claims: int
    elapsed: int = 3
    decay_time: int = 15 * DAY
    curation_percent: int = 5_000
    full_until: int = DAY
    half_until: int = 3 * DAY


@dataclass
class Prices:
    """The median as (HBD, HIVE), the print rate in bp, the vesting totals with those of unclaimed rewards."""

    median: tuple[int, int]
    print_rate: int
    vests: int
    vesting_hive: int
    pending_vests: int
    pending_hive: int
    treasury: str = "hive.fund"
    dust_hbd: int = 20

    def hbd(self, hive: int) -> int:
        return floor(Fraction(hive) * Fraction(*self.median))

    def vests_for(self, hive: int) -> int:
        price = Fraction(self.vests + self.pending_vests, self.vesting_hive + self.pending_hive)
        return floor(hive * price)


@dataclass
class Settlement:
    """What every account was given, what became of the fund and the supplies, and what each post's event says."""

    rewards: dict[str, dict[str, int]]
    fund_hive: int
    recent_claims: int
    pending_vests: int
    pending_hive: int
    hive_supply_change: int
    hbd_supply_change: int
    posts: list[dict[str, int]]


def strength(vests: int, weight: int, seconds_to_cashout: int, fade: int = DAY // 2, dust: int = 50_000_000) -> int:
    """The rshares of one vote (protocol.md §5.4): 2 % of the stake for a full one, less the dust, fading before the payout."""
    asked = floor(Fraction(vests * abs(weight) * DAY, 10_000))
    used = ceil(Fraction(asked, 10 * 5 * DAY))
    left = Fraction(max(used - dust, 0)) * Fraction(min(seconds_to_cashout, fade), fade)
    return floor(left) * (1 if weight > 0 else -1)


def curation_weight(vote: Vote, fund: Fund) -> int:
    if vote.rshares <= 0:
        return 0
    worth = (
        Fraction(1) if vote.age < fund.full_until else Fraction(1, 2) if vote.age < fund.half_until else Fraction(1, 8)
    )
    return floor(vote.rshares * worth)


def net_rshares(post: Post) -> int:
    return sum(vote.rshares for vote in post.votes)


def settle(fund: Fund, prices: Prices, posts: list[Post]) -> Settlement:
    """Pays out `posts`, which fall due in one block, in their order."""
    claims = fund.recent_claims - floor(Fraction(fund.recent_claims * fund.elapsed, fund.decay_time))
    claims += sum(max(net_rshares(post), 0) for post in posts)
    till = Till(fund, prices)
    events = [till.pay(post, claims) for post in posts]
    return Settlement(
        rewards={name: dict(lines) for name, lines in till.book.items()},
        fund_hive=fund.hive - till.claimed,
        recent_claims=claims,
        pending_vests=till.prices.pending_vests,
        pending_hive=till.prices.pending_hive,
        hive_supply_change=-till.burned,
        hbd_supply_change=till.printed,
        posts=events,
    )


class Till:
    """The money on its way from the fund into the book of rewards."""

    def __init__(self, fund: Fund, prices: Prices) -> None:
        self.fund = fund
        self.prices = replace(prices)
        self.book: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.claimed = self.burned = self.printed = 0

    def pay(self, post: Post, claims: int) -> dict[str, int]:
        """Pays one post; the numbers of its comment_reward event, or none where it gets nothing."""
        reward = self.reward_of(post, claims)
        if not reward:
            return {}
        curation = floor(reward * Fraction(self.fund.curation_percent, 10_000))
        author = whole_author = reward - curation
        curated = self.pay_curation(post, curation) if post.curation_allowed else 0
        for name, weight in post.beneficiaries:
            part = floor(whole_author * Fraction(weight, 10_000))
            author -= part
            if name == self.prices.treasury:
                self.book[name]["hbd_at_once"] += self.print_hbd(part)
            else:
                self.pay_half_and_half(name, part, post.percent_hbd)
        curation_vests = self.prices.vests_for(curated)
        hbd, liquid, vested = self.pay_half_and_half(post.author, author, post.percent_hbd)
        self.claimed += whole_author + curated
        return {
            "payout": self.prices.hbd(whole_author + curated),
            "author_rewards": author,
            "total_payout_value": hbd + self.prices.hbd(liquid + vested),
            "curator_payout_value": self.prices.hbd(curated),
            "beneficiary_payout_value": self.prices.hbd(whole_author - author),
            "curators_vesting_payout": curation_vests,
        }

    def reward_of(self, post: Post, claims: int) -> int:
        if net_rshares(post) <= 0:
            return 0
        reward = floor(Fraction(self.fund.hive) * Fraction(net_rshares(post), claims))
        if self.prices.hbd(reward) < self.prices.dust_hbd:
            return 0
        return min(reward, floor(post.max_payout_hbd / Fraction(*self.prices.median)))

    def pay_curation(self, post: Post, curation: int) -> int:
        weights = {vote.voter: curation_weight(vote, self.fund) for vote in post.votes}
        everything = sum(weights.values())
        paid = 0
        for vote in sorted(post.votes, key=lambda vote: (-weights[vote.voter], vote.voter_id)):
            part = floor(curation * Fraction(weights[vote.voter], everything)) if everything else 0
            self.vest(vote.voter, part)
            paid += part
        return paid

    def pay_half_and_half(self, name: str, hive: int, percent_hbd: int) -> tuple[int, int, int]:
        hbd_side = floor(hive * Fraction(percent_hbd, 10_000) / 2)
        to_print = floor(hbd_side * Fraction(self.prices.print_rate, 10_000))
        hbd, liquid, vested = self.print_hbd(to_print), hbd_side - to_print, hive - hbd_side
        self.book[name]["hbd"] += hbd
        self.book[name]["hive"] += liquid
        self.vest(name, vested)
        return hbd, liquid, vested

    def print_hbd(self, hive: int) -> int:
        hbd = self.prices.hbd(hive)
        self.burned += hive
        self.printed += hbd
        return hbd

    def vest(self, name: str, hive: int) -> None:
        vests = self.prices.vests_for(hive)
        self.prices.pending_vests += vests
        self.prices.pending_hive += hive
        self.book[name]["vests"] += vests
        self.book[name]["vesting_hive"] += hive
