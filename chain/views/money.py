"""Money on its way (protocol.md §8.6, §8.9, §8.11)."""

from typing import Any

from chain.rows import Escrow, OpenRecurrentTransfer, SavingsWithdrawal
from chain.state import State
from chain.types import time_text
from chain.views.amounts import amounts
from chain.wire import Form


def savings_withdrawal_view(state: State, row: SavingsWithdrawal, form: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "from": row.from_,
        "to": row.to,
        "memo": row.memo,
        "request_id": row.request_id,
        "amount": amounts(form, state.params.dialect).of(row.amount),
        "complete": time_text(row.complete),
    }


def escrow_view(state: State, row: Escrow, form: Form) -> dict[str, Any]:
    write = amounts(form, state.params.dialect)
    return {
        "id": row.id,
        "escrow_id": row.escrow_id,
        "from": row.from_,
        "to": row.to,
        "agent": row.agent,
        "ratification_deadline": time_text(row.ratification_deadline),
        "escrow_expiration": time_text(row.escrow_expiration),
        "hbd_balance": write.hbd(row.hbd_balance),
        "hive_balance": write.hive(row.hive_balance),
        "pending_fee": write.of(row.pending_fee),
        "to_approved": row.to_approved,
        "agent_approved": row.agent_approved,
        "disputed": row.disputed,
    }


def recurrent_transfer_view(state: State, row: OpenRecurrentTransfer, form: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "trigger_date": time_text(row.trigger_date),
        "from": row.from_,
        "to": row.to,
        "amount": amounts(form, state.params.dialect).of(row.amount),
        "memo": row.memo,
        "recurrence": row.recurrence,
        "consecutive_failures": row.consecutive_failures,
        "remaining_executions": row.remaining_executions,
        "pair_id": row.pair_id,
    }
