"""The small words of the protocol: names, permlinks, times, versions (protocol.md §2.1, §3.2, §5.1)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from chain.errors import InvalidInput, InvalidOperation

NAME_BYTES_MIN: Final = 3
NAME_BYTES_MAX: Final = 16
TIME_MAX: Final = 0xFFFFFFFF
"""Seconds that mean "never": the largest u32, which Hive writes as one second before the epoch."""

_NAME = re.compile(r"[a-z][a-z0-9-]+[a-z0-9](?:\.[a-z][a-z0-9-]+[a-z0-9])*\Z")
_PERMLINK = re.compile(r"[a-z0-9-]{1,255}\Z")
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?Z?\Z")
_VERSION = re.compile(r"([0-9]{1,3})([._])([0-9]{1,3})\2([0-9]{1,5})\Z")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class InvalidAccountName(InvalidOperation):
    code = "invalid_account_name"
    text = "Account name '{name}' is not valid: {reason}"


class InvalidPermlink(InvalidOperation):
    code = "invalid_permlink"
    text = "The permlink '{permlink}' is not valid: {reason}"


class InvalidTime(InvalidInput):
    code = "invalid_time"
    text = "Not a time of the form YYYY-MM-DDTHH:MM:SS: {value!r}"


class InvalidVersion(InvalidInput):
    code = "invalid_version"
    text = "Not a version of the form 1.28.7: {value!r}"


def is_account_name(name: str) -> bool:
    """Three to sixteen bytes; labels of at least three between dots: a letter, letters digits hyphens, a letter or digit (§2.1)."""
    return NAME_BYTES_MIN <= len(name) <= NAME_BYTES_MAX and _NAME.match(name) is not None


@lru_cache(
    maxsize=65_536
)  # it remembers good names only, which are short: every vote asks twice, mostly about the same ones
def check_account_name(name: str) -> None:
    """Raises InvalidAccountName (§2.1)."""
    if not is_account_name(name):
        raise InvalidAccountName(name=printable(name), reason=_why_no_name(name))


def _why_no_name(name: str) -> str:
    if len(name) < NAME_BYTES_MIN:
        return f"it is too short, at least {NAME_BYTES_MIN} characters are needed"
    if len(utf8(name)) > NAME_BYTES_MAX:
        return f"it is too long, at most {NAME_BYTES_MAX} characters fit"
    return (
        "each part between dots begins with a letter, ends with a letter or digit, and has three or more of a-z, 0-9, -"
    )


def is_permlink(permlink: str) -> bool:
    """What a new comment's permlink must be since hardfork 1: 1 to 255 of a-z, 0-9 and hyphen (§5.1)."""
    return _PERMLINK.match(permlink) is not None


def check_permlink(permlink: str) -> None:
    """The stateless rule for any permlink: fewer than 256 bytes of UTF-8 (§5.1); raises InvalidPermlink."""
    if permlink.isascii():
        if len(permlink) > 255:
            raise InvalidPermlink(permlink=permlink, reason="it is longer than 255 bytes")
    elif len(utf8(permlink)) > 255:
        raise InvalidPermlink(permlink=printable(permlink), reason="it is longer than 255 bytes")
    elif not is_utf8(permlink):
        raise InvalidPermlink(permlink=printable(permlink), reason="it is not UTF-8")


def utf8(text: str) -> bytes:
    """The bytes of a text. Bytes that were not UTF-8 when read come out as they went in (see `wire.Text`)."""
    return text.encode("utf-8", "surrogateescape")


def is_utf8(text: str) -> bool:
    """Whether the text was valid UTF-8 when read."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """The text with what is not UTF-8 replaced, fit for JSON and terminals."""
    return text if text.isascii() else utf8(text).decode("utf-8", "replace")


@lru_cache(maxsize=4_096)
def time_text(seconds: int) -> str:
    """`2018-01-01T00:00:00`, UTC, without zone. As hived does, the upper half of u32 counts backwards from the epoch."""
    signed = seconds if seconds < 1 << 31 else seconds - (1 << 32)
    return (_EPOCH + timedelta(seconds=signed)).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=4_096)  # what is sent in one second expires in one second
def parse_time(text: str) -> int:
    """Seconds since the epoch as u32; a fraction of a second and a trailing Z are read over. Raises InvalidTime."""
    match = _TIME.match(text)
    if not match:
        raise InvalidTime(value=text)
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        delta = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _EPOCH
    except ValueError as error:
        raise InvalidTime(value=text) from error
    seconds = delta.days * 86_400 + delta.seconds
    if not -(1 << 31) <= seconds < 1 << 31:
        raise InvalidTime(value=text)
    return seconds & 0xFFFFFFFF


def pack_version(major: int, hardfork: int, revision: int) -> int:
    """Packed as major << 24 | hardfork << 16 | revision (§3.2)."""
    return major << 24 | hardfork << 16 | revision


def version_text(version: int) -> str:
    return f"{version >> 24}.{version >> 16 & 0xFF}.{version & 0xFFFF}"


def parse_version(text: str) -> int:
    """`1.28.7` or `1_28_7` → packed; raises InvalidVersion (§3.2)."""
    match = _VERSION.match(text)
    if not match:
        raise InvalidVersion(value=text)
    major, hardfork, revision = int(match[1]), int(match[3]), int(match[4])
    if major > 0xFF or hardfork > 0xFF or revision > 0xFFFF:
        raise InvalidVersion(value=text)
    return pack_version(major, hardfork, revision)


def version_sequence(version: int) -> int:
    """A number that orders versions as Hive does: majors 0 and 1 are one sequence by hardfork number (§3.2)."""
    return version & 0x00FFFFFF if version >> 24 <= 1 else version
