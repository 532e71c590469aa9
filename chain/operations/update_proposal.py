"""A proposal asks for less (protocol.md §8.12)."""

from typing import Annotated

from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import I64, AccountName, SetOf, Time, Variant, VoidT, struct
from chain.operation import Operation, operation
from chain.params import Params
from chain.proposals import UnknownProposal, check_content, check_post, find_proposal
from chain.rows import Proposal
from chain.state import State
from chain.types import check_account_name, time_text


class NegativeProposalId(InvalidOperation):
    code = "negative_proposal_id"
    text = "A proposal's id cannot be negative: {proposal_id}"


class NotProposalCreator(OperationFailed):
    code = "not_proposal_creator"
    text = "Cannot edit a proposal you are not the creator of: {proposal_id} is by {creator}"


class DailyPayIncreased(OperationFailed):
    code = "daily_pay_increased"
    text = "You cannot increase the daily pay of a proposal: {proposal_id} asks for {daily_pay}"


class UpdateProposalExtensionCount(OperationFailed):
    code = "update_proposal_extension_count"
    text = "Cannot have more than 1 extension, and that must be the end date"


class EndDateIncreased(OperationFailed):
    code = "end_date_increased"
    text = "You cannot increase the end date of the proposal: {proposal_id} ends at {end_date}"


class EndDateBeforeStart(OperationFailed):
    code = "end_date_before_start"
    text = "The new end date must be after the start date: {proposal_id} starts at {start_date}"


@struct
class UpdateProposalEndDate:
    """An earlier end."""

    end_date: Time


UpdateProposalExtensions = Annotated[
    tuple[VoidT | UpdateProposalEndDate, ...], SetOf(Variant(VoidT, UpdateProposalEndDate))
]


@operation(47)
class UpdateProposal(Operation):
    """Lowers the pay, changes the texts, or ends a proposal earlier.

    Signed by the creator's active authority (§8.12).
    """

    proposal_id: I64
    creator: AccountName
    daily_pay: Asset
    subject: str
    permlink: str
    extensions: UpdateProposalExtensions

    @property
    def end_date(self) -> int | None:
        """Seconds since the epoch, where it is to change."""
        for extension in self.extensions:
            if isinstance(extension, UpdateProposalEndDate):
                return extension.end_date
        return None

    def validate(self, params: Params, /) -> None:
        check_account_name(self.creator)
        if self.proposal_id < 0:
            raise NegativeProposalId(proposal_id=self.proposal_id)
        check_content(self.daily_pay, self.subject, self.permlink, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))

    def apply(self, state: State, /) -> None:
        """Votes stay, as nobody who gave one is asked for more."""
        proposal = find_proposal(state, self.proposal_id)
        if proposal is None:
            raise UnknownProposal(verb="update", proposal_id=self.proposal_id)
        if proposal.creator != self.creator:
            raise NotProposalCreator(proposal_id=proposal.id, creator=proposal.creator)
        check_post(state, proposal.creator, proposal.receiver, self.permlink)
        if self.daily_pay.amount > proposal.daily_pay:
            raise DailyPayIncreased(proposal_id=proposal.id, daily_pay=Asset(proposal.daily_pay, HBD))
        if self.extensions:
            self._check_end(proposal)
        proposal = state.proposals.edit(proposal.id)
        proposal.daily_pay = self.daily_pay.amount
        proposal.subject = self.subject
        proposal.permlink = self.permlink
        if self.end_date is not None:
            proposal.end_date = self.end_date

    def _check_end(self, proposal: Proposal) -> None:
        end_date = self.end_date
        if len(self.extensions) > 1 or end_date is None:
            raise UpdateProposalExtensionCount
        if end_date > proposal.end_date:
            raise EndDateIncreased(proposal_id=proposal.id, end_date=time_text(proposal.end_date))
        if end_date <= proposal.start_date:
            raise EndDateBeforeStart(proposal_id=proposal.id, start_date=time_text(proposal.start_date))
