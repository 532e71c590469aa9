"""Greedy, slow and lying clients before a real socket, and what one address may take."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from node.rpc.connections import ServerLimits
from node.rpc.guards import Guard, GuardLimits, TooMuch, WrongHost
from node.rpc.hosts import Hosts, host_name, is_local_host
from node.rpc.plain import Health
from node.rpc.server import create_app, serve
from tests.node.toys import make_dispatcher

ADD = {"jsonrpc": "2.0", "method": "toy_api.add", "params": [1, 2], "id": 7}
EVERYBODY_IS_LIMITED = GuardLimits(unlimited_addresses=())
Scenario = Callable[["Place"], Awaitable[None]]


class Place:
    def __init__(self, client: httpx.AsyncClient, port: int, guard: Guard) -> None:
        self.client = client
        self.port = port
        self.guard = guard

    async def ask(self, **headers: str) -> httpx.Response:
        return await self.client.post("/", json=ADD, headers=headers)

    async def until_cut(self, request: bytes) -> bytes:
        """What comes back before the server ends the connection by itself."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.read(), 20)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def place(guarded: GuardLimits, limits: ServerLimits, context: Any) -> AsyncIterator[Place]:
    dispatcher, _ = make_dispatcher(context)
    guard = Guard(guarded)
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = create_app(dispatcher, health=lambda: Health(healthy=True), guard=guard)
    serving = serve(
        app, "127.0.0.1", 0, limits=replace(limits, shutdown_seconds=1), guard=guard, on_ready=ready.set_result
    )
    task = asyncio.create_task(serving)
    try:
        port = await ready
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as client:
            yield Place(client, port, guard)
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def at_a_place(
    scenario: Scenario,
    guarded: GuardLimits = EVERYBODY_IS_LIMITED,
    limits: ServerLimits = ServerLimits(),  # noqa: B008  it never changes
    context: Any = None,
) -> None:
    async def main() -> None:
        async with place(guarded, limits, context) as found:
            await scenario(found)

    asyncio.run(main())


def reason(reply: httpx.Response) -> str:
    assert reply.status_code == 200
    body = reply.json()
    assert body["error"]["code"] == -32005
    assert "result" not in body
    return str(body["error"]["data"]["extension"]["assertion_expression"])


# what one address may take


def test_so_many_requests_and_then_a_pause() -> None:
    guard = Guard(replace(EVERYBODY_IS_LIMITED, address_requests_per_second=2, address_burst_seconds=3))
    visitor = guard.visitor({"client": ("203.0.113.5", 1)}, b"", 0.0)
    assert visitor is not None
    for _ in range(6):
        visitor.admit(0.0)
    with pytest.raises(TooMuch) as caught:
        visitor.admit(0.0)
    assert caught.value.expression == "rate_limited"
    assert caught.value.data["retry_after_ms"] == 500
    visitor.admit(0.5)
    for _ in range(6):
        visitor.admit(100.0)  # no more than a burst is ever saved
    with pytest.raises(TooMuch):
        visitor.admit(100.0)


def test_what_an_answer_has_cost_is_waited_for() -> None:
    guard = Guard(replace(EVERYBODY_IS_LIMITED, address_cost_ms_per_second=100, address_burst_seconds=1))
    visitor = guard.visitor({"client": ("203.0.113.5", 1)}, b"", 0.0)
    assert visitor is not None
    visitor.admit(0.0)
    visitor.charge(0.3)
    with pytest.raises(TooMuch) as caught:
        visitor.admit(0.0)
    assert caught.value.expression == "cost_limited"
    assert 2000 <= caught.value.data["retry_after_ms"] <= 2020
    visitor.admit(2.1)


def test_who_counts_as_one_address() -> None:
    guard = Guard()

    def who(address: str, forwarded: bytes = b"") -> Any:
        return guard.visitor({"client": (address, 1)}, forwarded, 0.0)

    assert who("127.0.0.1") is who("::1") is who("127.9.9.9") is who("::ffff:127.0.0.1") is None
    assert who("203.0.113.5") is who("203.0.113.5") is who("::ffff:203.0.113.5")
    assert who("203.0.113.5") is not who("203.0.113.6")
    assert who("2001:db8::1") is who("2001:db8::ffff:1") is not who("2001:db8:0:1::1")
    assert who("127.0.0.1", b"203.0.113.5") is who("203.0.113.5")
    assert who("127.0.0.1", b"203.0.113.6, 203.0.113.5") is who("203.0.113.5")  # what is left of it, the client wrote
    assert who("127.0.0.1", b"203.0.113.5, 127.0.0.1") is who("203.0.113.5")
    assert who("203.0.113.5", b"127.0.0.1") is who("203.0.113.5")  # no proxy of ours says so
    assert who("127.0.0.1", b"garbage") is not None


def test_a_million_addresses_are_not_remembered() -> None:
    guard = Guard()
    for number in range(10_500):
        guard.visitor({"client": (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1)}, b"", 0.0)
    assert len(guard._visitors) == 10_000


# on a socket


def test_invalid_too_many_requests_are_told_when_to_come_back() -> None:
    async def scenario(place: Place) -> None:
        for _ in range(3):
            assert (await place.ask()).json()["result"] == 3
        refused = await place.ask()
        assert reason(refused) == "rate_limited"
        assert refused.json()["id"] == 7
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["access-control-allow-origin"] == "*"
        page = await place.client.get("/health")
        assert page.status_code == 429
        assert page.headers["retry-after"] == "1"
        assert (await place.ask(**{"X-Forwarded-For": "203.0.113.9"})).json()["result"] == 3

    at_a_place(scenario, replace(EVERYBODY_IS_LIMITED, address_requests_per_second=1, address_burst_seconds=3))


def test_calls_of_a_batch_cost_what_they_cost() -> None:
    """However quick the machine is: some batches of a hundred cost more than a thousandth of a second."""

    async def scenario(place: Place) -> None:
        answered = 0
        while isinstance((reply := await place.client.post("/", json=[ADD] * 100)).json(), list):
            answered += 1
            assert answered < 20, "2,000 calls were not charged"
        assert answered
        assert reason(reply) == "cost_limited"

    at_a_place(scenario, replace(EVERYBODY_IS_LIMITED, address_cost_ms_per_second=1, address_burst_seconds=1))


def test_invalid_too_many_connections_of_one_address() -> None:
    async def scenario(place: Place) -> None:
        opened = [await asyncio.open_connection("127.0.0.1", place.port) for _ in range(2)]
        refused = await place.ask()
        assert reason(refused) == "too_many_connections"
        assert refused.headers["connection"] == "close"
        for _, writer in opened:
            writer.close()
            await writer.wait_closed()
        while place.guard._visitors["127.0.0.1"].connection_count:  # noqa: ASYNC110  until the server has noticed
            await asyncio.sleep(0)
        assert (await place.ask()).json()["result"] == 3

    at_a_place(scenario, replace(EVERYBODY_IS_LIMITED, address_connections_max=2))


def test_invalid_more_connections_than_the_node_has() -> None:
    async def scenario(place: Place) -> None:
        opened = [await asyncio.open_connection("127.0.0.1", place.port) for _ in range(3)]
        assert reason(await place.ask()) == "node_full"
        for _, writer in opened:
            writer.close()

    at_a_place(scenario, limits=ServerLimits(connections_max=3))


@pytest.mark.parametrize("guarded", [{"concurrent_requests_max": 1}, {"address_concurrent_max": 1}])
def test_invalid_more_requests_at_once(guarded: dict[str, int]) -> None:
    event = asyncio.Event()

    async def scenario(place: Place) -> None:
        waits = ADD | {"method": "toy_api.wait_for", "params": ["e"]}
        waiting = asyncio.create_task(place.client.post("/", json=waits))
        while not place.guard.request_count:  # noqa: ASYNC110  until it has come
            await asyncio.sleep(0)
        assert reason(await place.ask()) in ("node_busy", "too_many_at_once")
        event.set()
        assert (await waiting).json()["result"] == "e"
        assert (await place.ask()).json()["result"] == 3

    at_a_place(scenario, replace(EVERYBODY_IS_LIMITED, **guarded), context={"e": event})


SLOW = ServerLimits(head_seconds=0, body_seconds=0)  # so slow is everybody who does not send all at once


@pytest.mark.parametrize("request_", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\n"])
def test_slow_heads_are_cut_off(request_: bytes) -> None:
    async def scenario(place: Place) -> None:
        assert await place.until_cut(request_) == b""

    at_a_place(scenario, limits=SLOW)


def test_slow_bodies_are_cut_off() -> None:
    async def scenario(place: Place) -> None:
        assert await place.until_cut(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{") == b""

    at_a_place(scenario, limits=SLOW)


@pytest.mark.parametrize("limits", [{"reply_seconds": 0}, {"unsent_bytes_max": 1 << 20}])
def test_who_does_not_read_is_cut_off(limits: dict[str, int]) -> None:
    async def scenario(place: Place) -> None:
        body = json.dumps(ADD | {"method": "toy_api.large", "params": [30_000_000]}).encode()
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        with socket.create_connection(("127.0.0.1", place.port)) as lazy:
            lazy.sendall(head + body)
            while "127.0.0.1" not in place.guard._visitors:  # noqa: ASYNC110  until it has come
                await asyncio.sleep(0)
            while place.guard._visitors["127.0.0.1"].connection_count:  # noqa: ASYNC110  until it is cut off
                await asyncio.sleep(0)

    at_a_place(scenario, EVERYBODY_IS_LIMITED, ServerLimits(**limits))


# names and pages


REBOUND = [
    "evil.example",
    "evil.example:8090",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "LOCALHOST.evil.example",
]
REBOUND += ["0x7f.1", "127.0.0.1@evil.example", "evil.example:80:80", "[evil.example]", "evil.example.", "notlocalhost"]
OURS = ["localhost", "localhost:3000", "LOCALHOST:1", "app.localhost", "127.0.0.1", "127.0.0.1:8090", "[::1]:8090"]
OURS += ["192.0.2.7:80", "[2001:db8::1]", "node.example", "node.example:443", "NODE.example."]


def test_which_names_are_ours() -> None:
    hosts = Hosts(("Node.example",))
    assert [host for host in REBOUND if hosts.allow(host.encode())] == []
    assert [host for host in OURS if not hosts.allow(host.encode())] == []
    assert Hosts(("*",)).allow(b"anything.example")
    assert host_name(b"[::1]:8090") == "::1"
    assert not is_local_host("löcalhost".encode())
    for number in range(1_000):
        hosts.allow(b"host%d.example" % number)
    assert len(hosts._verdicts) <= 256


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8090"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_invalid_a_foreign_name(host: str, origin: str) -> None:
    async def scenario(place: Place) -> None:
        refused = await place.ask(Host=host, Origin=origin)
        assert reason(refused) == "unknown_host"
        assert (await place.client.get("/health", headers={"Host": host})).status_code == 421
        assert (await place.client.get("/api/v1/globals", headers={"Host": host})).status_code == 421
        assert (await place.client.options("/", headers={"Host": host})).status_code == 421

    at_a_place(scenario, GuardLimits())


def test_a_page_may_call_into_a_private_network_only_where_the_operator_says_so() -> None:
    asks = {"Origin": "https://app.example", "Access-Control-Request-Private-Network": "true"}
    for allowed in (False, True):

        async def scenario(place: Place, allowed: bool = allowed) -> None:
            reply = await place.client.options("/", headers=asks)
            assert ("access-control-allow-private-network" in reply.headers) is allowed
            assert "access-control-allow-credentials" not in reply.headers

        at_a_place(scenario, GuardLimits(private_network=allowed))


def test_the_guard_says_why() -> None:
    with pytest.raises(WrongHost, match=r"rpc\.hosts"):
        Guard().check(b"evil.example")
