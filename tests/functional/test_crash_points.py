"""The short form of `python -m tests.functional.crash_points`, and a check that its reckoning notices what it is there for."""

from pathlib import Path

import pytest

from tests.functional.crash_node import POINTS
from tests.functional.crash_points import Campaign
from tests.functional.crash_report import Report

pytestmark = pytest.mark.functional
SEED = 3


def test_deaths_at_writes_in_a_switch_and_in_recovery_lose_nothing(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    campaign = Campaign(tmp_path, SEED, points=("block batch", "switch batch", "signed copy 0", "open database"))
    cycles = len(list(campaign.run(6)))
    report = campaign.report
    assert report.is_good, report
    assert sum(report.deaths.values()) >= cycles - 2
    assert report.slots_signed > 2
    assert report.votes_signed > 30
    assert report.digests_compared > 100
    assert report.pairs_compared > 500


def test_a_directory_that_was_being_made_is_made_anew(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, SEED)
    campaign.begin()
    for point, how in (
        ("create file", "torn"),
        ("genesis batch", "torn"),
        ("restore batch", "before"),
        ("restore file", "torn"),
    ):
        campaign.cycle(point, how)
    assert sum(campaign.report.deaths.values()) == 4
    assert not campaign.report.faults, campaign.report


def test_an_old_backup_signs_nothing_for_two_rounds(tmp_path: Path) -> None:
    """Though the node has signed since: without the wait it would sign again for what it does not remember."""
    print(f"seed {SEED}")
    campaign = Campaign(tmp_path, SEED)
    campaign.begin()
    campaign.keep_backup()
    campaign.cycle("signed sync 0", "after")
    campaign.cycle("signed sync 1", "after")
    assert campaign.report.slots_signed + campaign.report.votes_signed > 0
    campaign.restore_backup()
    signed = len(campaign.ledger.said)
    campaign.end()
    assert campaign.report.restored == 1
    assert not campaign.report.faults, campaign.report
    assert len(campaign.ledger.said) > signed  # it takes part again


def test_the_reckoning_notices(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    campaign = Campaign(tmp_path, SEED)
    report = campaign.report
    campaign.begin()
    campaign.cycle("block batch", "after")
    assert not report.faults, report

    campaign.sabotage = "loses a batch"  # the node believes that it is written
    campaign.cycle("block batch", "torn")
    assert (report.wrong_heads, report.faults) == (1, 1)

    campaign.sabotage = "changes a row"
    campaign.cycle("block batch", "after")
    assert report.digest_differences > 0
    assert not report.double_signatures

    campaign.sabotage = "forgets what it signed"
    for _ in range(20):
        campaign.cycle("block batch", "before")
        if report.double_signatures:
            break
    assert report.double_signatures > 0


def test_a_campaign_without_a_death_in_recovery_or_in_a_switch_has_shown_nothing() -> None:
    report = Report(SEED)
    report.deaths["switch batch", "before"] += 1
    assert not report.is_good
    report.deaths["open database", "during"] += 1
    assert report.is_good
    report.deaths["switch batch", "before"] = 0
    assert not report.is_good


def test_every_promised_write_has_a_point() -> None:
    assert {
        "block batch",
        "switch batch",
        "certificate batch",
        "mark",
        "signed copy 0",
        "signed copy 1",
    } <= POINTS.keys()
    assert all(hows for hows in POINTS.values())
