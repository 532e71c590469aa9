"""The parties of an escrow disagree (protocol.md §8.9)."""

from typing import Any, ClassVar

from chain.accounts import get_account
from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.escrows import NotParty, check_approved, check_parties, get_escrow
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name, time_text


class EscrowExpired(OperationFailed):
    code = "escrow_expired"
    text = "Disputing the escrow must happen before expiration, which was at {expiration}"


class AlreadyDisputed(OperationFailed):
    code = "already_disputed"
    text = "The escrow is already under dispute; its agent {agent} decides"


@operation(28)
class EscrowDispute(Operation):
    """The sender or the receiver hands the decision to the agent.

    Signed by the active authority of `who` (§8.9).
    """

    from_: AccountName
    to: AccountName
    agent: AccountName
    who: AccountName
    escrow_id: U32

    omitted: ClassVar[dict[str, Any]] = {"escrow_id": 30}

    def validate(self, _: Params, /) -> None:
        for name in (self.from_, self.to, self.agent, self.who):
            check_account_name(name)
        if self.who not in {self.from_, self.to}:
            raise NotParty(field="who", parties="the sender or the receiver", account=self.who)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.who,))

    def apply(self, state: State, /) -> None:
        """From now on, also after the expiration, nobody but the agent can release the funds."""
        get_account(state, self.from_)
        escrow = get_escrow(state, self.from_, self.escrow_id)
        if state.now >= escrow.escrow_expiration:
            raise EscrowExpired(expiration=time_text(escrow.escrow_expiration))
        check_approved(escrow)
        if escrow.disputed:
            raise AlreadyDisputed(agent=escrow.agent)
        check_parties(escrow, self.to, self.agent)
        state.escrows.edit((self.from_, self.escrow_id)).disputed = True
