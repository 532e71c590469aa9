"""Power-down: the weekly step of every account that withdraws VESTS (protocol.md §8.3, §8.4)."""

from chain.asset import HIVE, VESTS, Asset
from chain.balances import hive_for_vests
from chain.credits import resize_bar
from chain.events import FillVestingWithdraw
from chain.governance import adjust_votes, delay_votes, withdraw_votes
from chain.rows import TIME_MAX, WithdrawRoute
from chain.stake import next_withdrawal
from chain.state import State
from rewards.intmath import ALL_BP, mul_div_floor
from rewards.withdraw import is_finished


def process_vesting_withdrawals(state: State) -> None:
    """Take the step of each account that is due, by time, then name.

    An account that is late by more than one step comes round again in the same block only while others that were due before its
    next step are waiting.
    """
    for account in state.accounts.by_next_vesting_withdrawal.passing((state.now,)):
        withdraw_step(state, account.name)


def withdraw_step(state: State, name: str) -> None:
    """One step: VESTS to the routes that keep them, then HIVE to the others, the rest as HIVE to the account itself."""
    account = state.accounts.get(name)
    step = min(next_withdrawal(account), account.vesting_shares)
    routes = list(state.withdraw_routes.scan(name)) if account.withdraw_routes else []
    kept: dict[str, int] = {}
    rest = step
    for route in routes:
        if route.auto_vest:
            rest -= _route_vests(state, route, step, kept)
    for route in routes:
        if not route.auto_vest:
            rest -= _route_hive(state, route, step)
    hive = hive_for_vests(state, rest)
    if rest:
        state.emit(FillVestingWithdraw(name, name, Asset(rest, VESTS), Asset(hive, HIVE)))
    else:
        state.pass_over()
    _take(state, name, step, hive)
    _unvest(state, rest, hive)
    _settle_votes(state, name, step, kept)


def _route_vests(state: State, route: WithdrawRoute, step: int, kept: dict[str, int]) -> int:
    """Move a part of the step as VESTS; `kept` adds up who got how much."""
    vests = mul_div_floor(step, route.percent, ALL_BP)
    if vests:
        receiver = route.to_account
        state.emit(FillVestingWithdraw(route.from_account, receiver, Asset(vests, VESTS), Asset(vests, VESTS)))
        account = state.accounts.edit(receiver)
        account.vesting_shares += vests
        resize_bar(state, account)
        kept[receiver] = kept.get(receiver, 0) + vests
    return vests


def _route_hive(state: State, route: WithdrawRoute, step: int) -> int:
    """Move a part of the step as HIVE at the price that the routes before it have left."""
    vests = mul_div_floor(step, route.percent, ALL_BP)
    if vests:
        receiver = route.to_account
        hive = hive_for_vests(state, vests)
        state.emit(FillVestingWithdraw(route.from_account, receiver, Asset(vests, VESTS), Asset(hive, HIVE)))
        state.accounts.edit(receiver).balance += hive
        _unvest(state, vests, hive)
    return vests


def _unvest(state: State, vests: int, hive: int) -> None:
    globals_ = state.edit_globals()
    globals_.total_vesting_shares -= vests
    globals_.total_vesting_fund_hive -= hive


def _take(state: State, name: str, step: int, hive: int) -> None:
    """Book the step in the account, and the next one, or the end of the power-down."""
    account = state.accounts.edit(name)
    account.vesting_shares -= step
    account.balance += hive
    account.withdrawn += step
    if is_finished(account.to_withdraw, account.withdrawn, account.vesting_shares):
        account.vesting_withdraw_rate = 0
        account.next_vesting_withdrawal = TIME_MAX
        account.to_withdraw = 0
        account.withdrawn = 0
    else:
        account.next_vesting_withdrawal += state.params.power_down_interval_seconds
    resize_bar(state, account)


def _settle_votes(state: State, name: str, step: int, kept: dict[str, int]) -> None:
    """New votes of the receivers wait as any new votes do; the account loses its newest ones first, but not what it kept itself."""
    lost = step - kept.pop(name, 0)
    for receiver, vests in kept.items():
        delay_votes(state, receiver, vests)
    active_lost = withdraw_votes(state, name, lost)
    if active_lost:
        adjust_votes(state, name, -active_lost)
