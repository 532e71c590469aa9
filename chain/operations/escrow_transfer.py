"""An escrow is opened (protocol.md §8.9)."""

from typing import Any, ClassVar

from chain.accounts import get_account
from chain.asset import HBD, HIVE, Asset
from chain.authority import Authorities
from chain.balances import adjust_hbd, adjust_hive
from chain.checks import check_not_negative, check_optional_json, check_symbol_among
from chain.errors import InvalidOperation, OperationFailed
from chain.escrows import check_escrow_amounts
from chain.fields import U32, AccountName, Time
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import Escrow
from chain.state import State
from chain.types import check_account_name, time_text


class AgentNotThird(InvalidOperation):
    code = "agent_not_third"
    text = "The agent {agent} must be a third party"


class EscrowDeadlines(InvalidOperation):
    code = "escrow_deadlines"
    text = "The ratification deadline must be before the escrow's expiration"


class EscrowDeadlinePassed(OperationFailed):
    code = "escrow_deadline_passed"
    text = "The escrow {deadline} must be after head block time: {at} is not after {now}"


class TooManyEscrows(OperationFailed):
    code = "too_many_escrows"
    text = "Account {account} already has the maximum number of open escrow transfers, {max}"


class EscrowExists(OperationFailed):
    code = "escrow_exists"
    text = "{account} has an open escrow {escrow_id}; use another escrow_id"


@operation(27)
class EscrowTransfer(Operation):
    """Locks funds for `to` until both `to` and the agent approve and the sender or the agent releases them.

    Signed by the sender's active authority (§8.9).
    """

    from_: AccountName
    to: AccountName
    hbd_amount: Asset
    hive_amount: Asset
    escrow_id: U32
    agent: AccountName
    fee: Asset
    json_meta: str
    ratification_deadline: Time
    escrow_expiration: Time

    omitted: ClassVar[dict[str, Any]] = {"escrow_id": 30, "hbd_amount": Asset(0, HBD)}

    def validate(self, _: Params, /) -> None:
        check_account_name(self.from_)
        check_account_name(self.to)
        check_account_name(self.agent)
        check_not_negative(self.fee, "fee")
        check_escrow_amounts(self.hbd_amount, self.hive_amount)
        if self.agent in {self.from_, self.to}:
            raise AgentNotThird(agent=self.agent)
        check_symbol_among(self.fee, (HIVE, HBD), "fee")
        if self.ratification_deadline >= self.escrow_expiration:
            raise EscrowDeadlines
        check_optional_json(self.json_meta, "json_meta")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))

    def apply(self, state: State, /) -> None:
        """The agent's fee is locked with the rest; nothing is paid to anybody yet."""
        account = get_account(state, self.from_)
        get_account(state, self.to)
        get_account(state, self.agent)
        self._check_deadlines(state)
        escrows_max = state.params.escrows_max
        if account.pending_escrows >= escrows_max:
            raise TooManyEscrows(account=self.from_, max=escrows_max)
        fee, symbol = self.fee
        hive, hbd = self.hive_amount.amount, self.hbd_amount.amount
        adjust_hive(state, self.from_, -(hive + fee if symbol == HIVE else hive))
        adjust_hbd(state, self.from_, -(hbd + fee if symbol == HBD else hbd))
        if (self.from_, self.escrow_id) in state.escrows:
            raise EscrowExists(account=self.from_, escrow_id=self.escrow_id)
        state.escrows.insert(
            Escrow(
                self.from_,
                self.escrow_id,
                state.next_id("escrow"),
                self.to,
                self.agent,
                self.ratification_deadline,
                self.escrow_expiration,
                hbd,
                hive,
                self.fee,
            )
        )
        state.accounts.edit(self.from_).pending_escrows += 1

    def _check_deadlines(self, state: State) -> None:
        for deadline, at in (
            ("ratification deadline", self.ratification_deadline),
            ("expiration", self.escrow_expiration),
        ):
            if at <= state.now:
                raise EscrowDeadlinePassed(deadline=deadline, at=time_text(at), now=time_text(state.now))
