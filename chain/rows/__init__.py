"""What the state remembers, row by row. Key fields come first; amounts are smallest units, times are seconds, 0 is the epoch.

Consensus reads every row here except those of `chain.rows.readers` and `chain.rows.social`, which a witness may switch off.
"""

from chain.rows.accounts import EMPTY_AUTHORITY, Account, AccountKeys, DeclineRequest, Mana
from chain.rows.conversions import CollateralizedConversion, Conversion
from chain.rows.credits import CreditBucket, CreditDelegation, CreditOverflow, CreditPools, Credits
from chain.rows.market import LimitOrder, price_key
from chain.rows.money import Escrow, OpenRecurrentTransfer, SavingsWithdrawal
from chain.rows.posts import Cashout, Post, Vote
from chain.rows.proposals import Proposal, ProposalVote
from chain.rows.readers import (
    Content,
    CreditReport,
    CreditUse,
    KeyReference,
    MarketBucket,
    MarketTotals,
    Metadata,
    Receipt,
    Reply,
    Reputation,
    Trade,
)
from chain.rows.recovery import OwnerHistory, RecoveryAccountChange, RecoveryRequest
from chain.rows.social import (
    BlogEntry,
    BlogPlace,
    Community,
    CommunityPost,
    CommunityRole,
    Flag,
    Follower,
    ListReset,
    Notification,
    Persona,
    Pin,
    RolePlace,
    Subscription,
    SubscriptionBack,
    Tie,
    TieBack,
)
from chain.rows.stake import Delegation, DelegationReturn, WithdrawRoute
from chain.rows.totals import Counter, FeedHistory, Globals, Hardforks, Irreversible, RewardFund
from chain.rows.transactions import BlockSummary, BlockTransactions
from chain.rows.witnesses import (
    SCHEDULE_ELECTED,
    SCHEDULE_MINER,
    SCHEDULE_NONE,
    SCHEDULE_TIMESHARE,
    Schedule,
    Witness,
    WitnessVote,
)
from chain.types import TIME_MAX

__all__ = [
    "EMPTY_AUTHORITY",
    "SCHEDULE_ELECTED",
    "SCHEDULE_MINER",
    "SCHEDULE_NONE",
    "SCHEDULE_TIMESHARE",
    "TIME_MAX",
    "Account",
    "AccountKeys",
    "BlockSummary",
    "BlockTransactions",
    "BlogEntry",
    "BlogPlace",
    "Cashout",
    "CollateralizedConversion",
    "Community",
    "CommunityPost",
    "CommunityRole",
    "Content",
    "Conversion",
    "Counter",
    "CreditBucket",
    "CreditDelegation",
    "CreditOverflow",
    "CreditPools",
    "CreditReport",
    "CreditUse",
    "Credits",
    "DeclineRequest",
    "Delegation",
    "DelegationReturn",
    "Escrow",
    "FeedHistory",
    "Flag",
    "Follower",
    "Globals",
    "Hardforks",
    "Irreversible",
    "KeyReference",
    "LimitOrder",
    "ListReset",
    "Mana",
    "MarketBucket",
    "MarketTotals",
    "Metadata",
    "Notification",
    "OpenRecurrentTransfer",
    "OwnerHistory",
    "Persona",
    "Pin",
    "Post",
    "Proposal",
    "ProposalVote",
    "Receipt",
    "RecoveryAccountChange",
    "RecoveryRequest",
    "Reply",
    "Reputation",
    "RewardFund",
    "RolePlace",
    "SavingsWithdrawal",
    "Schedule",
    "Subscription",
    "SubscriptionBack",
    "Tie",
    "TieBack",
    "Trade",
    "Vote",
    "WithdrawRoute",
    "Witness",
    "WitnessVote",
    "price_key",
]
