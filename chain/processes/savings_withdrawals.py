"""What was taken out of savings arrives three days later (protocol.md §8.6)."""

from chain.balances import adjust_balance
from chain.events import FillTransferFromSavings
from chain.savings import remove_withdrawal
from chain.state import State


def process_savings_withdrawals(state: State) -> None:
    """Pay out what is due, by time, then sender, then number."""
    for row in state.savings_withdrawals.by_complete.until((state.now,)):
        adjust_balance(state, row.to, row.amount)
        state.emit(FillTransferFromSavings(row.from_, row.to, row.amount, row.request_id, row.memo))
        remove_withdrawal(state, row)
