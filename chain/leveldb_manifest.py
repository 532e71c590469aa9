"""What LevelDB's list of files (MANIFEST) says of the log that a start must read.

LevelDB takes a list that was cut off between two records for a whole one: an older list. It then reads older tables, looks for a log
that is long gone, does not miss it, and removes the tables that it does not know. In a sound directory the log that the list names
is always there, so whoever looks for it beforehand notices.

    file      blocks of 32 KiB; a record does not begin in the last six bytes of one
    record    checksum u32 | length u16 | 1 whole, 2 first, 3 middle, 4 last part | data        numbers little-endian
    data      fields: a tag, then numbers (varints) and texts (a varint for the length, then bytes) as FIELDS says
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

BLOCK_BYTES: Final = 32_768
HEADER_BYTES: Final = 7
FIRST_PARTS: Final = (1, 2)

LOG_NUMBER: Final = 2
FIELDS: Final = {1: "t", LOG_NUMBER: "n", 3: "n", 4: "n", 5: "nt", 6: "nn", 7: "nnntt", 9: "n"}
"""Of each tag: the comparer's name, log, next file, last sequence, where a compaction stands, a file gone, a file new, an old log."""


def log_number(manifest: bytes) -> int | None:
    """The number of the oldest log that is still needed. None where the list does not say; whether it is sound LevelDB finds out."""
    found = None
    try:
        for record in _records(manifest):
            at = 0
            while at < len(record):
                tag, at = _varint(record, at)
                for kind in FIELDS[tag]:
                    number, at = _varint(record, at)
                    if kind == "t":
                        at += number
                    elif tag == LOG_NUMBER:
                        found = number
    except (IndexError, KeyError):
        return None
    return found


def _records(manifest: bytes) -> Iterator[bytes]:
    record, at = b"", 0
    while at + HEADER_BYTES <= len(manifest):
        left = BLOCK_BYTES - at % BLOCK_BYTES
        if left < HEADER_BYTES:
            at += left
            continue
        length, part = int.from_bytes(manifest[at + 4 : at + 6], "little"), manifest[at + 6]
        data = manifest[at + HEADER_BYTES : at + HEADER_BYTES + length]
        if len(data) < length:
            return  # its end was never written
        record = data if part in FIRST_PARTS else record + data
        at += HEADER_BYTES + length
        if part in {1, 4}:
            yield record


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
