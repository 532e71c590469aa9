"""Delegated VESTS that were taken back come home five days later (protocol.md §8.5)."""

from chain.asset import VESTS, Asset
from chain.balances import update_manabars
from chain.credits import resize_bar
from chain.events import ReturnVestingDelegation
from chain.state import State


def process_delegation_returns(state: State) -> None:
    """Give the delegators their VESTS and the mana for them, by time, then age. Not yet at the very second of expiration."""
    returns = state.delegation_returns.by_expiration
    row = returns.first()
    while row is not None and row.expiration < state.now:
        vests = row.vesting_shares
        state.emit(ReturnVestingDelegation(row.delegator, Asset(vests, VESTS)))
        account = state.accounts.edit(row.delegator)
        update_manabars(state, account, vests)
        account.delegated_vesting_shares -= vests
        resize_bar(state, account)
        state.delegation_returns.remove((row.delegator, row.id))
        row = returns.first()
