"""Random values of any declared record, drawn from one `random.Random`: most of them senseless, all of them encodable."""

import random
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from chain import asset_wire, wire
from chain.asset import HBD, HIVE, INT64_MAX, INT64_MIN, VESTS, Asset, Price
from chain.fields import Maybe, Pair, SetOf, Struct, Variant, Vector, wire_type

ODD_TEXTS = (
    "",
    "a",
    "ab",
    "null",
    "hive.fund",
    "steem.dao",
    "temp",
    "miners",
    "no-such-body",
    "UPPER",
    "x" * 16,
    "-a-b",
    "a..b",
)
VERY_ODD_TEXTS = (
    "\x00",
    "a\x00b",
    "\udcff\udcfe",
    "é",
    "\U0001f600",
    "{}",
    '{"a":1}',
    "[]",
    "null",
    "x" * 300,
    "../..",
    "'",
    "%s{}",
)


class Noise:
    """`names` are those that mean something: accounts, permlinks."""

    def __init__(self, chance: random.Random, names: Sequence[str]) -> None:
        self.chance = chance
        self.names = names

    def record(self, cls: type) -> Any:
        return draw(wire_type(cls), self)

    def text(self, bytes_max: int) -> str:
        kind = self.chance.random()
        if kind < 0.6:
            text = self.chance.choice(self.names)
        elif kind < 0.8:
            text = self.chance.choice(ODD_TEXTS)
        else:
            text = self.chance.choice(VERY_ODD_TEXTS)
        return text if len(text.encode("utf-8", "surrogateescape")) <= bytes_max else "abc"

    def asset(self) -> Asset:
        amount = self.chance.choice(
            (0, 1, -1, 20, 1_000, 10**6, 10**12, INT64_MAX, INT64_MIN, self.chance.randrange(10**9))
        )
        return Asset(amount, self.chance.choice((HIVE, HBD, VESTS)))

    def count(self) -> int:
        return self.chance.choice((0, 0, 1, 1, 2, 3))


@singledispatch
def draw(of: Any, noise: Noise) -> Any:
    raise AssertionError(of)


@draw.register
def _(of: wire.Integer, noise: Noise) -> Any:
    return noise.chance.choice(
        (of.min, of.max, 0, 1, 100 % of.max, 10_000 % of.max, noise.chance.randint(of.min, of.max))
    )


@draw.register
def _(_of: wire.Boolean, noise: Noise) -> Any:
    return noise.chance.random() < 0.5


@draw.register
def _(of: wire.Text, noise: Noise) -> Any:
    return noise.text(of.bytes_max)


@draw.register
def _(_of: wire.Bytes, noise: Noise) -> Any:
    return noise.chance.randbytes(noise.chance.choice((0, 1, 4, 33, 200)))


@draw.register
def _(of: wire.FixedBytes, noise: Noise) -> Any:
    return noise.chance.choice((bytes(of.size_bytes), noise.chance.randbytes(of.size_bytes)))


@draw.register
def _(_of: wire.Signature, noise: Noise) -> Any:
    return b"\x1f" + noise.chance.randbytes(64)


@draw.register
def _(_of: asset_wire.AssetType, noise: Noise) -> Any:
    return noise.asset()


@draw.register
def _(_of: asset_wire.LegacyHiveAsset, noise: Noise) -> Any:
    return Asset(noise.asset().amount, HIVE)


@draw.register
def _(_of: asset_wire.PriceType, noise: Noise) -> Any:
    return Price(noise.asset(), noise.asset())


@draw.register
def _(of: Maybe, noise: Noise) -> Any:
    return None if noise.chance.random() < 0.5 else draw(of.of, noise)


@draw.register
def _(of: Vector, noise: Noise) -> Any:
    return tuple(draw(of.of, noise) for _ in range(noise.count()))


@draw.register
def _(of: SetOf, noise: Noise) -> Any:
    return of.arranged([draw(of.of, noise) for _ in range(noise.count())])


@draw.register
def _(of: Pair, noise: Noise) -> Any:
    return draw(of.key, noise), draw(of.value, noise)


@draw.register
def _(of: Struct, noise: Noise) -> Any:
    return of.cls(*[draw(field, noise) for field in of.types])


@draw.register
def _(of: Variant, noise: Noise) -> Any:
    return draw(noise.chance.choice(of.structs), noise)
