"""The binary form: numbers, texts, collections, and what a decoder refuses."""

import struct
from typing import Annotated, Any

import pytest

from chain import asset_wire, wire
from chain.asset import HIVE, MAINNET, TESTNET, Asset, InvalidSymbol, parse_asset_text
from chain.authority import Authority
from chain.fields import (
    AccountName,
    AccountNames,
    Bytes,
    Extensions,
    LegacyHiveAsset,
    MapOf,
    PublicKey,
    SetOf,
    Signature,
    Variant,
    Vector,
    VoidT,
    snake_case,
    struct_of,
    wire_type,
)
from chain.fields import struct as record
from chain.keys import parse_public_key
from chain.operations.comment_options import CommentPayoutBeneficiaries
from chain.types import parse_time
from chain.wire import (
    HF26,
    LEGACY,
    InvalidFlag,
    NotEncodable,
    Packing,
    TextTooLong,
    TooManyElements,
    TrailingBytes,
    UnexpectedEnd,
    UnknownAlternative,
    decode_varint,
    decode_whole,
    encode_varint,
)
from tests.helpers.vectors import vectors

PACKING = Packing(MAINNET, LEGACY)
KEY_A = bytes.fromhex("02" + "11" * 32)
KEY_B = bytes.fromhex("03" + "22" * 32)


def decoded(of: wire.WireType, raw: str) -> Any:
    return decode_whole(of.decoder(MAINNET), bytes.fromhex(raw))


@pytest.mark.parametrize("case", vectors("primitives.json", "varint"), ids=lambda case: str(case["input"]))
def test_varints(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["expected"])
    assert encode_varint(case["input"]) == raw
    assert decode_varint(raw, 0) == (case["input"], len(raw))


def test_a_varint_ends_after_five_bytes_and_keeps_32_bits() -> None:
    assert decode_varint(bytes.fromhex("ffffffffff01"), 0) == (0xFFFFFFFF, 5)
    assert decode_varint(bytes.fromhex("8080808010"), 0) == (0, 5)
    assert decode_varint(bytes.fromhex("8000"), 0) == (0, 2)


READERS = {
    "Asset": (asset_wire.ASSET, lambda value: parse_asset_text(value, MAINNET)),
    "Array::String": (Vector(wire.Text()), tuple),
    "Array::UInt16": (Vector(wire.Integer(16)), tuple),
    "Date": (wire.Time(), parse_time),
    "FlatMap::String::Date": (
        MapOf(wire.Text(), wire.Time()),
        lambda pairs: tuple((key, parse_time(at)) for key, at in pairs),
    ),
    "Int8": (wire.Integer(8, is_signed=True), int),
    "Int16": (wire.Integer(16, is_signed=True), lambda value: (value + 0x8000) % 0x10000 - 0x8000),
    "Int32": (wire.Integer(32, is_signed=True), lambda value: (value + 0x80000000) % 0x100000000 - 0x80000000),
    "Int64": (wire.Integer(64, is_signed=True), int),
    "UInt8": (wire.Integer(8), int),
    "UInt16": (wire.Integer(16), int),
    "UInt32": (wire.Integer(32), int),
    "UInt64": (wire.Integer(64), int),
    "Optional::UInt8": (wire_type(Annotated[int, wire.Integer(8)] | None), lambda value: value),
    "String": (wire.Text(), str),
    "PublicKey": (wire_type(PublicKey), parse_public_key),
}


@pytest.mark.parametrize("case", vectors("primitives.json", "primitive"), ids=lambda case: str(case["input"]))
def test_primitives_of_other_libraries(case: dict[str, Any]) -> None:
    of, read = READERS[case["input"]["type"]]
    value = read(case["input"]["value"])
    assert of.encode(value, PACKING).hex() == case["expected"]
    assert decoded(of, case["expected"]) == value


def test_sets_and_maps_are_read_in_any_order_and_written_sorted() -> None:
    names = wire_type(AccountNames)
    shuffled = "03" + "03626f62" + "05616c696365" + "03626f62"
    assert decoded(names, shuffled) == ("alice", "bob")
    assert names.encode(("bob", "alice", "bob"), PACKING).hex() == "02" + "05616c696365" + "03626f62"
    weights = MapOf(wire_type(AccountName), wire.Integer(16))
    assert decoded(weights, "02" + "03626f62" + "0100" + "03626f62" + "0200") == (("bob", 1),)


def test_an_authority_is_sorted_by_raw_keys() -> None:
    authority = Authority.build(1, {"bob": 2, "alice": 1}, {KEY_B: 1, KEY_A: 1})
    of = wire_type(Authority)
    raw = of.encode(authority, PACKING)
    assert raw.index(KEY_A) < raw.index(KEY_B)
    assert of.decode(raw, 0, PACKING) == (authority, len(raw))


def test_of_several_equal_kinds_in_a_set_the_first_stays() -> None:
    of = SetOf(Variant(CommentPayoutBeneficiaries))
    first, second = CommentPayoutBeneficiaries(()), CommentPayoutBeneficiaries(())
    raw = b"\x02\x00\x00\x00\x00"
    assert of.decode(raw, 0, PACKING) == ((first,), 5)
    assert of.encode((first, second), PACKING) == b"\x01\x00\x00"


def test_texts_keep_bytes_that_are_not_utf8() -> None:
    raw = b"\x04caf\xe9"
    text = decode_whole(wire.Text().decoder(MAINNET), raw)
    assert wire.Text().encode(text, PACKING) == raw


def test_signatures_of_both_schemes() -> None:
    of = Vector(wire_type(Signature))
    signatures = (b"\x1f" + bytes(64), b"\xed" + bytes(96))
    raw = of.encode(signatures, PACKING)
    assert len(raw) == 1 + 65 + 97
    assert of.decode(raw, 0, PACKING) == (signatures, len(raw))


def test_equal_packings_are_one_object() -> None:
    assert Packing(MAINNET, LEGACY) is PACKING
    assert Packing(TESTNET, LEGACY) is not PACKING


def test_the_odd_symbols_of_2016_keep_their_bytes() -> None:
    of = wire_type(LegacyHiveAsset)
    for symbol in (b"\x01STEEM\0\0", b"\x02STEEM\0\0", b"\x05STEEM\0\0", b"\x030.001\0\0", b"\x036.000\0\0"):
        raw = struct.pack("<q", 1000) + symbol
        asset, _ = of.decode(raw, 0, PACKING)
        assert asset == Asset(1000, HIVE)
        for form in (LEGACY, HF26):
            assert of.encode(asset, Packing(MAINNET, form)) == raw
    for form in (LEGACY, HF26):
        packing = Packing(MAINNET, form)
        assert of.encode(Asset(1, HIVE), packing) == asset_wire.ASSET.encode(Asset(1, HIVE), packing)
        assert of.decode(of.encode(Asset(1, HIVE), packing), 0, packing)[0] == Asset(1, HIVE)


def test_names_of_records() -> None:
    assert snake_case("AccountUpdate2") == "account_update2"
    assert VoidT.name == "void_t"

    @record
    class TwoWords:
        """Declared here."""

        first: AccountName

    assert TwoWords.name == "two_words"
    assert struct_of(TwoWords).json_names == ("first",)


@pytest.mark.parametrize(
    ("of", "raw"),
    [
        (wire.Text(), "05616c6963"),
        (wire.Text(), ""),
        (wire.Text(), "80"),
        (wire.Integer(32), "000000"),
        (wire_type(bool), ""),
        (wire_type(Bytes), "0401"),
        (wire_type(PublicKey), "02" * 32),
        (wire_type(Signature), "1f" * 64),
        (wire_type(Signature), "ed" * 96),
        (wire_type(AccountNames), "02" + "03626f62"),
        (wire_type(LegacyHiveAsset), "00" * 8 + "03535445"),
    ],
)
def test_invalid_end_of_data(of: wire.WireType, raw: str) -> None:
    with pytest.raises(UnexpectedEnd):
        decoded(of, raw)


def test_invalid_bytes_left_over() -> None:
    with pytest.raises(TrailingBytes, match="2 bytes"):
        decoded(wire.Integer(8), "010203")


@pytest.mark.parametrize("raw", ["02", "ff"])
def test_invalid_flag(raw: str) -> None:
    with pytest.raises(InvalidFlag):
        decoded(wire_type(bool), raw)
    with pytest.raises(InvalidFlag):
        decoded(wire_type(Authority | None), raw)


def test_invalid_alternative() -> None:
    with pytest.raises(UnknownAlternative):
        decoded(wire_type(Extensions), "0101")
    with pytest.raises(UnknownAlternative):
        decoded(wire_type(Extensions), "01ff01")


def test_invalid_count_of_elements() -> None:
    limit = int(vectors("primitives.json", "decode_limit")[0]["input"])
    with pytest.raises(TooManyElements):
        decoded(Vector(wire.Integer(8)), encode_varint(limit).hex())
    with pytest.raises(UnexpectedEnd):
        decoded(Vector(wire.Integer(8)), encode_varint(limit - 1).hex())
    with pytest.raises(TooManyElements):
        decoded(wire_type(AccountNames), encode_varint(limit // 16).hex())


def test_invalid_size_of_text() -> None:
    with pytest.raises(TextTooLong):
        decoded(wire.Text(), encode_varint(16_777_216).hex())
    with pytest.raises(TextTooLong):
        decoded(wire_type(AccountName), "11" + "61" * 17)
    with pytest.raises(TextTooLong):
        wire_type(AccountName).encode("a" * 17, PACKING)


def test_invalid_symbol_in_witness_properties() -> None:
    with pytest.raises(InvalidSymbol):
        decoded(wire_type(LegacyHiveAsset), "00" * 8 + "03" + b"SBD".hex() + "00" * 4)


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (wire.Integer(16), 65_536),
        (wire.Integer(16), -1),
        (wire_type(PublicKey), b"short"),
        (wire_type(Signature), b"\x1f" * 64),
        (wire.Text(), "\ud800"),
        (asset_wire.ASSET, Asset(1 << 63, HIVE)),
        (wire_type(LegacyHiveAsset), parse_asset_text("1.000 HBD", MAINNET)),
        (wire_type(Extensions), ("not an extension", "nor this")[:1]),
    ],
)
def test_invalid_value_to_encode(of: wire.WireType, value: Any) -> None:
    with pytest.raises(NotEncodable):
        of.encode(value, PACKING)
