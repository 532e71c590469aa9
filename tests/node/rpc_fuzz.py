"""Hostile requests at random: changed bodies, and calls of every method with arguments that fit and that do not.

    python -m tests.node.rpc_fuzz [--bodies 100000] [--calls 20000] [--seed 1]

All of it goes over a real socket to the whole HTTP face, above a chain on which something of everything has happened. Each answer must
have status 200 and be a result or an error of hived's kinds; nothing may break down. The suite runs the same in small numbers.
"""

import asyncio
import gc
import random
import re
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from node.rpc.guards import Guard
from node.rpc.jsonrpc import Dispatcher
from node.rpc.plain import Health
from node.rpc.registry import Method, Registry
from node.rpc.server import create_app, serve
from tests.helpers.example_chain import COMMUNITY, ExampleChain
from tests.helpers.examples import examples
from tests.node.rpc_world import Bugs

CONNECTIONS = 8
CODES = {-32700, -32600, -32602, -32000, -32001, -32002, -32003}
SECRETS = re.compile(
    rb"Traceback \(most|site-packages|\.py\\?\", line|/(?:home|root|usr|tmp)/|\b5[HJK][1-9A-HJ-NP-Za-km-z]{49}\b"
)
TOKENS = (
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"null",
        b"true",
        b"1e999",
        b"NaN",
        b"-0",
        b"\\u0000",
        b"\\ud800",
        b"\xff",
    ),
    *(b"\x00", b"[" * 40, b"9" * 4301, b'"jsonrpc":', b'"id":', b'"method":', b'"params":', b'"call"', b"\xef\xbb\xbf"),
)
WORDS = (
    *("alice", "bob", "carol", "initminer", "nobody-there", COMMUNITY, "", "a" * 300, "ä", "\x00", "hello", "none"),
    *("by_name", "by_id", "created", "trending", "hot", "payout", "blog", "feed", "posts", "comments", "replies"),
    *(
        "1970-01-01T00:00:00",
        "2025-01-01T00:00:00",
        "9999-99-99T99:99:99",
        "ascending",
        "all",
        "outgoing",
        "-1",
        "1.000 HIVE",
    ),
    *("STM6LLegbAgLAy28EHrffBVuANFWcFgmqRMW13wBmTExqFE9SCkg4", "ab" * 20, "zz" * 20, "18446744073709551616", "hf26"),
)
NUMBERS = (
    0,
    1,
    2,
    5,
    20,
    21,
    100,
    1000,
    1001,
    -1,
    -2,
    2**31,
    2**32 - 1,
    2**32,
    2**53,
    2**63 - 1,
    2**63,
    2**64 - 1,
    -(2**63),
)
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    1.5,
    1e300,
    [],
    {},
    [[]],
    [{}],
    [None],
    ["alice", "hello"],
    [["alice", "hello"]],
)
OBJECTS: tuple[Any, ...] = (
    {"tag": "alice", "limit": 5},
    {"operations": [["vote", {}]]},
    {"operations": 5},
    {"a": {"b": []}},
)


@dataclass
class Report:
    """What came back."""

    bodies: int = 0
    calls: int = 0
    seconds: list[float] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, bytes] = (0.0, b"")
    covered: set[str] = field(default_factory=set)
    broken: list[tuple[bytes, bytes]] = field(default_factory=list)
    bugs: list[tuple[str, str]] = field(default_factory=list)
    grown_mib: float = 0.0

    def within_ms(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def note(self, body: bytes, status: int, answer: bytes, seconds: float) -> None:
        self.seconds.append(seconds)
        if seconds > self.slowest[0]:
            self.slowest = (seconds, body[:200])
        try:
            replies = orjson.loads(answer)
        except orjson.JSONDecodeError:
            replies = [None]
        for reply in replies if isinstance(replies, list) else [replies]:
            if status != 200 or not self._is_sound(reply):
                self.broken.append((body, answer[:500]))
        if SECRETS.search(answer):
            self.broken.append((body, answer[:500]))

    def _is_sound(self, reply: Any) -> bool:
        if type(reply) is not dict or ("result" in reply) == ("error" in reply):
            return False
        code = reply["error"]["code"] if "error" in reply else 0
        self.codes[code] += 1
        return code == 0 or code in CODES


# --- what is sent


def changed_bytes(body: bytes, chance: random.Random) -> bytes:
    """A body with a few of its bytes changed, lost, doubled, or replaced by something that is a token of JSON."""
    data = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0 if at < len(data):
                data[at] = chance.randrange(256)
            case 1:
                data[at:at] = chance.choice(TOKENS)
            case 2:
                del data[at : at + chance.randint(1, 20)]
            case 3:
                data[at:at] = data[at : at + chance.randint(1, 200)]
            case 4:
                del data[at:]
            case _:
                data[at : at + 1] = chance.choice(TOKENS)
    return bytes(data)


def some_value(chance: random.Random) -> Any:
    return chance.choice((chance.choice(WORDS), chance.choice(NUMBERS), chance.choice(OTHERS), chance.choice(OBJECTS)))


def changed_structure(value: Any, chance: random.Random) -> Any:
    """The same JSON with something somewhere in it exchanged, lost, wrapped or doubled."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.2:
        return chance.choice((some_value(chance), [value], {"value": value}))
    if isinstance(value, dict):
        name = chance.choice(list(value))
        if chance.random() < 0.15:
            return {other: item for other, item in value.items() if other != name}
        return value | {name: changed_structure(value[name], chance)}
    at = chance.randrange(len(value))
    if chance.random() < 0.15:
        return value[:at] + value[at + 1 :]
    if chance.random() < 0.1:
        return value + value[at:]
    return [*value[:at], changed_structure(value[at], chance), *value[at + 1 :]]


def changed_body(requests: list[dict[str, Any]], chance: random.Random) -> bytes:
    request: Any = chance.choice(requests)
    if chance.random() < 0.1:
        request = [request, *chance.choices(requests, k=chance.randint(0, 5))]
    if chance.random() < 0.1:
        namespace, _, name = chance.choice(requests)["method"].partition(".")
        request = {"jsonrpc": "2.0", "method": "call", "params": [namespace, name, []], "id": 1}
    if chance.random() < 0.5:
        request = changed_structure(request, chance)
    body = orjson.dumps(request)
    return changed_bytes(body, chance) if chance.random() < 0.6 else body


def argument(type_text: str, chance: random.Random) -> Any:
    """One of the declared type, mostly."""
    if chance.random() < 0.2:
        return some_value(chance)
    match type_text:
        case "int":
            return chance.choice(NUMBERS)
        case "str":
            return chance.choice(WORDS)
        case "bool":
            return chance.choice((True, False))
        case "list":
            return [chance.choice(WORDS) for _ in range(chance.randint(0, 4))]
        case "dict":
            return chance.choice(OBJECTS)
        case _:
            return some_value(chance)


def call_of(method: Method, chance: random.Random) -> dict[str, Any]:
    """A call with arguments from its example, of their types, and of others."""
    example = examples().get(method.name, {}).get("params")
    params: Any = {one.name: argument(one.type_text, chance) for one in method.parameters}
    if isinstance(example, dict) and chance.random() < 0.5:
        params = example | {name: value for name, value in params.items() if chance.random() < 0.4}
    elif isinstance(example, list) and chance.random() < 0.5:
        params = [value if chance.random() < 0.6 else some_value(chance) for value in example]
    elif chance.random() < 0.4:
        params = list(params.values())
    return {"jsonrpc": "2.0", "method": method.name, "params": params, "id": chance.choice((1, "text", 2**53))}


# --- asking


class Fuzz:
    """One run over one chain."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(f"rpc fuzz {seed}")
        self.report = Report()
        chain = ExampleChain()
        self.everything: Registry = chain.dispatcher.registry
        self.public = self.everything.public()
        self.bugs = Bugs()
        self.dispatcher = Dispatcher(self.public, chain.context, now=chain.context.clock.now, report_bug=self.bugs)
        self.requests = [
            {"jsonrpc": "2.0", "method": name, "params": example["params"], "id": 1}
            for name, example in examples().items()
        ]

    async def run(self, bodies: int, calls: int) -> Report:
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        guard = Guard()
        app = create_app(self.dispatcher, health=lambda: Health(healthy=True), guard=guard)
        server = asyncio.create_task(serve(app, "127.0.0.1", 0, guard=guard, on_ready=ready.set_result))
        try:
            port = await ready
            await self._ask_all(port, min(bodies, 2_000), min(calls, 1_000))  # caches are full, buffers are grown
            gc.collect()
            before = resident_mib()
            await self._ask_all(port, bodies, calls)
            gc.collect()
            self.report.grown_mib = resident_mib() - before
        finally:
            server.cancel()
            await asyncio.gather(server, return_exceptions=True)
        self.report.bugs = [(method, repr(error)) for method, error in self.bugs.seen]
        return self.report

    async def _ask_all(self, port: int, bodies: int, calls: int) -> None:
        report = self.report
        report.bodies, report.calls = bodies, calls
        report.seconds, report.codes = [], Counter()
        methods = sorted(self.everything.methods.values(), key=lambda method: method.name)
        waiting = iter([*(None for _ in range(bodies)), *(methods[number % len(methods)] for number in range(calls))])

        async def work() -> None:
            asker = Asker(port)
            for method in waiting:
                if method is None:
                    body = changed_body(self.requests, self.chance)
                else:
                    body = orjson.dumps(call_of(method, self.chance))
                    report.covered.add(method.name)
                report.note(body, *await asker.ask(body))
            asker.close()

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


class Asker:
    """One kept-alive connection, made anew where the node has ended it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, body: bytes) -> tuple[int, bytes, float]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 25)
        reader, writer = self.streams
        started = time.perf_counter()
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        head = await reader.readuntil(b"\r\n\r\n")
        size = re.search(rb"content-length: (\d+)", head)
        assert size is not None, head
        answer = await reader.readexactly(int(size[1]))
        seconds = time.perf_counter() - started
        if b"connection: close" in head:
            self.close()
        return int(head.split()[1]), answer, seconds

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
        self.streams = None


def resident_mib() -> float:
    """Of this process, the asking side included."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


def fuzz(bodies: int, calls: int, seed: int) -> tuple[Fuzz, Report]:
    run = Fuzz(seed)
    return run, asyncio.run(run.run(bodies, calls))


def show(console: Console, run: Fuzz, report: Report) -> None:
    table = Table(show_header=False, title=f"seed {run.seed}")
    closed = len(run.everything.methods) - len(run.public.methods)
    table.add_row("changed bodies, calls", f"{report.bodies:,}, {report.calls:,}")
    table.add_row(
        "methods called", f"{len(report.covered)} of {len(run.everything.methods)}, {closed} of them closed here"
    )
    table.add_row("answered with a result", f"{report.codes[0]:,}")
    for code in sorted(report.codes):
        if code:
            table.add_row(f"answered with {code}", f"{report.codes[code]:,}")
    table.add_row("HTTP 500, -32603 or no answer of ours", f"{len(report.broken)}")
    table.add_row(
        "p50, p99, longest",
        f"{report.within_ms(0.5):.2f}, {report.within_ms(0.99):.2f}, {report.slowest[0] * 1000:.1f} ms",
    )
    table.add_row("memory grown", f"{report.grown_mib:+.1f} MiB")
    console.print(table)
    console.print(f"longest: {report.slowest[1]!r}")
    for method, error in dict.fromkeys(report.bugs):
        console.print(f"[red]{method}[/]: {error}")
    for body, answer in report.broken[:10]:
        console.print(f"[red]{body!r}[/]\n  {answer!r}")


@click.command()
@click.option("--bodies", default=100_000, show_default=True)
@click.option("--calls", default=20_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(*, bodies: int, calls: int, seed: int) -> None:
    """Ask senselessly, and see whether the node keeps its countenance."""
    run, report = fuzz(bodies, calls, seed)
    show(Console(width=130), run, report)
    sys.exit(1 if report.broken or report.bugs else 0)


if __name__ == "__main__":
    main()
