"""Amounts in binary: an int64 and a symbol, which is where the two packings differ (protocol.md §3.3).

LEGACY   amount 8 | precision 1 | name 7, zero-filled
HF26     amount 8 | number 4
"""

import struct
from typing import Final

from chain.asset import HBD, HIVE, VESTS, Asset, Dialect, InvalidSymbol, Price, Symbol
from chain.wire import HF26, Decoder, Encoder, NotEncodable, Packing, UnexpectedEnd, WireType

_AMOUNT_AND_NUMBER: Final = struct.Struct("<qI")
_AMOUNT: Final = struct.Struct("<q")


def legacy_symbol(symbol: Symbol, dialect: Dialect) -> bytes:
    """A precision byte and the name, filled with zeros to eight bytes."""
    return bytes([symbol.precision]) + dialect.wire_text(symbol).encode().ljust(7, b"\0")


class AssetType(WireType):
    """An int64 and a symbol. The symbol is a legacy text when its first four bytes are those of one, a number otherwise."""

    memory_bytes = 16

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        by_number = {symbol.number: symbol for symbol in (HBD, HIVE, VESTS)}
        legacy = {}
        for symbol in (HBD, HIVE, VESTS):
            raw = legacy_symbol(symbol, dialect)
            legacy[int.from_bytes(raw[:4], "little")] = (symbol, raw[4:])
        unpack_from, make = _AMOUNT_AND_NUMBER.unpack_from, tuple.__new__

        def decode_asset(data: bytes, pos: int) -> tuple[Asset, int]:
            amount, number = unpack_from(data, pos)
            symbol = by_number.get(number)
            if symbol is not None:
                return make(Asset, (amount, symbol)), pos + 12
            if number in legacy:
                symbol, tail = legacy[number]
                end = pos + 16
                if data[pos + 12 : end] != tail:
                    raise (
                        UnexpectedEnd
                        if end > len(data)
                        else InvalidSymbol(value=data[pos + 8 : end], reason="broken legacy symbol")
                    )
                return make(Asset, (amount, symbol)), end
            return Asset(amount, Symbol.of_number(number)), pos + 12

        return decode_asset

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        if packing.form is HF26:
            pack = _AMOUNT_AND_NUMBER.pack

            def encode_numbered(value: Asset) -> bytes:
                amount, symbol = value
                return pack(amount, symbol.number)

            return encode_numbered
        pack_amount, pack_both = _AMOUNT.pack, _AMOUNT_AND_NUMBER.pack
        legacy = {symbol.number: legacy_symbol(symbol, packing.dialect) for symbol in (HBD, HIVE, VESTS)}

        def encode_asset(value: Asset) -> bytes:
            amount, symbol = value
            number = symbol.number
            if number in legacy:
                return pack_amount(amount) + legacy[number]
            return pack_both(amount, number)

        return encode_asset


class PriceType(WireType):
    """Base and quote."""

    memory_bytes = 32

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        decode_asset = ASSET.decoder(dialect)

        def decode_price(data: bytes, pos: int) -> tuple[Price, int]:
            base, pos = decode_asset(data, pos)
            quote, pos = decode_asset(data, pos)
            return Price(base, quote), pos

        return decode_price

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        encode_asset = ASSET.encoder(packing)

        def encode_price(value: Price) -> bytes:
            return encode_asset(value[0]) + encode_asset(value[1])

        return encode_price


class LegacyHiveAsset(WireType):
    """HIVE in witness updates and proofs of work: an int64 and a symbol of its own rules.

    Eight blocks of 2016 and 2017 carry other symbols here (`3.00 HIVE` and the like). They mean HIVE and keep their bytes.
    """

    memory_bytes = 16

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        usual = legacy_symbol(HIVE, dialect)
        unpack_from = _AMOUNT_AND_NUMBER.unpack_from
        odd = {precision + usual[1:] for precision in (b"\x01", b"\x02", b"\x05")}
        odd |= {b"\x030.001\0\0", b"\x036.000\0\0"}

        def decode_hive(data: bytes, pos: int) -> tuple[Asset, int]:
            amount, number = unpack_from(data, pos)
            if number == HIVE.number:
                return Asset(amount, HIVE), pos + 12
            raw = data[pos + 8 : pos + 16]
            if raw == usual:
                return Asset(amount, HIVE), pos + 16
            if raw not in odd:
                raise UnexpectedEnd if len(raw) < 8 else InvalidSymbol(value=raw, reason="not one for HIVE")
            return Asset(amount, Symbol(HIVE.number, HIVE.nai, raw)), pos + 16

        return decode_hive

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        encode_asset = ASSET.encoder(packing)

        def encode_hive(value: Asset) -> bytes:
            if value.symbol.obsolete_wire is not None:
                return _AMOUNT.pack(value.amount) + value.symbol.obsolete_wire
            if value.symbol != HIVE:
                raise NotEncodable(reason="only HIVE fits here")
            return encode_asset(value)

        return encode_hive


ASSET: Final[AssetType] = AssetType()
PRICE: Final[PriceType] = PriceType()
