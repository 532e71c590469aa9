"""What a request over JSON-RPC costs, beside a bare ASGI app in the same uvicorn that sends a reply of the same size.

Both are processes of their own on loopback, asked by the same client over connections that stay open, in turns. CPU is that of the
server. Where rows are asked for, each request names others. The chain stands still meanwhile: what only a block changes is as it is
between two blocks. A new request is one more line in ASKED.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.benchmarks.measuring import Figure
from tests.benchmarks.served import CONNECTIONS, Server, http_request

FLOOR = "bare ASGI app"
BATCH_CALLS = 100
CALL_MICROSECONDS_MAX = 4.0
ROWS = 20

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `params` of the n-th of them; `count` in one sample; `most` is the target in µs; `peer` what hived takes on such a
    machine, for orientation."""

    name: str
    method: str
    params: Callable[[Told, int], Any]
    count: int = 2_000
    most: float | None = None
    peer: str = ""

    def body(self, told: Told, number: int) -> bytes:
        return orjson.dumps({"jsonrpc": "2.0", "method": self.method, "params": self.params(told, number), "id": 1})


def _someone(told: Told, number: int) -> str:
    name: str = told["busy"][number % len(told["busy"])]
    return name


def _block(told: Told, number: int) -> int:
    num: int = told["blocks"][number % len(told["blocks"])]
    return num


GLOBALS_PEER = "hived 124–285 µs"
ACCOUNT_PEER = "hived 338–577 µs"
HISTORY_PEER = "hived 577–937 µs"
BLOCK_PEER = "hived 4,100–5,000 µs"

ASKED = (
    Asked("version", "database_api.get_version", lambda *_: {}),
    Asked("globals", "database_api.get_dynamic_global_properties", lambda *_: {}, most=100, peer=GLOBALS_PEER),
    Asked("globals, legacy", "condenser_api.get_dynamic_global_properties", lambda *_: [], most=100, peer=GLOBALS_PEER),
    Asked(
        "one account",
        "database_api.find_accounts",
        lambda told, number: {"accounts": [_someone(told, number)]},
        most=150,
        peer=ACCOUNT_PEER,
    ),
    Asked(
        "one account, legacy",
        "condenser_api.get_accounts",
        lambda told, number: [[_someone(told, number)]],
        most=150,
        peer=ACCOUNT_PEER,
    ),
    Asked(
        "20 rows of a history",
        "account_history_api.get_account_history",
        lambda told, number: {"account": _someone(told, number), "start": -1, "limit": ROWS},
        most=250,
        peer=HISTORY_PEER,
    ),
    Asked(
        "20 rows of a history, legacy",
        "condenser_api.get_account_history",
        lambda told, number: [_someone(told, number), -1, ROWS],
        most=250,
        peer=HISTORY_PEER,
    ),
    Asked(
        "block of 720",
        "block_api.get_block",
        lambda told, number: {"block_num": _block(told, number)},
        count=48,
        most=4_000,
        peer=BLOCK_PEER,
    ),
    Asked(
        "block of 720, legacy",
        "condenser_api.get_block",
        lambda told, number: [_block(told, number)],
        count=48,
        most=4_000,
        peer=BLOCK_PEER,
    ),
)


class Comparison:
    """One kind of request, at both servers."""

    def __init__(self, node: Server, bare: Server, bodies: Sequence[bytes], count: int, calls_each: int = 1) -> None:
        self.node, self.bare, self.calls_each = node, bare, calls_each
        self.requests = [http_request(bodies[number % len(bodies)]) for number in range(count)]
        replies = node.ask(self.requests[: len(bodies)])
        for reply in replies:
            assert b'"error":{' not in reply[:1_000], reply[:1_000]
        size = max(map(len, replies))
        self.floor_requests = [http_request(body, f"/{size}") for body in bodies] * (count // len(bodies))

    def take(self) -> tuple[float, float]:
        """Microseconds of a call, and of the floor."""
        node = self.node.microseconds_each(self.requests)
        return node / self.calls_each, self.bare.microseconds_each(self.floor_requests) / self.calls_each


def measure_requests(folder: Path, repeats: int) -> Iterator[Figure]:
    with (
        Server("tests.benchmarks.request_server", "node", str(folder / "requests")) as node,
        Server("tests.benchmarks.request_server", "bare") as bare,
    ):
        for asked in ASKED:
            figure = Figure("JSON-RPC requests", asked.name, floor_name=FLOOR, note=asked.peer, most=asked.most)
            figure.target = 1.2 if asked is ASKED[0] else None
            bodies = [asked.body(node.told, number) for number in range(CONNECTIONS)]
            yield _filled(figure, Comparison(node, bare, bodies, asked.count), repeats)
        batch = Figure(
            "JSON-RPC requests", f"version, each of {BATCH_CALLS}", floor_name=FLOOR, most=CALL_MICROSECONDS_MAX
        )
        body = orjson.dumps([orjson.loads(ASKED[0].body(node.told, number)) for number in range(BATCH_CALLS)])
        yield _filled(batch, Comparison(node, bare, [body], 200, BATCH_CALLS), repeats)


def _filled(figure: Figure, comparison: Comparison, repeats: int) -> Figure:
    for number in range(repeats + 1):
        sample, floor = comparison.take()
        if number:  # the first round warms up
            figure.add(sample, floor)
    return figure
