"""Credits that a delegator had no more cover for, and that could not all be taken back in one block (protocol.md §9.5)."""

from chain.credits import take_back
from chain.state import State


def process_credit_overflows(state: State) -> None:
    """Go on with those that wait longest, up to a number of delegations in a block."""
    removals_max = state.globals.current_remove_threshold
    row = state.credit_overflows.by_id.first()
    while row is not None:
        left, removals_max = take_back(state, row.delegator, row.amount, removals_max)
        if left:
            state.credit_overflows.edit(row.delegator).amount = left
            return
        state.credit_overflows.remove(row.delegator)
        if not removals_max:
            return
        row = state.credit_overflows.by_id.first()
