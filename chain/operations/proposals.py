"""Work paid from the treasury by stakeholders' votes (protocol.md §8.12)."""

from typing import Annotated

from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.checks import check_not_empty, check_not_negative, check_size, check_symbol, check_utf8
from chain.errors import InvalidOperation
from chain.fields import I64, AccountName, Extensions, SetOf, Time, Variant, VoidT, struct, wire_type
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name, check_permlink

ProposalIds = Annotated[tuple[int, ...], SetOf(wire_type(I64), is_strict=True)]


class ProposalDates(InvalidOperation):
    code = "proposal_dates"
    text = "A proposal must end after it starts"


class NegativeProposalId(InvalidOperation):
    code = "negative_proposal_id"
    text = "A proposal's id cannot be negative: {proposal_id}"


class ProposalIdCount(InvalidOperation):
    code = "proposal_id_count"
    text = "Between 1 and {max} proposal ids are allowed, not {count}"


def _check_content(daily_pay: Asset, subject: str, permlink: str, params: Params) -> None:
    check_not_negative(daily_pay, "daily_pay")
    check_symbol(daily_pay, HBD, "daily_pay")
    check_not_empty(subject, "subject")
    check_size(subject, params.proposal_subject_bytes_max, "subject")
    check_utf8(subject, "subject")
    check_not_empty(permlink, "permlink")
    check_permlink(permlink)


def _check_ids(proposal_ids: tuple[int, ...], params: Params) -> None:
    count = len(proposal_ids)
    if not 1 <= count <= params.proposal_ids_max:
        raise ProposalIdCount(max=params.proposal_ids_max, count=count)


@operation(44)
class CreateProposal(Operation):
    """Asks for `daily_pay` from `start_date` to `end_date`, described in an existing post; costs a fee.

    Signed by the creator's active authority (§8.12).
    """

    creator: AccountName
    receiver: AccountName
    start_date: Time
    end_date: Time
    daily_pay: Asset
    subject: str
    permlink: str
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.creator)
        check_account_name(self.receiver)
        if self.end_date <= self.start_date:
            raise ProposalDates
        _check_content(self.daily_pay, self.subject, self.permlink, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))


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
        _check_ids(self.proposal_ids, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.voter,))


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
        _check_ids(self.proposal_ids, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.proposal_owner,))


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
        _check_content(self.daily_pay, self.subject, self.permlink, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))
