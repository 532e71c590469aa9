"""What people type, and what they are told when it cannot be meant."""

import pytest

from chain.asset import HBD, HIVE, MAINNET, TESTNET, VESTS, Asset
from cli.inputs import (
    ACCOUNT,
    BENEFICIARY,
    CHAIN_ID,
    DURATION,
    MONEY,
    PERCENT,
    PLACE,
    VOTE_WEIGHT,
    percent_text,
)
from cli.output import BadInput


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("1.000 HIVE", Asset(1000, HIVE)),
        ("1 HIVE", Asset(1000, HIVE)),
        ("0.5 hbd", Asset(500, HBD)),
        ("13.000001 VESTS", Asset(13_000_001, VESTS)),
        ("  2.50   HIVE ", Asset(2500, HIVE)),
    ],
)
def test_an_amount_is_exact_and_missing_decimals_are_zeros(text, asset):
    assert MONEY.parse(text.strip()).asset(MAINNET) == asset


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1.000", 'as "1.000 HIVE"'),
        ("1,000 HIVE", "no separators"),
        ("-1.000 HIVE", "not an amount"),
        ("HIVE 1.000", "not an amount"),
        ("1.0.0 HIVE", "not an amount"),
        ("", "not an amount"),
    ],
)
def test_invalid_amount_says_how_to_write_it(text, hint):
    with pytest.raises(ValueError, match=hint):
        MONEY.parse(text)


def test_invalid_amount_too_many_decimals_is_never_rounded():
    with pytest.raises(BadInput, match="more than 3 decimals"):
        MONEY.parse("1.0001 HIVE").asset(MAINNET)


def test_invalid_amount_unknown_symbol_names_those_of_the_chain():
    with pytest.raises(BadInput) as caught:
        MONEY.parse("1.000 HIVE").asset(TESTNET)
    assert "TESTS, TBD and VESTS" in caught.value.advice


def test_invalid_amount_in_an_asset_the_command_does_not_take():
    with pytest.raises(BadInput, match="is not in HIVE"):
        MONEY.parse("1.000 HBD").asset(MAINNET, HIVE)


@pytest.mark.parametrize(
    ("text", "basis_points"),
    [("50%", 5000), ("0.01%", 1), ("12.5%", 1250), ("100 %", 10_000), ("0%", 0), ("7.05%", 705)],
)
def test_percents_become_basis_points_and_back(text, basis_points):
    assert PERCENT.parse(text) == basis_points
    assert percent_text(basis_points) == text.replace(" ", "")


def test_a_vote_may_be_negative():
    assert VOTE_WEIGHT.parse("-12.5%") == -1250
    assert percent_text(-1250) == "-12.5%"


@pytest.mark.parametrize("text", ["50", "101%", "-1%", "0.001%", "half"])
def test_invalid_percent(text):
    with pytest.raises(ValueError):
        PERCENT.parse(text)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("7d", 604_800), ("1h30m", 5_400), ("2w", 1_209_600)])
def test_durations_become_seconds(text, seconds):
    assert DURATION.parse(text) == seconds


def test_invalid_duration_without_unit_is_told_which_there_are():
    with pytest.raises(ValueError, match=r"like 90s; the units are s, m, h, d, w"):
        DURATION.parse("90")


@pytest.mark.parametrize(
    "text", ["alice/hello", "@alice/hello", "https://skald.example/intro/@alice/hello", "alice/hello/"]
)
def test_content_is_named_by_its_address(text):
    assert PLACE.parse(text) == ("alice", "hello")


@pytest.mark.parametrize("text", ["alice", "/hello", "alice/"])
def test_invalid_place(text):
    with pytest.raises(ValueError, match="names no content"):
        PLACE.parse(text)


def test_invalid_account_name_in_capitals_is_corrected():
    with pytest.raises(ValueError, match="Did you mean alice"):
        ACCOUNT.parse("Alice")


def test_beneficiaries_and_chain_ids():
    assert BENEFICIARY.parse("bob:12.5%") == ("bob", 1250)
    assert CHAIN_ID.parse("AB" * 32) == "ab" * 32
    with pytest.raises(ValueError, match="64 hex digits"):
        CHAIN_ID.parse("abc")
