"""A server in a process of its own on loopback, what it costs to be asked, and the bare ASGI app that it is compared with."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starlette.types import Receive, Scope, Send

PROJECT = Path(__file__).resolve().parents[2]
CONNECTIONS = 16
RECEIVED_BYTES = 1 << 20
HEAD_END = b"\r\n\r\n"


def http_request(body: bytes, path: str = "/") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Server:
    """`python -m MODULE ARGUMENT…`, which prints a line of JSON with its port when it answers, and a client for it."""

    def __init__(self, module: str, *arguments: str, connections: int = CONNECTIONS) -> None:
        command = [sys.executable, "-m", module, *arguments]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.told: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.connections = [self._connect() for _ in range(connections)]

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.told["port"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self.connections:
            connection.close()
        self.process.terminate()
        self.process.wait()

    def ask(self, requests: Sequence[bytes]) -> list[bytes]:
        """The bodies of the replies. There are as many requests under way as there are connections."""
        replies = []
        for first in range(0, len(requests), len(self.connections)):
            some = requests[first : first + len(self.connections)]
            for connection, request in zip(self.connections, some, strict=False):
                connection.sendall(request)
            replies += [_reply(connection) for connection, _ in zip(self.connections, some, strict=False)]
        return replies

    def call(self, method: str, params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        return json.loads(self.ask([http_request(body)])[0])["result"]

    def cpu_seconds(self) -> float:
        """User and system time of the whole process so far: its own clock, which Linux shows to others."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def microseconds_each(self, requests: Sequence[bytes]) -> float:
        before = self.cpu_seconds()
        self.ask(requests)
        return (self.cpu_seconds() - before) / len(requests) * 1e6


def _reply(connection: socket.socket) -> bytes:
    received = connection.recv(RECEIVED_BYTES)
    while HEAD_END not in received:
        part = connection.recv(RECEIVED_BYTES)
        assert part, "the server closed the connection"
        received += part
    head, _, first = received.partition(HEAD_END)
    assert head.startswith(b"HTTP/1.1 200"), received
    parts, missing = [first], _content_length(head) - len(first)
    while missing:
        parts.append(connection.recv(RECEIVED_BYTES))
        assert parts[-1], "the server closed the connection"
        missing -= len(parts[-1])
    return b"".join(parts)


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise AssertionError(head)


class Bare:
    """The least that an ASGI app can do for such a request: take the body, send a reply that stands ready: `/N` has N bytes."""

    def __init__(self) -> None:
        self.replies: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ready = self.replies.get(scope["path"]) or self._prepare(scope["path"])
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": ready[0]})
        await send({"type": "http.response.body", "body": ready[1]})

    def _prepare(self, path: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        reply = b"x" * int(path.removeprefix("/"))
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(reply))]
        self.replies[path] = headers, reply
        return self.replies[path]
