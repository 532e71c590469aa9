"""Payments that a third party watches over (protocol.md §8.9)."""

from typing import Any, ClassVar

from chain.asset import HBD, HIVE, Asset
from chain.authority import Authorities
from chain.checks import check_not_negative, check_optional_json, check_symbol, check_symbol_among
from chain.errors import InvalidOperation
from chain.fields import U32, AccountName, Time
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name


class EmptyEscrow(InvalidOperation):
    code = "empty_escrow"
    text = "An escrow must move some HIVE or HBD"


class AgentNotThird(InvalidOperation):
    code = "agent_not_third"
    text = "The agent {agent} must be a third party"


class EscrowDeadlines(InvalidOperation):
    code = "escrow_deadlines"
    text = "The ratification deadline must be before the escrow's expiration"


class NotParty(InvalidOperation):
    code = "not_party"
    text = "{field} must be {parties}, not {account}"


def _check_amounts(hbd_amount: Asset, hive_amount: Asset) -> None:
    check_not_negative(hbd_amount, "hbd_amount")
    check_not_negative(hive_amount, "hive_amount")
    if hbd_amount.amount == 0 and hive_amount.amount == 0:
        raise EmptyEscrow
    check_symbol(hbd_amount, HBD, "hbd_amount")
    check_symbol(hive_amount, HIVE, "hive_amount")


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
        _check_amounts(self.hbd_amount, self.hive_amount)
        if self.agent in {self.from_, self.to}:
            raise AgentNotThird(agent=self.agent)
        check_symbol_among(self.fee, (HIVE, HBD), "fee")
        if self.ratification_deadline >= self.escrow_expiration:
            raise EscrowDeadlines
        check_optional_json(self.json_meta, "json_meta")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))


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
        _check_amounts(self.hbd_amount, self.hive_amount)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.who,))
