"""Every test of the command line has a home of its own, and nobody's environment."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from chain.presets import preset
from cli import devnet, paths
from tests.cli.fake_node import FakeNode, fake_node, serving
from tests.node.rpc_world import RpcWorld


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("SKALD_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("SKALD_HOME", str(folder))
    return folder


@pytest.fixture
def node() -> Iterator[FakeNode]:
    with fake_node() as found:
        yield found


@pytest.fixture
def skald(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command line; `node=` names the node it asks."""
    from cli.main import skald as group

    def run(*arguments: str, node: FakeNode | None = None, input: str | None = None) -> Result:
        if node is not None:
            monkeypatch.setenv("SKALD_NODE", node.url)
        monkeypatch.setenv("SKALD_DEBUG", "1")  # a bug shows itself whole
        return CliRunner().invoke(group, list(arguments), input=input, catch_exceptions=False)

    return run


@pytest.fixture
def answer(skald: Callable[..., Result]) -> Callable[..., Any]:
    """The JSON that a command prints; it must succeed."""

    def run(*arguments: str, **options: Any) -> Any:
        result = skald(*arguments, "--json", **options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "devnet"
    devnet.write_key_files(made, preset("devnet"))
    return made


@pytest.fixture
def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RpcWorld]:
    """A devnet of one's own behind a socket; a block follows every broadcast and every advance of the clock."""
    world = RpcWorld()
    world.produce(25)  # past the first round

    def respond(body: bytes) -> bytes:
        return orjson.dumps(world.reply(body))

    with serving(respond) as url:
        paths.note_running_node(url, folder)
        monkeypatch.setenv("SKALD_NODE", url)
        yield world
        assert not world.bugs.seen
