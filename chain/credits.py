"""The bar of resource credits that every account has (protocol.md §9.1, §9.5).

A bar is as large as the VESTS that work for its account, plus what its creation cost, plus credits lent to it, less credits it lent.
It fills in five days. Whatever changes the VESTS of an account calls `resize_bar` right after; nothing else may change a bar but
charging (`chain.credit_market`) and lending credits (`chain.delegate_rc`).

Credits decide what a node admits and produces, never whether a block is valid. The rows are consensus all the same: every node
computes them from the blocks, so they are part of what nodes compare (docs/adr/0011).
"""

from chain.rows import Account, CreditOverflow, Credits
from chain.stake import effective_vests
from chain.state import State
from rewards.mana import regenerate_uncapped


def size_of(account: Account, bar: Credits) -> int:
    """What the bar can hold."""
    return effective_vests(account) + account.rc_adjustment + bar.received - bar.delegated


def first_bar(account: Account, now: int) -> Credits:
    """The full bar of a new account. One that cost nothing begins with nothing, and its clock with the first change."""
    bar = Credits(account.name)
    size = size_of(account, bar)
    if account.rc_adjustment:
        bar.mana = bar.mana_max = size
        bar.mana_at = now
    return bar


def mana_at(bar: Credits, now: int, regeneration_seconds: int) -> int:
    """What the bar holds at a time not before its last update."""
    return regenerate_uncapped(bar.mana, bar.mana_max, now - bar.mana_at, regeneration_seconds)


def regenerated(state: State, name: str) -> Credits:
    """The bar brought up to now, under edit."""
    bar, now = state.credits.edit(name), state.now
    mana, mana_max = bar.mana, bar.mana_max
    bar.mana = regenerate_uncapped(mana, mana_max, now - bar.mana_at, state.params.rc_regeneration_seconds)
    bar.mana_at = now
    return bar


def resize_bar(state: State, account: Account, *, fills: bool = True) -> None:
    """The VESTS that work for an account have changed. New ones bring credits at once, if `fills`; lost ones leave what still fits.

    Credits lent to others that its VESTS no longer cover are taken back.
    """
    bar = regenerated(state, account.name)
    if bar.delegated:
        _cover_delegations(state, account, bar)
    size = size_of(account, bar)
    gained = size - bar.mana_max if fills else 0
    bar.mana = min(bar.mana + max(gained, 0), size)
    bar.mana_max = size


# Delegations that lose their cover


def _cover_delegations(state: State, account: Account, bar: Credits) -> None:
    """The delegator has its part of them back at once; where too many must go, the delegatees keep theirs for some blocks more."""
    uncovered = bar.delegated - effective_vests(account)
    if uncovered <= 0:
        return
    bar.delegated -= uncovered
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
    bar = regenerated(state, name)
    bar.mana = max(bar.mana + change, 0)
    bar.mana_max += change
    bar.received += change
