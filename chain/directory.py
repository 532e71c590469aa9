"""What a data directory is, and how it is told sound from damaged.

    <data directory>/
        FORMAT     what this directory is: format version and chain id, with a checksum; written once
        HEAD       overwritten after each batch: number and id of the newest block the database must have; then the same
                   of the newest that it must know to be final by votes, once there is one
        state/     the database (chain.leveldb)
        RESTORING  only while a snapshot is restored, or after that was interrupted: nothing else here counts

LevelDB alone would go on in silence after the loss of its newest log file, with older contents. HEAD notices: a database that is
behind its mark has lost blocks, or a certificate.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from pathlib import Path

from chain.errors import StorageError

FORMAT_VERSION = 4
MARK_BYTES = 32
RESTORING = "RESTORING"


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


def format_text(chain_id: bytes) -> bytes:
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


class HeadMark:
    """The file HEAD, kept open. A mark is a single small write: a killed process leaves it whole."""

    def __init__(self, path: Path) -> None:
        """`path` is the data directory's."""
        self.path = path
        self._file = os.open(path / "HEAD", os.O_RDWR) if (path / "HEAD").exists() else -1
        self._marked = self._final_marked = 0

    def check(self, head_num: int) -> None:
        """Compare the database's head with the mark beside it. Raises LostBlocks or DamagedDirectory.

        The batch is written before the mark, so after a crash the database may be one block ahead, and after a popped block
        the mark may be of the block that was popped: `set` is called before a pop for that reason.
        """
        self._marked, self._final_marked = self._read()
        if head_num < self._marked:
            raise LostBlocks(path=self.path, mark=self._marked, head=head_num)

    def check_final(self, final_num: int) -> None:
        """The same for the newest block that is final by votes, after `check`. Raises LostFinality."""
        if final_num < self._final_marked:
            raise LostFinality(path=self.path, mark=self._final_marked, final=final_num)

    def _read(self) -> tuple[int, int]:
        if self._file < 0:
            raise DamagedDirectory(path=self.path, reason="the file HEAD is missing")
        data = os.pread(self._file, 2 * MARK_BYTES + 1, 0)
        marks = [data[at : at + MARK_BYTES] for at in range(0, len(data), MARK_BYTES)]
        nums = [int.from_bytes(mark[:8], "big") for mark in marks]
        if len(marks) not in {1, 2} or any(
            _mark(num, mark[8:28]) != mark for num, mark in zip(nums, marks, strict=True)
        ):
            raise DamagedDirectory(path=self.path, reason="the file HEAD does not match its checksum")
        return nums[0], nums[1] if len(nums) == 2 else 0

    def set(self, num: int, block_id: bytes) -> None:
        """The way back is synced: after a power cut the mark may be older than the database, but never of a block that was taken back."""
        os.pwrite(self._file, _mark(num, block_id), 0)
        if num < self._marked:
            os.fsync(self._file)
        self._marked = num

    def set_final(self, num: int, block_id: bytes) -> None:
        os.pwrite(self._file, _mark(num, block_id), MARK_BYTES)
        self._final_marked = num

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def write_mark(path: Path, num: int, block_id: bytes) -> None:
    write_durably(path / "HEAD", _mark(num, block_id))


def _mark(num: int, block_id: bytes) -> bytes:
    body = num.to_bytes(8, "big") + block_id
    return body + sha256(body).digest()[:4]


def write_durably(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    write_and_sync(temporary, data)
    temporary.replace(path)
    sync_path(path.parent)


def write_and_sync(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_path(path: Path) -> None:
    """A file or a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
