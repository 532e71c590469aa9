"""A server to be measured: `python -m tests.benchmarks.request_server node FOLDER` our whole face over a chain with people, posts,
histories and full blocks, `… bare` constant replies.

Prints its port and what may be asked for as a line of JSON, and serves until it is ended.
"""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop
from starlette.types import ASGIApp

from chain.asset import HIVE, Asset
from chain.operations import Comment, Transfer, Vote
from node.clock import SystemClock
from node.metrics import Metrics
from node.rpc.apis import make_registry
from node.rpc.connections import ServerLimits
from node.rpc.context import Context
from node.rpc.jsonrpc import Dispatcher
from node.rpc.plain import Health
from node.rpc.readers import ReaderLimits, Readers
from node.rpc.server import create_app, log_bug, serve
from node.runner import quieten_collector
from tests.benchmarks.crowd import Crowd, account_name, on_disk, permlink
from tests.benchmarks.served import Bare

ACCOUNTS, POSTS = 5_000, 2_000
BUSY = 20  # accounts whose histories are read
FULL_BLOCKS = 8
TRANSACTIONS_EACH = 720
BODY_BYTES = 1_000
ROUND = 21
PATIENT = ServerLimits(keep_alive_seconds=3_600, head_seconds=3_600)  # one server waits while the other is measured


def populated(folder: Path) -> tuple[Crowd, list[int]]:
    """A crowd with full, irreversible blocks, and their numbers."""
    crowd = Crowd(on_disk(folder), accounts=ACCOUNTS, posts=POSTS, with_history=True)
    chance = random.Random(5)
    nums = []
    for _ in range(FULL_BLOCKS):
        people = chance.sample(range(BUSY, ACCOUNTS), TRANSACTIONS_EACH)
        signed = [crowd.signed(number, _operation(chance, number, place)) for place, number in enumerate(people)]
        block = crowd.block(signed)
        crowd.chain.push_block(block)
        nums.append(block.num)
    for _ in range(2 * ROUND):
        crowd.produce()
    assert crowd.chain.irreversible_num >= nums[-1]
    return crowd, nums


def _operation(chance: random.Random, number: int, place: int) -> Any:
    """A vote, a transfer, a post of 1 kB in turns; those with busy accounts on the other side are what their histories hold."""
    name, busy = account_name(number), chance.randrange(BUSY)
    match place % 3:
        case 0:
            return Vote(name, account_name(busy), permlink(busy), chance.randrange(1, 10_001))
        case 1:
            return Transfer(name, account_name(busy), Asset(chance.randrange(1, 1_000), HIVE), "thank you")
        case _:
            body = chance.randbytes(BODY_BYTES // 2).hex()
            return Comment("", "skald", name, f"new-{chance.randrange(10**12)}", "A title", body, '{"tags":["skald"]}')


def node_app(crowd: Crowd) -> ASGIApp:
    """As a node does it."""
    metrics, clock = Metrics(), SystemClock()
    readers = Readers(crowd.chain, ReaderLimits(), clock)
    dispatcher = Dispatcher(
        make_registry(),
        Context(crowd.chain, clock=clock, fragments=readers.fragments),
        now=clock.now,
        report_bug=log_bug,
        readers=readers,
    )
    metrics.watch_calls(dispatcher.usage)
    return create_app(dispatcher, health=lambda: Health(healthy=True), metrics_text=metrics.text)


def tell(**told: Any) -> Callable[[int], None]:
    return lambda port: print(json.dumps({"port": port, **told}), flush=True)


async def main(kind: str, folder: str = "") -> None:
    if kind == "bare":
        await serve(Bare(), "127.0.0.1", 0, limits=PATIENT, on_ready=tell())
        return
    crowd, nums = populated(Path(folder))
    app = node_app(crowd)
    quieten_collector()
    told = tell(blocks=nums, busy=[account_name(number) for number in range(BUSY)])
    await serve(app, "127.0.0.1", 0, limits=PATIENT, on_ready=told)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
