"""The short forms of the campaigns of power cuts and damages over one recorded life, and checks that they notice what they look for."""

import os
import random
from pathlib import Path

import pytest

from chain.leveldb import LevelDbBackend
from cli.guard import DiskFailed
from tests.functional.campaign import run_apart
from tests.functional.faults import damage, full, shim
from tests.functional.faults.disk import LAWS, Disk, Record
from tests.functional.faults.life import Life
from tests.functional.faults.power import Campaign
from tests.functional.node_process import NodeProcess

pytestmark = [pytest.mark.functional, pytest.mark.skipif(not shim.is_available(), reason=shim.WHY_NOT)]
SEED = 11


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    print(f"seed {SEED}")
    return Life(tmp_path_factory.mktemp("life"), SEED, slots=20)


def test_what_was_synced_is_there_after_every_cut(life: Life, tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, SEED)
    for number in range(20):
        campaign.cut(life, number)
    report = campaign.report
    assert report.is_good, report
    assert report.opened > 15
    assert report.signed_before > 100
    assert report.signed_after > 5


def test_a_disk_that_lies_about_syncs_is_noticed(life: Life, tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, SEED)
    honest = life.records
    life.records = [one for one in honest if not (isinstance(one, Record) and one.what == b"s")]
    try:
        for number in range(12):
            campaign.cut(life, number)
    finally:
        life.records = honest
    assert campaign.report.faults > 0


# --- damage


def test_damage_is_refused_or_told_or_harmless(life: Life, tmp_path: Path) -> None:
    campaign = damage.Campaign(tmp_path, SEED)
    moment = campaign.moment(life, 0)
    for number in range(40):
        campaign.damage(moment, f"{SEED} {number}")
    report = campaign.report
    assert report.is_good, report
    assert report.answers_compared > 100
    assert report.blocks_pushed > 5


def test_reading_without_checksums_is_noticed(life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of a database whose reads trust the disk."""
    campaign = damage.Campaign(tmp_path, SEED)
    moment = campaign.moment(life, 0)
    scan = LevelDbBackend.scan_all
    monkeypatch.setattr(LevelDbBackend, "get", lambda backend, key: backend.db.get(key, verify_checksums=False))
    monkeypatch.setattr(LevelDbBackend, "scan_all", lambda backend: backend.db.iterator(fill_cache=False))
    assert scan is not LevelDbBackend.scan_all
    moment.names = [name for name in moment.names if name.endswith(".ldb")]
    monkeypatch.setattr(damage, "KINDS", ("bit flipped", "as it was earlier"))
    for number in range(20):
        campaign.damage(moment, f"{SEED} {number}")
    assert campaign.report.faults


# --- a disk that refuses


def test_a_disk_that_refuses_ends_a_life_and_loses_nothing(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    assert run_apart(full.NAMED, tmp_path, SEED, 8, shim.environment) == 0


def test_a_node_whose_disk_is_full_ends_with_one_error_and_starts_again(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "devnet", speed=60)
    node.start()
    node.ask("devnet_api.produce", {"count": 43})
    assert node.stop() == 0
    node.faults = shim.settings(node.data_dir, full_after=150_000)
    node.spawn()
    assert node.outlive(60) == DiskFailed.exit_code
    node.kill()  # it is dead, and its pipe is closed by that
    assert "The disk refuses" in node.log.read_text()
    told = [event["num"] for event in node.events("block produced")]
    node.faults = {}
    node.start()
    (opened,) = node.events("chain opened")
    assert opened["head"] >= max(told, default=0)
    assert node.stop() == 0


# --- the disk after a power cut

NEW = os.O_CREAT | os.O_WRONLY


def cuts(laws: str, *records: Record) -> set[bytes | None]:
    """What the file `/d/a` may hold after a power cut; None where it is gone."""
    found = set()
    for seed in range(200):
        disk = Disk(Path("/d"))
        for record in records:
            disk.take(record, LAWS[laws])
        found.add(disk.cut(random.Random(seed), LAWS[laws]).get("/d/a"))
    return found


OPENED, WRITTEN, SYNCED = Record(b"o", 3, NEW, b"/d/a"), Record(b"w", 3, 0, b"text"), Record(b"s", 3, 0, b"")
DIRECTORY_SYNCED = (Record(b"o", 4, 0, b"/d"), Record(b"s", 4, 0, b""))


def test_what_was_not_synced_may_be_there_or_not() -> None:
    assert cuts("journal", OPENED, WRITTEN) == {None, b"", b"text"}


def test_a_journal_keeps_the_name_of_a_synced_file() -> None:
    assert cuts("journal", OPENED, WRITTEN, SYNCED) == {b"text"}


def test_to_the_letter_a_name_is_safe_when_its_directory_is_synced() -> None:
    assert cuts("to the letter", OPENED, WRITTEN, SYNCED) == {None, b"text"}
    assert cuts("to the letter", OPENED, WRITTEN, SYNCED, *DIRECTORY_SYNCED) == {b"text"}


def test_a_write_may_be_torn_at_a_sector() -> None:
    long = Record(b"w", 3, 0, b"x" * 1_024)
    found = cuts("journal", OPENED, SYNCED, long)
    assert {b"", b"x" * 512, bytes(512) + b"x" * 512, b"x" * 1_024} == found


def test_a_file_that_replaces_another_is_the_old_one_or_the_new_one() -> None:
    other = (Record(b"o", 5, NEW, b"/d/b"), Record(b"w", 5, 0, b"new"), Record(b"s", 5, 0, b""))
    renamed = Record(b"r", -1, 0, b"/d/b\0/d/a")
    assert cuts("journal", OPENED, WRITTEN, SYNCED, *other, renamed) == {b"text", b"new"}
