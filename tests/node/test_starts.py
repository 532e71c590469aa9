"""What a program loads before anybody has asked for more: it is most of the time to start."""

import subprocess
import sys

import pytest


def loaded_by(*modules: str) -> set[str]:
    """The packages and modules that a fresh interpreter holds after these imports."""
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    )


@pytest.mark.parametrize("command", ["content", "money", "show", "tx"])
def test_a_client_loads_nothing_of_a_node(command: str) -> None:
    assert "node" not in loaded_by("cli.main", f"cli.commands.{command}")


def test_a_node_loads_what_few_are_asked_for_when_somebody_asks() -> None:
    """Web pages, WebSockets, and the sockets between nodes, which are loaded beside the first requests."""
    loaded = loaded_by("cli.main", "cli.commands.node", "node.runner", "node.network")
    assert "uvicorn" in loaded
    assert not loaded & {"fastapi", "pydantic", "websockets", "aiohttp"}
