"""Escrows: payments that a third party watches over (protocol.md §8.9). What their four operations and their expiry share."""

from chain.asset import HBD, HIVE, Asset
from chain.balances import adjust_balance, adjust_hbd, adjust_hive
from chain.checks import check_not_negative, check_symbol
from chain.errors import InvalidOperation, OperationFailed
from chain.events import EscrowRejected
from chain.rows import Escrow
from chain.state import State


class EmptyEscrow(InvalidOperation):
    code = "empty_escrow"
    text = "An escrow must move some HIVE or HBD"


class NotParty(InvalidOperation):
    code = "not_party"
    text = "{field} must be {parties}, not {account}"


class UnknownEscrow(OperationFailed):
    code = "unknown_escrow"
    text = "Escrow balance with 'name' {account} 'escrow_id' {escrow_id} doesn't exist: it was paid out, refused, or never was"


class OtherParty(OperationFailed):
    code = "other_party"
    text = "Operation '{role}' ({account}) does not match escrow '{role}' ({actual})"


class EscrowNotApproved(OperationFailed):
    code = "escrow_not_approved"
    text = "The escrow {escrow_id} of {account} is not approved by both its receiver and its agent"


def check_escrow_amounts(hbd_amount: Asset, hive_amount: Asset) -> None:
    """The shape of what is locked or paid out."""
    check_not_negative(hbd_amount, "hbd_amount")
    check_not_negative(hive_amount, "hive_amount")
    if hbd_amount.amount == 0 and hive_amount.amount == 0:
        raise EmptyEscrow
    check_symbol(hbd_amount, HBD, "hbd_amount")
    check_symbol(hive_amount, HIVE, "hive_amount")


def get_escrow(state: State, account: str, escrow_id: int) -> Escrow:
    """The escrow that `account` opened under that number, read only. Raises UnknownEscrow."""
    escrow = state.escrows.find((account, escrow_id))
    if escrow is None:
        raise UnknownEscrow(account=account, escrow_id=escrow_id)
    return escrow


def check_parties(escrow: Escrow, to: str, agent: str) -> None:
    """Who acts on an escrow must know who takes part in it. Raises OtherParty."""
    for role, account, actual in (("to", to, escrow.to), ("agent", agent, escrow.agent)):
        if account != actual:
            raise OtherParty(role=role, account=account, actual=actual)


def check_approved(escrow: Escrow) -> None:
    if not escrow.is_approved:
        raise EscrowNotApproved(account=escrow.from_, escrow_id=escrow.escrow_id)


def refund(state: State, escrow: Escrow) -> None:
    """Give everything back, the agent's fee as well, and tell: it was refused, or not approved in time."""
    adjust_hive(state, escrow.from_, escrow.hive_balance)
    adjust_hbd(state, escrow.from_, escrow.hbd_balance)
    adjust_balance(state, escrow.from_, escrow.pending_fee)
    state.emit(
        EscrowRejected(
            escrow.from_,
            escrow.to,
            escrow.agent,
            escrow.escrow_id,
            Asset(escrow.hbd_balance, HBD),
            Asset(escrow.hive_balance, HIVE),
            escrow.pending_fee,
        )
    )
    remove_escrow(state, escrow)


def remove_escrow(state: State, escrow: Escrow) -> None:
    """Nothing is locked in it any more."""
    state.escrows.remove((escrow.from_, escrow.escrow_id))
    state.accounts.edit(escrow.from_).pending_escrows -= 1
