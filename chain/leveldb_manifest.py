"""What LevelDB's list of files (MANIFEST) says must be there.

LevelDB takes a list that was cut off between two records for a whole one: an older list. It then reads older tables, looks for a log
that is long gone, does not miss it, and removes the tables that it does not know. In a sound directory the log that the list names
is always there, so whoever looks for it beforehand notices. And of a table that has vanished under a running process it says only
that a key was not found, so whoever finds nothing looks whether a file is gone.

    file      blocks of 32 KiB; a record does not begin in the last six bytes of one
    record    checksum u32 | length u16 | 1 whole, 2 first, 3 middle, 4 last part | data        numbers little-endian
    data      fields: a tag, then numbers (varints) and texts (a varint for the length, then bytes) as FIELDS says
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

BLOCK_BYTES: Final = 32_768
HEADER_BYTES: Final = 7
FIRST_PARTS: Final = (1, 2)
LAST_PARTS: Final = (1, 4)

LOG: Final = 2
TABLE_GONE: Final = 6
TABLE: Final = 7
FIELDS: Final = {1: "t", LOG: "n", 3: "n", 4: "n", 5: "nt", TABLE_GONE: "nn", TABLE: "nnntt", 9: "n"}
"""Of each tag: the comparer's name, log, next file, last sequence, where a compaction stands, a file gone, a file new, an old log."""
FILE_PLACE: Final = 1  # of the numbers of a table's field, which is the file's; the first is its level


@dataclass(frozen=True)
class Listing:
    """What a list says up to some record."""

    read_to: int = 0  # where the next record begins
    log: int = 0  # the oldest that is still needed; 0 where the list does not say
    tables: frozenset[int] = frozenset()
    is_understood: bool = True  # of what makes no sense LevelDB itself complains as it opens

    def names(self) -> set[str]:
        if not self.is_understood:
            return set()
        return {f"{number:06}.ldb" for number in self.tables} | ({f"{self.log:06}.log"} if self.log else set())

    def with_record(self, record: bytes, read_to: int) -> Listing:
        log, tables, at = self.log, set(self.tables), 0
        try:
            while at < len(record):
                tag, at = _varint(record, at)
                numbers = []
                for kind in FIELDS[tag]:
                    number, at = _varint(record, at)
                    if kind == "t":
                        at += number
                    numbers.append(number)
                if tag == LOG:
                    log = numbers[0]
                elif tag == TABLE:
                    tables.add(numbers[FILE_PLACE])
                elif tag == TABLE_GONE:
                    tables.discard(numbers[FILE_PLACE])  # first of all, where one moves to another level
        except (IndexError, KeyError):
            return replace(self, is_understood=False)
        return Listing(read_to, log, frozenset(tables), self.is_understood)


class FileList:
    """The list of a database, read on as it grows: LevelDB begins a new one only when it is opened. Any thread may ask."""

    def __init__(self, database: Path) -> None:
        """Raises OSError where CURRENT or the list that it names cannot be read, ValueError where CURRENT names none."""
        self._database = database
        self._path = database / (database / "CURRENT").read_text(encoding="latin-1").strip()
        self._listing = self._read_on(Listing())

    def missing(self) -> str | None:
        """The name of a file that is listed and not there. Raises OSError.

        A merge may end between the look at the list and that at the directory, and remove what was listed: then the list, which is
        written first, says so by now.
        """
        listing = self._read_on(self._listing)
        there = {file.name for file in self._database.iterdir()}
        if missing := listing.names() - there:
            listing = self._read_on(listing)
            missing &= listing.names()
        self._listing = listing
        return min(missing, default=None)

    def missing_log(self) -> str | None:
        """The log's name where it is gone: the one file that LevelDB does not miss when it opens."""
        log = f"{self._listing.log:06}.log"
        return log if log in self._listing.names() and not (self._database / log).exists() else None

    def _read_on(self, listing: Listing) -> Listing:
        """With the records that came since."""
        first = listing.read_to - listing.read_to % BLOCK_BYTES
        with self._path.open("rb") as file:
            file.seek(first)
            data = file.read()
        record, at = b"", listing.read_to - first
        while at + HEADER_BYTES <= len(data):
            left = BLOCK_BYTES - at % BLOCK_BYTES
            if left < HEADER_BYTES:
                at += left
                continue
            length, part = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
            body = data[at + HEADER_BYTES : at + HEADER_BYTES + length]
            if len(body) < length:
                break  # its end was not written yet, or never
            record = body if part in FIRST_PARTS else record + body
            at += HEADER_BYTES + length
            if part in LAST_PARTS:
                listing = listing.with_record(record, first + at)
        return listing


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number, and where the next thing begins. Raises IndexError."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
