"""What a disk may hold after a power cut, made from the trace of all that was written to it (shim.c).

    disk = Disk(root)
    for record in read_trace(path): disk.take(record)      up to the cut
    disk.cut(rng, LAWS["to the letter"]).write(elsewhere)

A file's bytes are safe when the file was synced, a name when its directory was. Of the rest a cut keeps what chance wants: all, nothing,
a beginning, or single sectors of 512 or 4,096 bytes out of any of the writes, in no order between files.
"""

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEAD = struct.Struct("<cIqI")
SECTORS = (512, 4_096)


@dataclass(frozen=True, slots=True)
class Record:
    what: bytes
    file: int
    offset: int
    data: bytes


def read_trace(path: Path) -> Iterator[Record]:
    trace, at = path.read_bytes(), 0
    while at < len(trace):
        what, file, offset, length = HEAD.unpack_from(trace, at)
        at += HEAD.size
        yield Record(what, file, offset, trace[at : at + length])
        at += length


@dataclass(frozen=True)
class Laws:
    """What a file system promises beyond bytes that were synced."""

    keeps_order_of_names: bool
    """Names come and go in the order of the calls: a journal. Else any of them may be missing."""
    syncs_names_with_files: bool
    """Whoever syncs a file also gets its name, and all changes of names before it."""


LAWS = {
    "journal": Laws(keeps_order_of_names=True, syncs_names_with_files=True),  # ext4, XFS, btrfs as they are
    "to the letter": Laws(keeps_order_of_names=False, syncs_names_with_files=False),  # all that POSIX promises
}


@dataclass
class Inode:
    """A file's bytes: those that are safe, and what was written since."""

    safe: bytearray = field(default_factory=bytearray)
    writes: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut off there

    def sync(self) -> None:
        for at, data in self.writes:
            _apply(self.safe, at, data)
        self.writes.clear()

    @property
    def seen(self) -> bytes:
        data = bytearray(self.safe)
        for at, written in self.writes:
            _apply(data, at, written)
        return bytes(data)


@dataclass(frozen=True)
class Naming:
    """A change of names: each leads to that file from then on, to a directory, or nowhere."""

    names: tuple[tuple[str, Inode | str | None], ...]

    def is_in(self, folder: str) -> bool:
        return any(name.rpartition("/")[0] == folder for name, _ in self.names)


DIRECTORY = "a directory"
Names = dict[str, Inode | str]


class Disk:
    """The state of a traced directory, with what of it is safe."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.names: Names = {self.root: DIRECTORY}  # as programs see them
        self.safe_names: Names = dict(self.names)
        self.namings: list[Naming] = []
        self._files: dict[int, Inode | str] = {}  # a directory by its path

    def take(self, record: Record, laws: Laws) -> None:
        match record.what:
            case b"o":
                self._open(record.file, record.data.decode(), record.offset)
            case b"w" | b"t":
                inode = self._files[record.file]
                assert isinstance(inode, Inode)
                inode.writes.append((record.offset, record.data if record.what == b"w" else None))
            case b"s":
                self._sync(self._files[record.file], laws)
            case b"r":
                old, new = record.data.decode().split("\0")
                if old in self.names:  # else LevelDB's own log, which nobody reads
                    self._name((old, None), (new, self.names[old]))
            case b"u" | b"d":
                if record.data.decode() in self.names:
                    self._name((record.data.decode(), None))
            case b"m":
                self._name((record.data.decode(), DIRECTORY))

    def _open(self, file: int, path: str, flags: int) -> None:
        found = self.names.get(path)
        if found is DIRECTORY:
            self._files[file] = path
            return
        if found is None:
            found = Inode()
            self._name((path, found))
        elif flags & os.O_TRUNC:
            assert isinstance(found, Inode)
            found.writes.append((0, None))
        self._files[file] = found

    def _name(self, *names: tuple[str, Inode | str | None]) -> None:
        self.namings.append(Naming(names))
        _rename(self.names, self.namings[-1])

    def _sync(self, synced: Inode | str, laws: Laws) -> None:
        if isinstance(synced, Inode):
            synced.sync()
            safe = self.namings if laws.syncs_names_with_files else []
        elif laws.keeps_order_of_names:
            safe = self.namings
        else:
            safe = [naming for naming in self.namings if naming.is_in(synced)]
        for naming in safe:
            _rename(self.safe_names, naming)
        self.namings = [naming for naming in self.namings if naming not in safe]

    def everything(self) -> dict[str, bytes | None]:
        """As programs see it, all that was written included."""
        found: dict[str, bytes | None] = {}
        for name, inode in self.names.items():
            found[name] = inode.seen if isinstance(inode, Inode) else None
        return found

    # the cut

    def cut(self, rng: random.Random, laws: Laws) -> dict[str, bytes | None]:
        """What is found afterwards: files by their names, None for directories."""
        names = dict(self.safe_names)
        for naming in self._kept_namings(rng, laws):
            _rename(names, naming)
        kept: dict[int, bytes] = {}
        for found in names.values():
            if isinstance(found, Inode) and id(found) not in kept:
                kept[id(found)] = _kept_bytes(found, rng)
        return {name: kept[id(found)] if isinstance(found, Inode) else None for name, found in names.items()}

    def _kept_namings(self, rng: random.Random, laws: Laws) -> list[Naming]:
        match rng.randrange(3):
            case 0:
                return []
            case 1:
                return self.namings
        if laws.keeps_order_of_names:
            return self.namings[: rng.randint(0, len(self.namings))]
        return [naming for naming in self.namings if rng.random() < 0.5]


def _rename(names: Names, naming: Naming) -> None:
    for name, found in naming.names:
        if found is None:
            names.pop(name, None)
        else:
            names[name] = found


def _kept_bytes(inode: Inode, rng: random.Random) -> bytes:
    """The safe bytes, and what of the others chance has let through."""
    data = bytearray(inode.safe)
    writes = inode.writes
    match rng.randrange(4):
        case 0:
            return bytes(data)
        case 1:
            return inode.seen
        case 2:
            for at, written in writes[: rng.randint(0, len(writes))]:
                _apply(data, at, written)
        case _:
            _apply_sectors(data, writes, rng)
    return bytes(data)


def _apply_sectors(data: bytearray, writes: list[tuple[int, bytes | None]], rng: random.Random) -> None:
    """Single sectors of what was written; what is missing within the file's size is zeros."""
    sector = rng.choice(SECTORS)
    for at, written in writes:
        if written is None:
            if rng.random() < 0.5:
                _apply(data, at, None)
            continue
        start = at
        while start < at + len(written):
            end = min((start // sector + 1) * sector, at + len(written))
            if rng.random() < 0.6:
                _apply(data, start, written[start - at : end - at])
            start = end


def _apply(data: bytearray, at: int, written: bytes | None) -> None:
    if written is None:
        data.extend(bytes(max(0, at - len(data))))
        del data[at:]
        return
    data.extend(bytes(max(0, at - len(data))))
    data[at : at + len(written)] = written


def write_image(found: dict[str, bytes | None], root: str, target: Path) -> None:
    """Lay the files out under `target` instead of `root`."""
    target.mkdir()
    for name, data in sorted(found.items()):
        path = target / os.path.relpath(name, root)
        if data is None:
            path.mkdir(exist_ok=True)
        elif path.parent.is_dir():  # a file whose directory is lost is lost
            path.write_bytes(data)
