"""Files of the database under a running process: what is gone is noticed, and what LevelDB itself removes is not missed."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import plyvel
import pytest

from chain.directory import DamagedDirectory
from chain.errors import StorageError
from chain.leveldb import LevelDbBackend, LevelDbView, create_data_directory
from chain.leveldb_manifest import BLOCK_BYTES, FileList

CHAIN_ID = bytes(range(32))
SMALLEST_BUFFER_BYTES = 64 << 10


def key(number: int) -> bytes:
    return b"%05d" % number


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LevelDbBackend]:
    """Several tables, none of which was opened by this process."""
    monkeypatch.setattr("chain.leveldb.WRITE_BUFFER_BYTES", SMALLEST_BUFFER_BYTES)
    create_data_directory(tmp_path, CHAIN_ID)
    with closing(LevelDbBackend(tmp_path, CHAIN_ID)) as filled:
        for start in range(0, 6_000, 100):
            filled.write([(key(number), bytes(1_000)) for number in range(start, start + 100)], sync=False)
        filled.db.compact_range()
    with closing(LevelDbBackend(tmp_path, CHAIN_ID)) as opened:
        yield opened


def remove_one(backend: LevelDbBackend) -> Path:
    tables = sorted(backend.path.glob("state/*.ldb"))
    assert len(tables) > 1
    tables[1].unlink()
    return tables[1]


def read_all(reader: LevelDbBackend | LevelDbView) -> None:
    for number in range(6_000):
        assert reader.get(key(number)) is not None


def test_leveldb_says_of_a_removed_table_only_that_it_found_nothing(backend: LevelDbBackend) -> None:
    """Why the backend asks: should this fail one day, it need not any more."""
    remove_one(backend)
    assert any(backend.db.get(key(number)) is None for number in range(6_000))


def test_nothing_is_missing_because_its_table_was_removed(backend: LevelDbBackend) -> None:
    told: list[StorageError] = []
    backend._on_failure = told.append
    view = backend.view()
    removed = remove_one(backend)
    for reader in (backend, view):
        with pytest.raises(DamagedDirectory, match=removed.name):
            read_all(reader)
    view.close()
    with pytest.raises(DamagedDirectory, match=removed.name):
        backend.write([(key(1), b"")], sync=True)
    assert len(told) == 3


def test_the_removed_log_is_missed_before_more_is_written_to_it(backend: LevelDbBackend) -> None:
    backend.write([(key(1), b"")], sync=True)
    (log,) = backend.path.glob("state/*.log")
    log.unlink()
    with pytest.raises(DamagedDirectory, match=log.name):
        backend.write([(key(2), b"")], sync=True)


def test_what_a_merge_removes_is_not_missed(backend: LevelDbBackend) -> None:
    seen: set[Path] = set()
    chance = random.Random(5)
    for _ in range(200):
        backend.write([(key(chance.randrange(6_000)), bytes(1_000)) for _ in range(30)], sync=False)
        assert backend.get(b"nobody") is None
        seen.update(backend.path.glob("state/*.ldb"))
    assert seen - set(backend.path.glob("state/*.ldb"))
    assert FileList(backend.path / "state").missing() is None


def test_a_list_that_grows_is_read_as_if_it_were_read_at_once(tmp_path: Path) -> None:
    """Long keys make it long: each table's record holds two."""
    path = tmp_path / "state"
    with closing(plyvel.DB(str(path), create_if_missing=True, write_buffer_size=SMALLEST_BUFFER_BYTES)) as database:
        chance = random.Random(6)
        for _ in range(80):
            for _ in range(20):
                database.put(chance.randbytes(1_500), bytes(3_000))
        database.compact_range()
    (manifest,) = path.glob("MANIFEST-*")
    whole = manifest.read_bytes()
    assert len(whole) > 2 * BLOCK_BYTES
    files = FileList(path)
    assert files.missing() is None
    assert len(files._listing.tables) > 1
    for seed in range(20):
        cuts = sorted(random.Random(seed).sample(range(len(whole)), 30))
        manifest.write_bytes(b"")
        grown = FileList(path)
        for cut in [*cuts, len(whole)]:
            manifest.write_bytes(whole[:cut])
            grown._listing = grown._read_on(grown._listing)
        assert grown._listing == files._listing, f"seed {seed}"
