"""Recurrent transfers that are due happen, or fail (protocol.md §8.11)."""

from itertools import islice

from chain.asset import Asset
from chain.balances import adjust_balance, liquid_balance
from chain.events import FailedRecurrentTransfer, FillRecurrentTransfer
from chain.extensions import RecurrentTransferPairId
from chain.params import SECONDS_PER_HOUR
from chain.recurrent_transfers import remove_recurrent_transfer
from chain.rows import OpenRecurrentTransfer
from chain.state import State


def process_recurrent_transfers(state: State) -> None:
    """Carry out those that are due, by time, then age; only so many in a block, the others wait for the next."""
    due = state.recurrent_transfers.by_trigger_date.passing((state.now,))
    for row in islice(due, state.params.recurrent_transfers_per_block_max):
        execute(state, row)


def execute(state: State, row: OpenRecurrentTransfer) -> None:
    """Once: an execution that fails is not made up for later, and too many in a row end the transfer."""
    amount, symbol = row.amount
    can_pay = liquid_balance(state, row.from_, symbol) >= amount
    remaining = row.remaining_executions - 1
    failures = 0 if can_pay else row.consecutive_failures + 1
    is_over = remaining == 0 or failures >= state.params.recurrent_failures_max
    if can_pay:
        adjust_balance(state, row.from_, Asset(-amount, symbol))
        adjust_balance(state, row.to, row.amount)
    _tell(state, row, remaining, failures, is_over=is_over)
    if is_over:
        remove_recurrent_transfer(state, row)
        return
    row = state.recurrent_transfers.edit((row.from_, row.to, row.pair_id))
    row.trigger_date += row.recurrence * SECONDS_PER_HOUR
    row.remaining_executions = remaining
    row.consecutive_failures = failures


def _tell(state: State, row: OpenRecurrentTransfer, remaining: int, failures: int, *, is_over: bool) -> None:
    extensions = (RecurrentTransferPairId(row.pair_id),) if row.pair_id else ()
    if failures:
        state.emit(
            FailedRecurrentTransfer(row.from_, row.to, row.amount, row.memo, failures, remaining, is_over, extensions)
        )
    else:
        state.emit(FillRecurrentTransfer(row.from_, row.to, row.amount, row.memo, remaining, extensions))
