"""Talking to a node: its answers, its refusals, and what else may listen on a port."""

import json
import socket
from typing import Any

import pytest

from cli.client import Client, NodeRefused, NodeUnreachable, NotANode, readable_reason
from cli.output import BadInput
from tests.cli.fake_node import Refusal, serving


def call(url: str, method: str = "condenser_api.get_version", params: Any = None, timeout_seconds: float = 5) -> Any:
    with Client(url, timeout_seconds) as client:
        return client.call(method, params)


def test_a_result_comes_back(node):
    node.answers["condenser_api.get_version"] = {"blockchain_version": "1.28.7"}
    assert call(node.url) == {"blockchain_version": "1.28.7"}
    assert node.calls == [("condenser_api.get_version", [])]


def test_several_methods_go_in_one_round_trip_and_keep_their_order(node):
    node.answers |= {"a_api.one": 1, "a_api.two": 2}
    with Client(node.url) as client:
        assert client.batch([("a_api.two", None), ("a_api.one", None)]) == [2, 1]


def test_a_refusal_is_read_from_the_stack_with_its_data(node):
    def refuse(_params):
        raise Refusal("Account ${a} does not have sufficient funds", {"a": "alice"})

    node.answers["condenser_api.broadcast_transaction"] = refuse
    with pytest.raises(NodeRefused) as caught:
        call(node.url, "condenser_api.broadcast_transaction", [{}])
    assert caught.value.reason == "Account alice does not have sufficient funds"
    assert "skald account show" in caught.value.advice


def test_an_error_without_a_stack_is_read_from_its_message():
    assert readable_reason({"code": -32002, "message": "Could not find API nope"}) == "Could not find API nope"
    assert readable_reason({"code": -32003, "message": "Assert Exception:no such thing"}) == "no such thing"


def test_invalid_reply_html_is_not_a_node():
    with serving(lambda _body: b"<html>") as url, pytest.raises(NotANode, match="not JSON"):
        call(url)


def test_invalid_reply_other_status_is_not_a_node():
    with serving(lambda _body: b"{}", status=404) as url, pytest.raises(NotANode, match="HTTP 404"):
        call(url)


def test_invalid_reply_to_another_request_is_not_taken():
    reply = json.dumps({"jsonrpc": "2.0", "id": 999, "result": 1}).encode()
    with serving(lambda _body: reply) as url, pytest.raises(NotANode, match="another request"):
        call(url)


def test_nobody_listens():
    with socket.socket() as taken:  # bound but not listening: the port refuses connections
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NodeUnreachable, match="nothing listens there"):
            call(f"http://127.0.0.1:{taken.getsockname()[1]}")


def test_a_node_that_is_silent_for_too_long():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NodeUnreachable, match="no answer in time"):
        call(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0.05)


def test_invalid_address():
    with pytest.raises(BadInput, match="not the address of a node"):
        Client("ftp://127.0.0.1")
