"""The short form of `make weather`, and a check that its reckoning notices what it looks for."""

from pathlib import Path

import pytest

from tests.functional.faults import shim
from tests.functional.load import LoadNetwork
from tests.functional.soak import NODES
from tests.functional.weather import Sky, Weather, faults_of

pytestmark = [pytest.mark.functional, pytest.mark.skipif(not shim.is_available(), reason=shim.WHY_NOT)]
SEED = 3


def test_a_network_lives_through_a_slow_disk_and_a_wrong_clock(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    with LoadNetwork(tmp_path, nodes=NODES, people=5, seed=SEED, interval_seconds=1) as network:
        weather = Weather(network, [Sky(node) for node in network.nodes], SEED, print)
        network.start()
        weather.spell("slow disk")
        weather.spell("clock set forward")
        weather.reckon()
    report = weather.report
    assert report.is_good, report
    assert report.answers > 3
    assert report.produced > 3
    assert any("off the clocks" in reason for reason in report.reasons)


def produced(*times: str) -> list[dict[str, object]]:
    return [{"event": "block produced", "time": f"2026-01-01T00:00:{time}"} for time in times]


def test_a_slot_that_is_signed_twice_or_too_late_is_noticed() -> None:
    assert faults_of("node", produced("03", "06", "12")) == []
    assert len(faults_of("node", produced("03", "06", "06"))) == 1
    assert len(faults_of("node", produced("03", "09", "06", "12"))) == 1
    assert len(faults_of("node", [{"event": "a witness contradicted itself"}])) == 1
