"""Money on its way, as database_api lists it and condenser_api shows it: out of savings, in escrows, again and again.

Orders and starts are hived's; what condenser_api gives has amounts as texts.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from chain.rows import OpenRecurrentTransfer, SavingsWithdrawal
from chain.state import State
from chain.views.money import escrow_view, recurrent_transfer_view, savings_withdrawal_view
from chain.wire import HF26, LEGACY
from node.rpc.arguments import U32, Name, account_name, time, u32, u64
from node.rpc.context import Context
from node.rpc.database_lists import FOUND_MAX
from node.rpc.errors import CallRefused
from node.rpc.listing import by, list_of
from node.rpc.registry import Namespace, as_bool

api = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)


# --- out of savings --------------------------------------------------------------------------------------------------


@api.method
def find_savings_withdrawals(context: Context, account: Name = "") -> Any:
    """What is on its way from an account's savings, by number."""
    state = context.state
    rows = islice(state.savings_withdrawals.scan(account), FOUND_MAX)
    return {"withdrawals": [savings_withdrawal_view(state, row, HF26) for row in rows]}


list_of(
    api,
    "list_savings_withdrawals",
    "withdrawals",
    savings_withdrawal_view,
    "What is on its way from savings.\n\nBy_from_id from [account, number] on, by_complete_from_id from [time, account, number], "
    "by_to_complete from [account, time, id].",
    by_from_id=by(lambda state: state.savings_withdrawals, account_name, u32),
    by_complete_from_id=by(
        lambda state: state.savings_withdrawals.by_complete,
        *(time, account_name, u32),
        words="by_complete_from_id start requires 3 values. (time_point_sec, account_name_type, uint32_t)",
    ),
    by_to_complete=by(
        lambda state: state.savings_withdrawals.by_to,
        *(account_name, time, u64),
        words="by_to_complete start requires 3 values. (account_name_type, time_point_sec, savings_withdraw_id_type",
    ),
)


def savings_withdrawals_to(state: State, account: str) -> Iterator[SavingsWithdrawal]:
    """What will arrive at an account, the soonest first."""
    for row in state.savings_withdrawals.by_to.scan((account,)):
        if row.to != account:
            return
        yield row


@condenser.method
def get_savings_withdraw_from(context: Context, account: Name) -> Any:
    """What is on its way from an account's savings, by number."""
    state = context.state
    rows = islice(state.savings_withdrawals.scan(account), FOUND_MAX)
    return [savings_withdrawal_view(state, row, LEGACY) for row in rows]


@condenser.method
def get_savings_withdraw_to(context: Context, account: Name) -> Any:
    """What is on its way from anybody's savings to an account, the soonest first."""
    state = context.state
    return [savings_withdrawal_view(state, row, LEGACY) for row in savings_withdrawals_to(state, account)]


# --- escrows ---------------------------------------------------------------------------------------------------------


@api.method
def find_escrows(context: Context, from_: Name = "") -> Any:
    """The open escrows of the account that locked the money, by number."""
    rows = islice(context.state.escrows.scan(from_), FOUND_MAX)
    return {"escrows": [escrow_view(context.state, row, HF26) for row in rows]}


list_of(
    api,
    "list_escrows",
    "escrows",
    escrow_view,
    "Open escrows: by_from_id from [account, number] on, or by_ratification_deadline from [is approved, time, id] on.",
    by_from_id=by(lambda state: state.escrows, account_name, u32),
    by_ratification_deadline=by(
        lambda state: state.escrows.by_ratification,
        *(as_bool, time, u64),
        words="by_ratification_deadline start requires 3 values. (bool, time_point_sec, escrow_id_type)",
    ),
)


@condenser.method
def get_escrow(context: Context, from_: Name, escrow_id: U32) -> Any:
    """One escrow, or null."""
    row = context.state.escrows.find((from_, escrow_id))
    return None if row is None else escrow_view(context.state, row, LEGACY)


# --- recurrent transfers ---------------------------------------------------------------------------------------------


@api.method
def find_recurrent_transfers(context: Context, from_: Name = "") -> Any:
    """What an account pays again and again, the oldest first."""
    rows = recurrent_transfers_of(context.state, from_)
    return {"recurrent_transfers": [recurrent_transfer_view(context.state, row, HF26) for row in rows]}


@condenser.method(name="find_recurrent_transfers")
def find_recurrent_transfers_of_condenser(context: Context, from_: Name) -> Any:
    """What an account pays again and again, the oldest first."""
    rows = recurrent_transfers_of(context.state, from_)
    return [recurrent_transfer_view(context.state, row, LEGACY) for row in rows]


def recurrent_transfers_of(state: State, account: str) -> list[OpenRecurrentTransfer]:
    """Raises CallRefused in hived's words."""
    if account not in state.accounts:
        raise CallRefused("Given 'from' account does not exist.", expression="from_account != nullptr", account=account)
    return sorted(state.recurrent_transfers.scan(account), key=lambda row: row.id)
