"""What there is one of: the head's properties, the reward fund, the feed, the hardforks (protocol.md §1, §4.4, §6.1)."""

from typing import Any

from chain.params import POST_REWARD_FUND
from chain.reward_fund import AUTHOR_CURVE, CURATION_CURVE
from chain.state import State
from chain.types import time_text, version_text
from chain.views.amounts import Amounts, amounts
from chain.views.witnesses import median_properties_view
from chain.wire import HF26, Form

TOTAL_POW = str((1 << 64) - 1)  # hived's count of mined blocks starts one below zero

__all__ = [
    "chain_properties_view",
    "current_price_view",
    "dynamic_global_properties_view",
    "feed_history_view",
    "hardfork_properties_view",
    "reward_fund_view",
]


def dynamic_global_properties_view(state: State, irreversible_num: int, form: Form) -> dict[str, Any]:
    """`irreversible_num` is the chain's: by votes or by the 75 % rule, whichever counts there."""
    write = amounts(form, state.params.dialect)
    view: dict[str, Any] = {"id": 0} if form is HF26 else {}
    view |= _supplies(state, write)
    view |= _rates(state, irreversible_num)
    view |= _rules(state, write)
    return view


def _supplies(state: State, write: Amounts) -> dict[str, Any]:
    row = state.globals
    hive, hbd, vests = write.hive, write.hbd, write.vests
    return {
        "head_block_number": row.head_block_num,
        "head_block_id": row.head_block_id.hex(),
        "time": time_text(row.time),
        "current_witness": row.current_witness,
        "total_pow": TOTAL_POW,
        "num_pow_witnesses": 0,
        "virtual_supply": hive(row.virtual_supply),
        "current_supply": hive(row.current_supply),
        "init_hbd_supply": hbd(row.init_hbd_supply),
        "current_hbd_supply": hbd(row.current_hbd_supply),
        "total_vesting_fund_hive": hive(row.total_vesting_fund_hive),
        "total_vesting_shares": vests(row.total_vesting_shares),
        "total_reward_fund_hive": hive(row.total_reward_fund_hive),
        "total_reward_shares2": "0",
        "pending_rewarded_vesting_shares": vests(row.pending_rewarded_vesting_shares),
        "pending_rewarded_vesting_hive": hive(row.pending_rewarded_vesting_hive),
    }


def _rates(state: State, irreversible_num: int) -> dict[str, Any]:
    row, params = state.globals, state.params
    return {
        "hbd_interest_rate": row.hbd_interest_rate,
        "hbd_print_rate": row.hbd_print_rate,
        "maximum_block_size": row.maximum_block_size,
        "current_aslot": row.current_aslot,
        "recent_slots_filled": str(row.recent_slots_filled),
        "participation_count": row.participation_count,
        "last_irreversible_block_num": irreversible_num,
        "vote_power_reserve_rate": params.vote_power_reserve_rate,
        "delegation_return_period": params.delegation_return_seconds,
        "reverse_auction_seconds": params.reverse_auction_seconds,
        "available_account_subsidies": row.available_account_subsidies,
        "hbd_stop_percent": params.hbd_print_stop_bp,
        "hbd_start_percent": params.hbd_print_start_bp,
    }


def _rules(state: State, write: Amounts) -> dict[str, Any]:
    row, params = state.globals, state.params
    return {
        "next_maintenance_time": time_text(row.next_maintenance_time),
        "last_budget_time": time_text(row.last_budget_time),
        "next_daily_maintenance_time": time_text(row.next_daily_maintenance_time),
        "content_reward_percent": params.content_reward_bp,
        "vesting_reward_percent": params.vesting_reward_bp,
        "proposal_fund_percent": params.proposal_fund_bp,
        "dhf_interval_ledger": write.hbd(row.dhf_interval_ledger),
        "downvote_pool_percent": params.downvote_pool_bp,
        "current_remove_threshold": row.current_remove_threshold,
        "early_voting_seconds": params.early_voting_seconds,
        "mid_voting_seconds": params.mid_voting_seconds,
        "max_consecutive_recurrent_transfer_failures": params.recurrent_failures_max,
        "max_recurrent_transfer_end_date": params.recurrent_transfer_days_max,
        "min_recurrent_transfers_recurrence": params.recurrence_hours_min,
        "max_open_recurrent_transfers": params.recurrent_transfers_max,
    }


def chain_properties_view(state: State, form: Form) -> dict[str, Any]:
    return median_properties_view(state, state.schedule, form)


def reward_fund_view(state: State, form: Form) -> dict[str, Any]:
    row, params = state.reward_fund, state.params
    return {
        "id": row.id,
        "name": POST_REWARD_FUND,
        "reward_balance": amounts(form, params.dialect).hive(row.reward_balance),
        "recent_claims": str(row.recent_claims),
        "last_update": time_text(row.last_update),
        "content_constant": str(params.content_constant),
        "percent_curation_rewards": params.curation_reward_bp,
        "percent_content_rewards": params.content_fund_bp,
        "author_reward_curve": AUTHOR_CURVE.text,
        "curation_reward_curve": CURATION_CURVE.text,
    }


def feed_history_view(state: State, form: Form) -> dict[str, Any]:
    row, write = state.feed, amounts(form, state.params.dialect)
    return {
        "id": 0,
        "current_median_history": write.price(row.current_median),
        "market_median_history": write.price(row.market_median),
        "current_min_history": write.price(row.current_min),
        "current_max_history": write.price(row.current_max),
        "price_history": [write.price(price) for price in row.price_history],
    }


def current_price_view(state: State, form: Form) -> dict[str, Any]:
    return amounts(form, state.params.dialect).price(state.feed.current_median)


def hardfork_properties_view(state: State) -> dict[str, Any]:
    row = state.hardforks
    return {
        "id": 0,
        "processed_hardforks": [time_text(time) for time in row.processed],
        "last_hardfork": row.last_hardfork,
        "current_hardfork_version": version_text(row.current_version),
        "next_hardfork": version_text(row.next_version),
        "next_hardfork_time": time_text(row.next_time),
    }
