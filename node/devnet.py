"""devnet_api: what the owner of a chain of his own may do with its time. Other chains do not serve it, and nobody else may call it."""

from collections.abc import Callable
from typing import Any

from chain.types import time_text
from node.clock import AdjustableClock
from node.core import NodeCore
from node.rpc.errors import require
from node.rpc.registry import Namespace

PRODUCE_BLOCKS_MAX = 1_200  # an hour of blocks, some seconds of work, during which nobody else is answered
UNKNOWN_WITNESSES_MAX = 63  # slots of witnesses whose keys are not here that are passed over: three rounds


def devnet_namespace(core: NodeCore, clock: AdjustableClock, tick: Callable[[], None]) -> Namespace:
    """The methods over one node. `tick` lets the core make the block that is due now."""
    api = Namespace("devnet_api", operator=True)

    def make_block() -> bool:
        """Let time pass to the next slot that is ours, and fill it."""
        before = core.chain.head_num
        for _ in range(UNKNOWN_WITNESSES_MAX):
            clock.not_before(core.next_slot_time(clock.now()))
            tick()
            if core.chain.head_num > before:
                return True
        return False

    @api.method
    def produce(_context: Any, count: int = 1) -> dict[str, Any]:
        """Make so many blocks at once; the clock moves along."""
        require(
            1 <= count <= PRODUCE_BLOCKS_MAX, "1 <= count", "A call makes 1 to ${most} blocks", most=PRODUCE_BLOCKS_MAX
        )
        made = sum(make_block() for _ in range(count))
        require(made == count, "made == count", "Only ${made} blocks were made: see the node's log", made=made)
        return position()

    @api.method
    def advance(_context: Any, seconds: int) -> dict[str, Any]:
        """Let time pass at once, with one block behind it: whatever was due has happened when this answers."""
        clock.advance(seconds)
        before = core.chain.head_num
        tick()
        if core.chain.head_num == before:
            require(make_block(), "made", "The clock is ahead, but no block was made: see the node's log")
        return position()

    @api.method
    def set_speed(_context: Any, speed: int) -> dict[str, Any]:
        """How many seconds of the chain pass in a second from now on."""
        clock.set_speed(speed)
        return position()

    @api.method
    def get_clock(_context: Any) -> dict[str, Any]:
        """Where the clock and the head stand."""
        return position()

    def position() -> dict[str, Any]:
        return {
            "now": time_text(int(clock.now())),
            "speed": clock.speed,
            "head_block_num": core.chain.head_num,
            "head_time": time_text(core.chain.state.globals.time),
        }

    return api
