"""Money on its way (protocol.md §8.6)."""

from typing import Any

from chain.rows import SavingsWithdrawal
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
