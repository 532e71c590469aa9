"""A server to be measured: `python -m tests.benchmarks.ping_server node` our whole face over a devnet, `… bare` a constant reply.

Prints its port, and serves until it is ended.
"""

import sys

import uvloop
from starlette.types import Receive, Scope, Send

from chain.chain import Chain
from chain.memory import MemoryBackend
from chain.presets import preset
from node.metrics import Metrics
from node.rpc.apis import make_registry
from node.rpc.connections import ServerLimits
from node.rpc.context import Context
from node.rpc.jsonrpc import Dispatcher
from node.rpc.server import Health, create_app, log_bug, serve
from node.runner import quieten_collector
from tests.benchmarks.pings import CALL

START = 1_800_000_000


def make_dispatcher() -> tuple[Dispatcher, Metrics]:
    """As a node does it."""
    metrics = Metrics()
    dispatcher = Dispatcher(
        make_registry(), Context(Chain(MemoryBackend(), preset("devnet"))), now=lambda: START, report_bug=log_bug
    )
    metrics.watch_calls(dispatcher.usage)
    return dispatcher, metrics


class Bare:
    """The least that an ASGI app can do for such a request: take the body, send the reply."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.headers = [(b"content-type", b"application/json"), (b"content-length", str(len(reply)).encode())]

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.reply})


async def main(kind: str) -> None:
    dispatcher, metrics = make_dispatcher()
    app = create_app(dispatcher, health=lambda: Health(healthy=True), metrics_text=metrics.text)
    reply = dispatcher.answer(CALL)
    assert isinstance(reply, bytes), "a small call is answered at once"
    quieten_collector()
    served = Bare(reply) if kind == "bare" else app
    patient = ServerLimits(keep_alive_seconds=3_600)  # one server waits while the other is measured
    await serve(served, "127.0.0.1", 0, limits=patient, on_ready=lambda port: print(port, flush=True))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
