"""VESTS govern 30 days after they were bought (protocol.md §4.7)."""

from chain.events import DelayedVoting
from chain.governance import adjust_votes
from chain.state import State
from rewards.delayed_votes import is_mature


def process_delayed_votes(state: State) -> None:
    """Turn each bucket that has waited long enough into votes, the oldest first, then by account id."""
    waiting = state.accounts.by_delayed_votes
    account = waiting.first()
    while account is not None and is_mature(account.delayed_votes, state.now, state.params.delayed_voting_seconds):
        name = account.name
        (_, vests), *rest = account.delayed_votes
        state.emit(DelayedVoting(name, vests))
        adjust_votes(state, name, vests)
        account = state.accounts.edit(name)
        account.delayed_votes = tuple(rest)
        account.delayed_votes_sum -= vests
        account = waiting.first()
