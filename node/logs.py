"""Logs that an operator can read: one event a line, words first, then `name=value`.

    log = Log("rpc")
    log.info("listening", host="127.0.0.1", port=8090)

    2026-11-22 21:00:00 info    rpc       listening  host=127.0.0.1 port=8090

Colours when standard error is a terminal; JSON lines when a machine reads. Events of libraries that use `logging` go the same
way. Whatever looks like a private key, and every field named like a secret, is blanked before a line is written; control
characters are escaped, so that nobody can forge a line; more than 50 equal events a second become one line that counts them.
"""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import Any, TextIO, TypeAlias

import orjson
from rich.console import Console
from rich.text import Text

EQUAL_EVENTS_PER_SECOND_MAX = 50  # a flood of one event must neither fill the disk nor hide the others
BLANK = "•••"
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passphrase|wif|secret|private|private_key|cookie|memo)(?:$|_)", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"P?5[HJK][1-9A-HJ-NP-Za-km-z]{49}"  # WIF, and the master passwords of Hive's wallets
    r"|\b[KL][1-9A-HJ-NP-Za-km-z]{51}\b"  # compressed WIF
    r"|PVT_[A-Z0-9]+_[1-9A-HJ-NP-Za-km-z]+"
)
_PLAIN_VALUE = re.compile(r"[^\s\"'=\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LEVEL_STYLES = {"debug": "dim", "info": "green", "warning": "yellow", "error": "bold red", "critical": "bold red"}

ExcInfo: TypeAlias = "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None"


class Log:
    """A source of events, named after its room."""

    __slots__ = ("_logger",)

    def __init__(self, source: str) -> None:
        self._logger = logging.getLogger(f"skald.{source}")

    def debug(self, event: str, **values: Any) -> None:
        self._write(logging.DEBUG, event, values)

    def info(self, event: str, **values: Any) -> None:
        self._write(logging.INFO, event, values)

    def warning(self, event: str, **values: Any) -> None:
        self._write(logging.WARNING, event, values)

    def error(self, event: str, **values: Any) -> None:
        self._write(logging.ERROR, event, values)

    def failure(self, event: str, exception: BaseException, **values: Any) -> None:
        """An error with the traceback of its exception."""
        self._write(logging.ERROR, event, values, exception)

    def _write(self, level: int, event: str, values: dict[str, Any], exception: BaseException | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", event, extra={"skald_values": values}, exc_info=exception)


def set_up(level: str = "info", format: str = "auto", stream: TextIO | None = None) -> None:
    """Send all events of this process to `stream` (standard error): "auto", "plain" or "json"."""
    stream = stream or sys.stderr
    is_coloured = format == "auto" and stream.isatty()
    handler: logging.Handler
    if is_coloured:
        handler = _ColourHandler(stream)
    else:
        handler = logging.StreamHandler(stream)
        handler.setFormatter(_JsonFormatter() if format == "json" else _LineFormatter())
    handler.addFilter(_Flood())
    root = logging.getLogger()
    for old in [old for old in root.handlers if old.get_name() == "skald"]:
        root.removeHandler(old)
    handler.set_name("skald")
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("skald").setLevel(level.upper())


def _values_of(record: logging.LogRecord) -> dict[str, Any]:
    values: dict[str, Any] = getattr(record, "skald_values", {})
    return {name: BLANK if _SECRET_NAME.search(name) else value for name, value in values.items()}


def _source_of(record: logging.LogRecord) -> str:
    return record.name.removeprefix("skald.")


def _time_of(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def without_secrets(text: str) -> str:
    """The text with everything that looks like a private key blanked."""
    return _SECRET_TEXT.sub(BLANK, text)


def _value_text(value: Any) -> str:
    """A value as one word; quoted, with control characters escaped, where it would not be one."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text if _PLAIN_VALUE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + _one_line(text.replace('"', '\\"')) + '"'


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _traceback_lines(exc_info: ExcInfo) -> list[str]:
    if not exc_info or exc_info[1] is None:
        return []
    text = "".join(traceback.format_exception(exc_info[1]))
    return [_one_line(without_secrets(line)) for line in text.rstrip().splitlines()]


def _words_of(record: logging.LogRecord) -> tuple[str, str]:
    """The event and its values, both fit to be written."""
    event = without_secrets(_one_line(record.getMessage()))
    values = " ".join(f"{name}={_value_text(value)}" for name, value in _values_of(record).items())
    return event, without_secrets(values)


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event, values = _words_of(record)
        time = _time_of(record).strftime("%Y-%m-%d %H:%M:%S")
        line = f"{time} {record.levelname.lower():<7} {_source_of(record):<9} {event}"
        if values:
            line += f"  {values}"
        return "\n    ".join([line, *_traceback_lines(record.exc_info)])


class _JsonFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__()
        self._sequence = count(1)

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": _time_of(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sequence": next(self._sequence),
            "level": record.levelname.lower(),
            "source": _source_of(record),
            "event": _one_line(record.getMessage()),
            **{name: _json_value(value) for name, value in _values_of(record).items()},
        }
        lines = _traceback_lines(record.exc_info)
        if lines:
            event["traceback"] = lines
        return without_secrets(orjson.dumps(event).decode())


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) < 1 << 53):
        return value
    return value.hex() if isinstance(value, bytes) else _one_line(str(value))


class _ColourHandler(logging.Handler):
    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._console = Console(file=stream, highlight=False, soft_wrap=True)

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        event, _ = _words_of(record)
        line = Text()
        line.append(_time_of(record).strftime("%H:%M:%S "), "dim")
        line.append(f"{level:<7} ", _LEVEL_STYLES.get(level, ""))
        line.append(f"{_source_of(record):<9} ", "cyan")
        line.append(event, "bold" if record.levelno >= logging.WARNING else "")
        for name, value in _values_of(record).items():
            line.append(f" {name}=", "dim")
            line.append(without_secrets(_value_text(value)))
        for text in _traceback_lines(record.exc_info):
            line.append(f"\n    {text}", "dim")
        self._console.print(line)


class _Flood(logging.Filter):
    """Lets so many equal events a second through, then says how many it held back."""

    def __init__(self) -> None:
        super().__init__()
        self._second = 0
        self._counts: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        second = int(record.created)
        key = (record.name, record.getMessage())
        if second != self._second:
            held_back = self._counts.get(key, 0) - EQUAL_EVENTS_PER_SECOND_MAX
            self._second = second
            self._counts = {}
            if held_back > 0:
                record.skald_values = {**getattr(record, "skald_values", {}), "held_back": held_back}
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key] <= EQUAL_EVENTS_PER_SECOND_MAX
