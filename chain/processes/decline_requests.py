"""Voting rights end for ever 30 days after their owner asked for it (protocol.md §2.7)."""

from chain.events import DeclinedVotingRights
from chain.governance import leave_governance
from chain.state import State


def process_decline_requests(state: State) -> None:
    """Take the voting rights of those whose request has become effective, by time, then name."""
    for request in state.decline_requests.by_effective_date.until((state.now,)):
        name = request.account
        leave_governance(state, name)
        state.emit(DeclinedVotingRights(name))
        state.accounts.edit(name).can_vote = False
        state.decline_requests.remove(name)
