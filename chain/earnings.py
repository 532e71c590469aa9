"""Earnings of accounts: a row each, which is there from the first reward on (protocol.md §6.4, §6.5)."""

from chain.rows import Earnings
from chain.state import State


def earnings_of(state: State, name: str) -> Earnings:
    """Read only; of an account that has never earned anything an empty row."""
    return state.earnings.find(name) or Earnings(name)


def edit_earnings(state: State, name: str) -> Earnings:
    """The row, to be changed in place."""
    if name in state.earnings:
        return state.earnings.edit(name)
    return state.earnings.insert(Earnings(name), is_new=True)


def edit_earnings_each(state: State, names: list[str]) -> list[Earnings]:
    """Many rows at once, to be changed in place."""
    return state.earnings.edit_each(names, Earnings)
