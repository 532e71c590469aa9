"""Speaks with a node as its operator: on the socket that running.json names, with the cookie that lies beside it.

Nobody has to name either. A node that is found nowhere on this machine, or is of another kind, is asked on its public socket; it then
says that there is no such method.
"""

import functools
import json
from pathlib import Path
from typing import Any, NamedTuple

import click

from cli.client import Client, NodeRefused, node_option
from cli.output import Failure, Function, last_option
from cli.paths import devnet_dir


class NotOperator(Failure):
    exit_code = 4
    code = "not_operator"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"The node at {url} answers this to its operator only.",
            "Run it on the node's machine, as the user who runs the node; --data-dir names the node's folder.",
            url=url,
        )


class OperatorSocket(NamedTuple):
    url: str
    secret: str


class OperatorClient(Client):
    """A client that knows what it means when a node does not know an operator's method."""

    def call(self, method: str, params: list[Any] | dict[str, Any] | None = None) -> Any:
        """Raises NotOperator beside what every client raises."""
        try:
            return super().call(method, params)
        except NodeRefused as refusal:
            if "could not find" in refusal.reason.lower():
                raise NotOperator(self.url) from refusal
            raise


def find_operator_socket(data_dir: Path | None) -> OperatorSocket | None:
    """Where the node of a data directory takes its operator's calls; None where it does not run or is somebody else's."""
    if data_dir is None:
        return None
    try:
        running = json.loads((data_dir / "running.json").read_text(encoding="utf-8"))
        return OperatorSocket(running["operator_url"], Path(running["cookie_file"]).read_text(encoding="ascii").strip())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def asks_operator(function: Function) -> Function:
    """Give a command `--node` and `--data-dir`, and its function a `client` that speaks as the operator where it can."""

    @functools.wraps(function)
    def command(*args: Any, node: str, data_dir: Path | None, **options: Any) -> Any:
        found = find_operator_socket(data_dir or devnet_dir(node))
        client = OperatorClient(node) if found is None else OperatorClient(found.url, secret=found.secret)
        click.get_current_context().call_on_close(client.close)
        return function(*args, client=client, **options)

    decorated: Function = node_option(_data_dir_option(command), help="The node to ask, on this machine.")
    return decorated


def _data_dir_option(function: Any) -> Any:
    return last_option(
        function,
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="The node's folder, where it is not found by its address.",
    )
