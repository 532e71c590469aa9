"""Commands for a node's operator find its socket and its cookie by themselves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import paths
from cli.operator import find_operator_socket
from tests.cli.fake_node import FakeNode, fake_node


@pytest.fixture
def inner() -> Iterator[FakeNode]:
    """What answers on the operator's socket."""
    with fake_node() as found:
        found.answers["devnet_api.advance"] = {"head_time": "2025-01-08T00:10:03"}
        yield found


@pytest.fixture
def running(tmp_path: Path, node: FakeNode, inner: FakeNode) -> Path:
    """The data directory of a node with both sockets."""
    data_dir = tmp_path / "chain"
    data_dir.mkdir()
    cookie_file = data_dir / "operator-cookie"
    cookie_file.write_text("ab" * 32)
    about = {"pid": 1, "url": node.url, "operator_url": inner.url, "cookie_file": str(cookie_file)}
    (data_dir / "running.json").write_text(json.dumps(about))
    return data_dir


def test_time_is_advanced_on_the_operators_socket(node, inner, running, answer):
    paths.note_running_node(node.url, running)
    assert answer("devnet", "advance", "7d", node=node)["now"] == "2025-01-08T00:10:03"
    assert inner.asked("devnet_api.advance") == [{"seconds": 604_800}]
    assert not node.asked("devnet_api.advance")
    assert inner.authorizations == {"Bearer " + "ab" * 32}


def test_a_folder_may_be_named(node, inner, running, answer):
    assert answer("devnet", "advance", "7d", "--data-dir", str(running), node=node)["seconds"] == 604_800
    assert inner.asked("devnet_api.advance")


def test_invalid_asking_a_stranger_s_node(node, skald):
    result = skald("network", "status", node=node)
    assert result.exit_code == 4
    assert "answers this to its operator only" in result.stderr
    assert "--data-dir" in result.stderr


@pytest.mark.parametrize(
    "about", ["", "{}", "[]", '{"operator_url": "http://127.0.0.1:1"}', '{"operator_url": 1, "cookie_file": "/none"}']
)
def test_invalid_notes_of_a_running_node_lead_nowhere(tmp_path, about):
    (tmp_path / "running.json").write_text(about)
    assert find_operator_socket(tmp_path) is None
    assert find_operator_socket(tmp_path / "none") is None
