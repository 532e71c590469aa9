"""A node that is far behind writes many blocks at a time (chain.gathering).

One sync a block costs a disk some milliseconds, more than most blocks take to apply. Who is near the head, or makes blocks itself, has each
block on the disk before anybody hears of it.
"""

from contextlib import ExitStack
from typing import Final

from chain.chain import Chain
from chain.gathering import Gathering, gathered

FAR_BEHIND_SECONDS: Final = 600
"""Of the head: nobody takes the node for one that knows the newest block."""

FLUSH_SECONDS: Final = 5.0
"""What a crash costs at most, and what waits longest if no more blocks come."""


class CatchingUp:
    """Begins and ends the gathering. Ask it to `look` after whatever has changed the chain, and as time passes."""

    def __init__(self, chain: Chain, *, makes_blocks: bool) -> None:
        self._chain = chain
        self._makes_blocks = makes_blocks
        self._gathering: Gathering | None = None
        self._ended = ExitStack()
        self._flushed_at = 0.0

    @property
    def is_gathering(self) -> bool:
        return self._gathering is not None

    def look(self, now: float) -> None:
        """Raises what a write raises."""
        if self._makes_blocks:
            return
        self._flushed_at = min(self._flushed_at, now)  # the clock may have been set back
        is_far = now - self._chain.state.globals.time > FAR_BEHIND_SECONDS
        if self._gathering is None:
            if is_far:
                self._gathering = self._ended.enter_context(gathered(self._chain))
                self._flushed_at = now
        elif not is_far:
            self.close()
        elif now - self._flushed_at >= FLUSH_SECONDS:
            self._gathering.flush()
            self._flushed_at = now

    def close(self) -> None:
        """What was gathered is written, and each block by itself from here on."""
        self._gathering = None
        self._ended.close()
