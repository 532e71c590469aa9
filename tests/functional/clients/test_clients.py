"""Hive's own client libraries live their first days on a devnet: flow by flow, as results.json and docs/clients.md say it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.functional.clients import packages
from tests.functional.clients.flows import CLIENTS, FENCE, FLOWS
from tests.functional.clients.results import read_results
from tests.functional.clients.suite import ClientsDevnet, Outcome, run_client

pytestmark = [pytest.mark.functional, pytest.mark.clients]

RESULTS = read_results()


@pytest.fixture(scope="module")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientsDevnet]:
    with ClientsDevnet(tmp_path_factory.mktemp("clients") / "devnet") as devnet:
        yield devnet


@pytest.fixture(scope="module")
def outcomes(devnet: ClientsDevnet) -> Callable[[str], dict[str, Outcome]]:
    """All flows of a client by its name; run when the first is asked for."""

    @cache
    def outcomes(name: str) -> dict[str, Outcome]:
        try:
            return run_client(CLIENTS[name], devnet)
        except packages.Missing as missing:
            return pytest.skip(str(missing))

    return outcomes


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_does_what_is_written_of_it(
    name: str, flow: str, outcomes: Callable[[str], dict[str, Outcome]], devnet: ClientsDevnet
) -> None:
    outcome = outcomes(name)[flow]
    assert outcome.recorded() == RESULTS[name]["flows"][flow], outcome.error
    for transaction in outcome.transactions:
        assert FLOWS[flow] in devnet.operations_of(transaction)
    assert bool(outcome.transactions) == bool(FLOWS[flow] and outcome.passed)


def said_by(command: list[str]) -> str:
    environment = os.environ | {"PYTHONPATH": str(FENCE)}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return process.stdout + process.stderr


@pytest.mark.parametrize("url", ["https://api.hive.blog/", "http://192.0.2.1/"])
def test_javascript_cannot_speak_to_another_machine(url: str) -> None:
    try:
        node = packages.node_command()
    except packages.Missing as missing:
        pytest.skip(str(missing))
    code = f'fetch("{url}").catch((error) => console.log(error.cause.message))'
    assert "the fence keeps" in said_by([node, "--require", str(FENCE / "fence.cjs"), "--eval", code])


@pytest.mark.parametrize("url", ["https://api.hive.blog/", "http://192.0.2.1/"])
def test_python_cannot_speak_to_another_machine(url: str) -> None:
    code = f"import urllib.request; urllib.request.urlopen('{url}')"
    assert "the fence keeps" in said_by([sys.executable, "-c", code])
