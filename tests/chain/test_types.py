"""Account names, permlinks, times and versions."""

from typing import Any

import pytest

from chain.asset import MAINNET
from chain.fields import HardforkVersion, wire_type
from chain.jsonform import read_value
from chain.types import (
    TIME_MAX,
    InvalidAccountName,
    InvalidPermlink,
    InvalidTime,
    InvalidVersion,
    check_account_name,
    check_permlink,
    is_account_name,
    is_permlink,
    is_utf8,
    pack_version,
    parse_time,
    parse_version,
    printable,
    time_text,
    version_sequence,
    version_text,
)
from tests.helpers.vectors import vectors

NOT_UTF8 = b"caf\xe9".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("case", vectors("primitives.json", "account_name"), ids=lambda case: case["input"])
def test_account_names(case: dict[str, Any]) -> None:
    assert is_account_name(case["input"]) is case["expected"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ab", "too short"),
        ("a" * 17, "too long"),
        ("no..dots", "each part"),
        ("Upper", "each part"),
        (NOT_UTF8, "each part"),
    ],
)
def test_invalid_account_name_says_why(name: str, reason: str) -> None:
    with pytest.raises(InvalidAccountName, match=reason):
        check_account_name(name)


def test_permlinks() -> None:
    check_permlink("")
    check_permlink("Any text, ünïcödé too")
    check_permlink("a" * 255)
    assert is_permlink("my-first-post")
    assert not is_permlink("My first post")
    assert not is_permlink("")
    assert not is_permlink("a" * 256)


@pytest.mark.parametrize("permlink", ["a" * 256, "ü" * 128, NOT_UTF8])
def test_invalid_permlink(permlink: str) -> None:
    with pytest.raises(InvalidPermlink):
        check_permlink(permlink)


def test_bytes_that_are_not_utf8_are_known_and_shown() -> None:
    assert not is_utf8(NOT_UTF8)
    assert is_utf8("café")
    assert printable(NOT_UTF8) == "caf\ufffd"


def test_times() -> None:
    assert time_text(0) == "1970-01-01T00:00:00"
    assert time_text(1_514_764_800) == "2018-01-01T00:00:00"
    assert parse_time("2018-01-01T00:00:00") == 1_514_764_800
    assert parse_time("2018-01-01T00:00:00.500Z") == 1_514_764_800
    assert time_text(TIME_MAX) == "1969-12-31T23:59:59"
    assert parse_time("1969-12-31T23:59:59") == TIME_MAX


@pytest.mark.parametrize(
    "text",
    ["", "2018-01-01", "2018-13-01T00:00:00", "2018-01-01 00:00:00", "2039-01-01T00:00:00", "0000-01-01T00:00:00"],
)
def test_invalid_time(text: str) -> None:
    with pytest.raises(InvalidTime):
        parse_time(text)


def test_versions() -> None:
    for case in vectors("primitives.json", "version"):
        assert version_text(pack_version(*case["input"])) == case["expected"]
    for case in vectors("primitives.json", "version_parse"):
        if len(case["expected"]) == 3:
            assert parse_version(case["input"]) == pack_version(*case["expected"])
        else:  # a hardfork version has no revision
            hardfork = read_value(wire_type(HardforkVersion), case["input"], None, MAINNET)
            assert hardfork == pack_version(*case["expected"], 0)
    assert parse_version("1_28_7") == parse_version("1.28.7")


@pytest.mark.parametrize(
    "text", [*(case["input"] for case in vectors("primitives.json", "version_parse_error")), "1.28", "1.28_7"]
)
def test_invalid_version(text: str) -> None:
    with pytest.raises(InvalidVersion):
        parse_version(text)


def test_majors_zero_and_one_are_one_sequence() -> None:
    ordered = ["0.23.0", "1.24.0", "0.25.1", "1.28.7", "2.0.0"]
    sequence = [version_sequence(parse_version(text)) for text in ordered]
    assert sequence == sorted(sequence)
    assert version_sequence(parse_version("0.24.0")) == version_sequence(parse_version("1.24.0"))
