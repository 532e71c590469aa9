"""The node's two sockets: one for everybody, one for whoever runs the node (docs/adr/0012).

Both speak JSON-RPC over the same chain. The public one has no method that acts on the node or tells of its surroundings; the
operator's has all of them, and /metrics, for those who can read the cookie in the data directory.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from node.config import Config
from node.data_directory import note_running
from node.listening import listen
from node.logs import Log
from node.metrics import Metrics
from node.rpc.connections import ServerLimits, server_limits
from node.rpc.context import Context
from node.rpc.guards import Guard, guard_limits
from node.rpc.jsonrpc import Dispatcher, Usages
from node.rpc.operator import COOKIE_NAME, OperatorGate, fresh_cookie, is_loopback
from node.rpc.plain import Health
from node.rpc.readers import Readers
from node.rpc.registry import Registry
from node.rpc.server import create_app, log_bug, request_limits, serve_on
from node.subscriptions.socket import Sockets
from node.tasks import end_all

OPERATOR_LIMITS: Final = ServerLimits(connections_max=50)  # a scrape, a terminal or two, and room for forgotten ones

_log = Log("rpc")


class Answering:
    """Everything that listens for HTTP in one node."""

    def __init__(
        self,
        config: Config,
        registry: Registry,
        context: Context,
        *,
        metrics: Metrics,
        health: Callable[[], Health],
        sockets: Sockets,
        readers: Readers | None = None,
    ) -> None:
        self._config = config
        self._registry = registry
        self._context = context
        self._metrics = metrics
        self._health = health
        self._sockets = sockets
        self._readers = readers
        self._usage = Usages()
        metrics.watch_calls(self._usage)

    async def serve(self, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve until cancelled; `on_ready` hears the public address once requests are answered there."""
        with ExitStack() as opened:
            serving = self._open(opened, on_ready)
            servers = [asyncio.create_task(one) for one in serving]
            try:
                await asyncio.wait(servers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await end_all(servers)

    def _open(self, opened: ExitStack, on_ready: Callable[[str], None] | None) -> list[Coroutine[Any, Any, None]]:
        """Listen on both sockets and say where, before anything is served: who finds one finds the other."""
        config, found_at = self._config, {}
        serving = []
        if config.operator_enabled:
            listener = opened.enter_context(listen(config.operator_host, config.operator_port, "--operator-port"))
            secret = opened.enter_context(fresh_cookie(config.data_dir))
            found_at["operator_url"] = url_of(config.operator_host, listener)
            found_at["cookie_file"] = str(config.data_dir.resolve() / COOKIE_NAME)
            serving.append(partial(self._serve_operator, listener, secret))
        if config.rpc_enabled:
            listener = opened.enter_context(listen(config.rpc_host, config.rpc_port, "--rpc-port"))
            found_at["url"] = url_of(config.rpc_host, listener)
            serving.append(partial(self._serve_public, listener, found_at, on_ready))
        else:
            note_running(config.data_dir, **found_at)
        return [serve() for serve in serving]

    async def _serve_operator(self, listener: socket.socket, secret: str) -> None:
        if not is_loopback(self._config.operator_host):
            _log.warning("the operator's socket is open to other machines", host=self._config.operator_host)
        app = create_app(self._dispatcher(self._registry), health=self._health, metrics_text=self._metrics.text)
        await serve_on(listener, OperatorGate(app, secret), limits=OPERATOR_LIMITS)

    async def _serve_public(
        self, listener: socket.socket, found_at: dict[str, str], on_ready: Callable[[str], None] | None
    ) -> None:
        config = self._config

        def ready() -> None:
            note_running(config.data_dir, **found_at)
            _log.info("answering", **found_at)
            if on_ready is not None:
                on_ready(found_at["url"])

        guard = Guard(guard_limits(config))
        metrics_text = self._metrics.text if config.rpc_metrics else None
        dispatcher = self._dispatcher(self._registry.public())
        sockets = self._sockets.answering_with(dispatcher)
        app = create_app(dispatcher, health=self._health, metrics_text=metrics_text, guard=guard, sockets=sockets)
        await serve_on(listener, app, limits=server_limits(config), guard=guard, on_ready=ready)

    def _dispatcher(self, registry: Registry) -> Dispatcher:
        return Dispatcher(
            registry,
            self._context,
            now=self._context.clock.now,
            report_bug=log_bug,
            limits=request_limits(self._config),
            readers=self._readers,
            usage=self._usage,
        )


def url_of(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
