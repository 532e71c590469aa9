"""What the account "null" owns ceases to exist at the end of the block (protocol.md §8.1: burning)."""

from chain import balances
from chain.asset import HBD, HIVE, VESTS, Asset
from chain.credits import resize_bar
from chain.earnings import earnings_of
from chain.events import ClearNullAccountBalance
from chain.params import NULL_ACCOUNT
from chain.state import State


def process_null_clearing(state: State) -> None:
    """Tell what there is, take it, and take it from the supply."""
    null, earned = state.accounts.get(NULL_ACCOUNT), earnings_of(state, NULL_ACCOUNT)
    vested_hive = balances.hive_for_vests(state, null.vesting_shares)
    hive = vested_hive + earned.vesting_hive + null.balance + null.savings_balance + earned.hive
    vests = null.vesting_shares + earned.vests
    hbd = null.hbd_balance + null.savings_hbd_balance + earned.hbd
    if not (hive or vests or hbd):
        return
    cleared = (Asset(hive, HIVE), Asset(vests, VESTS), Asset(hbd, HBD))
    state.emit(ClearNullAccountBalance(tuple(part for part in cleared if part.amount > 0)))
    _clear_money(state)
    _clear_vests(state, vested_hive)
    _clear_earnings(state)
    if hive > 0:
        balances.adjust_hive_supply(state, -hive)
    if hbd > 0:
        balances.adjust_hbd_supply(state, -hbd)


def _clear_money(state: State) -> None:
    """Interest that falls due while the savings are emptied stays for the next block."""
    null = state.accounts.edit(NULL_ACCOUNT)
    null.balance = null.savings_balance = null.hbd_balance = 0
    if null.savings_hbd_balance > 0:
        balances.adjust_savings_hbd(state, NULL_ACCOUNT, -null.savings_hbd_balance)


def _clear_vests(state: State, vested_hive: int) -> None:
    null = state.accounts.edit(NULL_ACCOUNT)
    globals_ = state.edit_globals()
    globals_.total_vesting_shares -= null.vesting_shares
    globals_.total_vesting_fund_hive -= vested_hive
    if null.vesting_shares:
        null.vesting_shares = null.delayed_votes_sum = 0
        null.delayed_votes = ()
        resize_bar(state, null)


def _clear_earnings(state: State) -> None:
    """What it earned as a beneficiary; what it ever earned stays told."""
    if NULL_ACCOUNT not in state.earnings:
        return
    earned = state.earnings.edit(NULL_ACCOUNT)
    globals_ = state.edit_globals()
    globals_.pending_rewarded_vesting_shares -= earned.vests
    globals_.pending_rewarded_vesting_hive -= earned.vesting_hive
    earned.hive = earned.hbd = earned.vests = earned.vesting_hive = 0
