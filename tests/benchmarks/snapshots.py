"""`python -m tests.benchmarks.snapshots`: how long a snapshot of many accounts takes to make, to check and to restore.

A crowd is settled on the disk of a devnet, its last blocks are final and attested by seven witnesses. It is saved, checked, and restored; both states go on by one block and must agree. Then one byte
is flipped in as many places as asked for, and each must be refused. Each step is timed by the wall
clock and by the processor's time of this process: on a busy machine they are far apart.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import click
from rich.console import Console
from rich.table import Table

from chain.chain import Chain
from chain.leveldb import LevelDbBackend
from chain.presets import Genesis
from chain.state_root import chunks, leaf
from node.runner import quieten_collector
from node.snapshot.errors import DamagedSnapshot
from node.snapshot.file import SnapshotReader
from node.snapshot.making import create_snapshot
from node.snapshot.restoring import restore_snapshot, verified_chunks
from node.snapshot.trust import Judge
from tests.benchmarks.crowd import Crowd, crowd_genesis, on_disk
from tests.helpers.snapshots import attest, make_final

SEED = 7
REPORT_COLUMNS = 130


class Times:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []

    @contextmanager
    def of(self, what: str) -> Iterator[Callable[[str], None]]:
        note = ""

        def noting(text: str) -> None:
            nonlocal note
            note = text

        started, busy = perf_counter(), process_time()
        yield noting
        self.rows.append((what, f"{perf_counter() - started:.1f} s", f"{process_time() - busy:.1f} s", note))

    def show(self, console: Console, title: str) -> None:
        table = Table(title=title, title_justify="left")
        for heading in ("step", "time", "CPU", ""):
            table.add_column(heading, justify="right" if heading in {"time", "CPU"} else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*row)
        console.print(table)


def voting_genesis() -> Genesis:
    """The crowd's, with votes on finality."""
    genesis = crowd_genesis()
    return replace(genesis, params=replace(genesis.params, finality_votes=True))


def settle(folder: Path, accounts: int) -> bytes:
    """A data directory with a crowd and a few rounds of blocks, the last of them final and attested; returns its id."""
    crowd = Crowd(on_disk(folder), accounts=accounts, posts=min(accounts, 10_000), genesis=voting_genesis())
    chain = crowd.chain
    for _ in range(3 * chain.params.witnesses_max):
        crowd.produce()
    keys = {key.public_key: key for key in crowd.witness_keys.values()}
    make_final(chain, keys)
    attest(chain, chain.head_num, keys)
    head_id = chain.head_id
    for _ in range(3):
        crowd.produce()
    chain.close()
    return head_id


def opened(folder: Path) -> Chain:
    genesis = voting_genesis()
    return Chain(LevelDbBackend(folder, genesis.params.chain_id), genesis, with_history=False)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.0f} MB"


def quiet(_done: int) -> None:
    pass


def measure(folder: Path, accounts: int, flips: int, times: Times) -> None:
    params = voting_genesis().params
    source, file, target = folder / "source", folder / "state.skald", folder / "target"
    with times.of("settle the crowd"):
        trusted_id = settle(source, accounts)
    chain = opened(source)
    with times.of("root alone") as note:
        slowest, count, began = 0.0, 0, process_time()
        for chunk in chunks(chain.backend.view()):
            leaf(chunk.data)
            slowest, count, began = max(slowest, process_time() - began), count + 1, process_time()
        note(f"{count:,} slices, the longest {slowest * 1000:.1f} ms of CPU")
    with times.of("create") as note:
        made = create_snapshot(chain, file, quiet)
        note(
            f"{made.row_count:,} rows, {made.chunk_count:,} chunks, {megabytes(made.size_bytes)} of {megabytes(size_of(source))}"
        )
    with times.of("verify"), SnapshotReader(file) as reader:
        judge = Judge(reader, params)
        assert judge.verdict(trusted_id).is_proven
        for _ in verified_chunks(reader, judge):
            pass
    with times.of("restore") as note:
        with SnapshotReader(file) as reader:
            judge = Judge(reader, params)
            assert judge.verdict(trusted_id).is_proven
            restore_snapshot(reader, judge, target, quiet)
        note(megabytes(size_of(target)))
    with times.of("open the restored chain"):
        again = opened(target)
    for block in chain.blocks(again.head_num + 1, chain.head_num):
        again.push_block(block)
    assert again.digest == chain.digest
    chain.close()
    again.close()
    with times.of("refuse a flipped byte") as note:
        note(f"{refused(file, flips)} of {flips} refused")


def refused(file: Path, flips: int) -> int:
    """Flip one byte of the file after the other, and put it right again."""
    chance = random.Random(SEED)
    count = 0
    with file.open("r+b") as opened_file:
        for place in chance.sample(range(file.stat().st_size), flips):
            opened_file.seek(place)
            byte = opened_file.read(1)[0]
            for value in (byte ^ 1 << chance.randrange(8), byte):
                opened_file.seek(place)
                opened_file.write(bytes([value]))
                opened_file.flush()
                count += is_damaged(file) if value != byte else 0
    return count


def is_damaged(file: Path) -> bool:
    try:
        with SnapshotReader(file) as reader:
            for _ in reader.chunks():
                pass
    except DamagedSnapshot:
        return True
    return False


@click.command()
@click.option("--accounts", default=1_000_000, show_default=True, help="People in the state.")
@click.option("--flips", default=20, show_default=True, help="Bytes to flip, one after the other.")
def main(*, accounts: int, flips: int) -> None:
    """Measure snapshots of a state with many accounts."""
    times = Times()
    quieten_collector()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), accounts, flips, times)
    times.show(Console(width=None if sys.stdout.isatty() else REPORT_COLUMNS), f"A snapshot of {accounts:,} accounts")
    peak_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory of the whole run {peak_kilobytes / 1e6:.1f} GB (the crowd is settled in it)")


if __name__ == "__main__":
    main()
