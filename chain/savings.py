"""Savings: liquid money set aside, which takes three days to come back (protocol.md §8.6). What its three operations share."""

from chain.asset import HBD, HIVE, Asset
from chain.checks import check_positive, check_size, check_symbol_among, check_utf8
from chain.errors import OperationFailed
from chain.params import Params
from chain.rows import SavingsWithdrawal
from chain.state import State


class UnknownSavingsWithdrawal(OperationFailed):
    code = "unknown_savings_withdrawal"
    text = "Savings withdraw {request_id} of {account} doesn't exist: it has arrived, was cancelled, or never was"


def check_savings_transfer(amount: Asset, memo: str, params: Params) -> None:
    """The shape of what goes into savings or out of them."""
    check_positive(amount, "amount")
    check_symbol_among(amount, (HIVE, HBD), "amount")
    check_size(memo, params.memo_bytes_max, "memo")
    check_utf8(memo, "memo")


def get_withdrawal(state: State, account: str, request_id: int) -> SavingsWithdrawal:
    """A withdrawal on its way. Raises UnknownSavingsWithdrawal."""
    withdrawal = state.savings_withdrawals.find((account, request_id))
    if withdrawal is None:
        raise UnknownSavingsWithdrawal(account=account, request_id=request_id)
    return withdrawal


def remove_withdrawal(state: State, withdrawal: SavingsWithdrawal) -> None:
    """It has arrived, or goes back."""
    state.savings_withdrawals.remove((withdrawal.from_, withdrawal.request_id))
    state.accounts.edit(withdrawal.from_).savings_withdraw_requests -= 1
