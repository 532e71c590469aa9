"""A stakeholder's votes for proposals (protocol.md §8.12)."""

from chain.accounts import get_account
from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import AccountName, Extensions
from chain.governance import VotingRightsDeclined, refresh_expiration
from chain.operation import Operation, operation
from chain.params import Params
from chain.proposals import ProposalIds, UnknownProposal, check_ids, find_proposal
from chain.rows import ProposalVote
from chain.rules import EXISTING_PROPOSALS, in_force
from chain.state import State
from chain.types import check_account_name, time_text


class ProposalExpired(OperationFailed):
    code = "proposal_expired"
    text = "Voting on expired proposals is not allowed: {proposal_id} ended at {end_date}"


@operation(45)
class UpdateProposalVotes(Operation):
    """Votes for proposals, or takes the votes back.

    Signed by the voter's active authority (§8.12).
    """

    voter: AccountName
    proposal_ids: ProposalIds
    approve: bool
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.voter)
        check_ids(self.proposal_ids, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.voter,))

    def apply(self, state: State, /) -> None:
        """Votes cost nothing and count at the next payment. A vote that is there already, or is not there to take back, is no error."""
        if not get_account(state, self.voter).can_vote:
            raise VotingRightsDeclined(account=self.voter)
        refresh_expiration(state, self.voter)
        for proposal_id in self.proposal_ids:
            proposal = find_proposal(state, proposal_id)
            if proposal is None or proposal.is_removed:
                if in_force(state, EXISTING_PROPOSALS):
                    raise UnknownProposal(verb="vote for", proposal_id=proposal_id)
                continue
            if state.now > proposal.end_date:
                raise ProposalExpired(proposal_id=proposal.id, end_date=time_text(proposal.end_date))
            key = (proposal.id, self.voter)
            has_voted = key in state.proposal_votes
            if self.approve and not has_voted:
                state.proposal_votes.insert(ProposalVote(*key, state.next_id("proposal_vote")))
            elif has_voted and not self.approve:
                state.proposal_votes.remove(key)
