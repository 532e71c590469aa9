"""Transfers that repeat themselves (protocol.md §8.11): what setting one and carrying it out share."""

from chain.rows import OpenRecurrentTransfer
from chain.state import State


def remove_recurrent_transfer(state: State, row: OpenRecurrentTransfer) -> None:
    """It was stopped, has happened for the last time, or failed too often."""
    state.recurrent_transfers.remove((row.from_, row.to, row.pair_id))
    state.accounts.edit(row.from_).open_recurrent_transfers -= 1
