"""Links over real sockets of this machine."""

import asyncio
import base64
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
import uvloop

from node.p2p import conduct, protocol
from node.p2p import messages as m
from node.p2p import transport as module
from node.p2p.conduct import Offence
from node.p2p.dialling import Unreachable
from node.p2p.protocol import Closed, Misbehaved
from node.p2p.reasons import Reason
from node.p2p.transport import PATH, SocketLink, Transport
from tests.helpers.ports import unused_port
from tests.node.p2p.links import identity, introduction

SECONDS_MAX = 20  # for anything to happen on a busy machine; what does not happen fails the test
LARGE = m.Blocks((b"\xb1" * m.BLOCK_BYTES_MAX,))


@pytest.fixture(autouse=True)
def _short_farewells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers do not answer the end of a WebSocket."""
    monkeypatch.setattr(module, "FAREWELL_SECONDS", 0.2)


class Ear:
    """Writes down what happens on a node's links."""

    def __init__(self) -> None:
        self.is_open_house = True
        self.opened_links: list[SocketLink] = []
        self.messages: list[m.Message] = []
        self.offences: list[Misbehaved] = []
        self.ends: list[Closed] = []
        self._changed = asyncio.Event()

    def admit(self, name: str, ip: str) -> bool:
        return self.is_open_house

    def dropped(self, name: str) -> None:
        raise AssertionError(name)

    def opened(self, link: SocketLink, peer: m.Hello) -> None:
        self.opened_links.append(link)
        self._changed.set()

    def received(self, link: SocketLink, message: m.Message) -> None:
        self.messages.append(message)
        if isinstance(message, m.GetBlocks):
            link.send(LARGE)
        self._changed.set()

    def misbehaved(self, link: SocketLink, event: Misbehaved) -> None:
        self.offences.append(event)
        self._changed.set()

    def closed(self, link: SocketLink, event: Closed) -> None:
        self.ends.append(event)
        self._changed.set()

    async def until(self, holds: Callable[["Ear"], object]) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while not holds(self):
                self._changed.clear()
                await self._changed.wait()


class End:
    """A node that is nothing but its sockets."""

    def __init__(self, name: str) -> None:
        self.ear = Ear()
        self.transport = Transport(lambda: introduction(name), self.ear)
        self.port = 0

    async def listen(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        await self.transport.listen(listening)

    async def dial(self, other: "End", expected: str | None = None) -> SocketLink:
        expected_id = identity(expected).public_key if expected else None
        return await self.transport.dial("x", "127.0.0.1", other.port, expected_id)

    async def tick(self) -> None:
        while True:
            self.transport.tick()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def ends(*names: str) -> AsyncIterator[list[End]]:
    made = [End(name) for name in names]
    ticking = [asyncio.create_task(end.tick()) for end in made]
    try:
        for end in made:
            await end.listen()
        yield made
    finally:
        for end in made:
            await end.transport.close(Reason.LEAVING)
        for task in ticking:
            task.cancel()


def run(scenario: Callable[[End, End], Awaitable[None]]) -> None:
    async def main() -> None:
        async with ends("alice", "bob") as (alice, bob):
            await scenario(alice, bob)

    uvloop.run(main())


async def linked(alice: End, bob: End) -> tuple[SocketLink, SocketLink]:
    """An open link, seen from alice and from bob."""
    await alice.dial(bob)
    await alice.ear.until(lambda ear: ear.opened_links)
    await bob.ear.until(lambda ear: ear.opened_links)
    return alice.ear.opened_links[-1], bob.ear.opened_links[-1]


# --- links


def test_two_nodes_open_a_link_and_each_knows_the_other() -> None:
    async def scenario(alice: End, bob: End) -> None:
        there, here = await linked(alice, bob)
        assert there.peer is not None
        assert there.peer.node_id == identity("bob").public_key
        assert here.peer is not None
        assert here.peer.node_id == identity("alice").public_key
        assert there.is_outbound
        assert not here.is_outbound
        assert (there.ip, there.port, here.ip) == ("127.0.0.1", bob.port, "127.0.0.1")

    run(scenario)


def test_the_largest_message_arrives_whole() -> None:
    async def scenario(alice: End, bob: End) -> None:
        there, here = await linked(alice, bob)
        assert there.send(m.GetBlocks(bytes(20), 1, 1))
        await alice.ear.until(lambda ear: ear.messages)
        assert alice.ear.messages == [LARGE]
        assert here.sent_bytes >= there.received_bytes > m.BLOCK_BYTES_MAX
        assert here.queued_bytes == 0

    run(scenario)


def test_pings_go_to_and_fro_and_measure() -> None:
    async def scenario(alice: End, bob: End) -> None:
        there, here = await linked(alice, bob)
        async with asyncio.timeout(SECONDS_MAX):
            while there.protocol.latency_seconds is None or here.protocol.latency_seconds is None:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert 0 < there.protocol.latency_seconds < 5
        assert there.protocol.clock_offset_seconds == pytest.approx(0, abs=there.protocol.latency_seconds + 0.01)

    run(scenario)


def test_small_messages_do_not_wait_for_each_other() -> None:
    async def scenario(alice: End, bob: End) -> None:
        for link in await linked(alice, bob):
            connection = link.websocket.get_extra_info("socket")
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    run(scenario)


def test_a_node_that_stops_says_goodbye() -> None:
    async def scenario(alice: End, bob: End) -> None:
        await linked(alice, bob)
        await bob.transport.close(Reason.LEAVING)
        await alice.ear.until(lambda ear: ear.ends)
        (end,) = alice.ear.ends
        assert (end.reason, end.by_peer) == (Reason.LEAVING, True)
        assert not bob.transport.links

    run(scenario)


def test_another_node_than_the_one_that_was_meant_is_left() -> None:
    async def scenario(alice: End, bob: End) -> None:
        await alice.dial(bob, expected="carol")
        await alice.ear.until(lambda ear: ear.ends)
        await bob.ear.until(lambda ear: ear.ends)
        assert alice.ear.ends[0].reason is bob.ear.ends[0].reason is Reason.WRONG_IDENTITY
        assert not alice.ear.opened_links

    run(scenario)


def test_a_link_that_is_left_within_a_message_ends_after_it() -> None:
    """`closed` never comes while those above are at work."""

    async def scenario(alice: End, bob: End) -> None:
        there, _ = await linked(alice, bob)
        there.penalise(Offence.INVALID_BLOCK, "block 7")
        assert not alice.ear.ends
        await bob.ear.until(lambda ear: ear.ends)
        assert bob.ear.ends[0].reason is alice.ear.ends[0].reason is Reason.MISBEHAVED

    run(scenario)


def test_a_bug_above_is_not_swallowed() -> None:
    async def scenario(alice: End, bob: End) -> None:
        bob.ear.received = lambda _link, _message: 1 // 0  # type: ignore[assignment, method-assign]
        there, _ = await linked(alice, bob)
        there.send(m.GetPeers())
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(bob.transport.failure, SECONDS_MAX)

    run(scenario)


# --- dialling


def test_nobody_there() -> None:
    async def scenario(alice: End, bob: End) -> None:
        with pytest.raises(Unreachable):
            await alice.transport.dial("x", "127.0.0.1", unused_port())
        with pytest.raises(Unreachable):
            await alice.transport.dial("x", "no such host", 2001)

    run(scenario)


def test_a_full_house_is_told_to_whoever_knocks() -> None:
    async def scenario(alice: End, bob: End) -> None:
        bob.ear.is_open_house = False
        with pytest.raises(Unreachable, match="no link now"):
            await alice.dial(bob)

    run(scenario)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"x" * 100_000,
        b"",
    ],
    ids=["a redirect", "a web server", "no web server", "endless headers", "silence and an end"],
)
def test_whoever_answers_otherwise_is_no_node(reply: bytes) -> None:
    async def scenario(alice: End, bob: End) -> None:
        requests: list[bytes] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(reply % port if b"%d" in reply else reply)
                await writer.drain()
            writer.transport.abort()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(Unreachable):
                await alice.transport.dial("x", "127.0.0.1", port)
        assert all(request.startswith(b"GET /skald ") for request in requests)  # no redirect is followed

    run(scenario)


# --- what WebSockets can do, and nodes do not


class Stranger:
    """Speaks HTTP and WebSocket frames byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def at(cls, end: End) -> AsyncIterator["Stranger"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", end.port)
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def request(self, path: str = PATH, **headers: str) -> bytes:
        """The status line."""
        given = {
            "Host": "node",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self.writer.write(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), SECONDS_MAX)
        assert b"permessage-deflate" not in head
        return head.split(b"\r\n", 1)[0]

    def frame(self, first_byte: int, payload: bytes) -> None:
        """Masked with zeros."""
        size = len(payload)
        length = bytes((0x80 | size,)) if size < 126 else b"\xff" + struct.pack(">Q", size)
        self.writer.write(bytes((first_byte,)) + length + bytes(4) + payload)

    async def rest(self) -> bytes:
        """All that still comes, until the node has closed the connection."""
        with suppress(OSError):
            return await asyncio.wait_for(self.reader.read(), SECONDS_MAX)
        return b""


@pytest.mark.parametrize(
    ("first_byte", "payload"),
    [
        (0xC2, b"\x00"),
        (0x81, b"hello"),
        (0x89, b""),
        (0x8A, b""),
        (0x82, bytes(module.CHUNK_BYTES_MAX + 1)),
        (0x83, b""),
    ],
    ids=["compressed", "text", "ping", "pong", "too long", "a reserved kind"],
)
def test_invalid_websocket_frame(first_byte: int, payload: bytes) -> None:
    async def scenario(_alice: End, bob: End) -> None:
        async with Stranger.at(bob) as stranger:
            assert b" 101 " in await stranger.request(Sec_WebSocket_Extensions="permessage-deflate")
            stranger.frame(first_byte, payload)
            await stranger.rest()
            await bob.ear.until(lambda ear: ear.ends)
            assert [event.offence for event in bob.ear.offences] == [Offence.BROKEN_FRAME]
            assert [end.reason for end in bob.ear.ends] == [Reason.BAD_FRAME]

    run(scenario)


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/", {}), ("/skald/", {}), (PATH, {"Origin": "https://evil.example"}), (PATH, {"Sec_WebSocket_Key": "short"})],
    ids=["the root", "another page", "a browser", "no handshake"],
)
def test_invalid_request(path: str, headers: dict[str, str]) -> None:
    async def scenario(_alice: End, bob: End) -> None:
        async with Stranger.at(bob) as stranger:
            assert b" 404 " in await stranger.request(path, **headers)
            await stranger.rest()
            assert not bob.transport.links

    run(scenario)


def test_nonsense_instead_of_a_handshake() -> None:
    async def scenario(_alice: End, bob: End) -> None:
        async with Stranger.at(bob) as stranger:
            await stranger.request()
            stranger.frame(0x82, b"\xff" * 100)
            await stranger.rest()
            assert [end.reason for end in bob.ear.ends] == [Reason.BAD_FRAME]

    run(scenario)


@pytest.mark.parametrize("said", [b"", b"GET /skald HTTP/1.1\r\nHost: a"], ids=["nothing", "half a request"])
def test_silence_ends_soon(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module._HTTP_LIMITS, "keepalive_timeout", 0.1)

    async def scenario(_alice: End, bob: End) -> None:
        async with Stranger.at(bob) as stranger:
            stranger.writer.write(said)
            await stranger.rest()

    run(scenario)


def test_a_handshake_that_does_not_go_on_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HANDSHAKE_SECONDS", 0.1)

    async def scenario(_alice: End, bob: End) -> None:
        async with Stranger.at(bob) as stranger:
            await stranger.request()
            await stranger.rest()
            assert [end.reason for end in bob.ear.ends] == [Reason.TOO_SLOW]

    run(scenario)


def test_too_many_connections_are_cut_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECTIONS_MAX", 3)

    async def scenario(_alice: End, bob: End) -> None:
        async with AsyncExitStack() as held:
            for _ in range(3):
                stranger = await held.enter_async_context(Stranger.at(bob))
                assert b" 101 " in await stranger.request()
            async with Stranger.at(bob) as one_too_many:
                assert await one_too_many.rest() == b""
            assert len(bob.transport.links) == 3

    run(scenario)


def test_silent_connections_make_room_for_one_that_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reliability P6, with more sockets than there are places; a link that stands is not pushed out by them."""
    monkeypatch.setattr(module, "CONNECTIONS_MAX", 30)

    async def scenario(alice: End, bob: End) -> None:
        there, _ = await linked(alice, bob)
        async with AsyncExitStack() as held:
            silent = [await held.enter_async_context(Stranger.at(bob)) for _ in range(100)]
            assert await silent[0].rest() == b"", "the oldest"
            async with Stranger.at(bob) as speaker:
                assert b" 101 " in await speaker.request()
            assert len(bob.transport._http.connections) <= 30
        there.send(m.GetBlocks(bytes(20), 1, 1))
        await alice.ear.until(lambda ear: ear.messages)

    run(scenario)


# --- back-pressure


def test_who_does_not_read_is_left_and_holds_nothing() -> None:
    """What waits for alice stays bounded, and in the end she is cut off."""

    async def scenario(alice: End, bob: End) -> None:
        there, here = await linked(alice, bob)
        there.protocol._conduct.take_bytes(10**15, alice.transport.now())  # alice will not read for years
        sent = 0
        async with asyncio.timeout(SECONDS_MAX):
            while here.name in bob.transport.links:
                sent += here.send(m.Certificate(os.urandom(m.CERTIFICATE_BYTES_MAX)))
                assert here.queued_bytes <= protocol.QUEUE_BYTES_MAX + m.CERTIFICATE_BYTES_MAX + 1_024
                await asyncio.sleep(0)
        assert bob.ear.ends[0].reason is Reason.SLOW_READER
        assert sent * m.CERTIFICATE_BYTES_MAX < 20_000_000

    run(scenario)


def test_a_peer_that_is_too_fast_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes stay in its own socket: what we took in is what the budget allows, and not what was sent."""
    monkeypatch.setattr(conduct, "BYTES_BURST", 300_000)
    monkeypatch.setattr(conduct, "BYTES_PER_SECOND", 1)

    async def scenario(alice: End, bob: End) -> None:
        there, here = await linked(alice, bob)
        async with asyncio.timeout(SECONDS_MAX):
            while there.name in alice.transport.links:
                there.send(m.Certificate(os.urandom(m.CERTIFICATE_BYTES_MAX)))
                await asyncio.sleep(0)
        assert alice.ear.ends[0].reason is Reason.SLOW_READER
        assert here.received_bytes < 300_000 + module.CHUNK_BYTES_MAX

    run(scenario)
