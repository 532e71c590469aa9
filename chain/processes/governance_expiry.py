"""Votes that nobody renewed for a year end (protocol.md §4.6)."""

from chain.events import ExpiredAccountNotification
from chain.governance import forget_expiration, leave_governance
from chain.state import State


def process_governance_expiry(state: State) -> None:
    """End the witness votes and the proxy of each account whose time has come, by time, then account id."""
    for account in state.accounts.by_governance_expiration.until((state.now,)):
        name = account.name
        leave_governance(state, name)
        forget_expiration(state, name)
        state.emit(ExpiredAccountNotification(name))
