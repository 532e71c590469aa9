"""What the state takes in memory: bytes of resident memory for each account, post and vote, and what is left of that where the row
cache is bounded.

Each figure is taken in a process of its own, which inserts things block by block, every row made of its bytes as one that was read.
The backend is one that forgets: no row is asked for twice, and what LevelDB keeps for itself (a bounded cache and two write buffers) does
not depend on how many there are. Where the cache holds few rows, what grows is what indexes and groups hold of things that wait.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from chain.authority import Authority
from chain.memory import MemoryBackend
from chain.row import Row
from chain.rows import Account, AccountKeys, Bars, Cashout, Post, Vote
from chain.store import Put, Store
from chain.table import Table
from chain.tables import Tables
from tests.benchmarks.measuring import Figure

NOW = 1_700_000_000
BLOCK_THINGS = 2_000
VOTES_EACH = 10  # of a post
ROOM_FOR_ALL = 1 << 40
QUICK = 20  # times fewer

Rows = Iterator[tuple[Table[Any, Any], Row]]


def account(tables: Tables, number: int) -> Rows:
    name = f"user-{number:07d}"
    yield tables.accounts, Account(name, number, NOW, balance=10**9, vesting_shares=10**12)
    yield tables.bars, Bars(name, 10**12, NOW, 10**11, NOW, NOW, 10**12, NOW, 10**12)
    key = b"\x02" + number.to_bytes(32, "big")
    authority = Authority.of_key(key)
    yield tables.account_keys, AccountKeys(name, authority, authority, authority, key, recovery_account="skald")


def post(tables: Tables, number: int) -> Rows:
    place = f"user-{number:07d}", f"a-post-about-something-{number:07d}"
    yield tables.posts, Post(*place, number, "", "skald", *place, created=NOW)
    yield tables.cashouts, Cashout(*place, number, NOW, NOW + 604_800 + number // 10, 10**12, 10**12, 10**9)
    tables.votes.begin_group(number)


def vote(tables: Tables, number: int) -> Rows:
    voter = f"user-{number % 100_003:07d}"
    yield tables.votes, Vote(number // VOTES_EACH, voter, 10**9, 10**12 + number, 10_000, NOW)


THINGS: dict[str, tuple[Callable[[Tables, int], Rows], int]] = {
    "account, 3 rows": (account, 1_000_000),
    "post that waits for its payout, 2 rows": (post, 1_000_000),
    "vote on such a post, 1 row": (vote, 10_000_000),
}
IN_MEMORY_MAX = 200_000


def measure_memory(*, quick: bool) -> Iterator[Figure]:
    for kind, (_, most) in THINGS.items():
        count = most // QUICK if quick else most
        held = min(count, IN_MEMORY_MAX)
        yield _figure(kind, held, ROOM_FOR_ALL, f"all of {held:,} in memory")
        rows_max = count // 5
        yield _figure(kind, count, rows_max, f"{count:,}, in memory {rows_max:,} rows")


def _figure(kind: str, count: int, rows_max: int, note: str) -> Figure:
    command = [sys.executable, "-m", "tests.benchmarks.memory", kind, str(count), str(rows_max)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figure = Figure("memory, resident, of each", kind, unit="B", note=note)
    figure.add(float(answer.stdout))
    return figure


class Forgetful(MemoryBackend):
    """A backend that keeps nothing."""

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:
        pass


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def bytes_each(kind: str, count: int, rows_max: int) -> float:
    rows_of, _ = THINGS[kind]
    store = Store(Forgetful(), cached_rows_max=rows_max)
    tables = Tables(store, for_readers=False)
    store.load()
    before = 0
    for num in range(count // BLOCK_THINGS + 1):
        store.begin()
        for number in range(num * BLOCK_THINGS, (num + 1) * BLOCK_THINGS):
            for table, row in rows_of(tables, number):
                table.insert(table.unpack(table.pack(row)), is_new=True)
        store.commit(num + 1, bytes(20), sync=False)
        if not num:
            before = resident_bytes()  # all that is there once is there now
    return (resident_bytes() - before) / count


if __name__ == "__main__":
    print(bytes_each(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
