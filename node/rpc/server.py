"""The HTTP face of a node: JSON-RPC on `POST /`, and `/health`, `/docs` beside it; `/metrics` where it is wanted.

`Front` is a bare ASGI callable. It answers `POST /` itself, where it can before ASGI begins (`node.rpc.connections`), and the plain
pages of `node.rpc.plain`; every other path it leaves to the application of `node.rpc.site`, which costs four times as much. JSON-RPC
replies have status 200 whatever they say: many clients never read the body of another status.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Generator
from secrets import token_hex
from time import monotonic
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from node.config import Config
from node.listening import listen
from node.logs import Log
from node.rpc.connections import Begun, Refusing, ServerLimits, Whole, guarded_connections
from node.rpc.errors import RpcError
from node.rpc.guards import VISITOR, Guard, TooMuch, Visitor, WrongHost
from node.rpc.jsonrpc import Dispatcher, Limits, Reply
from node.rpc.plain import Health, Pages, plain_pages
from node.subscriptions.socket import POLICY

_WHOLE_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\ncontent-length: %d\r\n\r\n"
)
_ANY_ORIGIN = (b"access-control-allow-origin", b"*")  # without credentials: there are none to steal
_JSON = (b"content-type", b"application/json")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_CLOSE = (b"connection", b"close")
_SOCKET_PATHS = ("/ws", "/")  # libraries that know one address only connect to it either way
_REASON_BYTES_MAX = 120  # RFC 6455: 123
PAGE_SECONDS = 0.002  # what a page costs beside its call, roughly: a FastAPI route
REQUEST_SECONDS = 0.0001  # what a request costs beside its calls: HTTP
BYTE_SECONDS = 5e-9  # and each byte of it: parsing
_PREFLIGHT = [
    _ANY_ORIGIN,
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"*, content-type"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]


_log = Log("rpc")


def request_limits(config: Config) -> Limits:
    """The limits of a request that a configuration sets, for the dispatcher."""
    return Limits(
        body_bytes_max=config.rpc_body_bytes_max,
        batch_calls_max=config.rpc_batch_calls_max,
        depth_max=config.rpc_depth_max,
        response_bytes_max=config.rpc_response_bytes_max,
        waiting_calls_max=config.rpc_waiting_calls_max,
    )


def log_bug(method: str, error: BaseException) -> str:
    """Log a bug in a method with its traceback; returns the id under which the client is told of it."""
    correlation_id = token_hex(4)
    _log.failure("a method broke down", error, method=method, correlation_id=correlation_id)
    return correlation_id


class Front:
    """ASGI: JSON-RPC here, the rest there, and nothing for whom the guard refuses."""

    __slots__ = ("_answer", "_body_bytes_max", "_dispatcher", "_guard", "_plain", "_rest", "_sockets")

    def __init__(
        self, dispatcher: Dispatcher, plain: Pages, rest: ASGIApp, guard: Guard, sockets: ASGIApp | None = None
    ) -> None:
        self._dispatcher = dispatcher
        self._answer = dispatcher.answer
        self._body_bytes_max = dispatcher.limits.body_bytes_max
        self._plain = plain
        self._rest = rest
        self._sockets = sockets
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
            return
        visitor, refusal = None, scope.get("refusal")
        if refusal is None:
            try:
                visitor = self._admit(scope)
            except (TooMuch, WrongHost) as error:
                refusal = error
        is_call = scope["method"] == "POST" and scope["path"] == "/"
        if refusal is not None:
            await (self._refuse_call(refusal, receive, send) if is_call else _refuse_page(refusal, send))
            return
        with self._counted(visitor):
            if is_call:
                await self._serve_rpc(visitor, receive, send)
            elif scope["method"] == "OPTIONS":
                await _send(send, 204, self._preflight(scope), b"")
            else:
                if visitor is not None:
                    VISITOR.set(visitor)
                    visitor.charge(PAGE_SECONDS)
                if scope["method"] == "GET" and scope["path"] in self._plain:
                    await self._serve_plain(scope["path"], send)
                else:
                    await self._rest(scope, receive, send)

    def begin(self, scope: Scope, body: bytes) -> Begun:
        """What a call is answered, at once or when it is known; else who goes on with the request."""
        if scope["path"] != "/" or scope["method"] != "POST" or len(body) > self._body_bytes_max:
            return self
        try:
            visitor = self._admit(scope)
        except (TooMuch, WrongHost) as error:
            return Refusing(self, error)
        if visitor is None:
            answer = self._answer(body)
        else:
            before = VISITOR.set(visitor)
            try:
                answer = self._answer_to(visitor, body)
            finally:
                VISITOR.reset(before)
        return _whole(answer) if isinstance(answer, bytes) else self._wait(visitor, answer)

    async def _wait(self, visitor: Visitor | None, answer: Coroutine[Any, Any, bytes]) -> Whole:
        VISITOR.set(visitor)  # in this request's task alone
        with self._counted(visitor):
            return _whole(await answer)

    @contextlib.contextmanager
    def _counted(self, visitor: Visitor | None) -> Generator[None, None, None]:
        """One of the requests that are answered just now."""
        self._guard.request_count += 1
        if visitor is not None:
            visitor.request_count += 1
        try:
            yield
        finally:
            self._guard.request_count -= 1
            if visitor is not None:
                visitor.request_count -= 1

    def _answer_to(self, visitor: Visitor, body: bytes) -> Reply:
        visitor.charge(REQUEST_SECONDS + len(body) * BYTE_SECONDS)
        return self._answer(body)

    def _admit(self, scope: Scope) -> Visitor | None:
        """Who asks. Raises TooMuch, WrongHost."""
        host = forwarded = b""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"x-forwarded-for":
                forwarded = forwarded + b"," + value if forwarded else value
        self._guard.check(host)
        now = monotonic()
        visitor = self._guard.visitor(scope, forwarded, now)
        if visitor is not None:
            visitor.admit(now)
        return visitor

    def _preflight(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """A page of the world asks before it calls a node in a private network; whether it may is for the operator to say."""
        if (
            self._guard.limits.private_network
            and (b"access-control-request-private-network", b"true") in scope["headers"]
        ):
            return [*_PREFLIGHT, (b"access-control-allow-private-network", b"true")]
        return _PREFLIGHT

    async def _refuse_call(self, refusal: RpcError, receive: Receive, send: Send) -> None:
        """With status 200, since clients do not read what comes with others; the id is echoed where the body is small."""
        message = await receive()
        body = message.get("body", b"") if not message.get("more_body", False) else b""
        reply = self._dispatcher.refuse(refusal, body)
        headers = [_JSON, _ANY_ORIGIN, (b"content-length", b"%d" % len(reply)), *_retry_after(refusal)]
        if not body or refusal.expression in ("too_many_connections", "node_full"):
            headers.append(_CLOSE)
        await _send(send, 200, headers, reply)

    async def _serve_rpc(self, visitor: Visitor | None, receive: Receive, send: Send) -> None:
        message = await receive()
        body: bytes | None = message.get("body", b"")
        if message.get("more_body", False):
            body = await self._read_on(receive, bytearray(body or b""))
        elif message["type"] == "http.disconnect":
            return
        if body is None:
            return
        if len(body) > self._body_bytes_max:
            # What has not been read yet is not read at all: the connection ends here.
            reply = self._dispatcher.refuse_size()
            await _send(send, 200, [_JSON, _ANY_ORIGIN, _CLOSE, (b"content-length", b"%d" % len(reply))], reply)
            return
        VISITOR.set(visitor)  # in this request's task alone
        answer = self._answer(body) if visitor is None else self._answer_to(visitor, body)
        await _send_answer(send, answer if isinstance(answer, bytes) else await answer)

    async def _serve_plain(self, path: str, send: Send) -> None:
        status, media_type, body = self._plain[path]()
        described = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body)), _ANY_ORIGIN]
        await _send(send, status, described, body)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One WebSocket is one connection and one request; what is asked on it is charged as it comes."""
        if self._sockets is None or scope["path"] not in _SOCKET_PATHS:
            await self._rest(scope, receive, send)
            return
        try:
            visitor = self._admit(scope)
        except (TooMuch, WrongHost) as error:
            await receive()
            await send({"type": "websocket.close", "code": POLICY, "reason": str(error)[:_REASON_BYTES_MAX]})
            return
        if visitor is None:
            await self._sockets(scope, receive, send)
            return
        VISITOR.set(visitor)
        visitor.request_count += 1
        try:
            await self._sockets(scope, receive, send)
        finally:
            visitor.request_count -= 1

    async def _read_on(self, receive: Receive, body: bytearray) -> bytes | None:
        """The rest of a body that comes in parts, counted while it comes; None when the client has gone."""
        while len(body) <= self._body_bytes_max:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        return bytes(body)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_answer(send: Send, answer: bytes) -> None:
    await _send(send, 200, [_JSON, _ANY_ORIGIN, (b"content-length", b"%d" % len(answer))], answer)


def _whole(answer: bytes) -> Whole:
    return _WHOLE_HEAD % len(answer), answer


def _retry_after(refusal: RpcError) -> list[tuple[bytes, bytes]]:
    wait_ms = refusal.data.get("retry_after_ms")
    return [] if wait_ms is None else [(b"retry-after", b"%d" % -(-wait_ms // 1000))]


async def _refuse_page(refusal: RpcError, send: Send) -> None:
    """HTTP's own statuses for what is no JSON-RPC: 429, or 421 for a request that was meant for somebody else."""
    status = 421 if isinstance(refusal, WrongHost) else 429
    body = f"{refusal}\n".encode()
    headers = [_TEXT, _ANY_ORIGIN, (b"content-length", b"%d" % len(body)), _CLOSE, *_retry_after(refusal)]
    await _send(send, status, headers, body)


class Later:
    """ASGI: an application that is built at its first request, in a thread: a block need not wait for that."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._built: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._built is None:
            self._built = asyncio.create_task(asyncio.to_thread(self._build))
        app = await asyncio.shield(self._built)  # for those who wait too, should this client go
        await app(scope, receive, send)


def create_app(
    dispatcher: Dispatcher,
    *,
    health: Callable[[], Health],
    metrics_text: Callable[[], bytes] | None = None,
    guard: Guard | None = None,
    sockets: ASGIApp | None = None,
) -> ASGIApp:
    """The whole HTTP face. `health` and `metrics_text` are asked at each request, `sockets` answers WebSockets."""
    plain = plain_pages(health, metrics_text)

    def build() -> ASGIApp:
        from node.rpc.site import make_site  # noqa: PLC0415  # half of the time to start, for what few are ever asked

        return make_site(dispatcher, plain, health, has_subscriptions=sockets is not None)

    return Front(dispatcher, plain, Later(build), guard or Guard(), sockets)


# --- running it


class _Server(uvicorn.Server):
    """uvicorn inside somebody else's loop: signals are the runner's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    limits: ServerLimits | None = None,
    guard: Guard | None = None,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Serve there until cancelled. `on_ready` hears the port as soon as requests are answered."""
    listener = listen(host, port, "--rpc-port")

    def ready() -> None:
        if on_ready is not None:
            on_ready(listener.getsockname()[1])

    await serve_on(listener, app, limits=limits, guard=guard, on_ready=ready)


async def serve_on(
    listener: socket.socket,
    app: ASGIApp,
    *,
    limits: ServerLimits | None = None,
    guard: Guard | None = None,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until cancelled; then finish what has begun within `shutdown_seconds`, close all, and pass the cancellation on."""
    server = _Server(_uvicorn_config(app, limits or ServerLimits(), guard))
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        while not server.started and not running.done():  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.005)
        if on_ready is not None and server.started:
            on_ready()
        await asyncio.shield(running)
    except asyncio.CancelledError:
        server.should_exit = True
        await running
        raise
    finally:
        running.cancel()
        listener.close()


def _socket_protocol(**options: Any) -> asyncio.Protocol:
    """The protocol of a WebSocket: loaded with the first one."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol  # noqa: PLC0415

    return WebSocketsSansIOProtocol(**options)


def _uvicorn_config(app: ASGIApp, limits: ServerLimits, guard: Guard | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=guarded_connections(limits, guard, app if isinstance(app, Front) else None),
        ws=cast("type[asyncio.Protocol]", _socket_protocol),
        ws_max_size=limits.socket_message_bytes_max,
        ws_per_message_deflate=False,  # costs more than it saves between machines, and small bombs grow large
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=limits.keep_alive_seconds,
        timeout_graceful_shutdown=limits.shutdown_seconds,
    )
