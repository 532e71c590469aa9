"""The short form of `make stops`, and a check that it notices what it looks for."""

from pathlib import Path

import pytest

from tests.functional.stops import IMPORTING, RECOVERING, TWICE, Campaign

pytestmark = pytest.mark.functional
SEED = 4


def test_however_a_node_is_stopped_it_ends_well_and_loses_nothing(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    campaign = Campaign(tmp_path, SEED)
    try:
        campaign.start()
        campaign.node.ask("devnet_api.produce", {"count": 43})
        for kind in (TWICE, IMPORTING, RECOVERING):
            campaign.stop(kind)
            campaign.start()
        assert campaign.node.stop() == 0
    finally:
        if campaign.node.is_running:
            campaign.node.kill()
    campaign.reckon()
    report = campaign.report
    assert report.is_good, report
    assert report.blocks > 43
    assert len(report.end_seconds) == 2


class Witnessed:
    """A node that has ended, with a log and a status of our choice."""

    def __init__(self, status: int, *names: str, said: str = "") -> None:
        self.status = status
        self.names = names
        self.text = said

    def ended(self) -> int:
        return self.status

    def all_events(self) -> list[dict[str, str]]:
        return [{"event": name} for name in self.names]

    def events(self, name: str) -> list[dict[str, str]]:
        return [event for event in self.all_events() if event["event"] == name]

    def said(self) -> str:
        return self.text


WELL = ("starting", "chain opened", "block produced", "stopping", "stopped")


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        (Witnessed(0, *WELL), None),
        (Witnessed(-15), None),
        (Witnessed(-15, "starting"), "status -15"),
        (Witnessed(1, *WELL), "status 1"),
        (Witnessed(0, *WELL, said="Traceback (most recent call last)"), "a traceback"),
        (Witnessed(0, "starting", "stopping", "block produced", "stopped"), "1 blocks after the signal"),
        (Witnessed(0, "starting", "stopping"), "it does not say where it stands"),
    ],
)
def test_a_bad_end_is_noticed(tmp_path: Path, node: Witnessed, fault: str | None) -> None:
    campaign = Campaign(tmp_path, SEED)
    campaign.node = node  # type: ignore[assignment]
    campaign.judge(is_twice=False)
    assert campaign.report.faults == ([] if fault is None else [fault])
