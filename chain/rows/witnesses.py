"""Witnesses, who votes for them, and the schedules that come of it."""

from dataclasses import dataclass
from typing import ClassVar

from chain.row import Row


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
