"""What only readers ask for. Consensus never looks at these rows, and a witness may go without them."""

from dataclasses import dataclass
from typing import ClassVar

from chain.asset import Asset
from chain.row import Row
from chain.rows.money import NOTHING, as_asset


@dataclass(slots=True)
class Metadata(Row):
    account: str
    json_metadata: str = ""
    posting_json_metadata: str = ""
    keys: tuple[bytes, ...] = ()  # those that refer to the account (KeyReference)


@dataclass(slots=True)
class Content(Row):
    """What a post says, and what it was paid."""

    author: str
    permlink: str
    title: str = ""
    body: str = ""
    json_metadata: str = ""
    id: int = 0  # of the post
    parent_author: str = ""
    parent_permlink: str = ""
    category: str = ""
    last_update: int = 0
    children: int = 0  # replies below it, of any depth
    last_payout: int = 0
    total_payout_value: int = 0  # HBD, to the author
    curator_payout_value: int = 0  # HBD
    beneficiary_payout_value: int = 0  # HBD
    author_rewards: int = 0  # HIVE

    community: str = ""  # that it belongs to
    muted_reasons: int = 0  # bits that say why it is hidden there (chain.social.moderation)
    reblogs: int = 0  # in how many blogs of others it stands
    tags: tuple[str, ...] = ()  # of a root post, as far as lists are kept of them; its category is the first
    promoted: int = 0  # HBD burnt so that it is shown


@dataclass(slots=True)
class Reply(Row):
    """Replies of a post in the order they were made."""

    parent_author: str
    parent_permlink: str
    id: int
    author: str = ""
    permlink: str = ""


@dataclass(slots=True)
class VotePlace(Row):
    """On which posts an account has voted, the oldest post first. Of a post that was deleted the place stays and leads nowhere."""

    voter: str
    post_id: int
    author: str = ""
    permlink: str = ""


@dataclass(slots=True)
class Deletion(Row):
    """A post or reply that was there once, and how many times it was deleted: who asks for it hears that."""

    author: str
    permlink: str
    times: int = 0


@dataclass(slots=True)
class Receipt(Row):
    """All that the payout of a post was computed from, so that readers can follow it; the chain itself has forgotten it."""

    wide: ClassVar = ("recent_claims",)

    author: str
    permlink: str
    id: int  # of the post
    created: int = 0
    paid_at: int = 0
    net_rshares: int = 0
    vote_rshares: int = 0
    total_vote_weight: int = 0
    net_votes: int = 0
    max_accepted_payout: int = 0  # HBD
    percent_hbd: int = 0
    allow_votes: bool = True
    allow_curation_rewards: bool = True
    beneficiaries: tuple[tuple[str, int], ...] = ()

    fund_balance: int = 0  # HIVE
    recent_claims: int = 0
    median: tuple[int, int] = (0, 0)  # (HBD, HIVE)
    print_rate: int = 0  # basis points
    vests: int = 0  # vested and waiting to be claimed, just before this payout …
    vesting_hive: int = 0  # … and the HIVE behind them

    votes: tuple[tuple[str, int, int, int, int, int], ...] = ()  # (voter, weight, rshares, percent, time, changes)


@dataclass(slots=True)
class Reputation(Row):
    """What votes have made of an author (protocol.md §5.6)."""

    account: str
    value: int = 0


@dataclass(slots=True)
class KeyReference(Row):
    """An account that a public key can sign for."""

    key: bytes
    account: str


@dataclass(slots=True)
class Trade(Row):
    """Two orders of the internal market that met: the taker came, the maker was there. `id` counts all trades."""

    converters: ClassVar = {"taker_pays": as_asset(), "maker_pays": as_asset()}

    time: int
    id: int
    taker: str = ""
    taker_pays: Asset = NOTHING
    maker: str = ""
    maker_pays: Asset = NOTHING


@dataclass(slots=True)
class MarketBucket(Row):
    """The trades of a span of so many `seconds` that began at `opens`, in (HIVE, HBD): of the dearest, the cheapest, the first and
    the last trade, and of all together. `id` counts buckets of all sizes.
    """

    seconds: int
    opens: int
    id: int
    high: tuple[int, int] = (0, 0)
    low: tuple[int, int] = (0, 0)
    open: tuple[int, int] = (0, 0)
    close: tuple[int, int] = (0, 0)
    volume: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class MarketTotals(Row):
    """How many trades and buckets there have been."""

    key: str = ""
    trades: int = 0
    buckets: int = 0


@dataclass(slots=True)
class CreditReport(Row):
    """A day of resource credits: how things stood when it began. `CreditUse` has what was used in it."""

    block_num: int  # its first one
    regained: int = 0  # credits a block
    budgets: tuple[int, ...] = ()
    pools: tuple[int, ...] = ()
    shares: tuple[int, ...] = ()  # basis points of the credits regained
    averages: tuple[int, int, int] = (0, 0, 0)  # what a vote, a comment and a transfer cost the day before
    stamp: bytes = bytes(32)  # a chain of hashes over the mana of every payer


@dataclass(slots=True)
class CreditUse(Row):
    """What was used in a report's day by one kind of operation, by transactions of several, or by payers of one size."""

    report: int
    kind: str  # an operation's name, "multiop", or "payer" with its rank
    count: int = 0
    usage: tuple[int, ...] = ()
    costs: tuple[int, ...] = ()
    shortages: tuple[
        int, ...
    ] = ()  # of payers: how often below 5, 10, 20 %, and too low for a vote, a comment, a transfer
