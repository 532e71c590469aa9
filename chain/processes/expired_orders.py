"""Orders of the internal market whose time is over (protocol.md §8.10)."""

from chain.market import cancel_order
from chain.state import State


def process_expired_orders(state: State) -> None:
    """Give back what was not sold, by time, then age. Not yet at the very second of expiration."""
    for order in state.limit_orders.by_expiration.until((state.now - 1,)):
        cancel_order(state, order)
