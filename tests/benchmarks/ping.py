"""The cheapest JSON-RPC call to a real server, over the cheapest answer of a bare ASGI app under the same uvicorn.

python -m tests.benchmarks.ping bare|skald      serves on a free port of the loopback and prints it
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Figure, Ratio

REQUESTS = 3_000
PING = b'{"jsonrpc":"2.0","method":"bench_api.ping","params":{},"id":1}'
PONG = b'{"jsonrpc":"2.0","result":"pong","id":1}'
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """As little as an ASGI app can do that reads a body and answers."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(PONG)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PONG})


def skald() -> Any:
    """The node's own front with one method that does nothing."""
    from node.rpc.jsonrpc import Dispatcher
    from node.rpc.registry import Namespace, Registry
    from node.rpc.server import Health, create_app, log_bug

    api = Namespace("bench_api")

    @api.method
    def ping(_context: Any) -> str:
        """Answer."""
        return "pong"

    dispatcher = Dispatcher(Registry([api]), None, now=lambda: 0.0, report_bug=log_bug)
    return create_app(dispatcher, health=lambda: Health(healthy=True), metrics_text=lambda: b"")


def serve_forever(which: str) -> None:
    import uvloop

    from node.rpc.server import serve

    app = bare if which == "bare" else skald()
    uvloop.run(serve(app, "127.0.0.1", 0, on_ready=lambda port: print(port, flush=True)))


def server_us(which: str) -> float:
    """CPU of the server process for one request, by the kernel's own accounts."""
    command = [sys.executable, "-m", "tests.benchmarks.ping", which]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            with closing(HTTPConnection("127.0.0.1", port)) as connection:
                _ask(connection, REQUESTS // 10)
                before = _ticks(server.pid)
                _ask(connection, REQUESTS)
                spent = _ticks(server.pid) - before
        finally:
            server.terminate()
    return spent / TICKS_PER_SECOND * 1e6 / REQUESTS


def _ask(connection: HTTPConnection, count: int) -> None:
    for _ in range(count):
        connection.request("POST", "/", PING, {"Content-Type": "application/json"})
        answer = connection.getresponse().read()
        assert answer == PONG, answer


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def ping_ratio(repeats: int) -> Ratio:
    """In turn, so that both see the same machine."""
    bares, ours = [], []
    for _ in range(repeats):
        bares.append(server_us("bare"))
        ours.append(server_us("skald"))
    return Ratio("JSON-RPC", "ping over a bare ASGI app", Figure.of(ours), Figure.of(bares), 1.3)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        serve_forever(sys.argv[1])
