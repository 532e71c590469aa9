"""The only room that knows LevelDB, and how a data directory is told sound from damaged.

    <data directory>/
        FORMAT     what this directory is: format version and chain id, with a checksum; written once
        HEAD       overwritten after each batch: number and id of the newest block the database must have; then the same
                   of the newest that it must know to be final by votes, once there is one
        state/     the LevelDB database
        RESTORING  only while a snapshot is restored, or after that was interrupted: nothing else here counts

LevelDB alone would go on in silence after the loss of its newest log file, with older contents. HEAD notices: a database that is
behind its mark has lost blocks, or a certificate. plyvel's defaults are not safe for a ledger, so nothing here relies on them (design decision 6).
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from errno import EIO, EMFILE, ENFILE, ENOMEM
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from itertools import filterfalse, starmap
from operator import itemgetter
from pathlib import Path
from typing import Any

import plyvel

from chain.errors import StorageError
from chain.leveldb_manifest import log_number

FORMAT_VERSION = 4
MARK_BYTES = 32
RESTORING = "RESTORING"

RANGE_BYTES = 2  # how much of a key tells what kind of thing it is of

WRITE_BUFFER_BYTES = 16 << 20  # larger buffers did not make overwrites cheaper
FILLING_BUFFER_BYTES = 64 << 20  # but they save merging where all is new
BLOCK_CACHE_BYTES = 128 << 20
BLOOM_BITS = 10
_value_of: Callable[[Any], Any] = itemgetter(1)  # of a pair to be written
WHY_UNREAD = [os.strerror(number) for number in (EIO, EMFILE, ENFILE, ENOMEM)]  # though a file is sound


class NotADataDirectory(StorageError):
    code = "not_a_data_directory"
    text = "{path} holds no chain. Make one with `skald node init --data-dir {path}`"


class DirectoryNotEmpty(StorageError):
    code = "directory_not_empty"
    text = "{path} is not empty. Choose another directory, or remove it first"


class WrongChain(StorageError):
    code = "wrong_chain"
    text = (
        "{path} belongs to the chain {found}, not to {expected}. Check the genesis file, or use another data directory"
    )


class WrongFormat(StorageError):
    code = "wrong_format"
    text = "{path} was written in format {found}; this version of Skald reads format {expected}"


class DamagedDirectory(StorageError):
    code = "damaged_directory"
    text = "{path} is damaged: {reason}. Nothing was changed. Restore the directory from a backup, or remove it and start anew"


class LostBlocks(StorageError):
    code = "lost_blocks"
    text = (
        "{path} has lost blocks: it once held block {mark}, but its database ends at {head}. Files are missing or were restored "
        "from an older copy. Restore the whole directory from one backup, or remove it and start anew"
    )


class LostFinality(StorageError):
    code = "lost_finality"
    text = (
        "{path} has forgotten what is final: it once knew that of block {mark}, but its database knows of block {final} only. Files are "
        "damaged, missing or were restored from an older copy. Restore the whole directory from one backup, or remove it and start anew"
    )


class UnfinishedRestore(StorageError):
    code = "unfinished_restore"
    text = "A snapshot was being restored into {path}, and that was not finished. Restore it again, or remove the directory"


class DiskRefuses(StorageError):
    code = "disk_refuses"
    text = "The disk refuses {path}: {reason}. Nothing that was told is lost. Make room or mend the disk, then start the node again"


class DirectoryInUse(StorageError):
    code = "directory_in_use"
    text = "{path} is in use by another process. Stop it first (`skald node status` shows it)"


def is_unborn(path: Path) -> bool:
    """No chain was ever kept here: there is nothing, or what an interrupted `create_data_directory` left."""
    if (path / "FORMAT").exists() or (path / RESTORING).exists():
        return False
    return (path / "FORMAT.new").exists() or not any((path / name).exists() for name in ("HEAD", "state"))


def create_data_directory(path: Path, chain_id: bytes) -> None:
    """Make an empty one; whatever an interrupted call has left is made anew. Raises DirectoryNotEmpty.

    FORMAT.new stands there first, and becomes FORMAT last.
    """
    path.mkdir(parents=True, exist_ok=True)
    if not is_unborn(path):
        raise DirectoryNotEmpty(path=path)
    _write_and_sync(path / "FORMAT.new", _format_text(chain_id))
    _sync(path)
    shutil.rmtree(path / "state", ignore_errors=True)
    plyvel.DB(str(path / "state"), create_if_missing=True, error_if_exists=True, compression=None).close()
    _sync(path / "state")  # LevelDB leaves the last change of CURRENT to chance
    write_mark(path, 0, bytes(20))
    (path / "FORMAT.new").replace(path / "FORMAT")
    _sync(path)


def _format_text(chain_id: bytes) -> bytes:
    line = f"skald data format {FORMAT_VERSION} chain {chain_id.hex()}\n"
    return f"{line}{sha256(line.encode()).hexdigest()}\n".encode()


def check_format(path: Path, chain_id: bytes) -> None:
    """Raises UnfinishedRestore, NotADataDirectory, DamagedDirectory, WrongFormat or WrongChain."""
    if (path / RESTORING).exists():
        raise UnfinishedRestore(path=path)
    try:
        lines = (path / "FORMAT").read_bytes().decode("ascii").splitlines(keepends=True)
    except FileNotFoundError:
        if (path / "state").exists():
            raise DamagedDirectory(path=path, reason="the file FORMAT is missing") from None
        raise NotADataDirectory(path=path) from None
    except UnicodeDecodeError:
        raise DamagedDirectory(path=path, reason="the file FORMAT is not readable") from None
    if len(lines) != 2 or sha256(lines[0].encode()).hexdigest() != lines[1].strip():
        raise DamagedDirectory(path=path, reason="the file FORMAT does not match its checksum")
    words = lines[0].split()
    if words[3] != str(FORMAT_VERSION):
        raise WrongFormat(path=path, found=words[3], expected=FORMAT_VERSION)
    if words[5] != chain_id.hex():
        raise WrongChain(path=path, found=words[5], expected=chain_id.hex())


def write_mark(path: Path, num: int, block_id: bytes) -> None:
    _write_durably(path / "HEAD", _mark(num, block_id))


def _mark(num: int, block_id: bytes) -> bytes:
    body = num.to_bytes(8, "big") + block_id
    return body + sha256(body).digest()[:4]


def _write_durably(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    _write_and_sync(temporary, data)
    temporary.replace(path)
    _sync(path.parent)


def _write_and_sync(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """A file or a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
        _write_and_sync(path / RESTORING, b"")
        _sync(path)
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
            _sync(file)
        _sync(self.path / "state")
        write_mark(self.path, num, block_id)
        _write_durably(self.path / "FORMAT", _format_text(chain_id))
        (self.path / RESTORING).unlink()
        _sync(self.path)

    def abandon(self) -> None:
        """Leave the directory as it was: without a chain."""
        self._db.close()
        self._clear()
        (self.path / RESTORING).unlink()


@contextmanager
def unchanged_if_refused(path: Path) -> Iterator[None]:
    """In the body the database is opened and looked at. Where that raises StorageError, its files are again as they were before.

    LevelDB tidies up as it opens: it merges logs into tables, and removes every table that its list does not name. If that list
    was damaged, it removes what a mended one would need. So all files get a second name meanwhile, which costs 10 µs each.
    """
    database, aside, refused = (path / name for name in ("state", "state.before", "state.refused"))
    with _opening(path):
        if aside.exists() and not database.exists():
            aside.rename(database)  # a process was killed while it put them back
        for stale in (aside, refused):
            shutil.rmtree(stale, ignore_errors=True)
        _name_again(database, aside)
        try:
            yield
        except StorageError as error:
            if not isinstance(error, DirectoryInUse) and aside.exists():
                database.rename(refused)
                aside.rename(database)
                shutil.rmtree(refused)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _name_again(database: Path, aside: Path) -> None:
    if not (database / "CURRENT").exists():
        return  # there is nothing to open, which whoever tries will say
    aside.mkdir()
    for file in database.iterdir():
        os.link(file, aside / file.name)


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """One at a time. Raises DirectoryInUse."""
    directory = os.open(path, os.O_RDONLY)
    try:
        try:
            flock(directory, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise DirectoryInUse(path=path) from None
        yield
    finally:
        os.close(directory)


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
        database = path / "state"
        self._check_log(database)
        try:
            self.db = plyvel.DB(
                str(database),
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
        self._mark_file = os.open(path / "HEAD", os.O_RDWR) if (path / "HEAD").exists() else -1
        self._marked = self._final_marked = 0
        self._names_synced = 0  # when the database's files were last begun or ended, of what is safe

    def _check_log(self, database: Path) -> None:
        """Raises DamagedDirectory where files are missing that LevelDB would not miss."""
        try:
            manifest = (database / (database / "CURRENT").read_text(encoding="latin-1").strip()).read_bytes()
        except FileNotFoundError as error:
            name = Path(error.filename).name
            raise DamagedDirectory(path=self.path, reason=f"the database has no file {name}") from None
        except (OSError, ValueError) as error:
            raise DamagedDirectory(path=self.path, reason=f"the file CURRENT leads nowhere: {error}") from None
        number = log_number(manifest)
        if number and not (database / f"{number:06}.log").exists():
            raise DamagedDirectory(path=self.path, reason=f"the database has no file {number:06}.log")

    def check_mark(self, head_num: int) -> None:
        """Compare the database's head with the mark beside it. Raises LostBlocks or DamagedDirectory.

        The batch is written before the mark, so after a crash the database may be one block ahead, and after a popped block
        the mark may be of the block that was popped: `set_mark` is called before a pop for that reason.
        """
        self._marked, self._final_marked = self._marks()
        if head_num < self._marked:
            raise LostBlocks(path=self.path, mark=self._marked, head=head_num)

    def check_final_mark(self, final_num: int) -> None:
        """The same for the newest block that is final by votes, after `check_mark`. Raises LostFinality."""
        if final_num < self._final_marked:
            raise LostFinality(path=self.path, mark=self._final_marked, final=final_num)

    def _marks(self) -> tuple[int, int]:
        if self._mark_file < 0:
            raise DamagedDirectory(path=self.path, reason="the file HEAD is missing")
        data = os.pread(self._mark_file, 2 * MARK_BYTES + 1, 0)
        marks = [data[at : at + MARK_BYTES] for at in range(0, len(data), MARK_BYTES)]
        nums = [int.from_bytes(mark[:8], "big") for mark in marks]
        if len(marks) not in {1, 2} or any(
            _mark(num, mark[8:28]) != mark for num, mark in zip(nums, marks, strict=True)
        ):
            raise DamagedDirectory(path=self.path, reason="the file HEAD does not match its checksum")
        return nums[0], nums[1] if len(nums) == 2 else 0

    def set_mark(self, num: int, block_id: bytes) -> None:
        """Remember that the database holds this block. A single small write: a killed process leaves it whole.

        The way back is synced: after a power cut the mark may be older than the database, but never of a block that was taken back.
        """
        with self._writing():
            os.pwrite(self._mark_file, _mark(num, block_id), 0)
            if num < self._marked:
                os.fsync(self._mark_file)
        self._marked = num

    def set_final_mark(self, num: int, block_id: bytes) -> None:
        """Remember that the database knows this block to be final: never taken back."""
        with self._writing():
            os.pwrite(self._mark_file, _mark(num, block_id), MARK_BYTES)
        self._final_marked = num

    def get(self, key: bytes) -> bytes | None:
        try:
            return self.db.get(key, verify_checksums=True)  # type: ignore[no-any-return]  # plyvel has no types
        except plyvel.Error as error:
            raise self._failure(error, reads=True) from None

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        with self.reading():
            yield from _scan(self.db, start, stop, reverse=reverse, fill_cache=True)

    def write(self, puts: Iterable[tuple[bytes, bytes | None]], *, sync: bool) -> None:
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
        failure = (DiskRefuses if is_refused else DamagedDirectory)(path=self.path, reason=_plain(error))
        self._on_failure(failure)
        return failure

    def _sync_names(self) -> None:
        """LevelDB syncs the log that it has begun, but not the directory, without which a power cut may take the whole file."""
        database = self.path / "state"
        changed_at = database.stat().st_mtime_ns
        if changed_at != self._names_synced:
            _sync(database)
            self._names_synced = changed_at

    def view(self) -> LevelDbView:
        return LevelDbView(self)

    def close(self) -> None:
        if self._is_filled:  # the next start would have to read a full buffer's log; this writes it to a table
            self.db.compact_range(start=b"\x00", stop=b"\x00")
        self.db.close()
        if self._mark_file >= 0:
            os.close(self._mark_file)
            self._mark_file = -1

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
        self._snapshot = backend.db.snapshot()

    def get(self, key: bytes) -> bytes | None:
        with self._reading():
            return self._snapshot.get(key, verify_checksums=True, fill_cache=False)  # type: ignore[no-any-return]

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        with self._reading():
            yield from _scan(self._snapshot, start, stop, reverse=reverse, fill_cache=False)

    def close(self) -> None:
        self._snapshot.close()


def _scan(source: Any, start: bytes, stop: bytes, *, reverse: bool, fill_cache: bool) -> Iterator[tuple[bytes, bytes]]:
    """Pairs of a database, or of a snapshot of one."""
    if not reverse:
        yield from source.iterator(start=start, stop=stop, verify_checksums=True, fill_cache=fill_cache)
        return
    # Not by plyvel's own `start`: backwards, it finds nothing where `start` is the only key within the bounds.
    for pair in source.iterator(stop=stop, reverse=True, verify_checksums=True, fill_cache=fill_cache):
        if pair[0] < start:
            return
        yield pair


def _plain(error: Exception) -> str:
    return str(error).removeprefix("b'").removesuffix("'")
