"""Clocks: the machine's, a devnet's, a test's."""

import asyncio
from pathlib import Path

import pytest

from node.clock import AdjustableClock, Clock, ClockError, ManualClock, SystemClock


def test_the_system_clock_waits_until_a_time() -> None:
    clock: Clock = SystemClock()
    at = clock.now() + 0.02
    asyncio.run(clock.wait_until(at))
    assert clock.now() >= at
    asyncio.run(clock.wait_until(0))


def test_an_adjustable_clock_runs_faster_and_can_be_advanced() -> None:
    source = ManualClock(1000.0)
    clock = AdjustableClock(speed=10, source=source)
    assert clock.now() == 1000.0
    source.advance(5)
    assert clock.now() == 1050.0
    assert clock.advance(7 * 86_400) == 1050.0 + 604_800
    clock.set_speed(2)
    source.advance(1)
    assert clock.now() == 1052.0 + 604_800
    assert clock.offset_seconds == clock.now() - 1006.0


def test_a_restarted_clock_goes_on_where_it_was_and_not_before_the_head(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    source = ManualClock(1000.0)
    AdjustableClock(file=file, source=source).advance(500)
    source.advance(10)
    clock = AdjustableClock(file=file, source=source)
    assert clock.now() == 1510.0
    clock.not_before(2000.0)
    clock.not_before(5.0)
    assert clock.now() == 2000.0
    assert AdjustableClock(file=file, source=source).now() == 2000.0


def test_advancing_wakes_those_who_wait() -> None:
    async def scenario(clock: AdjustableClock | ManualClock) -> None:
        waiting = asyncio.create_task(clock.wait_until(clock.now() + 3600))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.advance(3599)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        clock.advance(1)
        await asyncio.wait_for(waiting, 1)

    asyncio.run(scenario(ManualClock()))
    asyncio.run(scenario(AdjustableClock(source=ManualClock(0.0))))


def test_a_cancelled_sleeper_is_forgotten() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        waiting = asyncio.create_task(clock.wait_until(clock.now() + 1))
        await asyncio.sleep(0)
        assert clock.sleeper_count == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert clock.sleeper_count == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"offset_seconds": "x"}', '{"offset_seconds": NaN}', '{"offset_seconds": 1e18}']
)
def test_invalid_clock_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "clock.json"
    file.write_text(text)
    with pytest.raises(ClockError, match=r"clock\.json"):
        AdjustableClock(file=file)


def test_invalid_speed_and_advance() -> None:
    for speed in (0, -1, 10_001):
        with pytest.raises(ClockError):
            AdjustableClock(speed=speed)
        with pytest.raises(ClockError):
            AdjustableClock().set_speed(speed)
    for seconds in (-1.0, 1e12, float("nan"), float("inf")):
        with pytest.raises(ClockError):
            AdjustableClock().advance(seconds)
