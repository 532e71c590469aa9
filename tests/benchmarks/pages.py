"""What a page of 20 costs where there is much to turn: it may not grow faster than the rows get farther away.

A page is asked by the method that clients call, with the JSON on both sides: near the top, where most people read, and anywhere in the
list at places that a seed chooses. In the second case every page is read from the disk, in a short list as in a long one: all rows are
forgotten before it, since those of a short list would soon be in memory altogether. A new kind of list is one more line in PAGES.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from node.rpc.apis import make_registry
from node.rpc.context import Context
from node.rpc.jsonrpc import Dispatcher
from node.rpc.server import log_bug
from node.runner import quieten_collector
from tests.benchmarks.measuring import Figure, cpu_microseconds
from tests.benchmarks.page_rows import READER, TAG, WRITER, Shelf

SIZES = (1_000, 100_000, 1_000_000)
GROWTH_MAX = 3.0  # for a thousand times as many rows
LENGTH = 20
PAGES_EACH = 50
SEED = 17
START = 1_800_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """A list that is turned. `params` of a page that begins behind, or at, a number."""

    name: str
    method: str
    params: Callable[[Shelf, int], Any]


def _account_posts(sort: str, account: str) -> Callable[[Shelf, int], Any]:
    return lambda shelf, number: {"sort": sort, "account": account, "limit": LENGTH} | shelf.behind(number)


def _ranked(sort: str) -> Callable[[Shelf, int], Any]:
    return lambda shelf, number: {"sort": sort, "tag": TAG, "limit": LENGTH} | shelf.behind(number)


def _discussions(account: str) -> Callable[[Shelf, int], Any]:
    """The list goes on with the post that is named."""
    return lambda shelf, number: [{"tag": account, "limit": LENGTH} | shelf.behind(number)]


PAGES = (
    Page("account history", "condenser_api.get_account_history", lambda _, number: [WRITER, number, LENGTH]),
    Page("blog", "condenser_api.get_discussions_by_blog", _discussions(WRITER)),
    Page("feed", "condenser_api.get_discussions_by_feed", _discussions(READER)),
    Page("account posts", "bridge.get_account_posts", _account_posts("posts", WRITER)),
    Page("account feed", "bridge.get_account_posts", _account_posts("feed", READER)),
    Page("ranked posts, created", "bridge.get_ranked_posts", _ranked("created")),
    Page("ranked posts, trending", "bridge.get_ranked_posts", _ranked("trending")),
)


class Turning:
    """A shelf whose pages are asked for."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.registry = make_registry()
        context = Context(shelf.chain)
        self.dispatcher = Dispatcher(self.registry, context, now=lambda: START, report_bug=log_bug)

    def turn(self, page: Page, places: Sequence[int]) -> list[bytes]:
        bodies = [
            orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": page.method, "params": page.params(self.shelf, place)})
            for place in places
        ]
        replies = [self.dispatcher.answer(body) for body in bodies]
        return [reply for reply in replies if isinstance(reply, bytes)]

    def serves(self, page: Page) -> bool:
        return page.method in self.registry.methods

    def forget(self) -> None:
        for table in self.shelf.chain.store.tables:
            table.rows.clear()

    def check(self, page: Page, place: int) -> None:
        """What is measured is a whole page."""
        reply = orjson.loads(self.turn(page, [place])[0])
        assert len(reply.get("result", ())) == LENGTH, (page.name, reply)


def measure_pages(folder: Path, repeats: int, sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    smallest: dict[str, Figure] = {}
    for size in sizes:
        turning = Turning(Shelf(folder / f"pages-{size}", size))
        quieten_collector()
        for page in PAGES:
            if not turning.serves(page):
                continue
            for where, measure in (("top", _measure_top), ("anywhere", _measure_anywhere)):
                figure = Figure("pages of 20", f"{page.name}, {where}, {size:,} rows")
                for sample in measure(turning, page, repeats):
                    figure.add(sample)
                if size == sizes[0]:
                    smallest[page.name + where] = figure
                else:
                    figure.floors = list(smallest[page.name + where].samples)
                    figure.floor_name, figure.target = f"of {sizes[0]:,} rows", GROWTH_MAX
                yield figure
        turning.shelf.chain.close()


def _measure_top(turning: Turning, page: Page, repeats: int) -> Iterator[float]:
    """What everybody asks for; its rows are in memory."""
    size = turning.shelf.size
    turning.check(page, size - 1)
    places = [size - 1 - number % LENGTH for number in range(PAGES_EACH)]
    turning.turn(page, places)
    for _ in range(repeats):
        yield cpu_microseconds(lambda: turning.turn(page, places)) / PAGES_EACH


def _measure_anywhere(turning: Turning, page: Page, repeats: int) -> Iterator[float]:
    chance = random.Random(SEED)
    turning.check(page, turning.shelf.size // 2)
    for _ in range(repeats):
        spent = 0.0
        for _ in range(PAGES_EACH):
            place = chance.randrange(2 * LENGTH, turning.shelf.size)
            turning.forget()
            spent += cpu_microseconds(lambda place=place: turning.turn(page, [place]))
        yield spent / PAGES_EACH
