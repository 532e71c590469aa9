"""The one place that reads wall time.

The chain knows only the timestamps of blocks; whoever must act at a time (the producer, the mempool's expiry, /health) asks a
`Clock`. Times are seconds since 1970-01-01T00:00:00 UTC.

    SystemClock      the machine's time
    AdjustableClock  a devnet's time: runs `speed` times as fast, can be advanced, never runs backwards over a restart
    ManualClock      stands still until a test moves it
"""

import asyncio
import json
import math
import time
from pathlib import Path
from typing import Protocol

from chain.errors import ChainError

SPEED_MAX = 10_000  # at 10,000 a 3-second slot lasts 0.3 ms: no machine makes blocks faster
ADVANCE_SECONDS_MAX = 20 * 365 * 86_400  # keeps times within the 32 bits that blocks have for them


class ClockError(ChainError):
    code = "clock_error"
    text = "The clock cannot do this: {reason}"


class Clock(Protocol):
    """What the node asks of time."""

    def now(self) -> float:
        """Seconds since 1970, with a fraction."""

    async def wait_until(self, at: float) -> None:
        """Return as soon as `now()` is `at` seconds or later, also when the clock is moved meanwhile."""


class SystemClock:
    """The machine's time, for every chain that is shared with others."""

    def now(self) -> float:
        return time.time()

    async def wait_until(self, at: float) -> None:
        # A timer of the loop may fire a little early by this clock, and the machine's time may be set back: look again.
        while (delay := at - self.now()) > 0:  # noqa: ASYNC110  there is no event: it is time that passes
            await asyncio.sleep(min(delay, 60.0))


class _Sleepers:
    """Those who wait for a clock that somebody may move."""

    def __init__(self) -> None:
        self._futures: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        for future in list(self._futures):
            if not future.done():
                future.set_result(None)

    async def doze(self, seconds: float | None) -> None:
        """Sleep until woken, or until so many real seconds have passed."""
        future = asyncio.get_running_loop().create_future()
        self._futures.add(future)
        try:
            await asyncio.wait([future], timeout=seconds)
        finally:
            self._futures.discard(future)
            future.cancel()

    def __len__(self) -> int:
        return len(self._futures)


class AdjustableClock:
    """A devnet's time. Where it stands is kept in a small file, so that a restarted chain does not wait for its own head.

    now = start + (machine's time − time of start) × speed; each change of either sets a new start.
    """

    def __init__(self, *, speed: int = 1, file: Path | None = None, source: Clock | None = None) -> None:
        if not 1 <= speed <= SPEED_MAX:
            raise ClockError(reason=f"speed {speed} is not within 1 to {SPEED_MAX}")
        self._source = source or SystemClock()
        self._file = file
        self._sleepers = _Sleepers()
        self._speed = speed
        self._source_start = self._source.now()
        self._start = self._source_start + self._read_offset()

    @property
    def speed(self) -> int:
        """Seconds of this clock in a second of the machine's."""
        return self._speed

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of the machine's."""
        return self.now() - self._source.now()

    def now(self) -> float:
        return self._start + (self._source.now() - self._source_start) * self._speed

    def advance(self, seconds: float) -> float:
        """Move `seconds` forward at once, wake all who wait, and return the new time."""
        if not 0 <= seconds <= ADVANCE_SECONDS_MAX:
            raise ClockError(reason=f"can be advanced by 0 to {ADVANCE_SECONDS_MAX} seconds, not {seconds}")
        self._restart_at(self.now() + seconds)
        return self.now()

    def set_speed(self, speed: int) -> None:
        """Go on from the present time with another speed."""
        if not 1 <= speed <= SPEED_MAX:
            raise ClockError(reason=f"speed {speed} is not within 1 to {SPEED_MAX}")
        now = self.now()
        self._speed = speed
        self._restart_at(now)

    def not_before(self, at: float) -> None:
        """Jump forward to `at` if that is later: called with the head block's time at a start after `kill -9`."""
        if at > self.now():
            self._restart_at(at)

    def save(self) -> None:
        """Keep the present offset for the next start."""
        if self._file is None:
            return
        draft = self._file.with_suffix(".tmp")
        draft.write_text(json.dumps({"offset_seconds": round(self.offset_seconds, 3)}) + "\n")
        draft.replace(self._file)

    async def wait_until(self, at: float) -> None:
        while (delay := (at - self.now()) / self._speed) > 0:
            await self._sleepers.doze(min(delay, 60.0))

    def _restart_at(self, now: float) -> None:
        self._source_start = self._source.now()
        self._start = now
        self.save()
        self._sleepers.wake()

    def _read_offset(self) -> float:
        if self._file is None or not self._file.exists():
            return 0.0
        try:
            offset = float(json.loads(self._file.read_text())["offset_seconds"])
        except (ValueError, KeyError, TypeError) as error:
            raise ClockError(reason=f"{self._file} is damaged; remove it to return to the machine's time") from error
        if not math.isfinite(offset) or abs(offset) > ADVANCE_SECONDS_MAX:
            raise ClockError(reason=f"{self._file} holds an offset of {offset} seconds; remove the file")
        return offset


class ManualClock:
    """Time of a test: it moves when told to."""

    def __init__(self, now: float = 1_451_606_400.0) -> None:  # 2016-01-01T00:00:00
        self._now = now
        self._sleepers = _Sleepers()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> float:
        self._now += seconds
        self._sleepers.wake()
        return self._now

    @property
    def sleeper_count(self) -> int:
        """How many wait at this moment."""
        return len(self._sleepers)

    async def wait_until(self, at: float) -> None:
        while at > self._now:
            await self._sleepers.doze(None)
