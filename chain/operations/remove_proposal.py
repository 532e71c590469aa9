"""Proposals taken back (protocol.md §8.12)."""

from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import AccountName, Extensions
from chain.operation import Operation, operation
from chain.params import Params
from chain.proposals import ProposalIds, Removals, UnknownProposal, check_ids, find_proposal, remove_proposal
from chain.rules import EXISTING_PROPOSALS, in_force
from chain.state import State
from chain.types import check_account_name


class NotProposalOwner(OperationFailed):
    code = "not_proposal_owner"
    text = "Only proposal owner can remove it: {proposal_id} is by {creator}"


@operation(46)
class RemoveProposal(Operation):
    """Takes proposals back with their votes.

    Signed by the owner's active authority (§8.12).
    """

    proposal_owner: AccountName
    proposal_ids: ProposalIds
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.proposal_owner)
        check_ids(self.proposal_ids, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.proposal_owner,))

    def apply(self, state: State, /) -> None:
        """Remove as much at once as one operation may; the rest has an end in the past, and goes block by block (chain.processes.treasury)."""
        removals = Removals(state)
        for position, proposal_id in enumerate(self.proposal_ids):
            proposal = find_proposal(state, proposal_id)
            if proposal is None:
                if in_force(state, EXISTING_PROPOSALS):
                    raise UnknownProposal(verb="remove", proposal_id=proposal_id)
                continue
            if proposal.creator != self.proposal_owner:
                raise NotProposalOwner(proposal_id=proposal.id, creator=proposal.creator)
            remove_proposal(state, proposal.id, removals)
            if removals.are_over:
                self._check_rest(state, self.proposal_ids[position + 1 :])
                break
        for proposal_id in self.proposal_ids:
            self._leave_to_process(state, proposal_id)

    def _check_rest(self, state: State, proposal_ids: tuple[int, ...]) -> None:
        """Hived does not ask here whose they are."""
        for proposal_id in proposal_ids:
            if find_proposal(state, proposal_id) is None:
                raise UnknownProposal(verb="remove", proposal_id=proposal_id)

    def _leave_to_process(self, state: State, proposal_id: int) -> None:
        proposal = find_proposal(state, proposal_id)
        if proposal is None or proposal.is_removed:
            return
        proposal = state.proposals.edit(proposal.id)
        proposal.is_removed = True
        proposal.end_date = state.now - state.params.proposal_cleanup_seconds
