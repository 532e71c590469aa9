"""`python -m tests.benchmarks.disk DATA_DIR --operations N`: what lies in a data directory, kind by kind.

For each kind of key: how many pairs, their bytes, bytes for a million operations, and what snappy would leave of them in blocks as LevelDB
makes them. `--settings` writes all pairs into databases with other settings, and compares their size and the CPU of filling them, of reading
keys at random and of reading all.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import plyvel
from rich.console import Console
from rich.table import Table

from chain.memory import MemoryBackend
from chain.presets import preset
from chain.state import State
from chain.store import Store
from tests.benchmarks.measuring import cpu_microseconds
from tests.benchmarks.replays import REPORT_COLUMNS, size_of

RECORDS = {
    b"\x00": "head",
    b"\x01a": "account histories",
    b"\x01b": "blocks",
    b"\x01o": "operations of blocks",
    b"\x01t": "places of transactions",
    b"\x01u": "undo",
    b"\x01p": "undo of irreversible blocks",
    b"\x02": "indexes",
}
READS = 20_000
SETTINGS: dict[str, dict[str, Any]] = {
    "as it is": {"compression": None, "bloom_filter_bits": 10, "write_buffer_size": 16 << 20},
    "snappy": {"compression": "snappy", "bloom_filter_bits": 10, "write_buffer_size": 16 << 20},
    "snappy, blocks of 16 KiB": {"compression": "snappy", "bloom_filter_bits": 10, "block_size": 16 << 10},
    "blocks of 16 KiB": {"compression": None, "bloom_filter_bits": 10, "block_size": 16 << 10},
    "write buffer of 4 MiB": {"compression": None, "bloom_filter_bits": 10, "write_buffer_size": 4 << 20},
    "write buffer of 64 MiB": {"compression": None, "bloom_filter_bits": 10, "write_buffer_size": 64 << 20},
    "no bloom filter": {"compression": None, "write_buffer_size": 16 << 20},
}


class Kind(NamedTuple):
    name: str
    pairs: int
    size_bytes: int


def kinds(database: plyvel.DB) -> Iterator[Kind]:
    """One after the other, in key order."""
    tables = {
        table.prefix: f"{table.prefix.decode()} {table.row_type.__name__}"
        for table in State(Store(MemoryBackend()), preset("devnet").params).store.tables
    }
    current, pairs, size_bytes = "", 0, 0
    for key, value in database.iterator(fill_cache=False):
        name = tables.get(key[:2]) or RECORDS.get(key[:2]) or RECORDS.get(key[:1], "others")
        if name != current:
            if pairs:
                yield Kind(current, pairs, size_bytes)
            current, pairs, size_bytes = name, 0, 0
        pairs += 1
        size_bytes += len(key) + len(value)
    yield Kind(current, pairs, size_bytes)


def show_kinds(console: Console, database: plyvel.DB, operations: int) -> None:
    table = Table(title=f"after {operations:,} operations", title_justify="left")
    table.add_column("kind", no_wrap=True)
    for heading in ("pairs", "bytes", "bytes a pair", "MB for a million operations"):
        table.add_column(heading, justify="right", no_wrap=True)
    found = sorted(kinds(database), key=lambda kind: -kind.size_bytes)
    for kind in [*found, Kind("all", sum(kind.pairs for kind in found), sum(kind.size_bytes for kind in found))]:
        table.add_row(
            kind.name,
            f"{kind.pairs:,}",
            f"{kind.size_bytes:,}",
            f"{kind.size_bytes / kind.pairs:,.0f}",
            f"{kind.size_bytes / operations:,.1f}",
        )
    console.print(table)


def show_settings(console: Console, database: plyvel.DB, prefixes: bytes) -> None:
    """Of the pairs whose keys begin with one of these bytes, or of all."""
    pairs = [pair for pair in database.iterator(fill_cache=False) if not prefixes or pair[0][:1] in prefixes]
    chance = random.Random(5)
    order = chance.sample(range(len(pairs)), len(pairs))
    asked = [pairs[number][0] for number in order[:READS]]
    table = Table(title=f"{len(pairs):,} pairs, written in random order, 2,000 a batch", title_justify="left")
    table.add_column("settings", no_wrap=True)
    for heading in ("disk", "write a pair", "read at random", "read in order"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, settings in SETTINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            made = plyvel.DB(folder, create_if_missing=True, lru_cache_size=128 << 20, **settings)
            write = cpu_microseconds(lambda made=made: _fill(made, pairs, order)) / len(pairs)
            made.compact_range()
            read = cpu_microseconds(lambda made=made: [made.get(key) for key in asked]) / len(asked)
            walk = cpu_microseconds(lambda made=made: sum(1 for _ in made.iterator(fill_cache=False))) / len(pairs)
            made.close()
            plyvel.DB(folder).close()  # which removes files that are no longer needed
            disk = size_of(Path(folder))
        table.add_row(name, f"{disk / 1e6:,.1f} MB", f"{write:.2f} µs", f"{read:.2f} µs", f"{walk:.2f} µs")
    console.print(table)


def _fill(database: plyvel.DB, pairs: list[tuple[bytes, bytes]], order: list[int]) -> None:
    for first in range(0, len(order), 2_000):
        with database.write_batch(transaction=True) as batch:
            for number in order[first : first + 2_000]:
                batch.put(*pairs[number])


@click.command()
@click.argument("data_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--operations", required=True, type=int, help="That its blocks hold.")
@click.option("--settings", is_flag=True, help="Compare settings of LevelDB on its pairs.")
def main(*, data_dir: Path, operations: int, settings: bool) -> None:
    """Of a node that is stopped."""
    console = Console(width=None if sys.stdout.isatty() else REPORT_COLUMNS)
    database = plyvel.DB(str(data_dir / "state"), create_if_missing=False)
    show_kinds(console, database, operations)
    if settings:
        for words, prefixes in (("state and indexes", bytes(range(2, 256))), ("blocks and histories", b"\x01")):
            console.print(words)
            show_settings(console, database, prefixes)
    database.close()


if __name__ == "__main__":
    main()
