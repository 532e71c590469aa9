"""Tasks that end together."""

import asyncio
from collections.abc import Sequence
from typing import Any


async def end_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel the tasks, wait until each has ended, and pass on what one of them failed with."""
    for task in tasks:
        task.cancel()
    outcomes: list[Any] = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
            raise outcome
