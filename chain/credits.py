"""The bar of resource credits that every account has (protocol.md §9.1, §9.5).

A bar is as large as the VESTS that work for its account, plus what its creation cost, plus credits lent to it, less credits it lent.
It fills in five days. Whatever changes the VESTS of an account calls `resize_bar` right after; nothing else may change a bar but
charging (`chain.credit_market`) and lending credits (`chain.delegate_rc`).

Credits decide what a node admits and produces, never whether a block is valid. The rows are consensus all the same: every node
computes them from the blocks, so they are part of what nodes compare (docs/adr/0011).
"""

from chain.rows import Account, Bars, CreditOverflow
from chain.stake import effective_vests
from chain.state import State
from rewards.mana import regenerate_uncapped


def size_of(account: Account, bars: Bars) -> int:
    """The credits that an account can hold."""
    return effective_vests(account) + account.rc_adjustment + bars.credits_received - bars.credits_delegated


def fill_first(account: Account, bars: Bars, now: int) -> None:
    """The full bar of a new account. One that cost nothing begins with nothing, and its clock with the first change."""
    if account.rc_adjustment:
        bars.credits = bars.credits_max = size_of(account, bars)
        bars.credits_at = now


def credits_at(bars: Bars, now: int, regeneration_seconds: int) -> int:
    """What the bar holds at a time not before its last update."""
    return regenerate_uncapped(bars.credits, bars.credits_max, now - bars.credits_at, regeneration_seconds)


def regenerate_credits(state: State, name: str) -> Bars:
    """The bars of an account under edit, its credits brought up to now."""
    bars, now = state.bars.edit(name), state.now
    bars.credits = credits_at(bars, now, state.params.rc_regeneration_seconds)
    bars.credits_at = now
    return bars


def resize_bar(state: State, account: Account, *, fills: bool = True) -> None:
    """The VESTS that work for an account have changed. New ones bring credits at once, if `fills`; lost ones leave what still fits.

    Credits lent to others that its VESTS no longer cover are taken back.
    """
    bars = regenerate_credits(state, account.name)
    if bars.credits_delegated:
        _cover_delegations(state, account, bars)
    size = size_of(account, bars)
    gained = size - bars.credits_max if fills else 0
    bars.credits = min(bars.credits + max(gained, 0), size)
    bars.credits_max = size


# Delegations that lose their cover


def _cover_delegations(state: State, account: Account, bars: Bars) -> None:
    """The delegator has its part of them back at once; where too many must go, the delegatees keep theirs for some blocks more."""
    uncovered = bars.credits_delegated - effective_vests(account)
    if uncovered <= 0:
        return
    bars.credits_delegated -= uncovered
    left, _ = take_back(state, account.name, uncovered, state.globals.current_remove_threshold)
    if not left:
        return
    if account.name not in state.credit_overflows:
        state.credit_overflows.insert(CreditOverflow(account.name, state.next_id("credit_overflow")))
    state.credit_overflows.edit(account.name).amount += left


def take_back(state: State, delegator: str, amount: int, removals_max: int) -> tuple[int, int]:
    """Cut delegations, those to the oldest accounts first. Returns what is left to be cut, and how many more may be removed."""
    for delegation in state.credit_delegations.scan(delegator):
        if not amount:
            break
        part = min(amount, delegation.amount)
        key = (delegator, delegation.delegatee_id)
        if part < delegation.amount:
            state.credit_delegations.edit(key).amount -= part
        elif removals_max:
            removals_max -= 1
            state.credit_delegations.remove(key)
        else:
            break
        receive(state, delegation.delegatee, -part)
        amount -= part
    return amount, removals_max


def receive(state: State, name: str, change: int) -> None:
    """Credits lent to an account come with what they hold, and go with it: else lending back and forth would fill bars."""
    bars = regenerate_credits(state, name)
    bars.credits = max(bars.credits + change, 0)
    bars.credits_max += change
    bars.credits_received += change
