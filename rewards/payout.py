"""The payout of one comment, from its share of the fund to every unit of every account (protocol.md §6.4).

`pay` decides; whoever calls it only moves the money and emits the events: one for each of `curators`, one for each of
`beneficiaries`, one for the author, one for the comment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from rewards import curation
from rewards.fund import FundSnapshot
from rewards.hbd import create_hbd
from rewards.intmath import ALL_BP
from rewards.price import hive_to_hbd
from rewards.vesting import RewardVesting

Account: TypeAlias = Any  # a name, an id: whatever stands for one, since the arithmetic never looks at it


class Beneficiary(NamedTuple):
    """Who gets `weight_bp` of the author's part. The treasury is paid in HBD, at once."""

    account: Account
    weight_bp: int
    is_treasury: bool = False


@dataclass(frozen=True, slots=True)
class CommentTerms:
    """What a comment's author chose, and what the votes on it add up to.

    `beneficiaries` stand in their stored order; their weights add up to 10,000 bp at most.
    """

    author: Account
    net_rshares: int
    total_vote_weight: int
    max_accepted_payout_hbd: int
    percent_hbd_bp: int
    allow_curation_rewards: bool = True
    beneficiaries: Sequence[Beneficiary] = ()


# (voter, HIVE of the curation part, VESTS credited for it, to be claimed): a plain tuple, since a post may have 100,000 of them.
CuratorReward = tuple[Account, int, int]


class Share(NamedTuple):
    """One account's part of the author's side: `hive` = `converted_hive` + `liquid_hive` + `vesting_hive`.

    `converted_hive` leaves the HIVE supply and `hbd` enters the HBD supply; `vesting_hive` backs `vests`. All of it waits to be
    claimed, except where `is_direct` (the treasury's HBD).
    """

    account: Account
    hive: int
    converted_hive: int
    hbd: int
    liquid_hive: int
    vesting_hive: int
    vests: int
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Payout:
    """What one comment pays.

    `claimed_hive` leaves the fund: the author's part before beneficiaries, and `curation_hive`, what curators really got.
    `curation_vests` is that at the reward price just before the author's VESTS; it and the `_value_hbd` are for events only.
    """

    reward_hive: int
    claimed_hive: int
    curation_hive: int
    curators: tuple[CuratorReward, ...]
    beneficiaries: tuple[Share, ...]
    author: Share
    curation_vests: int
    claimed_value_hbd: int
    author_value_hbd: int
    curation_value_hbd: int
    beneficiaries_value_hbd: int
    hive_supply_change: int
    hbd_supply_change: int


def pay(
    terms: CommentTerms, votes: Iterable[tuple[Account, int]], fund: FundSnapshot, vesting: RewardVesting
) -> Payout | None:
    """The payout of a comment with `votes`, or None where it gets nothing.

    Votes are pairs of voter and curation weight; those of equal weight in the order of their voters' ids.
    `vesting` goes on to the block's next payout: what is minted here moves its price.
    """
    reward = fund.reward(terms.net_rshares, terms.max_accepted_payout_hbd)
    if reward <= 0:
        return None
    for_curators = reward * fund.curation_bp // ALL_BP
    for_author = reward - for_curators
    curators = _pay_curators(for_curators, votes, terms, vesting)
    curation_hive = sum([hive for _, hive, _ in curators])
    beneficiaries = tuple([_pay_beneficiary(one, for_author, terms, fund, vesting) for one in terms.beneficiaries])
    for_beneficiaries = sum([share.hive for share in beneficiaries])
    curation_vests = vesting.value(curation_hive)
    author = _pay_share(terms.author, for_author - for_beneficiaries, terms, fund, vesting)

    claimed, median = for_author + curation_hive, fund.median
    return Payout(
        reward_hive=reward,
        claimed_hive=claimed,
        curation_hive=curation_hive,
        curators=curators,
        beneficiaries=beneficiaries,
        author=author,
        curation_vests=curation_vests,
        claimed_value_hbd=hive_to_hbd(claimed, median),
        author_value_hbd=author.hbd + hive_to_hbd(author.liquid_hive + author.vesting_hive, median),
        curation_value_hbd=hive_to_hbd(curation_hive, median),
        beneficiaries_value_hbd=hive_to_hbd(for_beneficiaries, median),
        hive_supply_change=-author.converted_hive - sum([share.converted_hive for share in beneficiaries]),
        hbd_supply_change=author.hbd + sum([share.hbd for share in beneficiaries]),
    )


def _pay_curators(
    hive: int, votes: Iterable[tuple[Account, int]], terms: CommentTerms, vesting: RewardVesting
) -> tuple[CuratorReward, ...]:
    """Where curation is declined nobody gets the part: it stays in the fund."""
    if not terms.allow_curation_rewards:
        return ()
    return tuple(vesting.mint_each(curation.split(hive, votes, terms.total_vote_weight)))


def _pay_beneficiary(
    one: Beneficiary, author_hive: int, terms: CommentTerms, fund: FundSnapshot, vesting: RewardVesting
) -> Share:
    hive = author_hive * one.weight_bp // ALL_BP
    if one.is_treasury:
        return Share(one.account, hive, hive, hive_to_hbd(hive, fund.median), 0, 0, 0, is_direct=True)
    return _pay_share(one.account, hive, terms, fund, vesting)


def _pay_share(account: Account, hive: int, terms: CommentTerms, fund: FundSnapshot, vesting: RewardVesting) -> Share:
    """Half in HBD as far as the author wants it and the print rate allows, the rest in VESTS."""
    for_hbd = hive * terms.percent_hbd_bp // (2 * ALL_BP)
    converted, hbd, liquid = create_hbd(for_hbd, fund.print_rate_bp, fund.median)
    for_vests = hive - for_hbd
    return Share(account, hive, converted, hbd, liquid, for_vests, vesting.mint(for_vests), is_direct=False)
