"""What the store adds to LevelDB: a block's commit over a plain plyvel batch of the very records that the commit wrote."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import plyvel

from chain.leveldb import WRITE_BUFFER_BYTES, LevelDbBackend
from node.runner import quieten_collector
from tests.benchmarks.crowd import Crowd, account_name, on_disk
from tests.benchmarks.measuring import Figure, cpu_microseconds

ROWS_EACH = 2_000


class Watched:
    """A backend that remembers what was last written, and the CPU time of that."""

    def __init__(self, backend: LevelDbBackend) -> None:
        self.backend = backend
        self.puts: list[tuple[bytes, bytes | None]] = []
        self.write_microseconds = 0.0
        self.get, self.scan, self.close = backend.get, backend.scan, backend.close

    def write(self, puts: Iterable[tuple[bytes, bytes | None]], *, sync: bool) -> None:
        self.puts = list(puts)
        self.write_microseconds = cpu_microseconds(lambda: self.backend.write(self.puts, sync=sync))


def plain_batch(database: plyvel.DB, puts: list[tuple[bytes, bytes | None]]) -> None:
    with database.write_batch(transaction=True) as batch:
        put = batch.put
        for key, value in puts:
            if value is not None:
                put(key, value)


def measure_commits(folder: Path, repeats: int) -> Iterator[Figure]:
    watched = Watched(on_disk(folder / "commits"))
    crowd = Crowd(watched, accounts=50_000, posts=1_000)
    database = plyvel.DB(
        str(folder / "plain"), create_if_missing=True, compression=None, write_buffer_size=WRITE_BUFFER_BYTES
    )
    quieten_collector()
    store, state = crowd.chain.store, crowd.chain.state
    whole = Figure("store, per record", "commit of edited accounts", floor_name="plain plyvel batch")
    only = Figure("store, per record", "of that, the backend's write", floor_name="plain plyvel batch", target=1.15)
    chance = random.Random(11)
    crowd.chain.mempool.suspend()
    for number in range(repeats * 2 + 1):
        store.begin()
        for position in chance.sample(range(50_000), ROWS_EACH):
            state.bars.edit(account_name(position)).voting_mana += 1
        spent = cpu_microseconds(lambda: store.commit(store.head.num + 1, bytes(20), sync=False))
        count = len(watched.puts)
        floor = cpu_microseconds(lambda: plain_batch(database, watched.puts)) / count
        if number:
            whole.add(spent / count, floor)
            only.add(watched.write_microseconds / count, floor)
    database.close()
    watched.close()
    yield whole
    yield only
