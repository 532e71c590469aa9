"""The worked example of docs/economics.md: three votes and a payout, every number computed by rewards/ when the docs are made."""

from collections.abc import Iterator
from dataclasses import dataclass

from chain.params import MAINNET
from rewards import curation, vote
from rewards.curve import Curve
from rewards.fund import FundSnapshot, decay_claims
from rewards.payout import Beneficiary, CommentTerms, Payout, pay
from rewards.price import Price
from rewards.vesting import RewardVesting

P = MAINNET
HOUR_SECONDS = 3_600

AUTHOR, EDITOR = 1, 2

FUND_HIVE = 800_000_000
CLAIMS_BEFORE = 5 * 10**17
MEDIAN = Price(250, 1_000)
VESTS, VESTING_HIVE = 3 * 10**17, 180_000_000_000
PENDING_VESTS, PENDING_HIVE = 5 * 10**14, 300_000_000


@dataclass(frozen=True)
class Voter:
    id: int
    name: str
    stake_vests: int
    weight_bp: int
    age_hours: int

    @property
    def used_mana(self) -> int:
        return vote.used_mana(self.stake_vests, self.weight_bp, P.vote_power_reserve_rate, P.vote_regeneration_seconds)

    @property
    def rshares(self) -> int:
        left_seconds = P.cashout_delay_seconds - self.age_hours * HOUR_SECONDS
        return vote.rshares(self.used_mana, self.weight_bp, P.vote_dust_rshares, left_seconds, P.vote_fade_seconds)

    @property
    def curation_weight(self) -> int:
        return curation.vote_weight(
            self.rshares,
            0,
            curve=Curve.LINEAR,
            content_constant=P.content_constant,
            age_seconds=self.age_hours * HOUR_SECONDS,
            early_seconds=P.early_voting_seconds,
            mid_seconds=P.mid_voting_seconds,
        )


VOTERS = (
    Voter(11, "bob", 100_000_000_000_000, 10_000, 1),
    Voter(12, "carol", 400_000_000_000_000, 5_000, 30),
    Voter(13, "dave", 50_000_000_000_000, 2_500, 80),
)


def terms() -> CommentTerms:
    return CommentTerms(
        author=AUTHOR,
        net_rshares=sum(voter.rshares for voter in VOTERS),
        total_vote_weight=sum(voter.curation_weight for voter in VOTERS),
        max_accepted_payout_hbd=P.max_accepted_payout_default,
        percent_hbd_bp=10_000,
        beneficiaries=(Beneficiary(EDITOR, 1_000),),
    )


def fund() -> FundSnapshot:
    return FundSnapshot(
        balance_hive=FUND_HIVE,
        recent_claims=decay_claims(CLAIMS_BEFORE, 3, P.claims_decay_seconds) + terms().net_rshares,
        curve=Curve.LINEAR,
        content_constant=P.content_constant,
        curation_bp=P.curation_reward_bp,
        median=MEDIAN,
        print_rate_bp=10_000,
        dust_hbd=P.payout_hbd_min,
    )


def payout() -> Payout:
    paid = pay(
        terms(),
        [(voter.id, voter.curation_weight) for voter in VOTERS],
        fund(),
        RewardVesting(VESTS, VESTING_HIVE, PENDING_VESTS, PENDING_HIVE),
    )
    assert paid is not None
    return paid


def hive(amount: int) -> str:
    return f"{amount // 1_000:,}.{amount % 1_000:03d} HIVE"


def hbd(amount: int) -> str:
    return hive(amount).replace("HIVE", "HBD")


def vests(amount: int) -> str:
    return f"{amount // 1_000_000:,}.{amount % 1_000_000:06d} VESTS"


def payout_example() -> Iterator[str]:
    """The example as Markdown."""
    yield from votes_part()
    yield from fund_part()
    yield from shares_part()


def votes_part() -> Iterator[str]:
    yield from (
        "**The votes.** Mana is in units of 0.000001 VESTS, as stake is.",
        "",
        "| voter | stake | weight | after | mana used | rshares | curation weight |",
        "|---|---|---|---|---|---|---|",
    )
    for voter in VOTERS:
        yield (
            f"| {voter.name} | {vests(voter.stake_vests)} | {voter.weight_bp // 100} % | {voter.age_hours} h | {voter.used_mana:,} "
            f"| {voter.rshares:,} | {voter.curation_weight:,} |"
        )
    total = terms()
    yield f"| together | | | | | **{total.net_rshares:,}** | **{total.total_vote_weight:,}** |"


def fund_part() -> Iterator[str]:
    decayed = decay_claims(CLAIMS_BEFORE, 3, P.claims_decay_seconds)
    before, paid = fund(), payout()
    yield from (
        "",
        f"**The fund.** It holds {hive(FUND_HIVE)}. Recent claims were {CLAIMS_BEFORE:,} three seconds ago, have decayed to",
        f"{decayed:,}, and with this post's {terms().net_rshares:,} they are {before.recent_claims:,}. The median price is",
        f"{hbd(MEDIAN.base)} for {hive(MEDIAN.quote)}, the print rate 100 %.",
        "",
        f"    {FUND_HIVE:,} × {terms().net_rshares:,} // {before.recent_claims:,} = {paid.reward_hive:,}",
        "",
        f"So the post is worth {hive(paid.reward_hive)}.",
    )


def shares_part() -> Iterator[str]:
    paid = payout()
    names = {voter.id: voter.name for voter in VOTERS}
    for_curators = paid.reward_hive * P.curation_reward_bp // 10_000
    (editor,) = paid.beneficiaries
    yield from (
        "",
        f"**The shares.** {hive(for_curators)} are for the curators, {hive(paid.reward_hive - for_curators)} for the author's side,",
        f"of which the editor, a beneficiary with 10 %, gets {hive(editor.hive)}. All of it waits to be claimed.",
        "",
        "| who | of the reward | in HBD | in VESTS |",
        "|---|---|---|---|",
    )
    for id_, amount, minted in paid.curators:
        yield f"| {names[id_]}, curator | {hive(amount)} | | {vests(minted)} |"
    yield f"| the editor | {hive(editor.hive)} | {hbd(editor.hbd)} for {hive(editor.converted_hive)} | {vests(editor.vests)} |"
    author = paid.author
    yield f"| alice, author | {hive(author.hive)} | {hbd(author.hbd)} for {hive(author.converted_hive)} | {vests(author.vests)} |"
    rest = paid.reward_hive - paid.claimed_hive
    yield from (
        "",
        f"{hive(paid.claimed_hive)} leave the fund; {hive(rest)}, what rounding left of the curators' part, stay in it. The supply of HIVE",
        f"falls by {hive(-paid.hive_supply_change)}, that of HBD grows by {hbd(paid.hbd_supply_change)}.",
    )
