"""Hypothesis strategies for any declared record, made from its wire types: random values that fit their binary form."""

from functools import singledispatch
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from chain import asset_wire, wire
from chain.asset import HBD, HIVE, INT64_MAX, INT64_MIN, VESTS, Asset, Price, Symbol
from chain.fields import Maybe, Pair, SetOf, Struct, Variant, Vector, struct_of

SYMBOLS = st.sampled_from([HBD, HIVE, VESTS])
GENERIC = Symbol.of_nai("@@100000006", 3)
AMOUNTS = st.integers(INT64_MIN, INT64_MAX) | st.integers(-10, 10)
ASSETS = st.builds(Asset, AMOUNTS, SYMBOLS)
KEYS = st.one_of(
    st.just(bytes(33)),
    st.builds(lambda sign, x: bytes([sign]) + x, st.sampled_from([2, 3]), st.binary(min_size=32, max_size=32)),
)
SIGNATURES = st.builds(lambda tag, rest: bytes([tag]) + rest, st.integers(27, 34), st.binary(min_size=64, max_size=64))


@singledispatch
def values_of(of: Any) -> SearchStrategy[Any]:
    raise AssertionError(of)


@values_of.register
def _(of: wire.Integer) -> SearchStrategy[Any]:
    return st.integers(of.min, of.max) | st.sampled_from([of.min, 0, of.max])


@values_of.register
def _(of: wire.Version) -> SearchStrategy[Any]:
    return st.integers(0, of.max).map(lambda version: version & (0xFFFF0000 if of.is_hardfork else of.max))


@values_of.register
def _(_of: wire.Boolean) -> SearchStrategy[Any]:
    return st.booleans()


@values_of.register
def _(of: wire.Text) -> SearchStrategy[Any]:
    size_max = min(of.bytes_max, 300)
    return st.text(max_size=size_max >> 2) | st.text(alphabet="abc-0.", max_size=size_max)


@values_of.register
def _(_of: wire.Bytes) -> SearchStrategy[Any]:
    return st.binary(max_size=200)


@values_of.register
def _(of: wire.FixedBytes) -> SearchStrategy[Any]:
    return st.binary(min_size=of.size_bytes, max_size=of.size_bytes)


@values_of.register
def _(_of: wire.PublicKey) -> SearchStrategy[Any]:
    return KEYS


@values_of.register
def _(_of: wire.Signature) -> SearchStrategy[Any]:
    return SIGNATURES


@values_of.register
def _(_of: asset_wire.AssetType) -> SearchStrategy[Any]:
    return ASSETS


@values_of.register
def _(_of: asset_wire.LegacyHiveAsset) -> SearchStrategy[Any]:
    return st.builds(Asset, AMOUNTS, st.just(HIVE))


@values_of.register
def _(_of: asset_wire.PriceType) -> SearchStrategy[Any]:
    return st.builds(Price, ASSETS, ASSETS)


@values_of.register
def _(of: Maybe) -> SearchStrategy[Any]:
    return st.none() | values_of(of.of)


@values_of.register
def _(of: Vector) -> SearchStrategy[Any]:
    return st.lists(values_of(of.of), max_size=5).map(tuple)


@values_of.register
def _(of: SetOf) -> SearchStrategy[Any]:
    return st.lists(values_of(of.of), max_size=5).map(of.arranged)


@values_of.register
def _(of: Pair) -> SearchStrategy[Any]:
    return st.tuples(values_of(of.key), values_of(of.value))


@values_of.register
def _(of: Struct) -> SearchStrategy[Any]:
    return st.builds(of.cls, *map(values_of, of.types))


@values_of.register
def _(of: Variant) -> SearchStrategy[Any]:
    return st.one_of(*map(values_of, of.structs))


def records(cls: type) -> SearchStrategy[Any]:
    """Any value of a declared record."""
    return values_of(struct_of(cls))
