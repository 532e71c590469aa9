"""What a devnet's owner does with its time."""

from pathlib import Path
from typing import Any

import pytest

from node.clock import AdjustableClock, ClockError, ManualClock
from node.devnet import devnet_namespace
from node.rpc.errors import CallRefused
from node.rpc.registry import Registry
from tests.helpers.play import START, Play


class Owned:
    """A devnet whose clock runs by another that stands still."""

    def __init__(self, **options: Any) -> None:
        self.machine = ManualClock(START)
        self.clock = AdjustableClock(source=self.machine)
        self.play = Play(**options)
        self.registry = Registry([devnet_namespace(self.play.core, self.clock, self.tick)])

    def tick(self) -> None:
        self.play.now = self.clock.now()
        self.play.tick()

    def ask(self, method: str, **params: Any) -> Any:
        return self.registry.find(f"devnet_api.{method}")(None, params)


def test_blocks_on_demand_take_the_clock_along() -> None:
    owned = Owned()
    answer = owned.ask("produce", count=25)
    assert answer["head_block_num"] == owned.play.chain.head_num == 25
    assert answer["head_time"] == answer["now"] == "2027-01-15T08:01:15"


def test_a_week_passes_with_one_block() -> None:
    owned = Owned()
    owned.ask("produce", count=3)
    answer = owned.ask("advance", seconds=7 * 86_400)
    assert answer["head_block_num"] == 4
    assert answer["head_time"] == "2027-01-22T08:00:09"


def test_even_a_second_has_a_block_behind_it() -> None:
    owned = Owned()
    owned.ask("produce")
    before = owned.clock.now()
    assert owned.ask("advance", seconds=1)["head_block_num"] == 2
    assert owned.clock.now() == before + 3


def test_slots_of_strangers_are_passed_over() -> None:
    owned = Owned()
    owned.ask("produce", count=50)
    owned.play.core.production.witnesses = frozenset(["witness-4"])
    assert owned.ask("produce", count=3)["head_block_num"] == 53
    assert {owned.play.chain.block(num).header.witness for num in (51, 52, 53)} == {"witness-4"}


def test_invalid_nobody_to_produce() -> None:
    owned = Owned(witnesses=[])
    with pytest.raises(CallRefused, match="Only 0 blocks were made"):
        owned.ask("produce")
    with pytest.raises(CallRefused, match="no block was made"):
        owned.ask("advance", seconds=60)


@pytest.mark.parametrize("count", [0, -1, 1_201])
def test_invalid_count(count: int) -> None:
    owned = Owned()
    with pytest.raises(CallRefused):
        owned.ask("produce", count=count)
    assert owned.play.chain.head_num == 0


@pytest.mark.parametrize("speed", [0, 10_001])
def test_invalid_speed(speed: int) -> None:
    with pytest.raises(ClockError):
        Owned().ask("set_speed", speed=speed)


def test_time_runs_faster_when_told_to() -> None:
    owned = Owned()
    assert owned.ask("set_speed", speed=60)["speed"] == 60
    owned.machine.advance(10)
    assert owned.ask("get_clock")["now"] == "2027-01-15T08:10:00"


def test_time_does_not_go_back_over_a_restart(tmp_path: Path) -> None:
    machine = ManualClock(START)
    clock = AdjustableClock(source=machine, file=tmp_path / "clock.json")
    clock.advance(1_000)
    assert AdjustableClock(source=machine, file=tmp_path / "clock.json").now() == START + 1_000
