"""What people of a random chain want: one function for each kind of operation, sensible more often than not.

Each draws from what `Intents` knows alone. What is out of range, not one's own, too soon or too much is drawn as well: the chain has
to refuse it. A new family of operations is a new file here, and a line below.
"""

from tests.property.intents import Wants
from tests.property.wants import (
    accounts,
    anything,
    content,
    escrows,
    lending,
    market,
    recovery,
    recurring,
    savings,
    social,
    stake,
    treasury,
    witnesses,
)

WANTS: Wants = (
    *content.WANTS,
    *social.WANTS,
    *stake.WANTS,
    *savings.WANTS,
    *escrows.WANTS,
    *recurring.WANTS,
    *market.WANTS,
    *accounts.WANTS,
    *recovery.WANTS,
    *witnesses.WANTS,
    *treasury.WANTS,
    *lending.WANTS,
    *anything.WANTS,
)
