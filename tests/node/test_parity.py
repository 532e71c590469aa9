"""Our answers beside those of a real hived, and whether the comparison would notice."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import skald
from node.parity import NotAScenario, compare, compare_scenario
from tests.helpers.parity_docs import SCENARIOS
from tests.helpers.shared import shared_path


@pytest.mark.shared
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_answer_is_hiveds(scenario: str) -> None:
    report = compare_scenario(shared_path("parity", scenario))
    assert report.refused == ""
    assert [difference.to_json() for difference in report.differences[:3]] == []
    assert report.operations > 200


@pytest.fixture
def falsified(tmp_path: Path) -> Path:
    """A copy of the smallest scenario whose dumps can be changed."""
    folder = tmp_path / "genesis"
    shutil.copytree(shared_path("parity", "genesis"), folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    folder.chmod(0o755)
    return folder


def falsify(folder: Path, dump: str, old: str, new: str) -> None:
    path = folder / "dumps" / f"{dump}.json.gz"
    with gzip.open(path, "rt") as file:
        text = file.read()
    assert old in text
    with gzip.open(path, "wt") as file:
        file.write(text.replace(old, new, 1))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("dump", "old", "new"),
    [
        ("accounts", '"can_vote":true', '"can_vote":false'),
        ("witnesses", '"total_missed":0', '"total_missed":1'),
        ("ops_by_block", '"hardfork_id":7', '"hardfork_id":8'),
        ("dynamic_global_properties", '"hbd_print_rate":10000', '"hbd_print_rate":0'),
        ("checkpoints", '"percent_curation_rewards":5000', '"percent_curation_rewards":5001'),
    ],
)
def test_one_changed_value_is_found(falsified: Path, dump: str, old: str, new: str) -> None:
    falsify(falsified, dump, old, new)
    report = compare_scenario(falsified)
    assert report.count == 1
    assert report.differences[0].dump.startswith(dump)


@pytest.mark.shared
def test_the_command_ends_with_the_count_and_its_exit_status(falsified: Path) -> None:
    same = CliRunner().invoke(skald, ["parity", str(falsified)])
    assert same.exit_code == 0
    assert same.output.rstrip().endswith("0 differences")
    assert CliRunner().invoke(skald, ["parity", str(falsified.parent)]).output == same.output
    falsify(falsified, "ops_by_block", '"hardfork_id":7', '"hardfork_id":8')
    different = CliRunner().invoke(skald, ["parity", str(falsified), "--json"])
    assert different.exit_code == 1
    assert json.loads(different.output)["scenarios"][0]["first_divergent_block"] == 1


def test_invalid_folder_that_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(NotAScenario):
        compare_scenario(tmp_path)


@pytest.mark.parametrize(
    ("expected", "actual", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["/a"]),
        ({"a": 1}, {"a": "1"}, ["/a"]),
        ({"a": 1}, {"a": True}, ["/a"]),
        ({"a": 1}, {}, ["/a"]),
        ({}, {"a": 1}, ["/a"]),
        ([1, 2], [1], [""]),
        ([{"name": "x", "b": 1}], [{"name": "x", "b": 2}], ["/0:x/b"]),
    ],
)
def test_comparison_of_values(expected: object, actual: object, paths: list[str]) -> None:
    assert [difference.path for difference in compare("dump", expected, actual)] == paths
