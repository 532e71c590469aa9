"""Accounts (protocol.md §2.2): plain as database_api and lookup_account_names give them, extended as get_accounts does."""

from typing import Any

from chain.authority import Authority
from chain.earnings import earnings_of
from chain.governance import witnesses_voted_for
from chain.jsonform import number_json
from chain.keys import public_key_text
from chain.params import HUNDRED_PERCENT_BP, NULL_ACCOUNT
from chain.reputation import reputation_of
from chain.rows import Account, Earnings
from chain.stake import effective_vests, next_withdrawal
from chain.state import State
from chain.types import printable, time_text
from chain.views.amounts import Amounts, amounts
from chain.wire import HF26, LEGACY, Form

HARDFORK_20 = 20
"""Since then mana is counted in VESTS; a bar that was last touched before holds basis points."""


def authority_view(authority: Authority, prefix: str) -> dict[str, Any]:
    return {
        "weight_threshold": authority.weight_threshold,
        "account_auths": [[name, weight] for name, weight in authority.account_auths],
        "key_auths": [[public_key_text(key, prefix), weight] for key, weight in authority.key_auths],
    }


def account_view(state: State, row: Account, form: Form, *, delayed_votes: bool = True) -> dict[str, Any]:
    """An account with its keys and texts; `delayed_votes` False leaves that member out, as callers may ask."""
    write, earned = amounts(form, state.params.dialect), earnings_of(state, row.name)
    view = _identity(state, row)
    view |= _standing(state, row, form)
    view |= _money(row, earned, write)
    view |= _stake(row, earned, write)
    view |= _activity(state, row)
    if form is HF26:
        view["open_recurrent_transfers"] = row.open_recurrent_transfers
        view["is_smt"] = False
        if delayed_votes:
            view["delayed_votes"] = delayed_votes_view(row)
        view["governance_vote_expiration_ts"] = time_text(row.governance_expiration)
    else:
        del view["last_post_edit"]
        view["governance_vote_expiration_ts"] = time_text(row.governance_expiration)
        if delayed_votes:
            view["delayed_votes"] = delayed_votes_view(row)
        view["open_recurrent_transfers"] = row.open_recurrent_transfers
    return view


def extended_account_view(state: State, row: Account, *, delayed_votes: bool = True) -> dict[str, Any]:
    """An account as condenser_api.get_accounts gives it."""
    view = account_view(state, row, LEGACY, delayed_votes=delayed_votes)
    view["vesting_balance"] = amounts(LEGACY, state.params.dialect).hive(0)
    view["reputation"] = number_json(reputation_of(state, row.name))
    view["transfer_history"] = []
    view["market_history"] = []
    view["post_history"] = []
    view["vote_history"] = []
    view["other_history"] = []
    view["witness_votes"] = witnesses_voted_for(state, row)
    view["tags_usage"] = []
    view["guest_bloggers"] = []
    return view


def _identity(state: State, row: Account) -> dict[str, Any]:
    keys = state.account_keys.get(row.name)
    metadata = state.metadata.find(row.name)
    prefix = state.params.dialect.address_prefix
    return {
        "id": row.id,
        "name": row.name,
        "owner": authority_view(keys.owner, prefix),
        "active": authority_view(keys.active, prefix),
        "posting": authority_view(keys.posting, prefix),
        "memo_key": public_key_text(keys.memo_key, prefix),
        "json_metadata": printable(metadata.json_metadata) if metadata else "",
        "posting_json_metadata": printable(metadata.posting_json_metadata) if metadata else "",
        "proxy": row.proxy,
        "previous_owner_update": time_text(keys.previous_owner_update),
        "last_owner_update": time_text(keys.last_owner_update),
        "last_account_update": time_text(keys.last_account_update),
        "created": time_text(row.created),
        "mined": row.mined,
        "recovery_account": keys.recovery_account,
        "last_account_recovery": time_text(keys.recovered_at),
        "reset_account": NULL_ACCOUNT,
    }


def _standing(state: State, row: Account, form: Form) -> dict[str, Any]:
    bars = state.bars.get(row.name)
    view: dict[str, Any] = {
        "comment_count": 0,
        "lifetime_vote_count": 0,
        "post_count": row.post_count,
        "can_vote": row.can_vote,
        "voting_manabar": manabar_view(bars.voting_mana, bars.voting_mana_at),
        "downvote_manabar": manabar_view(bars.downvote_mana, bars.downvote_mana_at),
    }
    if form is LEGACY:
        view["voting_power"] = voting_power(state, row)
    return view


def _money(row: Account, earned: Earnings, write: Amounts) -> dict[str, Any]:
    hive, hbd, vests = write.hive, write.hbd, write.vests
    return {
        "balance": hive(row.balance),
        "savings_balance": hive(row.savings_balance),
        "hbd_balance": hbd(row.hbd_balance),
        "hbd_seconds": "0",
        "hbd_seconds_last_update": time_text(row.hbd_seconds_at),
        "hbd_last_interest_payment": time_text(0),
        "savings_hbd_balance": hbd(row.savings_hbd_balance),
        "savings_hbd_seconds": str(row.savings_hbd_seconds),
        "savings_hbd_seconds_last_update": time_text(row.savings_hbd_seconds_at),
        "savings_hbd_last_interest_payment": time_text(row.savings_hbd_interest_at),
        "savings_withdraw_requests": row.savings_withdraw_requests,
        "reward_hbd_balance": hbd(earned.hbd),
        "reward_hive_balance": hive(earned.hive),
        "reward_vesting_balance": vests(earned.vests),
        "reward_vesting_hive": hive(earned.vesting_hive),
    }


def _stake(row: Account, earned: Earnings, write: Amounts) -> dict[str, Any]:
    vests = write.vests
    return {
        "vesting_shares": vests(row.vesting_shares),
        "delegated_vesting_shares": vests(row.delegated_vesting_shares),
        "received_vesting_shares": vests(row.received_vesting_shares),
        "vesting_withdraw_rate": vests(row.vesting_withdraw_rate),
        "post_voting_power": vests(effective_vests(row)),
        "next_vesting_withdrawal": time_text(row.next_vesting_withdrawal),
        "withdrawn": number_json(row.withdrawn),
        "to_withdraw": number_json(row.to_withdraw),
        "withdraw_routes": row.withdraw_routes,
        "pending_transfers": row.pending_escrows,
        "curation_rewards": number_json(earned.curation_hive),
        "posting_rewards": number_json(earned.posting_hive),
        "proxied_vsf_votes": [number_json(votes) for votes in row.proxied_votes],
        "witnesses_voted_for": row.witnesses_voted_for,
    }


def _activity(state: State, row: Account) -> dict[str, Any]:
    return {
        "last_post": time_text(row.last_post),
        "last_root_post": time_text(row.last_root_post),
        "last_post_edit": time_text(row.last_post_edit),
        "last_vote_time": time_text(state.bars.get(row.name).last_vote_time),
        "post_bandwidth": 0,
        "pending_claimed_accounts": row.pending_claimed_accounts,
    }


def manabar_view(mana: int, updated_at: int) -> dict[str, Any]:
    return {"current_mana": number_json(mana), "last_update_time": updated_at}


def delayed_votes_view(row: Account) -> list[dict[str, Any]]:
    return [{"time": time_text(time), "val": number_json(vests)} for time, vests in row.delayed_votes]


def voting_power(state: State, row: Account) -> int:
    """Mana right after the last vote in basis points, as front ends of 2018 expect it; they regenerate it themselves."""
    bars = state.bars.get(row.name)
    if bars.voting_mana_at < state.params.hardfork_time(HARDFORK_20):
        return bars.voting_mana & 0xFFFF
    vests = row.vesting_shares - row.delegated_vesting_shares + row.received_vesting_shares - next_withdrawal(row)
    if vests <= 0:
        return 0
    then = min(HUNDRED_PERCENT_BP * bars.voting_mana // vests, HUNDRED_PERCENT_BP)
    elapsed = max(bars.voting_mana_at - bars.last_vote_time, 0)
    return max(then - HUNDRED_PERCENT_BP * elapsed // state.params.vote_regeneration_seconds, 0)
