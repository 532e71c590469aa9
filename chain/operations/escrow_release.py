"""Funds leave an escrow (protocol.md §8.9)."""

from typing import Any, ClassVar

from chain.accounts import get_account
from chain.asset import HBD, HIVE, Asset
from chain.authority import Authorities
from chain.balances import adjust_balance
from chain.errors import OperationFailed
from chain.escrows import NotParty, check_approved, check_escrow_amounts, check_parties, get_escrow, remove_escrow
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import Escrow
from chain.state import State
from chain.types import check_account_name


class ReleaseTooLarge(OperationFailed):
    code = "release_too_large"
    text = "Release amount exceeds escrow balance. Amount: {amount}, Balance: {balance}"


class AgentDecides(OperationFailed):
    code = "agent_decides"
    text = "Only 'agent' ({agent}) can release funds in a disputed escrow, not {account}"


class NotDisputed(OperationFailed):
    code = "not_disputed"
    text = "Only 'from' ({from_}) and 'to' ({to}) can release funds from a non-disputed escrow, not {account}"


class ReleaseToSelf(OperationFailed):
    code = "release_to_self"
    text = "Only '{other}' can release funds to '{account}' before the escrow expires; until then {account} can raise a dispute"


@operation(29)
class EscrowRelease(Operation):
    """Pays out of the escrow to `receiver`.

    Signed by the active authority of `who` (§8.9).
    """

    from_: AccountName
    to: AccountName
    agent: AccountName
    who: AccountName
    receiver: AccountName
    escrow_id: U32
    hbd_amount: Asset
    hive_amount: Asset

    omitted: ClassVar[dict[str, Any]] = {"escrow_id": 30, "hbd_amount": Asset(0, HBD)}

    def validate(self, _: Params, /) -> None:
        for name in (self.from_, self.to, self.agent, self.who, self.receiver):
            check_account_name(name)
        if self.who not in {self.from_, self.to, self.agent}:
            raise NotParty(field="who", parties="a party of the escrow", account=self.who)
        if self.receiver not in {self.from_, self.to}:
            raise NotParty(field="receiver", parties="the sender or the receiver", account=self.receiver)
        check_escrow_amounts(self.hbd_amount, self.hive_amount)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.who,))

    def apply(self, state: State, /) -> None:
        """Any part at a time; the escrow ends with the last of it. HIVE for the treasury stays HIVE here."""
        get_account(state, self.from_)
        escrow = get_escrow(state, self.from_, self.escrow_id)
        for amount, balance in (
            (self.hive_amount, Asset(escrow.hive_balance, HIVE)),
            (self.hbd_amount, Asset(escrow.hbd_balance, HBD)),
        ):
            if amount.amount > balance.amount:
                raise ReleaseTooLarge(amount=amount, balance=balance)
        check_parties(escrow, self.to, self.agent)
        check_approved(escrow)
        self._check_right(state, escrow)
        adjust_balance(state, self.receiver, self.hive_amount)
        adjust_balance(state, self.receiver, self.hbd_amount)
        escrow = state.escrows.edit((self.from_, self.escrow_id))
        escrow.hive_balance -= self.hive_amount.amount
        escrow.hbd_balance -= self.hbd_amount.amount
        if escrow.hive_balance == 0 and escrow.hbd_balance == 0:
            remove_escrow(state, escrow)

    def _check_right(self, state: State, escrow: Escrow) -> None:
        """Disputed, the agent decides; otherwise each may give to the other, and anything once the escrow has expired."""
        if escrow.disputed:
            if self.who != escrow.agent:
                raise AgentDecides(agent=escrow.agent, account=self.who)
            return
        if self.who not in {escrow.from_, escrow.to}:
            raise NotDisputed(from_=escrow.from_, to=escrow.to, account=self.who)
        if escrow.escrow_expiration <= state.now:
            return
        other = escrow.to if self.who == escrow.from_ else escrow.from_
        if self.receiver != other:
            raise ReleaseToSelf(other=other, account=self.who)
