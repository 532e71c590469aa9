"""What the state remembers, row by row. Key fields come first; amounts are smallest units, times are seconds, 0 is the epoch.

Consensus reads every row here except those under "For readers", which a witness may switch off.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from chain.authority import Authority
from chain.table import Row

TIME_MAX = 0xFFFF_FFFF  # "never": Hive prints it as 1969-12-31T23:59:59

EMPTY_AUTHORITY = Authority(1, (), ())


def as_authority() -> tuple[Any, Any]:
    return (
        lambda authority: (authority.weight_threshold, authority.account_auths, authority.key_auths),
        lambda parts: Authority(*parts),
    )


# Accounts


@dataclass(slots=True)
class Account(Row):
    """Money, stake and counters of an account: what changes often (protocol.md §2.2)."""

    wide: ClassVar = ("savings_hbd_seconds",)

    name: str
    id: int
    created: int = 0
    mined: bool = False

    balance: int = 0  # HIVE
    hbd_balance: int = 0
    savings_balance: int = 0
    savings_hbd_balance: int = 0
    savings_hbd_seconds: int = 0  # HBD units times seconds since the last interest
    savings_hbd_seconds_at: int = 0
    savings_hbd_interest_at: int = 0
    hbd_seconds_at: int = 0  # the last interest on liquid HBD, which hardfork 25 ended

    reward_hive_balance: int = 0
    reward_hbd_balance: int = 0
    reward_vesting_balance: int = 0  # VESTS
    reward_vesting_hive: int = 0  # the HIVE that stands behind them

    vesting_shares: int = 0
    delegated_vesting_shares: int = 0
    received_vesting_shares: int = 0
    vesting_withdraw_rate: int = 0
    next_vesting_withdrawal: int = TIME_MAX
    to_withdraw: int = 0
    withdrawn: int = 0
    withdraw_routes: int = 0  # how many

    proxy: str = ""
    proxied_votes: tuple[int, ...] = (0, 0, 0, 0)  # by distance of those who chose this account as proxy
    witnesses_voted_for: int = 0
    governance_expiration: int = TIME_MAX
    delayed_votes: tuple[tuple[int, int], ...] = ()  # (time of the bucket, VESTS), oldest first
    delayed_votes_sum: int = 0
    can_vote: bool = True

    post_count: int = 0
    last_post: int = 0
    last_root_post: int = 0
    last_post_edit: int = 0
    curation_rewards: int = 0  # HIVE
    posting_rewards: int = 0  # HIVE

    pending_claimed_accounts: int = 0
    savings_withdraw_requests: int = 0
    pending_escrows: int = 0
    open_recurrent_transfers: int = 0
    rc_adjustment: int = 0  # VESTS


@dataclass(slots=True)
class Mana(Row):
    """What an account can vote with at present, apart because every vote changes it and nothing else (protocol.md §5.4)."""

    account: str
    voting_mana: int = 0
    voting_mana_at: int = 0
    downvote_mana: int = 0
    downvote_mana_at: int = 0
    last_vote_time: int = 0


@dataclass(slots=True)
class AccountKeys(Row):
    """Who may sign for an account, and who may recover it."""

    converters: ClassVar = {"owner": as_authority(), "active": as_authority(), "posting": as_authority()}

    account: str
    owner: Authority = EMPTY_AUTHORITY
    active: Authority = EMPTY_AUTHORITY
    posting: Authority = EMPTY_AUTHORITY
    memo_key: bytes = bytes(33)
    last_owner_update: int = 0
    previous_owner_update: int = 0
    last_account_update: int = 0
    recovery_account: str = ""  # "": the top voted witness
    last_account_recovery: int = 0


@dataclass(slots=True)
class OwnerHistory(Row):
    """A former owner authority, valid for recovery for 30 days after it was replaced."""

    converters: ClassVar = {"authority": as_authority()}

    account: str
    id: int
    authority: Authority = EMPTY_AUTHORITY
    last_valid_time: int = 0


@dataclass(slots=True)
class DeclineRequest(Row):
    """An account that asked to give up its voting rights for ever."""

    account: str
    id: int
    effective_date: int = 0


# Stake


@dataclass(slots=True)
class Delegation(Row):
    delegator: str
    delegatee: str
    id: int
    vesting_shares: int = 0
    min_delegation_time: int = 0


@dataclass(slots=True)
class DelegationReturn(Row):
    """VESTS on their way back to the delegator."""

    delegator: str
    id: int
    vesting_shares: int = 0
    expiration: int = 0


@dataclass(slots=True)
class WithdrawRoute(Row):
    from_account: str
    to_account: str
    id: int
    percent: int = 0  # basis points
    auto_vest: bool = False


# Witnesses


@dataclass(slots=True)
class Witness(Row):
    wide: ClassVar = ("virtual_last_update", "virtual_position", "virtual_scheduled_time")

    owner: str
    id: int
    created: int = 0
    url: str = ""
    signing_key: bytes = bytes(33)  # the null key: disabled

    votes: int = 0  # VESTS
    schedule: int = 0  # one of SCHEDULE_*
    virtual_last_update: int = 0
    virtual_position: int = 0
    virtual_scheduled_time: int = 2**128 - 1

    total_missed: int = 0
    last_aslot: int = 0
    last_confirmed_block_num: int = 0

    account_creation_fee: int = 0  # HIVE; the testnet's minimum is 0
    maximum_block_size: int = 131_072
    hbd_interest_rate: int = 1_000
    account_subsidy_budget: int = 797
    account_subsidy_decay: int = 347_321
    available_subsidies: int = 0

    hbd_exchange_rate: tuple[int, int] = (0, 0)  # HBD for HIVE; (0, 0) until the first feed
    last_hbd_exchange_update: int = 0

    running_version: int = 0  # packed, protocol.md §3.2
    hardfork_version_vote: int = 0
    hardfork_time_vote: int = 0


SCHEDULE_NONE, SCHEDULE_ELECTED, SCHEDULE_TIMESHARE, SCHEDULE_MINER = 0, 1, 2, 3


@dataclass(slots=True)
class WitnessVote(Row):
    account: str
    witness: str
    id: int


@dataclass(slots=True)
class Schedule(Row):
    """One of the two schedules (protocol.md §4.3): key "current" or "future"."""

    wide: ClassVar = ("current_virtual_time",)

    key: str
    current_virtual_time: int = 0
    next_shuffle_block_num: int = 1
    shuffled: tuple[str, ...] = ()
    elected_weight: int = 1
    timeshare_weight: int = 5
    miner_weight: int = 1
    pay_normalization: int = 25
    median_account_creation_fee: int = 0
    median_maximum_block_size: int = 131_072
    median_hbd_interest_rate: int = 1_000
    median_account_subsidy_budget: int = 797
    median_account_subsidy_decay: int = 347_321
    majority_version: int = 0
    max_voted_witnesses: int = 20
    max_miner_witnesses: int = 0
    max_runner_witnesses: int = 1
    hardfork_required_witnesses: int = 17
    # dynamics of the account subsidies: (resource unit, budget, equilibrium, maximum, decay, decay shift, least decay)
    subsidy_dynamics: tuple[int, ...] = (0, 0, 0, 0, 0, 0, 0)
    witness_subsidy_dynamics: tuple[int, ...] = (0, 0, 0, 0, 0, 0, 0)
    min_witness_subsidy_decay: int = 0


# Posts


@dataclass(slots=True)
class Post(Row):
    """A post or a reply, for ever. What it says is not the chain's business (see Content)."""

    author: str
    permlink: str
    id: int
    parent_author: str = ""
    parent_permlink: str = ""
    root_author: str = ""
    root_permlink: str = ""
    depth: int = 0
    created: int = 0


@dataclass(slots=True)
class Cashout(Row):
    """What is waiting to be paid for a post; gone after the payout (protocol.md §5.1, §6.3)."""

    author: str
    permlink: str
    id: int  # of the post
    created: int = 0
    cashout_time: int = 0
    net_rshares: int = 0
    vote_rshares: int = 0  # positive ones only
    total_vote_weight: int = 0
    net_votes: int = 0
    replies: int = 0  # direct ones
    has_votes: bool = False
    max_accepted_payout: int = 1_000_000_000  # HBD
    percent_hbd: int = 10_000
    allow_votes: bool = True
    allow_curation_rewards: bool = True
    beneficiaries: tuple[tuple[str, int], ...] = ()  # (account, basis points), ascending by account


@dataclass(slots=True)
class Vote(Row):
    post_id: int
    voter: str
    weight: int = 0  # of the curation reward
    rshares: int = 0
    percent: int = 0
    last_update: int = 0
    num_changes: int = 0


# One of each


@dataclass(slots=True)
class Globals(Row):
    """hived's dynamic global properties, less what is a parameter."""

    wide: ClassVar = ("recent_slots_filled",)

    key: str = ""
    head_block_num: int = 0
    head_block_id: bytes = bytes(20)
    time: int = 0
    current_witness: str = ""

    virtual_supply: int = 0
    current_supply: int = 0
    init_hbd_supply: int = 0
    current_hbd_supply: int = 0
    total_vesting_fund_hive: int = 0
    total_vesting_shares: int = 0
    total_reward_fund_hive: int = 0
    pending_rewarded_vesting_shares: int = 0
    pending_rewarded_vesting_hive: int = 0
    dhf_interval_ledger: int = 0  # HBD

    hbd_interest_rate: int = 0
    hbd_print_rate: int = 10_000
    maximum_block_size: int = 2_097_152

    current_aslot: int = 0
    recent_slots_filled: int = 2**128 - 1
    participation_count: int = 128

    available_account_subsidies: int = 0
    current_remove_threshold: int = 200
    next_maintenance_time: int = 0
    last_budget_time: int = 0
    next_daily_maintenance_time: int = 0


@dataclass(slots=True)
class RewardFund(Row):
    wide: ClassVar = ("recent_claims",)

    name: str
    id: int = 0
    reward_balance: int = 0
    recent_claims: int = 0
    last_update: int = 0


@dataclass(slots=True)
class FeedHistory(Row):
    """Prices as (HBD, HIVE)."""

    key: str = ""
    current_median: tuple[int, int] = (0, 0)
    market_median: tuple[int, int] = (0, 0)
    current_min: tuple[int, int] = (0, 0)
    current_max: tuple[int, int] = (0, 0)
    price_history: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Hardforks(Row):
    key: str = ""
    processed: tuple[int, ...] = ()  # times; position = number of the hardfork
    last_hardfork: int = 0
    current_version: int = 0  # packed
    next_version: int = 0
    next_time: int = 0


@dataclass(slots=True)
class Counter(Row):
    """The next id of a kind of row."""

    kind: str
    next_id: int = 0


@dataclass(slots=True)
class Irreversible(Row):
    """The last irreversible block. Not part of the digest: nodes learn of it at different times."""

    key: str = ""
    num: int = 0


# Transactions


@dataclass(slots=True)
class BlockSummary(Row):
    """For TaPoS: the id of the last block whose number ends in these 16 bits (protocol.md §3.1)."""

    slot: int
    block_id: bytes = bytes(20)


@dataclass(slots=True)
class BlockTransactions(Row):
    """The transactions of a block, which must not be accepted again, until the last of them has expired."""

    block_num: int
    expiration: int = 0  # of the last one
    ids: bytes = b""  # 20 each


# For readers


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


@dataclass(slots=True)
class Reply(Row):
    """Replies of a post in the order they were made."""

    parent_author: str
    parent_permlink: str
    id: int
    author: str = ""
    permlink: str = ""


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
