"""Amounts, symbols and prices: their texts, numbers and conversions."""

from typing import Any

import pytest

from chain.asset import (
    HBD,
    HIVE,
    INT64_MAX,
    MAINNET,
    TESTNET,
    VESTS,
    AmountOverflow,
    Asset,
    InvalidAsset,
    InvalidPrice,
    InvalidSymbol,
    Price,
    Symbol,
    asset_text,
    nai_check_digit,
    parse_asset_text,
    parse_nai_asset,
    price_convert,
)
from chain.asset_wire import ASSET
from chain.wire import HF26, LEGACY, Packing, UnexpectedEnd
from tests.helpers.vectors import vectors

CORE = {"HIVE": HIVE, "HBD": HBD, "VESTS": VESTS}


def asset_of(value: dict[str, Any]) -> Asset:
    return Asset(value["amount"], CORE[value["asset"]])


@pytest.mark.parametrize("case", vectors("amounts.json", "parse"), ids=lambda case: case["input"])
def test_a_legacy_text_is_read(case: dict[str, Any]) -> None:
    assert parse_asset_text(case["input"], TESTNET) == asset_of(case["expected"])


@pytest.mark.parametrize("case", vectors("amounts.json", "format"), ids=lambda case: case["expected"])
def test_a_legacy_text_is_written(case: dict[str, Any]) -> None:
    assert asset_text(asset_of(case["input"]), TESTNET) == case["expected"]


@pytest.mark.parametrize("case", vectors("amounts.json", "refuse"), ids=lambda case: repr(case["input"]))
def test_invalid_legacy_text(case: dict[str, Any]) -> None:
    with pytest.raises((InvalidAsset, InvalidSymbol)):
        parse_asset_text(case["input"], TESTNET)


@pytest.mark.parametrize("case", vectors("amounts.json", "refuse_mainnet"), ids=lambda case: repr(case["input"]))
def test_invalid_text_for_mainnet(case: dict[str, Any]) -> None:
    with pytest.raises((InvalidAsset, InvalidSymbol)):
        parse_asset_text(case["input"], MAINNET)


@pytest.mark.parametrize("case", vectors("amounts.json", "nai"), ids=lambda case: str(case["input"]))
def test_a_nai_object_is_read_and_written(case: dict[str, Any]) -> None:
    if "nai" in case["input"]:
        assert parse_nai_asset(case["input"]) == asset_of(case["expected"])
    else:
        assert asset_of(case["input"]).nai() == case["expected"]
        assert list(asset_of(case["input"]).nai()) == ["amount", "precision", "nai"]


@pytest.mark.parametrize("case", vectors("amounts.json", "refuse_nai"), ids=lambda case: str(case["input"]))
def test_invalid_nai_object(case: dict[str, Any]) -> None:
    with pytest.raises((InvalidAsset, InvalidSymbol)):
        parse_nai_asset(case["input"])


@pytest.mark.parametrize("value", [None, [], {}, {"amount": 5, "precision": 3, "nai": "@@000000021"}])
def test_invalid_nai_shape(value: Any) -> None:
    with pytest.raises(InvalidAsset):
        parse_nai_asset(value)


@pytest.mark.parametrize("case", vectors("amounts.json", "nai_to_text"), ids=lambda case: case["expected"])
def test_both_texts_mean_the_same(case: dict[str, Any]) -> None:
    assert parse_nai_asset(case["input"]).text(MAINNET) == case["expected"]
    assert parse_asset_text(case["expected"], MAINNET).nai() == case["input"]


def test_numbers_and_nais_of_symbols() -> None:
    for case in vectors("amounts.json", "symbol"):
        if isinstance(case["input"], str):
            assert CORE[case["input"]].number == case["expected"]
        else:
            symbol = Symbol.of_nai(case["expected"]["nai_string"], case["input"]["precision"])
            assert symbol.number == case["expected"]["asset_num"]
            assert symbol.nai == f"@@{case['input']['nai']:09d}"
            assert Symbol.of_number(symbol.number) == symbol
    assert sorted([VESTS, HIVE, HBD]) == [HBD, HIVE, VESTS]


@pytest.mark.parametrize("case", vectors("amounts.json", "refuse_symbol"), ids=lambda case: str(case["input"]))
def test_invalid_nai_text(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidSymbol):
        Symbol.of_nai(case["input"]["nai_string"], case["input"]["precision"])


@pytest.mark.parametrize("case", vectors("amounts.json", "check_digit"), ids=lambda case: str(case["expected"]))
def test_check_digits(case: dict[str, Any]) -> None:
    assert nai_check_digit(int(case["input"]["nai_data_digits"])) == case["expected"]


@pytest.mark.parametrize("case", vectors("amounts.json", "binary"), ids=lambda case: str(case["input"]))
def test_both_binary_forms(case: dict[str, Any]) -> None:
    asset = asset_of(case["input"])
    for form, raw in ((HF26, case["expected"]["nai"]), (LEGACY, case["expected"]["legacy_mainnet"])):
        packing = Packing(MAINNET, form)
        assert ASSET.encode(asset, packing).hex() == raw
        assert ASSET.decode(bytes.fromhex(raw), 0, packing) == (asset, len(raw) // 2)


def test_invalid_legacy_symbol_of_another_network() -> None:
    mainnet_hive = ASSET.encode(Asset(1, HIVE), Packing(MAINNET, LEGACY))
    with pytest.raises(InvalidSymbol):
        ASSET.decode(mainnet_hive, 0, Packing(TESTNET, LEGACY))


def test_invalid_tail_of_legacy_symbol() -> None:
    raw = ASSET.encode(Asset(1, HIVE), Packing(MAINNET, LEGACY))
    with pytest.raises(InvalidSymbol):
        ASSET.decode(raw[:-1] + b"x", 0, Packing(MAINNET, LEGACY))
    with pytest.raises(UnexpectedEnd):
        ASSET.decode(raw[:-1], 0, Packing(MAINNET, LEGACY))


@pytest.mark.parametrize("number", [0, 1, HIVE.number + 1, 0x10, 1 << 5 | 0x10 | 13, 1 << 5 | 3])
def test_invalid_symbol_number(number: int) -> None:
    with pytest.raises(InvalidSymbol):
        Symbol.of_number(number)


def test_a_generic_asset_is_known_by_its_nai_only() -> None:
    symbol = Symbol.of_nai("@@100000006", 3)
    assert not symbol.is_core
    assert Asset(1500, symbol).text(MAINNET) == "1.500 UNKN"
    assert repr(symbol) == "@@100000006"
    assert VESTS.is_vesting
    assert VESTS.is_core
    assert not HIVE.is_vesting
    assert Symbol.of_nai("@@100000006", 3) == symbol != HIVE
    assert Symbol.of_number(HBD.number) is HBD


def test_an_asset_without_decimals() -> None:
    assert Asset(-5, Symbol.of_nai("@@100000006", 0)).text(MAINNET) == "-5 UNKN"
    assert str(Asset(5, HBD)) == "0.005 HBD"


def test_older_names_are_read_on_mainnet() -> None:
    assert parse_asset_text("1.000 STEEM", MAINNET) == parse_asset_text("1.000 HIVE", MAINNET) == Asset(1000, HIVE)
    assert parse_asset_text("1.000 SBD", MAINNET) == Asset(1000, HBD)


@pytest.mark.parametrize("amount", [0, 1, 999, 1000, -1, -1500, INT64_MAX, -INT64_MAX - 1])
def test_texts_come_back(amount: int) -> None:
    for symbol in (HIVE, HBD, VESTS):
        asset = Asset(amount, symbol)
        assert parse_asset_text(asset.text(MAINNET), MAINNET) == asset
        assert parse_nai_asset(asset.nai()) == asset


def test_invalid_amount_beyond_64_bits() -> None:
    with pytest.raises(InvalidAsset):
        parse_asset_text("9223372036854775.808 HIVE", MAINNET)
    with pytest.raises(InvalidAsset):
        parse_nai_asset({"amount": "9" * 5_000, "precision": 3, "nai": "@@000000021"})


def test_a_price_converts_both_ways_toward_zero() -> None:
    price = Price(Asset(3, HBD), Asset(10, HIVE))
    assert price_convert(Asset(10, HBD), price) == Asset(33, HIVE)
    assert price_convert(Asset(10, HIVE), price) == Asset(3, HBD)
    assert price_convert(Asset(-10, HBD), price) == Asset(-33, HIVE)
    assert price_convert(Asset(10, HBD), price.inverted()) == Asset(33, HIVE)


def test_invalid_price_of_other_symbols() -> None:
    with pytest.raises(InvalidPrice):
        price_convert(Asset(1, VESTS), Price(Asset(1, HBD), Asset(1, HIVE)))


def test_invalid_price_without_value() -> None:
    with pytest.raises(InvalidPrice):
        price_convert(Asset(1, HBD), Price(Asset(0, HBD), Asset(1, HIVE)))
    for price in (Price(Asset(0, HBD), Asset(1, HIVE)), Price(Asset(1, HBD), Asset(1, HBD))):
        with pytest.raises(InvalidPrice):
            price.check()


def test_invalid_conversion_beyond_64_bits() -> None:
    with pytest.raises(AmountOverflow):
        price_convert(Asset(INT64_MAX, HBD), Price(Asset(1, HBD), Asset(2, HIVE)))
