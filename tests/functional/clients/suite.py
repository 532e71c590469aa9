"""Runs the clients' scripts against a devnet, and looks on the chain for what they say they have done."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from chain.keys import PrivateKey
from chain.wire import LEGACY
from cli.broadcast import build_transaction, chain_facts, signed
from cli.client import Client
from tests.functional.clients import packages
from tests.functional.clients.flows import FENCE, FLOWS, SCRIPTS, ClientLibrary
from tests.functional.node_process import NodeProcess

CHAIN_ID: Final = "beeab0de" + "00" * 28  # the only one that all of them can sign for: hive-tx reads no other
SPEED: Final = 10  # a block in 0.3 seconds; what a client sends expires after 30 to 600 of the chain's
INIT_KEY: Final = "5JNHfZYKGaomSFvd4NUdQ9qMcEAC43kujbfjueTHpVapX1Kzq2n"  # of initminer: protocol.md §3.4
SCRIPT_SECONDS_MAX: Final = 120
PROPOSAL_ID: Final = 0
PROPOSAL: Final = {
    "creator": "initminer",
    "receiver": "initminer",
    "start_date": "2030-01-01T00:00:00",
    "end_date": "2030-02-01T00:00:00",
    "daily_pay": "1.000 HBD",
    "subject": "Something to vote for",
    "permlink": "proposal",
    "extensions": [],
}


@dataclass
class Outcome:
    """How a flow went, as the script says it."""

    flow: str
    passed: bool = False
    absent: str = ""  # why this client has no such thing
    transactions: list[str] = field(default_factory=list)  # the ids, as the client made them
    error: str = ""

    def recorded(self) -> str:
        """As results.json keeps it."""
        return f"absent: {self.absent}" if self.absent else "passed" if self.passed else "failed"


class ClientsDevnet(NodeProcess):
    """Hive in all that the clients look at."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir, speed=SPEED, options=["--hive-compatible", "--chain-id", CHAIN_ID])

    def __enter__(self) -> Self:
        self.start()
        self.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """What no client brings along: a proposal to vote for, and enough blocks for old ones to be asked for."""
        post = {"author": "initminer", "permlink": PROPOSAL["permlink"], "parent_author": "", "parent_permlink": "test"}
        self.send("comment", **post, title="A proposal", body="Vote for it.", json_metadata="{}")
        self.send("create_proposal", **PROPOSAL)

    def send(self, name: str, **fields: Any) -> None:
        with Client(self.url) as client:
            facts = chain_facts(client)
            key = PrivateKey.parse(INIT_KEY)
            transaction = signed(build_transaction(facts, [(name, fields)], 60), [key], facts.chain_id)
            client.call("condenser_api.broadcast_transaction_synchronous", [transaction.to_json(LEGACY, facts.dialect)])

    def operations_of(self, transaction_id: str) -> set[str]:
        """What a transaction in a block does."""
        found = self.ask("condenser_api.get_transaction", [transaction_id])
        return {name for name, _ in found["operations"]}


def run_client(client: ClientLibrary, devnet: ClientsDevnet) -> dict[str, Outcome]:
    """Every flow of one client. Raises packages.Missing where it cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        command = command_for(client, Path(folder))
        process = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": str(FENCE), "SKALD_DEVNET": json.dumps(told(client, devnet))},
            capture_output=True,
            text=True,
            timeout=SCRIPT_SECONDS_MAX,
            check=False,
        )
    devnet.hang_up()  # the node may have done so while the script ran
    lines = [json.loads(line) for line in process.stdout.splitlines() if line.startswith('{"flow"')]
    outcomes = {line["flow"]: Outcome(**line) for line in lines}
    said = (process.stdout + process.stderr)[-2000:]
    return {flow: outcomes.get(flow) or Outcome(flow, error=f"the script said nothing of it: {said}") for flow in FLOWS}


def told(client: ClientLibrary, devnet: ClientsDevnet) -> dict[str, Any]:
    """What a script has to know; time is turned where only an operator may speak."""
    places = json.loads((devnet.data_dir / "running.json").read_text())
    return {
        "url": devnet.url,
        "operator": {"url": places["operator_url"], "secret": Path(places["cookie_file"]).read_text()},
        "chainId": CHAIN_ID,
        "prefix": "STM",
        "initKey": INIT_KEY,
        "newcomer": client.account,
        "password": "a master password",
        "proposal": PROPOSAL_ID,
    }


def command_for(client: ClientLibrary, folder: Path) -> list[str]:
    """How to run a script behind a fence that lets nothing out to other machines. Python finds its fence by its path."""
    if client.is_python:
        return [packages.python_command(), str(SCRIPTS / client.script)]
    node = packages.node_command()
    # A script finds packages in the folders above it: so it goes beside them, as in a project of its own.
    shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(packages.npm_folder() / "node_modules")
    return [node, "--no-deprecation", "--require", str(FENCE / "fence.cjs"), str(folder / client.script)]
