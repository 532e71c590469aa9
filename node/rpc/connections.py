"""HTTP connections that slow or greedy clients cannot hoard: uvicorn's, with limits of time and number, and without its detours.

Whoever takes too long to send a request or to read its answer is cut off; there is nobody to explain it to. Who has too many
connections open is told so on the next one, by an answer like any other.

Most calls come in one piece and are answered without waiting for anything. Those are answered where they are read: no task, no
messages of ASGI to and fro, one write. That takes a third off what a small call costs.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar, Final, Protocol, TypeAlias, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from node.config import Config
from node.rpc.errors import RpcError
from node.rpc.guards import Guard, TooMuch, Visitor

READ_BYTES_MIN: Final = 64 << 10  # of a reply, within reply_seconds
SPARE_CONNECTIONS: Final = 60  # beyond connections_max, for saying that there are too many

HEAD, BODY = "head", "body"

Whole: TypeAlias = tuple[bytes, bytes]
"""A response as it goes out: head and body."""

Begun: TypeAlias = Whole | Coroutine[Any, Any, Whole] | ASGIApp
"""The response to a request that came in one piece, now or later, or the application that goes on with it."""


class AtOnce(Protocol):
    """An application that answers some requests without waiting."""

    def begin(self, scope: Scope, body: bytes) -> Begun: ...


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What clients may take of the machine; `node.config` says why each."""

    connections_max: int = 900
    keep_alive_seconds: int = 5
    head_seconds: int = 10
    body_seconds: int = 30
    reply_seconds: int = 20
    unsent_bytes_max: int = 256 << 20
    shutdown_seconds: int = 3
    socket_message_bytes_max: int = 1 << 20


def server_limits(config: Config) -> ServerLimits:
    return ServerLimits(
        connections_max=config.rpc_connections_max,
        keep_alive_seconds=config.rpc_keep_alive_seconds,
        head_seconds=config.rpc_head_seconds,
        body_seconds=config.rpc_body_seconds,
        reply_seconds=config.rpc_reply_seconds,
        unsent_bytes_max=config.rpc_unsent_bytes_max,
        socket_message_bytes_max=config.rpc_body_bytes_max,
    )


class GuardedConnection(HttpToolsProtocol):
    """One connection; `guarded_connections` makes the class of a server's."""

    at_once: ClassVar[AtOnce | None]  # the application, if it is one
    guard: ClassVar[Guard | None]
    limits: ClassVar[ServerLimits]
    unread: ClassVar[set["GuardedConnection"]]  # those whose replies nobody reads just now

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._visitor: Visitor | None = None
        self._awaits: str | None = None  # what part of a request
        self._timed: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reply_timer: asyncio.TimerHandle | None = None
        self._is_reading = False
        self._held: RequestResponseCycle | None = None  # a request that may be answered at once, when it has come

    # its life

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections_max + SPARE_CONNECTIONS:
            transport.abort()
            return
        try:
            self._enter()
        except TooMuch as error:
            self.app = Refusing(self.app, error)
        self._await(HEAD)

    def _enter(self) -> None:
        if len(self.connections) > self.limits.connections_max:
            raise TooMuch(
                "The node has ${most} connections; try again in ${retry_after_ms} ms",
                expression="node_full",
                most=self.limits.connections_max,
                retry_after_ms=5000,
            )
        if self.guard is not None and self.client is not None:
            self._visitor = self.guard.enter(self.client[0], monotonic())

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._let_go()  # from here on the web socket's own protocol has the connection
        super().handle_websocket_upgrade()

    def _let_go(self) -> None:
        self._await(None)
        self._stop_reply_timer()
        Guard.leave(self._visitor)
        self._visitor = None

    # a request that comes in one piece

    def data_received(self, data: bytes) -> None:
        self._is_reading = True
        super().data_received(data)
        self._is_reading = False
        if self._held is not None:  # the rest is still on its way
            cycle, self._held = self._held, None
            super()._start_asgi_task(cycle, self.app)
        if self._awaits is not self._timed:
            self._await(self._awaits)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Called when a head has come; or, for a request that had to wait for the one before, later."""
        is_first = self._is_reading and cycle.more_body and app is self.at_once
        if is_first and cycle.keep_alive and not cycle.waiting_for_100_continue:
            self._held = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, at_once: AtOnce, cycle: RequestResponseCycle) -> None:
        begun: Any = (
            self.app if self.flow.write_paused else at_once.begin(cast("Scope", cycle.scope), bytes(cycle.body))
        )
        if type(begun) is tuple:
            self._reply(cycle, begun)
        else:
            app: Any = self._replying(cycle, begun) if asyncio.iscoroutine(begun) else begun
            super()._start_asgi_task(cycle, app)

    def _replying(self, cycle: RequestResponseCycle, reply: Coroutine[Any, Any, Whole]) -> ASGIApp:
        """An application that waits for what there is to say."""

        async def wait(_scope: Scope, _receive: Receive, _send: Send) -> None:
            whole = await reply
            if self.flow.write_paused:
                await self.flow.drain()
            if not cycle.disconnected:
                self._reply(cycle, whole)

        return wait

    def _reply(self, cycle: RequestResponseCycle, whole: Whole) -> None:
        cycle.response_started = cycle.response_complete = True
        self.transport.writelines(whole)
        if not cycle.keep_alive:  # the server has begun to stop
            self.transport.close()
        self.on_response_complete()

    # a request that does not come

    def on_message_begin(self) -> None:
        self._awaits = HEAD
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._awaits = BODY
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._awaits = None
        super().on_message_complete()
        if self._held is not None and self.at_once is not None:
            cycle, self._held = self._held, None
            self._begin(self.at_once, cycle)

    def _await(self, part: str | None) -> None:
        """The rest of that part has to come in time; a request that comes in one piece never gets here."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._awaits = self._timed = part
        if part is not None:
            seconds = self.limits.head_seconds if part is HEAD else self.limits.body_seconds
            self._timer = self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        if self.flow.read_paused:  # it is us who do not read on
            self._await(self._timed)
        else:
            self.transport.abort()

    # an answer that nobody reads

    def pause_writing(self) -> None:
        super().pause_writing()
        self.unread.add(self)
        self._watch_reading()
        while sum(one.unsent_bytes for one in self.unread) > self.limits.unsent_bytes_max:
            slowest = max(self.unread, key=lambda one: one.unsent_bytes)
            slowest.give_up()

    def resume_writing(self) -> None:
        self._stop_reply_timer()
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing() and self.unsent_bytes and self._reply_timer is None:
            self._watch_reading()

    @property
    def unsent_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    def give_up(self) -> None:
        self._stop_reply_timer()
        self.transport.abort()

    def _watch_reading(self) -> None:
        self._reply_timer = self.loop.call_later(self.limits.reply_seconds, self._look_again, self.unsent_bytes)

    def _look_again(self, unsent_bytes: int) -> None:
        if unsent_bytes - self.unsent_bytes < READ_BYTES_MIN:
            self.give_up()
        else:
            self._watch_reading()

    def _stop_reply_timer(self) -> None:
        self.unread.discard(self)
        if self._reply_timer is not None:
            self._reply_timer.cancel()
            self._reply_timer = None


class Refusing:
    """ASGI: the application, told to refuse whatever comes on this connection."""

    def __init__(self, app: Any, error: RpcError) -> None:
        self._app: ASGIApp = app
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "refusal": self._error}, receive, send)


def guarded_connections(
    limits: ServerLimits, guard: Guard | None, at_once: AtOnce | None = None
) -> type[GuardedConnection]:
    """The protocol class for one server."""
    shared: dict[str, Any] = {"limits": limits, "guard": guard, "unread": set(), "at_once": at_once}
    return type("Connection", (GuardedConnection,), shared)
