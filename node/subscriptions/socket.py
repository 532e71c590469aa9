"""The WebSocket under `/ws`: JSON-RPC calls in, answers and what subscriptions tell out.

One connection is one session with two tasks: one answers calls, the other tells. A client that does not read what it is sent is let
go after `send_seconds_max`; it comes back and goes on from the block it knows.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from node.config import Config
from node.rpc.jsonrpc import Dispatcher
from node.subscriptions.session import Session

TRY_LATER: Final = 1013  # RFC 6455's registry: the server is too busy
POLICY: Final = 1008


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What WebSockets may take of the node; `node.config` says why each."""

    sockets_max: int = 200
    subscriptions_max: int = 16
    send_seconds_max: int = 20


def socket_limits_of(config: Config) -> SocketLimits:
    """As a configuration sets them."""
    return SocketLimits(
        sockets_max=config.rpc_sockets_max,
        subscriptions_max=config.rpc_subscriptions_max,
        send_seconds_max=config.rpc_socket_send_seconds_max,
    )


class TooSlow(Exception):
    """The client does not read."""


class Sockets:
    """All open WebSockets of a node."""

    def __init__(self, limits: SocketLimits | None = None) -> None:
        self._limits = limits or SocketLimits()
        self._sessions: set[Session] = set()

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def subscription_count(self) -> int:
        return sum(len(session.cursors) for session in self._sessions)

    def chain_moved(self) -> None:
        """There is a new head, another branch, or a newly irreversible block."""
        for session in self._sessions:
            session.chain_moved()

    def answering_with(self, dispatcher: Dispatcher) -> ASGIApp:
        """What serves a WebSocket, as an ASGI application; calls are the dispatcher's."""
        return partial(self._meet, dispatcher)

    async def _meet(self, dispatcher: Dispatcher, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        if len(self._sessions) >= self._limits.sockets_max:
            await socket.close(TRY_LATER, f"this node has {self._limits.sockets_max} WebSockets already")
            return
        send_one = _Sender(socket, self._limits.send_seconds_max)
        session = Session(dispatcher, send_one, subscriptions_max=self._limits.subscriptions_max)
        self._sessions.add(session)
        try:
            await self._serve(socket, session)
        finally:
            self._sessions.discard(session)

    async def _serve(self, socket: WebSocket, session: Session) -> None:
        """Until the client goes, or is too slow."""
        tasks = [asyncio.create_task(_answer_all(socket, session)), asyncio.create_task(session.tell())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except TooSlow:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(POLICY, "you do not read what you are sent; go on from the last block that you know")
        except (WebSocketDisconnect, RuntimeError):  # starlette's word for a socket that has just been closed
            pass
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _answer_all(socket: WebSocket, session: Session) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        body = message.get("bytes") or (message.get("text") or "").encode()
        await session.answer(body)


class _Sender:
    """Sends one message after the other: calls and subscriptions share a socket."""

    def __init__(self, socket: WebSocket, seconds_max: int) -> None:
        self._socket = socket
        self._seconds_max = seconds_max
        self._turn = asyncio.Lock()

    async def __call__(self, body: bytes) -> None:
        try:
            async with asyncio.timeout(self._seconds_max), self._turn:
                await self._socket.send_text(body.decode())
        except TimeoutError:
            raise TooSlow from None
