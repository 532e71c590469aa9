"""Votes that nobody renewed for a year end (protocol.md §4.6)."""

from chain.events import ExpiredAccountNotification
from chain.governance import forget_expiration, leave_governance
from chain.proposals import Removals, remove_votes_of
from chain.state import State


def process_governance_expiry(state: State) -> None:
    """End all votes and the proxy of each account whose time has come, by time, then account id.

    An account whose votes for proposals are too many for one block keeps the rest of all that until a later one.
    """
    removals = Removals(state)
    for account in state.accounts.by_governance_expiration.until((state.now,)):
        name = account.name
        if not remove_votes_of(state, name, removals):
            break
        leave_governance(state, name)
        forget_expiration(state, name)
        state.emit(ExpiredAccountNotification(name))
