"""How a node's process is asked to end, from its first moment to its last: SIGINT or SIGTERM, and exit status 0.

with Stops() as stops:            opening the chain: a stop leaves at once, closing what is open
    node = Node(config)
    stops.hear(node.stop, …)      running: a stop lets the node finish what has begun; a second one does not wait for that
                                  closing: nothing more is heard
"""

import asyncio
import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def _unheard(_number: int, _frame: FrameType | None) -> None:
    """Too late for it."""


class AskedToStop(BaseException):
    """Raised wherever the process is while it starts."""


class Stops:
    """Of one process, in its main thread. Where its body ends because a stop was asked for, that is a good end."""

    def __init__(self) -> None:
        self._is_asked = False

    def __enter__(self) -> Self:
        for number in SIGNALS:
            signal.signal(number, self._leave)
        return self

    def __exit__(
        self, cls: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> bool:
        for number in SIGNALS:
            signal.signal(number, _unheard)  # what is left is to exit, and nothing may change the status
        return cls is not None and issubclass(cls, AskedToStop)

    def _leave(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True
        raise AskedToStop

    def hear(self, stop: Callable[[], None], *, is_stopping: Callable[[], bool]) -> None:
        """From now on, in the running loop, a signal calls `stop`; once that has begun, another one ends the process where it is.

        Nothing is lost by that: it is what `kill -9` does, and a start after it needs no more than a start after this.
        """

        def ask_to_stop() -> None:
            if is_stopping():
                os._exit(0)
            stop()

        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, ask_to_stop)
        if self._is_asked:  # and what was raised got lost, in a destructor
            stop()
