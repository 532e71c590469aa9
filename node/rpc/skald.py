"""skald_api: what Hive has no word for.

Payouts step by step, the state digest that nodes compare, the node's own figures, and the clock of a devnet.
"""

from typing import Any

from chain.types import time_text
from node.clock import AdjustableClock, ManualClock
from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.registry import Namespace

api = Namespace("skald_api")


@api.method
def get_state_digest(context: Context) -> Any:
    """The digest of the consensus state at the head: equal on all nodes that agree."""
    chain = context.chain
    return {"block_num": chain.head_num, "block_id": chain.head_id.hex(), "state_digest": chain.digest.hex()}


@api.method
def get_metrics(context: Context) -> Any:
    """What /metrics tells, as JSON."""
    return dict(context.read_metrics())


@api.method
def advance_clock(context: Context, seconds: int) -> Any:
    """Let a devnet's time pass at once: the next block is that much later."""
    if not isinstance(context.clock, (AdjustableClock, ManualClock)):
        raise CallRefused(
            "Only a devnet's clock can be advanced: this node goes by the machine's time",
            expression="clock_is_adjustable",
        )
    return {"now": time_text(int(context.clock.advance(seconds)))}
