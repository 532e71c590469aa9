"""The memory that keeps a witness from contradicting itself, on the disk before any signature leaves (reliability.md A15, C3).

<data directory>/SIGNED, two copies of 4 KiB, written in turn:

    size u32 | [sequence, slot time, waits until, inode, written at, ballot] as msgpack | SHA-256 of both | zeros

*size* is big-endian; *slot time* that of the newest slot we have signed a block for; *ballot* what we have voted
(chain.finality.ballot). A write goes to the older copy, which is one page, and is synced before it counts: a crash at any point leaves
the newer copy as it was.

Whatever may be older than what was signed makes the witness wait for two rounds, and vote only in rounds that begin after that: a new
file, a file that was copied (its inode or times are not those of the last write), a damaged copy, and a chain that shows a block of
ours which we do not remember. By then everything that was signed lies in the past, where nobody signs. What no file can notice is a
whole disk that was set back: then only the blocks that the chain shows give warning.

The file is locked: a second process on the same directory is refused at once. A second node with a directory of its own but the same
key sees blocks that it does not remember, and waits as long as the other one produces.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from time import time_ns
from typing import Any

import msgpack

from chain.directory import DiskRefuses
from chain.errors import ChainError, InvalidInput, StorageError
from chain.finality.ballot import Ballot
from chain.finality.reading import unpack_array

SIGNED_NAME = "SIGNED"
COPY_BYTES = 4_096  # a page, which a killed process leaves whole; a ballot with 21 signatures takes 2.3 KB
SIZE_BYTES = 4
CHECKSUM_BYTES = 32
RECORD_BYTES_MAX = COPY_BYTES - SIZE_BYTES - CHECKSUM_BYTES
OLD_RECORD_BYTES = 12  # of earlier versions: a slot's time and four bytes of checksum
WAIT_ROUNDS = 2
STAMP_SLACK_NS = 2_000_000_000  # the coarsest file times there are; also what may pass between the clock and the write

_PACK = msgpack.Packer(use_bin_type=True, autoreset=True).pack


class SignStateInUse(StorageError):
    code = "sign_state_in_use"
    text = (
        "{path} is locked: another process signs with this data directory. Stop it first (`skald node status` shows it)"
    )


class DamagedSignState(StorageError):
    code = "damaged_sign_state"
    text = (
        "{path}, which keeps a witness from signing twice, is damaged. Make sure that no other node has the witness's key, and remove "
        "the file: the node then waits two rounds before it signs again"
    )


class SignStateTooLarge(StorageError):
    code = "sign_state_too_large"
    text = "What was voted takes {size_bytes} bytes, and {size_bytes_max} fit. Nothing was signed"


class SlotAlreadySigned(ChainError):
    code = "slot_already_signed"
    text = "No block is signed for the slot at {time}: one may have been signed for it, or for a later one. The next slots will do"


@dataclass(frozen=True, slots=True)
class SignRecord:
    """What is written down. Times in seconds, but `written_at` in ns, by the machine's clock; `inode` is that of the file."""

    sequence: int = 0
    slot_time: int = 0
    waits_until: int = 0
    inode: int = 0
    written_at: int = 0
    ballot: Ballot = field(default_factory=Ballot)

    def encode(self) -> bytes:
        numbers = (self.sequence, self.slot_time, self.waits_until, self.inode, self.written_at)
        body: bytes = _PACK((*numbers, self.ballot.encode()))
        return body

    @classmethod
    def decode(cls, body: bytes) -> SignRecord | None:
        """None for what no record encodes to."""
        fields = unpack_array(body)
        if fields is None or len(fields) != 6 or any(type(number) is not int for number in fields[:5]):
            return None
        sequence, slot_time, waits_until, inode, written_at, ballot = fields
        try:
            return cls(sequence, slot_time, waits_until, inode, written_at, Ballot.decode(ballot))
        except (InvalidInput, TypeError):
            return None


class SignState:
    """A `SignMemory` (node.producing) that survives crashes."""

    def __init__(self, data_dir: Path, *, now: float, wait_seconds: int = 0, trusts_new: bool = False) -> None:
        """Raises SignStateInUse, DamagedSignState, StorageError.

        `now` and `wait_seconds` (two rounds) say until when a witness waits whose memory may be too old. 0 is for a chain on which only
        this node produces. `trusts_new` is for whoever starts a chain: then a new file is no reason to wait.
        """
        self.doubt = ""
        """Why the memory may be too old; empty when it is sound."""
        self._path = data_dir / SIGNED_NAME
        self._wait_seconds = wait_seconds
        self._record = SignRecord()
        self._file = self._open()
        try:
            self._load(int(now), trusts_new=trusts_new)
        except BaseException:
            self.close()
            raise

    # --- what is remembered

    @property
    def newest_time(self) -> int:
        """Of the newest slot that we have signed a block for, in seconds; 0 when there is none."""
        return self._record.slot_time

    @property
    def waits_until(self) -> int:
        """No slot before this time (seconds) is signed, and nothing is voted in rounds that began before it."""
        return self._record.waits_until

    @property
    def ballot(self) -> Ballot:
        return self._record.ballot

    # --- what is noted

    def note(self, time: int) -> None:
        """A block for the slot at `time` (seconds) is about to be signed. Raises SlotAlreadySigned, StorageError."""
        if time <= self.newest_time or time < self.waits_until:
            raise SlotAlreadySigned(time=time)
        self._write(replace(self._record, slot_time=time))

    def note_ballot(self, ballot: Ballot) -> None:
        """These votes are about to be signed. Raises AlreadyVoted, StorageError."""
        ballot.check_follows(self.ballot)
        self._write(replace(self._record, ballot=ballot))

    def note_shown(self, time: int, now: float) -> None:
        """The chain has a block of one of our witnesses for the slot at `time`. One that we do not remember was made by another node."""
        known_until = max(self.newest_time, self.waits_until - self._wait_seconds)
        if time <= known_until or not self._wait_seconds:
            return
        self.doubt = f"the chain has a block of ours for the slot at {time} that was not signed here"
        self._write(replace(self._record, waits_until=max(time, int(now)) + self._wait_seconds))

    def close(self) -> None:
        """Also lets go of the lock."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    # --- the file

    def _open(self) -> int:
        """The locked file, empty where there was none."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(reason=f"{self._path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise SignStateInUse(path=self._path) from None
        return file

    def _load(self, now: int, *, trusts_new: bool) -> None:
        data = os.pread(self._file, 2 * COPY_BYTES + 1, 0)
        stat = os.fstat(self._file)
        self._record, self.doubt = self._read(data, stat)
        if not self.doubt:
            return
        waits_until = self._record.waits_until
        if self._wait_seconds and not (trusts_new and not data):
            waits_until = max(waits_until, now + self._wait_seconds)
        for _ in (1, 2):  # both copies: the next crash may cost one of them
            self._write(replace(self._record, waits_until=waits_until, inode=stat.st_ino))
        _sync_directory(self._path.parent)

    def _read(self, data: bytes, stat: os.stat_result) -> tuple[SignRecord, str]:
        """The newest record, and why it may not be the last one that was written. Raises DamagedSignState."""
        if not data:
            return SignRecord(), "it is new"
        if len(data) == OLD_RECORD_BYTES and sha256(data[:8]).digest()[:4] == data[8:]:
            return SignRecord(slot_time=int.from_bytes(data[:8], "big")), "it was written by an earlier version"
        copies = [_unframed(data[start : start + COPY_BYTES]) for start in (0, COPY_BYTES)]
        sound = [copy for copy in copies if copy is not None]
        if not sound or len(data) != 2 * COPY_BYTES:
            raise DamagedSignState(path=self._path)
        record = max(sound, key=lambda copy: copy.sequence)
        if len(sound) == 1:
            return record, "one of its two copies was damaged, maybe the newer one"
        return record, "it was copied here, maybe from a backup" if _is_copied(record, stat) else ""

    def _write(self, record: SignRecord) -> None:
        record = replace(record, sequence=self._record.sequence + 1, written_at=time_ns())
        copy = _framed(record.encode())
        try:
            _write_at(self._file, copy, COPY_BYTES * (record.sequence % 2))
            os.fdatasync(self._file)
        except OSError as error:
            raise DiskRefuses(path=self._path, reason=error.strerror) from None
        self._record = record


def _is_copied(record: SignRecord, stat: os.stat_result) -> bool:
    """Whether something else than our last write has touched the file. Inodes are used again, so its two times must fit as well."""
    times = (stat.st_mtime_ns, stat.st_ctime_ns)
    return stat.st_ino != record.inode or any(abs(time - record.written_at) > STAMP_SLACK_NS for time in times)


def _sync_directory(path: Path) -> None:
    """Without this a power cut may take a new file's name, and with it all that is synced in the file. Raises StorageError."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    except OSError as error:
        raise DiskRefuses(path=path, reason=error.strerror) from None
    finally:
        os.close(directory)


def _write_at(file: int, data: bytes, offset: int) -> Any:
    return os.pwrite(file, data, offset)


def _framed(body: bytes) -> bytes:
    """One copy: the record between its size and its checksum, filled up with zeros. Raises SignStateTooLarge."""
    if len(body) > RECORD_BYTES_MAX:
        raise SignStateTooLarge(size_bytes=len(body), size_bytes_max=RECORD_BYTES_MAX)
    record = len(body).to_bytes(SIZE_BYTES, "big") + body
    return (record + sha256(record).digest()).ljust(COPY_BYTES, b"\x00")


def _unframed(copy: bytes) -> SignRecord | None:
    """The record of a copy, or None where it is damaged."""
    end = SIZE_BYTES + int.from_bytes(copy[:SIZE_BYTES], "big")
    checksum = copy[end : end + CHECKSUM_BYTES]
    if len(copy) != COPY_BYTES or sha256(copy[:end]).digest() != checksum or any(copy[end + CHECKSUM_BYTES :]):
        return None
    return SignRecord.decode(copy[SIZE_BYTES:end])
