"""The receiver and the agent of an escrow say whether they take part (protocol.md §8.9)."""

from typing import Any, ClassVar

from chain.asset import Asset
from chain.authority import Authorities
from chain.balances import adjust_balance
from chain.errors import OperationFailed
from chain.escrows import NotParty, check_parties, get_escrow, refund
from chain.events import EscrowApproved
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name, time_text


class RatificationOver(OperationFailed):
    code = "ratification_over"
    text = "The escrow ratification deadline has passed at {deadline}. Escrow can no longer be ratified"


class AlreadyApproved(OperationFailed):
    code = "already_approved"
    text = "Account '{role}' ({account}) has already approved the escrow"


@operation(31)
class EscrowApprove(Operation):
    """The receiver or the agent accepts the escrow, or refuses it.

    Signed by the active authority of `who` (§8.9).
    """

    from_: AccountName
    to: AccountName
    agent: AccountName
    who: AccountName
    escrow_id: U32
    approve: bool

    omitted: ClassVar[dict[str, Any]] = {"escrow_id": 30, "approve": True}

    def validate(self, _: Params, /) -> None:
        for name in (self.from_, self.to, self.agent, self.who):
            check_account_name(name)
        if self.who not in {self.to, self.agent}:
            raise NotParty(field="who", parties="the receiver or the agent", account=self.who)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.who,))

    def apply(self, state: State, /) -> None:
        """One refusal ends it; with the second approval the agent has its fee. Who approved cannot refuse any more."""
        escrow = get_escrow(state, self.from_, self.escrow_id)
        check_parties(escrow, self.to, self.agent)
        if escrow.ratification_deadline < state.now:
            raise RatificationOver(deadline=time_text(escrow.ratification_deadline))
        for role, account, approved in (
            ("to", escrow.to, escrow.to_approved),
            ("agent", escrow.agent, escrow.agent_approved),
        ):
            if self.who == account and approved:
                raise AlreadyApproved(role=role, account=account)
        if not self.approve:
            refund(state, escrow)
            return
        escrow = state.escrows.edit((self.from_, self.escrow_id))
        if self.who == self.to:
            escrow.to_approved = True
        else:
            escrow.agent_approved = True
        if escrow.is_approved:
            fee = escrow.pending_fee
            adjust_balance(state, self.agent, fee)
            state.emit(EscrowApproved(self.from_, self.to, self.agent, self.escrow_id, fee))
            escrow.pending_fee = Asset(0, fee.symbol)
