"""The pools of free accounts fill and decay with every block (protocol.md §2.5)."""

from chain.rows import SCHEDULE_ELECTED
from chain.schedule import subsidy_rules
from chain.state import State
from rewards.subsidy import step


def process_subsidized_accounts(state: State) -> None:
    """Move the pool of all, and that of the witness who made this block if it was elected."""
    schedule = state.schedule
    globals_ = state.edit_globals()
    globals_.available_account_subsidies = step(
        globals_.available_account_subsidies, subsidy_rules(schedule.subsidy_dynamics)
    )
    witness = state.witnesses.get(globals_.current_witness)
    if witness.schedule == SCHEDULE_ELECTED:
        rules = subsidy_rules(schedule.witness_subsidy_dynamics)
        witness = state.witnesses.edit(witness.owner)
        witness.available_subsidies = step(witness.available_subsidies, rules)
