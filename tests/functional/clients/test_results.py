"""What is written of the clients is whole: every client, every flow, each passed or with the reason why there is none."""

import json
import re

import pytest

from tests.functional.clients.flows import CLIENTS, FLOWS, HERE, SCRIPTS
from tests.functional.clients.packages import version_of
from tests.functional.clients.results import ABSENT, read_results


def test_every_client_is_written_of_in_the_version_that_is_installed() -> None:
    written = {name: (one["package"], one["version"]) for name, one in read_results().items()}
    assert written == {name: (client.package, version_of(client)) for name, client in CLIENTS.items()}


@pytest.mark.parametrize("name", CLIENTS)
def test_every_flow_passes_or_has_a_reason(name: str) -> None:
    flows = read_results()[name]["flows"]
    assert list(flows) == list(FLOWS)
    assert [flow for flow, outcome in flows.items() if outcome != "passed" and len(outcome) <= len(ABSENT)] == []
    assert [flow for flow, outcome in flows.items() if outcome == "failed"] == []


def test_every_script_is_run() -> None:
    assert {client.script for client in CLIENTS.values()} == {path.name for path in SCRIPTS.glob("with_*")}


def test_versions_are_pinned_and_say_nothing_of_where_they_come_from() -> None:
    asked = json.loads((HERE / "package.json").read_text())["dependencies"]
    assert [version for version in asked.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    lock = json.loads((HERE / "package-lock.json").read_text())["packages"]
    assert {name: lock[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert [name for name, package in lock.items() if "resolved" in package] == []
