"""Logs: readable, one event a line, without secrets."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from node import logs
from node.logs import BLANK, EQUAL_EVENTS_PER_SECOND_MAX, Log

WIF = "5JNHfZYKGaomSFvd4NUdQ9qMcEAC43kujbfjueTHpVapX1Kzq2n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler.get_name() == "skald"]:
        root.removeHandler(handler)


def written(format: str = "plain", level: str = "info", stream: io.StringIO | None = None) -> io.StringIO:
    stream = stream or io.StringIO()
    logs.set_up(level, format, stream)
    return stream


def test_writes_one_readable_line_an_event() -> None:
    stream = written()
    Log("chain").info("block applied", num=5, id=b"\x01\x02", witness="alice", seconds=0.0123456789)
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line.endswith("info    chain     block applied  num=5 id=0102 witness=alice seconds=0.0123457\n")


def test_quotes_and_escapes_what_could_forge_a_line() -> None:
    stream = written()
    Log("p2p").warning("peer said\nhello", text='a "b" c', name="x\n2026 error fake", escape="\x1b[31m", line="\u2028")
    assert stream.getvalue().count("\n") == 1
    assert 'peer said\\nhello  text="a \\"b\\" c" name="x\\n2026 error fake" escape="\\x1b[31m"' in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("format", ["plain", "json", "auto"])
def test_blanks_secrets_in_events_values_and_tracebacks(format: str) -> None:
    stream = written(format, stream=Terminal() if format == "auto" else None)
    wallet = Log("wallet")
    wallet.info("key " + WIF, text=f"my key is {WIF}!", password="hunter2", keys=[WIF], ed="PVT_ED_" + "9" * 40)
    wallet.failure("failed", ValueError("bad key " + WIF))
    text = stream.getvalue()
    assert WIF not in text
    assert "hunter2" not in text
    assert "PVT_ED_9" not in text
    assert BLANK in text
    assert "ValueError" in text


def test_json_lines_have_a_sequence_and_typed_values() -> None:
    stream = written("json")
    Log("chain").info("block applied", num=5, ok=True, big=1 << 70, id=b"\xff", nothing=None)
    Log("chain").info("again")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "block applied"
    assert (first["num"], first["ok"], first["big"], first["id"], first["nothing"]) == (
        5,
        True,
        str(1 << 70),
        "ff",
        None,
    )
    assert first["time"].endswith("Z")
    assert (first["sequence"], second["sequence"]) == (1, 2)


def test_colours_only_a_terminal() -> None:
    assert "\x1b[" not in _one_event(written("auto"))
    assert "\x1b[" not in _one_event(written("plain", stream=Terminal()))
    assert "block applied" in _one_event(written("auto", stream=Terminal()))


def _one_event(stream: io.StringIO) -> str:
    Log("chain").info("block applied", num=5)
    return stream.getvalue()


def test_keeps_to_its_level_and_lets_libraries_warn_only() -> None:
    stream = written(level="warning")
    Log("chain").info("not this")
    Log("chain").warning("but this")
    logging.getLogger("uvicorn.error").info("nor this")
    assert "this" in stream.getvalue()
    assert "not this" not in stream.getvalue()
    assert "nor this" not in stream.getvalue()


def test_a_second_set_up_replaces_the_first() -> None:
    first = written()
    second = written()
    Log("chain").info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def test_holds_back_a_flood_and_counts_it() -> None:
    stream = io.StringIO()
    logs.set_up("info", "plain", stream)
    logger = logging.getLogger("skald.p2p")
    for at in [100.0] * 80 + [101.0]:
        record = logger.makeRecord("skald.p2p", logging.INFO, "", 0, "%s", ("same",), None)
        record.created = at
        logger.handle(record)
    lines = stream.getvalue().splitlines()
    assert len(lines) == EQUAL_EVENTS_PER_SECOND_MAX + 1
    assert lines[-1].endswith("held_back=30")
