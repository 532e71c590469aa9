"""Voting rights end for ever 30 days after their owner asked for it (protocol.md §2.7)."""

from chain.events import DeclinedVotingRights
from chain.governance import leave_governance
from chain.proposals import Removals, remove_votes_of
from chain.rules import DECLINED_PROPOSAL_VOTES, in_force
from chain.state import State


def process_decline_requests(state: State) -> None:
    """Take the voting rights of those whose request has become effective, by time, then name.

    An account whose votes for proposals are too many for one block keeps its rights until a later one.
    """
    takes_proposal_votes = in_force(state, DECLINED_PROPOSAL_VOTES)
    removals = Removals(state)
    for request in state.decline_requests.by_effective_date.until((state.now,)):
        name = request.account
        if takes_proposal_votes and not remove_votes_of(state, name, removals):
            break
        leave_governance(state, name)
        state.emit(DeclinedVotingRights(name))
        state.accounts.edit(name).can_vote = False
        state.decline_requests.remove(name)
