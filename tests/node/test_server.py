"""The HTTP face on a real loopback socket."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from chain.compiled import SOFTWARE
from node.config import Config
from node.listening import AddressUnusable, listen
from node.metrics import Metrics
from node.rpc.connections import ServerLimits, server_limits
from node.rpc.guards import GuardLimits, guard_limits
from node.rpc.jsonrpc import Limits
from node.rpc.plain import Health
from node.rpc.server import create_app, log_bug, request_limits, serve
from tests.node.toys import make_dispatcher

ADD = {"jsonrpc": "2.0", "method": "toy_api.add", "params": [1, 2], "id": 7}


class Node:
    """A server in the test's loop, and a client for it."""

    def __init__(self, client: httpx.AsyncClient, port: int) -> None:
        self.client = client
        self.port = port
        self.health = Health(healthy=True, head_block_num=5)

    async def raw(self, request: bytes) -> bytes:
        """All that comes back on a connection of its own, until the server closes it or nothing more comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        await writer.drain()
        received = b""
        try:
            while part := await asyncio.wait_for(reader.read(65_536), 2):
                received += part
        finally:
            writer.close()
        return received


@asynccontextmanager
async def running(context: Any = None, limits: Limits | None = None) -> AsyncIterator[Node]:
    dispatcher, _ = make_dispatcher(context, limits)
    metrics = Metrics()
    metrics.watch_calls(dispatcher.usage)
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with httpx.AsyncClient(trust_env=False) as client:
        node = Node(client, 0)
        app = create_app(dispatcher, health=lambda: node.health, metrics_text=metrics.text)
        quick = ServerLimits(shutdown_seconds=1)
        task = asyncio.create_task(serve(app, "127.0.0.1", 0, limits=quick, on_ready=ready.set_result))
        node.port = await ready
        client.base_url = httpx.URL(f"http://127.0.0.1:{node.port}")
        try:
            yield node
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


def with_node(scenario: Callable[[Node], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with running(**options) as node:
            await scenario(node)

    asyncio.run(main())


def test_answers_json_rpc() -> None:
    async def scenario(node: Node) -> None:
        reply = await node.client.post("/", json=ADD)
        assert reply.status_code == 200
        assert reply.json() == {"jsonrpc": "2.0", "result": 3, "id": 7}
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "server" not in reply.headers

    with_node(scenario)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"jsonrpc":"2.0","method":"toy_api.break_down","id":1}'])
def test_errors_have_status_200(body: bytes) -> None:
    async def scenario(node: Node) -> None:
        reply = await node.client.post("/", content=body)
        assert reply.status_code == 200
        assert "error" in reply.json()

    with_node(scenario)


def test_takes_a_body_in_parts() -> None:
    async def scenario(node: Node) -> None:
        async def parts() -> AsyncIterator[bytes]:
            body = json.dumps(ADD).encode()
            for start in range(0, len(body), 7):
                yield body[start : start + 7]
                await asyncio.sleep(0)

        assert (await node.client.post("/", content=parts())).json()["result"] == 3

    with_node(scenario)


def test_requests_behind_each_other_are_answered_in_their_order() -> None:
    """In one packet: answered where they are read, or, behind one that waits, when their turn comes."""

    async def scenario(node: Node) -> None:
        calls = [
            ADD,
            {"jsonrpc": "2.0", "method": "toy_api.wait_for", "params": ["now"], "id": 8},
            ADD | {"id": 9},
            ADD | {"id": 10},
        ]
        requests = []
        for number, call in enumerate(calls):
            body = json.dumps(call).encode()
            last = b"Connection: close\r\n" if number == len(calls) - 1 else b""
            requests.append(
                b"POST / HTTP/1.1\r\nHost: localhost\r\n%bContent-Length: %d\r\n\r\n%b" % (last, len(body), body)
            )
        received = await node.raw(b"".join(requests))
        assert [int(found) for found in re.findall(rb'"id":(\d+)', received)] == [7, 8, 9, 10]
        assert b"error" not in received

    now = asyncio.Event()
    now.set()
    with_node(scenario, context={"now": now})


def test_an_old_client_hears_that_the_connection_ends() -> None:
    async def scenario(node: Node) -> None:
        body = json.dumps(ADD).encode()
        received = await node.raw(
            b"POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        assert b"connection: close" in received
        assert json.loads(received.partition(b"\r\n\r\n")[2])["result"] == 3

    with_node(scenario)


def test_a_client_that_asks_before_it_sends_is_told_to() -> None:
    async def scenario(node: Node) -> None:
        body = json.dumps(ADD).encode()
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(head)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(body)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()

    with_node(scenario)


def test_invalid_body_too_large_ends_the_connection() -> None:
    async def scenario(node: Node) -> None:
        # Half of the announced body is never sent: the reply does not wait for it.
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n"
        received = await node.raw(head + b"[" * 2000)
        assert received.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in received
        assert json.loads(received.partition(b"\r\n\r\n")[2])["error"]["code"] == -32000

    with_node(scenario, limits=Limits(body_bytes_max=1000))


def test_browsers_may_ask_first() -> None:
    async def scenario(node: Node) -> None:
        headers = {"Origin": "https://blog.example", "Access-Control-Request-Method": "POST"}
        reply = await node.client.options("/", headers=headers)
        assert reply.status_code == 204
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "POST" in reply.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in reply.headers

    with_node(scenario)


def test_tells_its_health() -> None:
    async def scenario(node: Node) -> None:
        reply = await node.client.get("/health")
        assert reply.status_code == 200
        assert reply.json()["head_block_num"] == 5
        assert reply.json()["version"] == SOFTWARE
        node.health = Health(healthy=False, reason="the head block is 12 s old", head_age_seconds=12.0)
        reply = await node.client.get("/health")
        assert reply.status_code == 503
        assert reply.json()["reason"] == "the head block is 12 s old"

    with_node(scenario)


def test_serves_metrics_and_docs_and_a_greeting() -> None:
    async def scenario(node: Node) -> None:
        await node.client.post("/", json=ADD)
        assert 'skald_rpc_calls_total{method="toy_api.add"} 1.0' in (await node.client.get("/metrics")).text
        assert "toy_api.add" in (await node.client.get("/docs")).text
        assert "/health" in (await node.client.get("/openapi.json")).json()["paths"]
        assert (await node.client.get("/")).json()["node"] == "skald"
        assert (await node.client.get("/nothing")).status_code == 404

    with_node(scenario)


def test_a_waiting_call_does_not_hold_up_others() -> None:
    event = asyncio.Event()

    async def scenario(node: Node) -> None:
        waiting = asyncio.create_task(node.client.post("/", json=ADD | {"method": "toy_api.wait_for", "params": ["e"]}))
        assert (await node.client.post("/", json=ADD)).json()["result"] == 3
        assert not waiting.done()
        event.set()
        assert (await waiting).json()["result"] == "e"

    with_node(scenario, context={"e": event})


@pytest.mark.parametrize("request_", [b"GARBAGE\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n"])
def test_invalid_http_does_not_stop_it(request_: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "uvicorn.error")

    async def scenario(node: Node) -> None:
        assert b" 500 " not in await node.raw(request_)
        assert (await node.client.post("/", json=ADD)).json()["result"] == 3

    with_node(scenario)


def test_stops_at_once_and_frees_its_port_with_connections_open() -> None:
    async def main() -> int:
        async with running() as node:
            await node.client.post("/", json=ADD)  # leaves a connection open
            port = node.port
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        return port

    port = asyncio.run(asyncio.wait_for(main(), 5))
    listen("127.0.0.1", port, "--rpc-port").close()


def test_leaves_no_task_behind() -> None:
    async def main() -> None:
        async with running() as node:
            await node.client.post("/", json=ADD)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_invalid_address_is_refused_with_advice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable, match=f"port {port}: another program uses it. Choose another"):
            listen("127.0.0.1", port, "--rpc-port")
    with pytest.raises(AddressUnusable):
        listen("127.0.0.1", 70_000, "--rpc-port")
    with pytest.raises(AddressUnusable):
        listen("not an address", 0, "--rpc-port")


def test_the_limits_of_the_configuration_are_those_of_the_code() -> None:
    assert request_limits(Config()) == Limits()
    assert server_limits(Config()) == ServerLimits()
    assert guard_limits(Config()) == GuardLimits()


def test_a_bug_is_logged_with_its_traceback_under_the_id_the_client_hears(caplog: pytest.LogCaptureFixture) -> None:
    correlation_id = log_bug("toy_api.break_down", ZeroDivisionError("why"))
    (record,) = caplog.records
    assert vars(record)["skald_values"] == {"method": "toy_api.break_down", "correlation_id": correlation_id}
    assert record.exc_info is not None


def test_replies_are_not_held_back_for_an_acknowledgement() -> None:
    """Without TCP_NODELAY a client that keeps its connection waits 40 ms for each reply."""
    with listen("127.0.0.1", 0, "--rpc-port") as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
