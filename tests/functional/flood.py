"""`python -m tests.functional.flood`: a producing node under a flood of readers, and whether its blocks come in time.

    --connections 64     clients, each asking on when it has its answer, over one connection
    --seconds 120        how long
    --seed 1             what they ask, and the content that they find

One node makes all blocks of 21 witnesses every three seconds while it is asked. It is judged by its own log and metrics: slots that it
left, how late its blocks were begun, how long they took. An answer that is an error counts against it.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tests.functional.flood_calls import Facts, Kind, served
from tests.functional.flood_world import PEOPLE, FloodNetwork
from tests.functional.node_process import NodeProcess

ROUNDS_BEFORE = 10  # of blocks with content
APPLY_SECONDS_MAX = 0.5
POLL_SECONDS = 0.1
REPORT_COLUMNS = 130


class Client:
    """One connection that is kept open, and asks one thing after the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, body: bytes) -> bytes:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 26)
        assert self._reader is not None
        self._writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return await self._reader.readexactly(size)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


@dataclass
class Answers:
    """To one kind of question."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def note(self, reply: bytes, seconds: float) -> None:
        self.seconds.append(seconds)
        if not reply.startswith((b'{"jsonrpc":"2.0","result"', b"[")) or b'"error":{' in reply[:100]:
            self.errors.append(reply[:300].decode(errors="replace"))


@dataclass
class Flood:
    """What came of it."""

    seconds: float
    answers: dict[str, Answers]
    blocks: list[dict[str, Any]]
    """The log's lines about blocks made meanwhile."""
    slots_missed: int
    reasons: list[str]
    """Why, as far as the node knows."""
    metrics: dict[str, Any]

    @property
    def request_count(self) -> int:
        return sum(len(one.seconds) for one in self.answers.values())

    @property
    def errors(self) -> list[str]:
        return [error for one in self.answers.values() for error in one.errors]

    @property
    def apply_ms(self) -> list[float]:
        return [block["ms"] for block in self.blocks]

    @property
    def late_ms(self) -> list[float]:
        return [block["late_ms"] for block in self.blocks]

    @property
    def is_in_time(self) -> bool:
        """The goal: no slot left, and blocks applied well under the time that a slot has."""
        return not self.slots_missed and percentile(self.apply_ms, 99) < APPLY_SECONDS_MAX * 1000


def percentile(samples: Sequence[float], percent: int) -> float:
    return quantiles(samples, n=100, method="inclusive")[percent - 1] if len(samples) > 1 else sum(samples)


def facts_of(node: NodeProcess, posts: Sequence[tuple[str, str]]) -> Facts:
    head_num = node.ask("condenser_api.get_dynamic_global_properties")["head_block_number"]
    return Facts(head_num, PEOPLE, tuple(posts))


async def ask_on(client: Client, kinds: Sequence[Kind], facts: Facts, seed: str, ends_at: float) -> dict[str, Answers]:
    """What a client hears that asks one thing after the other until then."""
    chance = random.Random(seed)
    answers: dict[str, Answers] = defaultdict(Answers)
    weights = [kind.weight for kind in kinds]
    try:
        while time.monotonic() < ends_at:
            kind = chance.choices(kinds, weights)[0]
            body = kind.body(chance, facts)
            started = time.perf_counter()
            reply = await client.ask(body)
            answers[kind.name].note(reply, time.perf_counter() - started)
    finally:
        client.close()
    return answers


def wait_for_block(node: NodeProcess) -> None:
    head_num = facts_of(node, ()).head_num
    while facts_of(node, ()).head_num == head_num:
        time.sleep(POLL_SECONDS)


def flood(node: NodeProcess, facts: Facts, *, connections: int, seconds: float, seed: int) -> Flood:
    """Ask a running node for so long from so many connections."""
    kinds = served(node.ask("jsonrpc.get_methods"))
    wait_for_block(node)  # the slots that went by while it started are nobody's
    before = node.ask("condenser_api.get_dynamic_global_properties")
    missed_before = len(node.events("slot missed"))
    blocks_before = len(node.events("block produced"))
    started = time.monotonic()

    async def all_clients() -> list[dict[str, Answers]]:
        return await asyncio.gather(
            *[
                ask_on(Client(node.port), kinds, facts, f"{seed} {number}", started + seconds)
                for number in range(connections)
            ]
        )

    answers = {kind.name: Answers() for kind in kinds}
    for heard in asyncio.run(all_clients()):
        for name, one in heard.items():
            answers[name].seconds += one.seconds
            answers[name].errors += one.errors
    passed = time.monotonic() - started
    node.hang_up()
    after = node.ask("condenser_api.get_dynamic_global_properties")
    slots, heads = (after[name] - before[name] for name in ("current_aslot", "head_block_number"))
    blocks = node.events("block produced")[blocks_before:]
    reasons = [event["reason"] for event in node.events("slot missed")[missed_before:]]
    metrics = node.ask("skald_api.get_metrics")
    return Flood(passed, answers, blocks, slots - heads, reasons, metrics)


def show(console: Console, result: Flood) -> None:
    table = Table(title="answers", title_justify="left")
    table.add_column("asked", no_wrap=True)
    for heading in ("answers", "errors", "p50 ms", "p99 ms", "max ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, one in result.answers.items():
        times = [seconds * 1000 for seconds in one.seconds]
        if times:
            figures = [percentile(times, 50), percentile(times, 99), max(times)]
            table.add_row(name, f"{len(times):,}", str(len(one.errors)), *(f"{figure:.1f}" for figure in figures))
    console.print(table)
    console.print(
        f"{result.request_count:,} answers in {result.seconds:.0f} s: {result.request_count / result.seconds:.0f} a second"
    )
    for what, samples in (("applied in", result.apply_ms), ("begun late by", result.late_ms)):
        figures = [percentile(samples, 50), percentile(samples, 99), max(samples, default=0)]
        console.print(
            f"blocks {what} "
            + ", ".join(f"{name} {ms:.1f} ms" for name, ms in zip(("p50", "p99", "max"), figures, strict=True))
        )
    console.print(
        f"{len(result.blocks)} blocks, {result.slots_missed} slots missed {result.reasons or ''}, {len(result.errors)} errors"
    )
    for error in dict.fromkeys(result.errors[:3]):
        console.print(f"  {error}", markup=False)


@click.command()
@click.option("--connections", default=64, show_default=True, help="Clients at a time.")
@click.option("--seconds", default=120, show_default=True, help="How long they ask.")
@click.option("--seed", default=1, show_default=True, help="What they ask.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
def main(*, connections: int, seconds: int, seed: int, as_json: bool) -> None:
    """Flood a producing node with reads, and see whether its blocks come in time."""
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = REPORT_COLUMNS
    with tempfile.TemporaryDirectory() as folder, FloodNetwork(Path(folder), seed) as network:
        network.start(ROUNDS_BEFORE)
        node = network.nodes[0]
        console.print(
            f"seed {seed}: {len(network.posts)} posts, {network.refused_count} transactions refused on the way"
        )
        result = flood(node, facts_of(node, network.posts), connections=connections, seconds=seconds, seed=seed)
    show(console, result)
    if as_json:
        summary = {"requests": result.request_count, "slots_missed": result.slots_missed, "errors": len(result.errors)}
        print(json.dumps(summary | {"apply_ms": result.apply_ms, "late_ms": result.late_ms}))
    raise SystemExit(not (result.is_in_time and not result.errors))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
