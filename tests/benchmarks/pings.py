"""What our JSON-RPC face adds to a request: a small call over a bare ASGI app behind the same server.

Both are processes of their own on loopback, asked by the same client in turns. CPU is that of the server, as the system counts it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.benchmarks.measuring import Figure

PROJECT = Path(__file__).resolve().parents[2]
CONNECTIONS = 16
ROUNDS_EACH = 1_000  # half a second of the server's time, which the system counts in hundredths
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

CALL = b'{"jsonrpc":"2.0","method":"database_api.get_version","params":{},"id":1}'
REQUEST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(CALL)
    + CALL
)


class Server:
    """`python -m tests.benchmarks.ping_server KIND`, and a client for it."""

    def __init__(self, kind: str) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.ping_server", kind]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.connections = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(CONNECTIONS)]
        self.reply = self.ask_one()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self.connections:
            connection.close()
        self.process.terminate()
        self.process.wait()

    def ask_one(self) -> bytes:
        connection = self.connections[0]
        connection.sendall(REQUEST)
        received = b""
        while b"\r\n\r\n" not in received or len(received) < _size_of_reply(received):
            received += connection.recv(65_536)
        assert received.startswith(b"HTTP/1.1 200"), received
        return received

    def ask_round(self) -> None:
        """One request on each connection, then all the replies."""
        for connection in self.connections:
            connection.sendall(REQUEST)
        for connection in self.connections:
            received = 0
            while received < len(self.reply):
                part = connection.recv(65_536)
                assert part, "the server closed the connection"
                received += len(part)

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def microseconds_each(self) -> float:
        before = self.cpu_seconds()
        for _ in range(ROUNDS_EACH):
            self.ask_round()
        return (self.cpu_seconds() - before) / ROUNDS_EACH / CONNECTIONS * 1e6


def _size_of_reply(received: bytes) -> int:
    head, _, _ = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(head) + 4 + int(line.partition(b":")[2])
    raise AssertionError(received)


def measure_pings(repeats: int) -> Iterator[Figure]:
    figure = Figure("JSON-RPC", "database_api.get_version", floor_name="bare ASGI app", target=1.2)
    with Server("bare") as bare, Server("node") as node:
        assert bare.reply.partition(b"\r\n\r\n")[2] == node.reply.partition(b"\r\n\r\n")[2]
        for number in range(repeats + 1):
            sample, floor = node.microseconds_each(), bare.microseconds_each()
            if number:
                figure.add(sample, floor)
    yield figure
