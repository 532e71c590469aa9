"""Work offered to the treasury (protocol.md §8.12)."""

from chain.accounts import get_account
from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.balances import adjust_hbd
from chain.errors import InvalidOperation, OperationFailed
from chain.events import ProposalFee
from chain.fields import AccountName, Extensions, Time
from chain.operation import Operation, operation
from chain.params import TREASURY_ACCOUNT, Params
from chain.proposals import check_content, check_post
from chain.rows import Proposal
from chain.state import State
from chain.types import check_account_name, time_text
from rewards.treasury import proposal_fee


class ProposalDates(InvalidOperation):
    code = "proposal_dates"
    text = "A proposal must end after it starts"


class ProposalOver(OperationFailed):
    code = "proposal_over"
    text = "Can't create inactive proposals: this one would have ended at {end_date}, and it is {now}"


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
        check_content(self.daily_pay, self.subject, self.permlink, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))

    def apply(self, state: State, /) -> None:
        """The proposal waits for votes from now on, whenever it starts; the fee goes to the treasury."""
        if self.end_date <= state.now:
            raise ProposalOver(end_date=time_text(self.end_date), now=time_text(state.now))
        get_account(state, self.creator)
        get_account(state, self.receiver)
        check_post(state, self.creator, self.receiver, self.permlink)
        proposal = Proposal(
            state.next_id("proposal"),
            self.creator,
            self.receiver,
            self.start_date,
            self.end_date,
            self.daily_pay.amount,
            self.subject,
            self.permlink,
        )
        state.proposals.insert(proposal)
        fee_hbd = proposal_fee(
            self.end_date - self.start_date,
            fee_hbd=state.params.proposal_fee_hbd,
            extra_hbd=state.params.proposal_fee_extra_hbd,
            free_days=state.params.proposal_fee_free_days,
        )
        adjust_hbd(state, self.creator, -fee_hbd)
        adjust_hbd(state, TREASURY_ACCOUNT, fee_hbd)
        state.emit(ProposalFee(self.creator, TREASURY_ACCOUNT, proposal.id, Asset(fee_hbd, HBD)))
