"""The store against a plain dictionary: whatever happens, rows, orders and digests are those of the model."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chain.directory import (
    DamagedDirectory,
    DirectoryInUse,
    DirectoryNotEmpty,
    LostBlocks,
    NotADataDirectory,
    WrongChain,
)
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.memory import MemoryBackend
from chain.rowkeys import after, encode_key, key_encoder
from chain.rows import TIME_MAX, Account, BlockTransactions, Vote
from chain.store import Backend, BrokenStore, Store, UndoForgotten
from chain.table import MissingRow
from chain.tables import Tables
from chain.undo import undo_key

CHAIN_ID = bytes(range(32))
NAMES = ["alice", "bob", "carol", "dave", "erin"]


def fresh(backend: Backend) -> tuple[Store, Tables]:
    store = Store(backend, cached_rows_max=8)
    tables = Tables(store)
    store.load()
    return store, tables


class StoreMachine(RuleBasedStateMachine):
    """Random changes in nested layers, commits, pops and restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.backend = MemoryBackend()
        self.store, self.tables = fresh(self.backend)
        self.layers: list[dict[str, tuple[int, int]]] = [{}]  # model: name → (balance, time); the last is the present
        self.committed: list[tuple[dict[str, tuple[int, int]], bytes]] = [({}, self.store.head.digest)]

    @property
    def model(self) -> dict[str, tuple[int, int]]:
        return self.layers[-1]

    @rule()
    def begin(self) -> None:
        self.store.begin()
        self.layers.append(dict(self.model))

    @precondition(lambda self: self.store.layers)
    @rule()
    def rollback(self) -> None:
        self.store.rollback()
        self.layers.pop()

    @precondition(lambda self: len(self.store.layers) > 1)
    @rule()
    def merge(self) -> None:
        self.store.merge()
        top = self.layers.pop()
        self.layers[-1] = top

    @precondition(lambda self: self.store.layers)
    @rule(name=st.sampled_from(NAMES), balance=st.integers(0, 2**63 - 1), time=st.sampled_from([1, 2, 3, TIME_MAX]))
    def change(self, name: str, balance: int, time: int) -> None:
        if name not in self.model:
            self.tables.accounts.insert(Account(name, NAMES.index(name)))
        row = self.tables.accounts.edit(name)
        row.balance = balance
        row.next_vesting_withdrawal = time
        self.model[name] = (balance, time)

    @precondition(lambda self: self.store.layers)
    @rule(name=st.sampled_from(NAMES))
    def remove(self, name: str) -> None:
        if name in self.model:
            self.tables.accounts.remove(name)
            del self.model[name]

    @precondition(lambda self: len(self.store.layers) == 1)
    @rule()
    def commit(self) -> None:
        head = self.store.commit(
            self.store.head.num + 1, bytes(20), [(b"\x01z" + bytes([self.store.head.num % 256]), b"x")]
        )
        self.layers = [self.layers.pop()]
        self.committed.append((dict(self.model), head.digest))

    @precondition(lambda self: not self.store.layers and len(self.committed) > 1)
    @rule()
    def pop(self) -> None:
        self.store.pop()
        self.committed.pop()
        self.layers = [dict(self.committed[-1][0])]

    @precondition(lambda self: not self.store.layers)
    @rule()
    def restart(self) -> None:
        self.store, self.tables = fresh(self.backend)

    @invariant()
    def rows_are_those_of_the_model(self) -> None:
        scanned = [(a.name, (a.balance, a.next_vesting_withdrawal)) for a in self.tables.accounts.scan()]
        assert scanned == sorted(self.model.items())
        assert [a.name for a in self.tables.accounts.scan(reverse=True)] == sorted(self.model, reverse=True)
        for name in NAMES:
            row = self.tables.accounts.find(name)
            assert (row is None) == (name not in self.model)

    @invariant()
    def index_is_in_order(self) -> None:
        waiting = sorted((time, name) for name, (_, time) in self.model.items() if time != TIME_MAX)
        index = self.tables.accounts.by_next_vesting_withdrawal
        assert [a.name for a in index.scan()] == [name for _, name in waiting]
        assert [a.name for a in index.until((2,))] == [name for time, name in waiting if time <= 2]
        assert [a.name for a in index.scan((2, ""))] == [name for time, name in waiting if time >= 2]
        assert len(index) == len(waiting)

    @invariant()
    def digest_is_that_of_the_head(self) -> None:
        assert self.store.head.digest == self.committed[-1][1]


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)


def test_digest_depends_on_the_rows_and_not_on_the_way_there() -> None:
    def run(*, detour: bool) -> bytes:
        store, tables = fresh(MemoryBackend())
        store.begin()
        if detour:
            store.begin()
            tables.accounts.insert(Account("bob", 1, balance=9))
            store.rollback()
            tables.accounts.insert(Account("bob", 1, balance=5))
            tables.accounts.edit("bob").balance = 7
            tables.accounts.insert(Account("alice", 0))
        else:
            tables.accounts.insert(Account("alice", 0))
            tables.accounts.insert(Account("bob", 1, balance=7))
        return store.commit(1, bytes(20)).digest

    assert run(detour=True) == run(detour=False)


def test_a_row_that_came_and_went_many_times_is_read_once() -> None:
    store, tables = fresh(MemoryBackend())
    store.begin()
    tables.accounts.insert(Account("erin", 0))
    store.commit(1, bytes(20))
    store.begin()
    for _ in range(3):
        store.begin()
        tables.accounts.insert(Account("bob", 1))
        assert [a.name for a in tables.accounts.scan()] == ["bob", "erin"]
        store.rollback()
    tables.accounts.insert(Account("bob", 1))
    assert [a.name for a in tables.accounts.scan()] == ["bob", "erin"]


def test_the_committed_row_is_read_beside_what_waits() -> None:
    store, tables = fresh(MemoryBackend())
    store.begin()
    tables.accounts.insert(Account("alice", 0, balance=3))
    assert tables.accounts.committed("alice") is None
    store.commit(1, bytes(20))
    store.begin()
    tables.accounts.edit("alice").balance = 4
    committed = tables.accounts.committed("alice")
    assert committed is not None
    assert (committed.balance, tables.accounts.get("alice").balance) == (3, 4)


def rows_held(store: Store) -> int:
    return sum(len(table.rows) + len(table.older) for table in store.tables)


def test_the_cache_stays_within_its_bound_and_keeps_what_is_asked_for() -> None:
    store = Store(MemoryBackend(), cached_rows_max=100)
    tables = Tables(store)
    store.load()
    for num in range(1, 101):
        store.begin()
        for position in range(7):
            tables.accounts.insert(Account(f"user{num}x{position}", num), is_new=True)
        tables.accounts.edit("user1x0").balance += 1
        before = rows_held(store)
        favourite = tables.accounts.get("user1x0")
        store.commit(num, bytes([num]) * 20)
        assert before - rows_held(store) <= 2 * 8  # of two blocks at most: none pays for many
        assert rows_held(store) <= 100 + 7
    assert tables.accounts.get("user1x0") is favourite
    assert favourite.balance == 100
    assert len([a for a in tables.accounts.scan() if a.balance == 0]) == 699


def test_a_group_is_asked_for_on_the_disk_once_rows_of_it_were_let_go() -> None:
    store = Store(MemoryBackend(), cached_rows_max=5)
    tables = Tables(store)
    store.load()
    store.begin()
    tables.votes.begin_group(7)
    tables.votes.insert(Vote(7, "alice", rshares=3))
    for num in range(1, 9):
        store.commit(num, bytes(20))
        store.begin()
        tables.accounts.insert(Account(f"user{num}", num), is_new=True)
    assert (7, "alice") not in tables.votes.rows
    vote = tables.votes.find((7, "alice"))
    assert vote is not None
    assert vote.rshares == 3


def test_ids_of_a_block_are_known_until_it_is_forgotten_or_popped() -> None:
    backend = MemoryBackend()
    store, tables = fresh(backend)
    first, second, third = (bytes([letter]) * 20 for letter in b"abc")
    store.begin()
    tables.recent_transactions.insert(BlockTransactions(1, 30, first + second))
    assert second in tables.recent_transactions.by_id
    store.commit(1, bytes(20))
    store.begin()
    tables.recent_transactions.insert(BlockTransactions(2, 40, third))
    tables.recent_transactions.remove(1)
    assert [one in tables.recent_transactions.by_id for one in (first, second, third)] == [False, False, True]
    store.commit(2, bytes(20))
    store.pop()
    assert [one in tables.recent_transactions.by_id for one in (first, second, third)] == [True, True, False]
    _, again = fresh(backend)
    assert [one in again.recent_transactions.by_id for one in (first, second, third)] == [True, True, False]


def test_a_name_that_is_not_utf8_is_nobodys() -> None:
    store, tables = fresh(MemoryBackend())
    store.begin()
    assert tables.accounts.find("\udcff\udcfe") is None
    assert list(tables.votes.scan(7)) == []


def test_invalid_missing_row() -> None:
    store, tables = fresh(MemoryBackend())
    store.begin()
    with pytest.raises(MissingRow):
        tables.accounts.get("nobody")
    with pytest.raises(MissingRow):
        tables.accounts.edit("nobody")


def test_invalid_second_insert() -> None:
    store, tables = fresh(MemoryBackend())
    store.begin()
    tables.accounts.insert(Account("alice", 0))
    with pytest.raises(ValueError, match="exists"):
        tables.accounts.insert(Account("alice", 1))


def test_invalid_pop_of_a_block_whose_undo_was_forgotten() -> None:
    store, _ = fresh(MemoryBackend())
    for num in (1, 2):
        store.begin()
        store.commit(num, bytes(20), retired=[(undo_key(old), None) for old in range(1, num + 1)])
    store.begin()
    store.commit(3, bytes(20), retired=[(undo_key(3), None)])
    store.backend.write([(b"\x01u" + (3).to_bytes(8, "big"), None)], sync=True)
    with pytest.raises(UndoForgotten):
        store.pop()


def test_a_row_read_before_a_savepoint_is_as_before_after_its_failure() -> None:
    store, tables = fresh(MemoryBackend())
    store.begin()
    row = tables.accounts.insert(Account("alice", 0, balance=3))
    before = deepcopy(tables.accounts.values(row))

    def change_and_fail() -> None:
        with store.savepoint():
            tables.accounts.edit("alice").balance = 4
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()
    assert tables.accounts.values(row) == before


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("a", "aa"), ("a", "b"), (("a", 255), ("a", 256)), (("a", "z"), ("aa", "a")), (0, 1), (("a", 1), ("a.b", 0))],
)
def test_keys_sort_as_their_parts_do(smaller: Any, larger: Any) -> None:
    assert encode_key(smaller) < encode_key(larger) < after(encode_key(larger))


@pytest.mark.parametrize(
    "key",
    [
        "alice",
        7,
        b"id",
        ("a", "b"),
        ("a", 7),
        (7, "a"),
        ("a", "b", 7),
        ("a", 7, "b"),
        (1, "a", 2, 3),
        (b"id", "a"),
        ("\udcff", 7),
    ],
)
def test_an_encoder_of_one_shape_writes_the_same_keys(key: Any) -> None:
    types = tuple([type(part) for part in (key if isinstance(key, tuple) else (key,))])
    for prefix in (b"xy", b"\x01a", b"{'"):
        assert key_encoder(prefix, types)(key) == prefix + encode_key(key)


class FullDisk(MemoryBackend):
    """Has room for the first batches only."""

    batches_left = 1

    def write(self, puts: Any, *, sync: bool) -> None:
        if not self.batches_left:
            raise OSError(28, "No space left on device")
        self.batches_left -= 1
        super().write(puts, sync=sync)


def test_after_a_failed_write_nothing_is_built_and_a_restart_finds_the_last_good_block() -> None:
    backend = FullDisk()
    store, tables = fresh(backend)
    store.begin()
    tables.accounts.insert(Account("alice", 0, balance=1))
    good = store.commit(1, bytes(20))
    store.begin()
    tables.accounts.edit("alice").balance = 2
    with pytest.raises(OSError, match="No space"):
        store.commit(2, bytes(20))
    with pytest.raises(BrokenStore):
        store.begin()
    backend.batches_left = 9
    again, tables = fresh(backend)
    assert (again.head, tables.accounts.get("alice").balance) == (good, 1)


# LevelDB


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    create_data_directory(path, CHAIN_ID)
    return path


def fill(path: Path, blocks: int = 30, rows: int = 200) -> bytes:
    """Some blocks with rows enough to be worth damaging. Returns the digest."""
    backend = LevelDbBackend(path, CHAIN_ID)
    store, tables = fresh(backend)
    for num in range(1, blocks + 1):
        store.begin()
        for position in range(rows):
            tables.accounts.insert(Account(f"user{num}x{position}", position))
        store.commit(num, bytes([num]) * 20)
        backend.set_mark(num, bytes([num]) * 20)
    backend.close()
    return store.head.digest


def reopen(path: Path) -> Store:
    backend = LevelDbBackend(path, CHAIN_ID)
    try:
        store, tables = fresh(backend)
        backend.check_mark(store.head.num)
        for _ in tables.accounts.scan():
            pass
        for _ in backend.scan_all():
            pass
        return store
    finally:
        backend.close()


def test_what_was_committed_is_there_after_a_restart(directory: Path) -> None:
    digest = fill(directory)
    store = reopen(directory)
    assert (store.head.num, store.head.digest) == (30, digest)


def test_both_backends_scan_alike_in_both_directions(directory: Path) -> None:
    """Backwards, plyvel finds nothing by itself where the only key is the lower bound."""
    pairs = [(key, key) for key in (b"a", b"b", b"b\x00x", b"c", b"d")]
    bounds = [b"", b"a", b"a\x00", b"b", b"b\x00", b"bb", b"c", b"d", b"d\x00", b"e"]
    level, memory = LevelDbBackend(directory, CHAIN_ID), MemoryBackend()
    for backend in (level, memory):
        backend.write(pairs, sync=False)
    for start in bounds:
        for stop in bounds:
            for reverse in (False, True):
                expected = list(memory.scan(start, stop, reverse=reverse)) if start < stop else []
                found = list(level.scan(start, stop, reverse=reverse))
                assert [pair for pair in found if pair in pairs] == expected, (start, stop, reverse)
    level.close()


def test_invalid_no_data_directory(tmp_path: Path) -> None:
    with pytest.raises(NotADataDirectory, match="skald node init"):
        LevelDbBackend(tmp_path, CHAIN_ID)


def test_invalid_directory_of_another_chain(directory: Path) -> None:
    with pytest.raises(WrongChain):
        LevelDbBackend(directory, bytes(32))


def test_invalid_directory_made_twice(directory: Path) -> None:
    with pytest.raises(DirectoryNotEmpty):
        create_data_directory(directory, CHAIN_ID)


def test_invalid_directory_in_use(directory: Path) -> None:
    backend = LevelDbBackend(directory, CHAIN_ID)
    with pytest.raises(DirectoryInUse):
        LevelDbBackend(directory, CHAIN_ID)
    backend.close()


def files_that_matter(directory: Path) -> list[Path]:
    """All but LevelDB's chatter and its lock."""
    return sorted(p for p in directory.rglob("*") if p.is_file() and p.name not in {"LOG", "LOG.old", "LOCK"})


def test_every_deleted_file_is_noticed(tmp_path: Path) -> None:
    count = 0
    while True:
        directory = tmp_path / str(count)
        create_data_directory(directory, CHAIN_ID)
        fill(directory)
        files = files_that_matter(directory)
        if count == len(files):
            break
        name = files[count].name
        files[count].unlink()
        with pytest.raises((DamagedDirectory, LostBlocks)):
            reopen(directory)
        print(f"deleted {name}: refused")
        count += 1
    assert count >= 5


@pytest.mark.parametrize("seed", range(12))
def test_no_flipped_bit_is_read_over(directory: Path, seed: int) -> None:
    """Either the start or the read is refused, or the bit lies where it says nothing and all contents are as before."""
    digest = fill(directory)
    files = files_that_matter(directory)
    chosen = files[seed % len(files)]
    data = bytearray(chosen.read_bytes())
    place = (seed * 7919 + 13) % len(data)
    data[place] ^= 1 << (seed % 8)
    chosen.write_bytes(data)
    print(f"seed {seed}: bit {seed % 8} of byte {place} in {chosen.name}")
    try:
        store = reopen(directory)
    except (DamagedDirectory, LostBlocks):
        return
    assert store.head.digest == digest
