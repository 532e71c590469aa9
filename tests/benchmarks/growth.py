"""What an operation costs when there are more accounts: it may not grow faster than their memory gets farther away."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from node.runner import quieten_collector
from tests.benchmarks.crowd import Crowd, on_disk
from tests.benchmarks.imports import KINDS, TRANSACTIONS_EACH, packed_block, remember_signers, take_in
from tests.benchmarks.measuring import Figure, cpu_microseconds

SIZES = (10_000, 100_000, 1_000_000)
GROWTH_MAX = 3.0  # for a hundred times as many accounts


def measure_growth(folder: Path, repeats: int, sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    smallest: dict[str, Figure] = {}
    for size in sizes:
        crowd = Crowd(on_disk(folder / f"growth-{size}"), accounts=size, posts=10_000)
        quieten_collector()
        for kind in ("transfer", "vote"):
            figure = _measure_kind(crowd, kind, repeats)
            if size == sizes[0]:
                smallest[kind] = figure
            else:
                figure.floors = list(smallest[kind].samples)
                figure.floor_name, figure.target = f"with {sizes[0]:,} accounts", GROWTH_MAX
            yield figure
        crowd.chain.close()
        del crowd  # a million accounts: two of them need not be in memory at once


def _measure_kind(crowd: Crowd, kind: str, repeats: int) -> Figure:
    chance = random.Random(13)
    figure = Figure("growth, per operation", f"{kind}, cached, {crowd.accounts:,} accounts")
    for number in range(repeats + 1):
        packed = packed_block(crowd, KINDS[kind], chance, None)
        remember_signers(crowd, packed)
        spent = cpu_microseconds(lambda packed=packed: take_in(crowd, packed)) / TRANSACTIONS_EACH
        if number:
            figure.add(spent)
    return figure
