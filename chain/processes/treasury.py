"""The treasury's clock (protocol.md §8.12): hourly it tells what emission brought it, daily it turns some of its HIVE into HBD.

Payments to proposals hang on the same hourly clock; until proposals can be made there is nobody to pay.
"""

from chain.asset import HBD, HIVE, Asset
from chain.balances import adjust_hbd, adjust_hbd_supply, adjust_hive, adjust_hive_supply
from chain.events import DhfConversion, DhfFunding
from chain.params import HUNDRED_PERCENT_BP, TREASURY_ACCOUNT
from chain.processes.price_feed import median_price
from chain.state import State
from rewards.intmath import mul_div_floor
from rewards.price import hive_to_hbd


def process_treasury(state: State) -> None:
    is_due = state.globals.next_maintenance_time <= state.now
    if is_due:
        tell_funding(state)
    if state.globals.next_daily_maintenance_time <= state.now:
        convert_hive(state)
    if is_due:
        globals_ = state.edit_globals()
        globals_.next_maintenance_time = state.now + state.params.proposal_period_seconds
        globals_.last_budget_time = state.now


def tell_funding(state: State) -> None:
    funds = state.globals.dhf_interval_ledger
    if funds > 0:
        state.emit(DhfFunding(TREASURY_ACCOUNT, Asset(funds, HBD)))
        state.edit_globals().dhf_interval_ledger = 0


def convert_hive(state: State) -> None:
    params = state.params
    state.edit_globals().next_daily_maintenance_time = state.now + params.proposal_daily_period_seconds
    hive = mul_div_floor(
        state.accounts.get(TREASURY_ACCOUNT).balance, params.proposal_conversion_bp, HUNDRED_PERCENT_BP
    )
    hbd = hive_to_hbd(hive, median_price(state))
    if hbd < params.payout_hbd_min:
        return
    adjust_hive(state, TREASURY_ACCOUNT, -hive)
    adjust_hbd(state, TREASURY_ACCOUNT, hbd)
    adjust_hive_supply(state, -hive)
    adjust_hbd_supply(state, hbd)
    state.emit(DhfConversion(TREASURY_ACCOUNT, Asset(hive, HIVE), Asset(hbd, HBD)))
