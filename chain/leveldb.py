"""The only room that knows LevelDB. plyvel's defaults are not safe for a ledger, so nothing here relies on them (design decision 6)."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from errno import EIO, EMFILE, ENFILE, ENOMEM
from itertools import filterfalse, starmap, takewhile
from operator import itemgetter
from pathlib import Path
from typing import Any

import plyvel

from chain.directory import (
    RESTORING,
    DamagedDirectory,
    DirectoryInUse,
    DirectoryNotEmpty,
    DiskRefuses,
    HeadMark,
    check_format,
    format_text,
    is_unborn,
    sync_path,
    write_and_sync,
    write_durably,
    write_mark,
)
from chain.errors import StorageError
from chain.leveldb_manifest import FileList

RANGE_BYTES = 2  # how much of a key tells what kind of thing it is of

WRITE_BUFFER_BYTES = 16 << 20  # larger buffers did not make overwrites cheaper
FILLING_BUFFER_BYTES = 64 << 20  # but they save merging where all is new
BLOCK_CACHE_BYTES = 128 << 20
BLOOM_BITS = 10
_value_of: Callable[[Any], Any] = itemgetter(1)  # of a pair to be written
WHY_UNREAD = [os.strerror(number) for number in (EIO, EMFILE, ENFILE, ENOMEM)]  # though a file is sound


def create_data_directory(path: Path, chain_id: bytes) -> None:
    """Make an empty one; whatever an interrupted call has left is made anew. Raises DirectoryNotEmpty.

    FORMAT.new stands there first, and becomes FORMAT last.
    """
    path.mkdir(parents=True, exist_ok=True)
    if not is_unborn(path):
        raise DirectoryNotEmpty(path=path)
    write_and_sync(path / "FORMAT.new", format_text(chain_id))
    sync_path(path)
    shutil.rmtree(path / "state", ignore_errors=True)
    plyvel.DB(str(path / "state"), create_if_missing=True, error_if_exists=True, compression=None).close()
    sync_path(path / "state")  # LevelDB leaves the last change of CURRENT to chance
    write_mark(path, 0, bytes(20))
    (path / "FORMAT.new").replace(path / "FORMAT")
    sync_path(path)


class RestoredDirectory:
    """A data directory in the making: filled in any number of batches, and a data directory only when `finish` has ended.

    Until then the file RESTORING says that nothing here may be used; a killed process leaves it behind.
    """

    def __init__(self, path: Path) -> None:
        """Raises DirectoryNotEmpty where there is a chain; what an interrupted restoration left is removed."""
        if not (path / RESTORING).exists() and not is_unborn(path):
            raise DirectoryNotEmpty(path=path)
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        write_and_sync(path / RESTORING, b"")
        sync_path(path)
        self._clear()
        self._db = plyvel.DB(
            str(path / "state"),
            create_if_missing=True,
            error_if_exists=True,
            compression=None,
            bloom_filter_bits=BLOOM_BITS,
            write_buffer_size=FILLING_BUFFER_BYTES,
        )

    def _clear(self) -> None:
        shutil.rmtree(self.path / "state", ignore_errors=True)
        for name in ("FORMAT", "FORMAT.new", "HEAD"):
            (self.path / name).unlink(missing_ok=True)

    def write(self, puts: Iterable[tuple[bytes, bytes]]) -> None:
        with self._db.write_batch() as batch:
            for key, value in puts:
                batch.put(key, value)

    def finish(self, chain_id: bytes, num: int, block_id: bytes) -> None:
        """All is written: sync it, and make the directory count."""
        self._db.close()
        for file in (self.path / "state").iterdir():
            sync_path(file)
        sync_path(self.path / "state")
        write_mark(self.path, num, block_id)
        write_durably(self.path / "FORMAT", format_text(chain_id))
        (self.path / RESTORING).unlink()
        sync_path(self.path)

    def abandon(self) -> None:
        """Leave the directory as it was: without a chain."""
        self._db.close()
        self._clear()
        (self.path / RESTORING).unlink()


class LevelDbBackend:
    """A store's backend on disk. Reads check checksums; writes are one synced transaction. Raises StorageError only.

    `on_failure` hears of each refusal and each damage, in the thread that met it: whoever reads may not be who should act on it.
    `is_filled`: much is about to be written at once, as in an import.
    """

    def __init__(
        self,
        path: Path,
        chain_id: bytes,
        *,
        on_failure: Callable[[StorageError], None] = lambda _failure: None,
        is_filled: bool = False,
    ) -> None:
        self.path = path
        self._is_filled = is_filled
        self._on_failure = on_failure
        check_format(path, chain_id)
        self._database = path / "state"
        if missing := self._file_list().missing_log():
            raise DamagedDirectory(path=path, reason=f"the database has no file {missing}")
        try:
            self.db = plyvel.DB(
                str(self._database),
                create_if_missing=False,
                paranoid_checks=True,
                compression=None,
                bloom_filter_bits=BLOOM_BITS,
                write_buffer_size=FILLING_BUFFER_BYTES if is_filled else WRITE_BUFFER_BYTES,
                lru_cache_size=BLOCK_CACHE_BYTES,
            )
        except plyvel.IOError as error:
            if "lock" in str(error).lower():
                raise DirectoryInUse(path=path) from None
            raise DiskRefuses(path=path, reason=_plain(error)) from None
        except plyvel.Error as error:
            raise DamagedDirectory(path=path, reason=_plain(error)) from None
        self._mark = HeadMark(path)
        self._files = self._file_list()
        # The directory: to ask through a descriptor takes a third of a path's time.
        self._names = os.open(self._database, os.O_RDONLY)
        self._looked_at = 0  # when the directory had last changed, as it was last looked at
        self._names_synced = 0  # when the database's files were last begun or ended, of what is safe

    def _file_list(self) -> FileList:
        """Raises DamagedDirectory."""
        try:
            return FileList(self._database)
        except FileNotFoundError as error:
            raise DamagedDirectory(
                path=self.path, reason=f"the database has no file {Path(error.filename).name}"
            ) from None
        except (OSError, ValueError) as error:
            raise DamagedDirectory(path=self.path, reason=f"the file CURRENT leads nowhere: {error}") from None

    def look_for_files(self) -> None:
        """Of a table that was removed while the process runs LevelDB says only that a key was not found. So this is asked before
        that is believed, and before anything is written: it costs 1 µs where the directory did not change.
        """
        try:
            changed_at = os.fstat(self._names).st_mtime_ns
            if changed_at == self._looked_at:
                return
            missing = self._files.missing()
        except OSError as error:
            raise self._failure(error, reads=True) from None
        if missing:
            raise self._told(DamagedDirectory(path=self.path, reason=f"the database has no file {missing} any more"))
        self._looked_at = changed_at

    def check_mark(self, head_num: int) -> None:
        """Raises LostBlocks or DamagedDirectory where the database is behind what HEAD says."""
        self._mark.check(head_num)

    def check_final_mark(self, final_num: int) -> None:
        """The same for the newest block that is final by votes, after `check_mark`. Raises LostFinality."""
        self._mark.check_final(final_num)

    def set_mark(self, num: int, block_id: bytes) -> None:
        """Remember that the database holds this block."""
        with self._writing():
            self._mark.set(num, block_id)

    def set_final_mark(self, num: int, block_id: bytes) -> None:
        """Remember that the database knows this block to be final: never taken back."""
        with self._writing():
            self._mark.set_final(num, block_id)

    def get(self, key: bytes) -> bytes | None:
        try:
            found: bytes | None = self.db.get(key, verify_checksums=True)
        except plyvel.Error as error:
            raise self._failure(error, reads=True) from None
        if found is None:
            self.look_for_files()
        return found

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        with self.reading():
            yield from _scan(self.db, start, stop, reverse=reverse, fill_cache=True)

    def write(self, puts: Iterable[tuple[bytes, bytes | None]], *, sync: bool) -> None:
        self.look_for_files()
        with self._writing():
            with self.db.write_batch(transaction=True, sync=sync) as batch:
                # In key order: neighbours are near in LevelDB's memory, and a put takes a quarter less.
                ordered = sorted(puts, key=itemgetter(0))
                deque(starmap(batch.put, filter(_value_of, ordered)), maxlen=0)  # without a turn of Python for each
                for key, value in filterfalse(_value_of, ordered):
                    batch.delete(key) if value is None else batch.put(key, value)
            if sync:
                self._sync_names()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Whatever refuses in the body raises DiskRefuses, or DamagedDirectory where a merge of tables has met a damaged one."""
        try:
            yield
        except (plyvel.Error, OSError) as error:
            raise self._failure(error) from None  # plyvel's IOError is an OSError

    def _failure(self, error: Exception, *, reads: bool = False) -> StorageError:
        """In our words, told to `on_failure`. A file that is missing or too short is damage, whatever LevelDB calls that."""
        is_refused = any(why in str(error) for why in WHY_UNREAD) if reads else isinstance(error, OSError)
        return self._told((DiskRefuses if is_refused else DamagedDirectory)(path=self.path, reason=_plain(error)))

    def _told(self, failure: StorageError) -> StorageError:
        self._on_failure(failure)
        return failure

    def _sync_names(self) -> None:
        """LevelDB syncs the log that it has begun, but not the directory, without which a power cut may take the whole file."""
        changed_at = os.fstat(self._names).st_mtime_ns
        if changed_at != self._names_synced:
            sync_path(self._database)
            self._names_synced = changed_at

    def view(self) -> LevelDbView:
        return LevelDbView(self)

    def close(self) -> None:
        if self._is_filled:  # the next start would have to read a full buffer's log; this writes it to a table
            self.db.compact_range(start=b"\x00", stop=b"\x00")
        self.db.close()
        self._mark.close()
        os.close(self._names)

    def scan_all(self) -> Iterator[tuple[bytes, bytes]]:
        """Every pair, read from disk with its checksum: to look for damage everywhere."""
        with self.reading():
            yield from self.db.iterator(verify_checksums=True, fill_cache=False)

    def compact(self) -> Iterator[None]:
        """Rewrite all files, key range after key range; yields after each. A range is of one kind of key and of what lies before it:
        where everything was deleted no key tells of it, and there is most to be given back.
        """
        start = b""
        while (found := next(self.db.iterator(start=start, include_value=False), None)) is not None:
            stop = found[: RANGE_BYTES - 1] + bytes([found[RANGE_BYTES - 1] + 1])
            self.db.compact_range(start=start, stop=stop)
            start = stop
            yield
        self.db.compact_range(start=start)
        yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except plyvel.Error as error:
            raise self._failure(error, reads=True) from None


class LevelDbView:
    """The database at one moment. Reads do not fill the cache: much is read through a view, and blocks need other rows."""

    def __init__(self, backend: LevelDbBackend) -> None:
        self._reading = backend.reading
        self._look_for_files = backend.look_for_files
        self._snapshot = backend.db.snapshot()

    def get(self, key: bytes) -> bytes | None:
        with self._reading():
            found: bytes | None = self._snapshot.get(key, verify_checksums=True, fill_cache=False)
        if found is None:
            self._look_for_files()
        return found

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        with self._reading():
            yield from _scan(self._snapshot, start, stop, reverse=reverse, fill_cache=False)

    def close(self) -> None:
        self._snapshot.close()


def _scan(source: Any, start: bytes, stop: bytes, *, reverse: bool, fill_cache: bool) -> Iterator[tuple[bytes, bytes]]:
    """Pairs of a database, or of a snapshot of one."""
    if not reverse:
        return source.iterator(start=start, stop=stop, verify_checksums=True, fill_cache=fill_cache)  # type: ignore[no-any-return]
    # Not by plyvel's own `start`: backwards, it finds nothing where `start` is the only key within the bounds.
    pairs = source.iterator(stop=stop, reverse=True, verify_checksums=True, fill_cache=fill_cache)
    return takewhile(lambda pair: pair[0] >= start, pairs)


def _plain(error: Exception) -> str:
    return str(error).removeprefix("b'").removesuffix("'")
