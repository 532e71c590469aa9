"""Escrows that were not approved in time end (protocol.md §8.9)."""

from chain.escrows import refund
from chain.state import State


def process_escrow_ratification(state: State) -> None:
    """Give back what is locked in those that lack an approval at their deadline, by time, then age."""
    for escrow in state.escrows.by_ratification.until((False, state.now)):
        refund(state, escrow)
