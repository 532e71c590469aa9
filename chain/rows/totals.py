"""Rows there is one of: totals, the fund, the feed, hardforks, counters."""

from dataclasses import dataclass
from typing import ClassVar

from chain.row import Row


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
