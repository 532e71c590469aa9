"""The sockets between nodes: WebSockets whose binary messages carry the byte stream of a PeerProtocol (design decision 12).

    transport = Transport(introduce, listener)
    port = await transport.listen(host, port)      those who dial us
    await transport.dial(host, port, expected_id)  those whom we dial; returns once the connection stands
    transport.tick()                               often: deadlines and pings of all links
    await transport.close(Reason.LEAVING)          says goodbye to all

Each link has two tasks. One reads, and pauses where the peer is faster than it may be, so that its bytes wait in its own socket. The
other writes, and takes from the link only when the socket has taken what came before: what a slow peer does not read piles up in the
link, which ends it. Here is the only place of node/p2p with sockets, a clock and the machine's randomness.

WebSockets are the carrier and nothing more. What they can do beside that is refused: compression, which makes memory of little on the
way, text, pings of their own, other pages, redirects, and browsers.
"""

import asyncio
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from typing import Any, Final, Protocol, TypeAlias

import aiohttp
from aiohttp import web
from yarl import URL

from node.logs import Log
from node.p2p.conduct import Offence
from node.p2p.dialling import Unreachable
from node.p2p.messages import Hello, Message
from node.p2p.protocol import HANDSHAKE_SECONDS, Closed, Event, Misbehaved, Opened, PeerProtocol, Received
from node.p2p.reasons import Reason
from node.p2p.session import ENTROPY_BYTES, Introduction, Role, State

PATH: Final = "/skald"
"""Where a node answers; every other path is refused, whoever asks."""

CHUNK_BYTES: Final = 65_536
"""The byte stream is cut into WebSocket messages of this size: what a receiver has to hold before it may look at it."""

CHUNK_BYTES_MAX: Final = 2 * CHUNK_BYTES
"""A longer WebSocket message ends the link before it is read."""

CONNECT_SECONDS: Final = 5
"""For TCP and the WebSocket's handshake; ours has its own time after that."""

FAREWELL_SECONDS: Final = 2
"""For the last bytes of a link, with the reason of its end. Then the connection is cut, whether they were read or not."""

CONNECTIONS_MAX: Final = 256
"""Of all that have dialled us, open links or not: each costs a file, and a process has some 1,000. When there are so many, one that
has not asked for a link yet goes for the next: whoever says nothing holds nobody up (reliability P6)."""

HEADER_BYTES_MAX: Final = 1_024
"""Of one line of HTTP; our own are a tenth of it."""

WebSocket: TypeAlias = "web.WebSocketResponse | aiohttp.ClientWebSocketResponse"

_log = Log("p2p")


class Listener(Protocol):
    """Who hears what happens on the links. An exception from it is a bug, and ends the transport."""

    def admit(self, name: str, ip: str) -> bool:
        """Somebody has dialled us from there: may there be a link of this name? If so, it is `closed` or `dropped` later."""
        ...

    def dropped(self, name: str) -> None:
        """There is no link of that name after all."""
        ...

    def opened(self, link: "SocketLink", peer: Hello) -> None: ...

    def received(self, link: "SocketLink", message: Message) -> None: ...

    def misbehaved(self, link: "SocketLink", event: Misbehaved) -> None: ...

    def closed(self, link: "SocketLink", event: Closed) -> None:
        """For every link, whether it had been opened or not."""
        ...


class SocketLink:
    """A PeerProtocol on a WebSocket. For those above it is a hub.Link."""

    def __init__(  # noqa: PLR0917  what it is made of, from inside out
        self,
        transport: "Transport",
        name: str,
        role: Role,
        websocket: WebSocket,
        place: tuple[str, int],
        expected_id: bytes | None = None,
    ) -> None:
        """`place` is the peer's address, with the port that we dialled or from which it did."""
        now = transport.now()
        self.name = name
        self.ip, self.port = place
        self.role = role
        self.since = now
        self.peer: Hello | None = None
        """Who it is, once that is proved."""
        self.received_bytes = 0
        self.sent_bytes = 0
        self.protocol = PeerProtocol(role, transport.introduce(), os.urandom(ENTROPY_BYTES), now, expected_id)
        self.protocol.steady_start = time.time() - now
        self.websocket = websocket
        self._transport = transport
        self._wake = asyncio.Event()
        self._wake.set()  # whoever dialled has something to say already
        self._ended = asyncio.Event()

    # --- for those above

    @property
    def queued_bytes(self) -> int:
        return self.protocol.queued_bytes

    @property
    def address(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"

    @property
    def is_outbound(self) -> bool:
        return self.role is Role.INITIATOR

    def send(self, message: Message) -> bool:
        """Queue a message; returns whether it will be sent."""
        is_sent = self.protocol.send(message)
        self._wake.set()
        return is_sent

    def penalise(self, offence: Offence, detail: str) -> None:
        """The peer did this. What follows from it is told later, not within this call."""
        self._tell_later(self.protocol.penalise(offence, self._transport.now(), detail))

    def leave(self, reason: Reason) -> None:
        """End the link; `closed` is told later, not within this call."""
        self._tell_later(self.protocol.leave(reason, self._transport.now()))

    @property
    def next_tick(self) -> float:
        at = self.protocol.next_tick
        return float("inf") if at is None else at

    def tick(self, now: float) -> None:
        self.protocol.steady_start = time.time() - now  # our clock may have been set
        self._tell(self.protocol.tick(now))
        self._wake.set()

    # --- events

    def _tell_later(self, events: list[Event]) -> None:
        if events:
            asyncio.get_running_loop().call_soon(self._transport.guarded, self._tell, events)

    def _tell(self, events: list[Event]) -> None:
        listener = self._transport.listener
        for event in events:
            match event:
                case Opened(peer=peer):
                    self.peer = peer
                    listener.opened(self, peer)
                case Received(message=message):
                    listener.received(self, message)
                case Misbehaved():
                    listener.misbehaved(self, event)
                case Closed():
                    self._ended.set()
                    listener.closed(self, event)

    # --- bytes

    async def live(self) -> None:
        """Carry bytes until the link has ended and its last words are out, or it is clear that nobody reads them."""
        tasks = [asyncio.create_task(step, name=f"p2p {self.name}") for step in (self._read(), self._write())]
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait([*tasks, ended], return_when=asyncio.FIRST_COMPLETED)
            await self._part(*tasks)
        finally:
            await _cancelled([ended, *tasks])
            _sever(self.websocket)
            with suppress(OSError, aiohttp.ClientError):
                await self.websocket.close()  # nothing answers any more: it only lets go of what it holds
            self._tell(self.protocol.lost(self._transport.now()))  # where it has not ended in any other way

    async def _part(self, reading: "asyncio.Task[None]", writing: "asyncio.Task[None]") -> None:
        """The link has ended, or one of its tasks has."""
        for task in (reading, writing):
            if task.done():
                task.result()  # a bug is not passed over
        if not self._ended.is_set():
            return
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await writing
                await _cancelled([reading])
                await self.websocket.close()

    async def _read(self) -> None:
        """Until the link or the connection ends."""
        protocol, now = self.protocol, self._transport.now
        while protocol.state is not State.CLOSED:
            message = await self.websocket.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                self.received_bytes += len(message.data)
                self._transport.received_bytes += len(message.data)
                self._tell(protocol.receive(message.data, now()))
                self._wake.set()  # an answer, or the goodbye
                await asyncio.sleep(protocol.pause_seconds(now()))  # 0 too lets others have their turn
            elif (misuse := _misuse_of(message)) is not None:
                self._tell(protocol.penalise(Offence.BROKEN_FRAME, now(), misuse))
                self._tell(protocol.leave(Reason.BAD_FRAME, now()))
            else:
                self._tell(protocol.lost(now()))

    async def _write(self) -> None:
        """Until the goodbye is out, or nothing can be sent any more."""
        with suppress(OSError, aiohttp.ClientError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                await asyncio.sleep(0)  # what others have to say in this turn shares the frame
                is_last = self.protocol.state is State.CLOSED
                data = memoryview(self.protocol.data_to_send())
                for begin in range(0, len(data), CHUNK_BYTES):
                    chunk = bytes(data[begin : begin + CHUNK_BYTES])
                    await self.websocket.send_bytes(chunk)
                    self.sent_bytes += len(chunk)
                    self._transport.sent_bytes += len(chunk)
                if is_last:
                    return


class Transport:
    """All links of a node."""

    def __init__(self, introduce: Callable[[], Introduction], listener: Listener) -> None:
        """`introduce` gives what we say of ourselves on a new link."""
        self.introduce = introduce
        self.listener = listener
        self.links: dict[str, SocketLink] = {}
        self.received_bytes = 0  # of all links there have been
        self.sent_bytes = 0
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Fails with the first bug of a link or of the listener; never has a result."""
        self.now = time.monotonic  # the loop's own time is coarse, and stands still while it is at work
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._http = web.Server(self._answer, access_log=None, **_HTTP_LIMITS)
        self._carriers: set[web.RequestHandler] = set()  # connections with a link on them
        self._server: asyncio.Server | None = None
        self._session: aiohttp.ClientSession | None = None

    def guarded(self, do: Callable[..., None], *arguments: Any) -> None:
        """Call it; what it raises is a bug that must not be lost in a callback."""
        try:
            do(*arguments)
        except Exception as error:  # noqa: BLE001  whoever waits for `failure` raises it again
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self.failure.done():
            self.failure.set_exception(error)

    @staticmethod
    def new_name(ip: str) -> str:
        """For a link: never the same twice in a process."""
        return f"{ip}#{next(_SERIAL)}"

    # --- those who dial us

    async def listen(self, listening: socket.socket) -> None:
        """Answer on a listening socket, which is ours from now on."""
        self._server = await asyncio.get_running_loop().create_server(self._accept, sock=listening)

    def _accept(self) -> asyncio.Protocol:
        """The HTTP side of a new connection. It has HANDSHAKE_SECONDS for its request."""
        connections = [one for one in self._http.connections if one.transport and not one.transport.is_closing()]
        if len(connections) >= CONNECTIONS_MAX and not self._push_out(connections):
            return _Refusal()
        return self._http()

    def _push_out(self, connections: "list[web.RequestHandler]") -> bool:
        """End the oldest of those that ask for nothing, of the host that has most of them; returns whether there was one."""
        silent = [one for one in connections if one not in self._carriers]
        hosts = Counter(map(_host_of, silent))
        if not hosts:
            return False
        crowd = max(hosts, key=hosts.__getitem__)
        next(one for one in silent if _host_of(one) == crowd).transport.abort()  # type: ignore[union-attr]  # it is not closing
        return True

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        websocket = web.WebSocketResponse(
            compress=False, max_msg_size=CHUNK_BYTES_MAX, autoping=False, autoclose=False, timeout=FAREWELL_SECONDS
        )
        if request.path != PATH or "Origin" in request.headers or not websocket.can_prepare(request):
            return _refusal(404)
        peername = request.get_extra_info("peername")
        if self._is_closing or peername is None:
            return _refusal(503)
        name = self.new_name(peername[0])
        try:
            is_admitted = self.listener.admit(name, peername[0])
        except Exception as error:
            self._fail(error)
            raise
        if not is_admitted:
            return _refusal(503)
        try:
            await websocket.prepare(request)
        except OSError:
            self.listener.dropped(name)
            raise
        self._carriers.add(request.protocol)
        try:
            await self._track(SocketLink(self, name, Role.RESPONDER, websocket, peername[:2]))
        finally:
            self._carriers.discard(request.protocol)
        return websocket

    # --- those whom we dial

    async def dial(self, name: str, host: str, port: int, expected_id: bytes | None = None) -> SocketLink:
        """A link of that name to a node, which lives on its own from here. Raises Unreachable: then there is none to be closed."""
        if self._session is None:
            self._session = _client_session()
        try:
            url = URL.build(scheme="http", host=host, port=port, path=PATH)
            async with asyncio.timeout(CONNECT_SECONDS):
                websocket = await self._session.ws_connect(
                    url, compress=0, max_msg_size=CHUNK_BYTES_MAX, autoping=False, autoclose=False, timeout=_WS_TIMEOUT
                )
        except (OSError, aiohttp.ClientError, ValueError) as error:  # ValueError: a name that is none
            raise Unreachable(_why(error)) from None
        link = SocketLink(self, name, Role.INITIATOR, websocket, (host, port), expected_id)
        self._track(link)
        return link

    # --- all

    def _track(self, link: SocketLink) -> "asyncio.Task[None]":
        self.links[link.name] = link
        task = asyncio.create_task(link.live(), name=f"p2p {link.name}")
        self._tasks.add(task)

        def forget(task: "asyncio.Task[None]") -> None:
            self._tasks.discard(task)
            del self.links[link.name]
            if not task.cancelled() and (error := task.exception()) is not None:
                self._fail(error)

        task.add_done_callback(forget)
        return task

    def tick(self) -> None:
        """What is due on all links: deadlines, pings, events that nobody has told yet."""
        now = self.now()
        for link in list(self.links.values()):
            if link.next_tick <= now:
                link.tick(now)

    async def close(self, reason: Reason) -> None:
        """Let nobody in any more, end all links and wait for their goodbyes, FAREWELL_SECONDS at most."""
        self._is_closing = True
        if self._server is not None:
            self._server.close()
        for link in self.links.values():
            link.leave(reason)
        if self._tasks:
            _, stuck = await asyncio.wait(self._tasks, timeout=FAREWELL_SECONDS + 1)
            await _cancelled(stuck)
        await self._http.shutdown(0)
        if self._session is not None:
            await self._session.close()
        if not self.failure.done():
            self.failure.cancel()


# --- HTTP, as little of it as there can be

_SERIAL = count(1)
_WS_TIMEOUT = aiohttp.ClientWSTimeout(ws_receive=None, ws_close=FAREWELL_SECONDS)
_HTTP_LIMITS: Final[dict[str, Any]] = {
    "keepalive_timeout": HANDSHAKE_SECONDS,
    "max_line_size": HEADER_BYTES_MAX,
    "max_field_size": HEADER_BYTES_MAX,
    "max_headers": 32,
    "lingering_time": 0,
}


def _client_session() -> aiohttp.ClientSession:
    """One that keeps nothing, follows nobody and takes no proxy from the environment."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse_redirect)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        trace_configs=[trace],
        trust_env=False,
        max_line_size=HEADER_BYTES_MAX,
        max_field_size=HEADER_BYTES_MAX,
    )


async def _refuse_redirect(_session: aiohttp.ClientSession, _context: object, _params: object) -> None:
    raise aiohttp.ClientError("it sends us elsewhere")


def _refusal(status: int) -> web.Response:
    response = web.Response(status=status)
    response.force_close()
    return response


def _host_of(connection: "web.RequestHandler") -> str:
    peername = connection.transport and connection.transport.get_extra_info("peername")
    return str(peername[0]) if peername else ""


class _Refusal(asyncio.Protocol):
    """For connections that are too many."""

    def connection_made(self, transport: Any) -> None:
        transport.abort()


def _misuse_of(message: aiohttp.WSMessage) -> str | None:
    """What a peer does with its WebSocket that no node does; None where the connection has merely ended."""
    if message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG}:
        return f"a WebSocket {message.type.name.lower()}"
    if message.type is aiohttp.WSMsgType.ERROR and isinstance(message.data, aiohttp.WebSocketError):
        return str(message.data)
    return None


def _why(error: BaseException) -> str:
    """For the log: what went wrong, without an address in front of it."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"the node takes no link now (status {error.status})"
    reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def _sever(websocket: WebSocket) -> None:
    """Cut the connection, with whatever the peer has not read of it. A transport that is closed would wait for that reader."""
    connection = websocket.get_extra_info("socket")
    if connection is None:
        return
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


async def _cancelled(tasks: "Iterable[asyncio.Task[Any]]") -> None:
    """End tasks whose outcome is of no interest any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
