"""The HTTP face of a node: JSON-RPC on `POST /`, and `/health`, `/docs` beside it; `/metrics` where it is wanted.

`Front` is a bare ASGI callable. It answers `POST /` itself, which costs a quarter of a FastAPI route and a twentieth of a
signature (performance.md §6), and leaves every other path to a FastAPI application. JSON-RPC replies have status 200 whatever
they say: many clients never read the body of another status.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass
from secrets import token_hex

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from chain import __version__
from node.config import Config
from node.listening import listen
from node.logs import Log
from node.rpc.jsonrpc import Dispatcher, Limits
from node.rpc.pages import add_page
from node.rpc.rest import add_twins

_ANY_ORIGIN = (b"access-control-allow-origin", b"*")  # without credentials: there are none to steal
_JSON = (b"content-type", b"application/json")
_CLOSE = (b"connection", b"close")
_PREFLIGHT = [
    _ANY_ORIGIN,
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"*, content-type"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]


ABOUT = "The reads that are asked for most. All methods are JSON-RPC 2.0 on `POST /`; /docs lists them."

_log = Log("rpc")


class Health(BaseModel):
    """What a balancer or an operator asks first."""

    healthy: bool = Field(description="whether the node is up to date; the status is 503 when it is not")
    reason: str = Field(default="", description="why it is not healthy, or empty")
    version: str = Field(default=__version__, description="of this node's software")
    chain_id: str = Field(default="", description="64 hex digits")
    head_block_num: int = Field(default=0, description="height of the head block")
    head_block_id: str = Field(default="", description="40 hex digits")
    head_age_seconds: float = Field(default=0.0, description="time since the head block's timestamp")
    irreversible_block_num: int = Field(default=0, description="height that cannot be undone any more")
    peer_count: int = Field(default=0, description="open links with other nodes")
    producing: bool = Field(default=False, description="whether this node makes blocks for its witnesses")


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What clients may take of the machine; `node.config` says why each."""

    connections_max: int = 900
    keep_alive_seconds: int = 5
    shutdown_seconds: int = 3


def limits_of(config: Config) -> tuple[Limits, ServerLimits]:
    """The limits that a configuration sets, for the dispatcher and for `serve`."""
    requests = Limits(
        body_bytes_max=config.rpc_body_bytes_max,
        batch_calls_max=config.rpc_batch_calls_max,
        depth_max=config.rpc_depth_max,
        response_bytes_max=config.rpc_response_bytes_max,
        waiting_calls_max=config.rpc_waiting_calls_max,
    )
    connections = ServerLimits(
        connections_max=config.rpc_connections_max, keep_alive_seconds=config.rpc_keep_alive_seconds
    )
    return requests, connections


def log_bug(method: str, error: BaseException) -> str:
    """Log a bug in a method with its traceback; returns the id under which the client is told of it."""
    correlation_id = token_hex(4)
    _log.failure("a method broke down", error, method=method, correlation_id=correlation_id)
    return correlation_id


class Front:
    """ASGI: JSON-RPC here, the rest there."""

    __slots__ = ("_answer", "_body_bytes_max", "_dispatcher", "_rest")

    def __init__(self, dispatcher: Dispatcher, rest: ASGIApp) -> None:
        self._dispatcher = dispatcher
        self._answer = dispatcher.answer
        self._body_bytes_max = dispatcher.limits.body_bytes_max
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            method = scope["method"]
            if method == "POST" and scope["path"] == "/":
                await self._serve_rpc(receive, send)
                return
            if method == "OPTIONS":
                await _send(send, 204, _PREFLIGHT, b"")
                return
        await self._rest(scope, receive, send)

    async def _serve_rpc(self, receive: Receive, send: Send) -> None:
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
        answer = self._answer(body)
        if not isinstance(answer, bytes):
            answer = await answer
        await _send(send, 200, [_JSON, _ANY_ORIGIN, (b"content-length", b"%d" % len(answer))], answer)

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


def create_app(
    dispatcher: Dispatcher, *, health: Callable[[], Health], metrics_text: Callable[[], bytes] | None = None
) -> ASGIApp:
    """The whole HTTP face. `health` and `metrics_text` are asked at each request."""
    app = FastAPI(title="Skald", version=__version__, description=ABOUT, docs_url=None, redoc_url=None)
    links = {"rpc": "POST /", "health": "/health", "docs": "/docs"}

    @app.get("/", include_in_schema=False)
    async def hello() -> JSONResponse:
        return _open(JSONResponse({"node": "skald", "version": __version__, **links}))

    @app.get("/health", response_model=Health, responses={503: {"model": Health}}, tags=["operating"])
    async def get_health() -> JSONResponse:
        """Whether the node is up to date: 200, or 503 with the reason."""
        state = health()
        return _open(JSONResponse(state.model_dump(), status_code=200 if state.healthy else 503))

    if metrics_text is not None:
        links["metrics"] = "/metrics"
        _add_metrics(app, metrics_text)
    add_twins(app, dispatcher, lambda: health().irreversible_block_num)
    add_page(app, dispatcher.registry)
    return Front(dispatcher, app)


def _add_metrics(app: FastAPI, metrics_text: Callable[[], bytes]) -> None:
    @app.get("/metrics", response_class=PlainTextResponse, tags=["operating"])
    async def get_metrics() -> Response:
        """Counters and gauges in Prometheus' text form."""
        return Response(metrics_text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _open(response: JSONResponse) -> JSONResponse:
    response.headers["access-control-allow-origin"] = "*"
    return response


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
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Serve there until cancelled. `on_ready` hears the port as soon as requests are answered."""
    listener = listen(host, port, "--rpc-port")

    def ready() -> None:
        if on_ready is not None:
            on_ready(listener.getsockname()[1])

    await serve_on(listener, app, limits=limits, on_ready=ready)


async def serve_on(
    listener: socket.socket,
    app: ASGIApp,
    *,
    limits: ServerLimits | None = None,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until cancelled; then finish what has begun within `shutdown_seconds`, close all, and pass the cancellation on."""
    server = _Server(_uvicorn_config(app, limits or ServerLimits()))
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


def _uvicorn_config(app: ASGIApp, limits: ServerLimits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=limits.connections_max,
        timeout_keep_alive=limits.keep_alive_seconds,
        timeout_graceful_shutdown=limits.shutdown_seconds,
    )
