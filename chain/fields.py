"""The words in which operations are declared, and what they mean in binary (protocol.md §3.3).

    @operation(0)
    class Vote(Operation):
        voter: AccountName
        author: AccountName
        permlink: str
        weight: I16

Each annotation names a Python type for people and mypy, and a wire type for the codec. Plain `str`, `bool`, `Asset`, `Price`,
`Authority` and declared records stand for themselves, `X | None` for an optional, `tuple[X, ...]` for a vector. A trailing
underscore (`from_`) is Python's, not Hive's. `@struct` declares a record inside operations; `jsonform` reads the same types.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from inspect import get_annotations
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, Final, TypeVar, dataclass_transform, get_args, get_origin

from chain import asset_wire, wire
from chain.asset import Asset, Dialect, Price
from chain.authority import Authority
from chain.straight import straight_decoder, straight_encoder
from chain.wire import Decoder, Encoder, NotEncodable, Packing, UnknownAlternative, WireType

T = TypeVar("T")


class Maybe(WireType):
    """A flag, and the value if it is 1; None otherwise."""

    def __init__(self, of: WireType) -> None:
        super().__init__()
        self.of = of
        self.memory_bytes = of.memory_bytes + 8

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        decode_flag, decode_value = wire.Boolean().decoder(dialect), self.of.decoder(dialect)

        def decode_maybe(data: bytes, pos: int) -> tuple[Any, int]:
            is_there, pos = decode_flag(data, pos)
            return decode_value(data, pos) if is_there else (None, pos)

        return decode_maybe

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        encode_value = self.of.encoder(packing)

        def encode_maybe(value: Any) -> bytes:
            return b"\0" if value is None else b"\1" + encode_value(value)

        return encode_maybe


class Vector(WireType):
    """A count and the elements, as a tuple."""

    memory_bytes = 24

    def __init__(self, of: WireType) -> None:
        super().__init__()
        self.of = of

    def arranged(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The elements as they are held and written."""
        return tuple(values)

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        decode_element, memory_bytes, arranged = self.of.decoder(dialect), self.of.memory_bytes, self.arranged
        decode_count = wire.decode_count

        def decode_vector(data: bytes, pos: int) -> tuple[tuple[Any, ...], int]:
            count = data[pos]
            if count == 0:
                return (), pos + 1
            if count == 1:  # as with most operations, signatures and keys
                value, pos = decode_element(data, pos + 1)
                return (value,), pos
            count, pos = decode_count(data, pos, memory_bytes)
            values = []
            for _ in range(count):
                value, pos = decode_element(data, pos)
                values.append(value)
            return arranged(values), pos

        return decode_vector

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        encode_element, arranged, encode_varint = self.of.encoder(packing), self.arranged, wire.encode_varint

        def encode_vector(values: Sequence[Any]) -> bytes:
            if not values:
                return b"\0"
            if len(values) == 1:
                return b"\1" + encode_element(values[0])
            values = arranged(values)
            return encode_varint(len(values)) + b"".join([encode_element(value) for value in values])

        return encode_vector


class SetOf(Vector):
    """Sorted, without duplicates. Read in any order: of equal elements the first stays.

    With `is_strict` JSON must give the elements sorted and unique already, as hived wants proposal ids.
    """

    def __init__(self, of: WireType, *, is_strict: bool = False) -> None:
        super().__init__(of)
        self.is_strict = is_strict

    def arranged(self, values: Sequence[Any]) -> tuple[Any, ...]:
        if len(values) < 2:
            return tuple(values)
        first: dict[Any, Any] = {}
        for value in values:
            first.setdefault(self.of.sort_key(value), value)
        return tuple(first[key] for key in sorted(first))


class Pair(WireType):
    """A key and its value, the element of a map: pairs with equal keys are equal."""

    def __init__(self, key: WireType, value: WireType) -> None:
        super().__init__()
        self.key = key
        self.value = value
        self.memory_bytes = key.memory_bytes + value.memory_bytes

    def sort_key(self, value: tuple[Any, Any]) -> Any:
        return self.key.sort_key(value[0])

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        decode_key, decode_value = self.key.decoder(dialect), self.value.decoder(dialect)

        def decode_pair(data: bytes, pos: int) -> tuple[tuple[Any, Any], int]:
            key, pos = decode_key(data, pos)
            value, pos = decode_value(data, pos)
            return (key, value), pos

        return decode_pair

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        encode_key, encode_value = self.key.encoder(packing), self.value.encoder(packing)

        def encode_pair(pair: tuple[Any, Any]) -> bytes:
            return encode_key(pair[0]) + encode_value(pair[1])

        return encode_pair


def MapOf(key: WireType, value: WireType) -> SetOf:  # noqa: N802  # reads as a type beside SetOf
    """A map as a tuple of pairs, sorted by key."""
    return SetOf(Pair(key, value))


class Struct(WireType):
    """The fields of a record in their order. `names` are Python's, `json_names` Hive's."""

    def __init__(self, cls: type, fields: dict[str, WireType]) -> None:
        super().__init__()
        self.cls = cls
        self.names = tuple(fields)
        self.json_names = tuple(name.rstrip("_") for name in fields)
        self.types = tuple(fields.values())
        self.is_bare: bool = getattr(cls, "is_bare", False)  # its only field stands for it in JSON
        self.memory_bytes = sum(of.memory_bytes for of in self.types)

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        careful = self.careful_decoder(dialect)
        return straight_decoder(self.cls, self.names, self.types, dialect, careful) if self.names else careful

    def careful_decoder(self, dialect: Dialect) -> Decoder:
        """The meaning of the straight one (`chain.straight`), field by field."""
        cls: Callable[..., Any] = self.cls
        decoders = [of.decoder(dialect) for of in self.types]

        def decode_struct(data: bytes, pos: int) -> tuple[Any, int]:
            values = []
            for decode_field in decoders:
                value, pos = decode_field(data, pos)
                values.append(value)
            return cls(*values), pos

        return decode_struct

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        careful = self.careful_encoder(packing)
        return straight_encoder(self.names, self.types, packing, careful) if self.names else careful

    def careful_encoder(self, packing: Packing) -> Encoder:
        """The meaning of the straight one, field by field."""
        encoders = [of.encoder(packing) for of in self.types]
        if not encoders:
            return lambda _: b""
        get_fields = attrgetter(*self.names)
        if len(encoders) == 1:
            encode_only = encoders[0]
            return lambda value: encode_only(get_fields(value))

        def encode_struct(value: Any) -> bytes:
            return b"".join([encode(field) for encode, field in zip(encoders, get_fields(value), strict=True)])

        return encode_struct


class Variant(WireType):
    """An index and one of several records (Hive's static_variant). Two values of one kind count as equal in a set.

    JSON names the kind: `name` + `json_suffix` in HF26; in LEGACY the index, or the name where `has_legacy_names`.
    """

    def __init__(self, *kinds: type, json_suffix: str = "", has_legacy_names: bool = False) -> None:
        super().__init__()
        self.kinds = kinds
        self.structs = tuple(struct_of(kind) for kind in kinds)
        self.index_by_kind = {kind: index for index, kind in enumerate(kinds)}
        self.json_suffix = json_suffix
        self.has_legacy_names = has_legacy_names
        self.memory_bytes = 8 + max(of.memory_bytes for of in self.structs)

    def sort_key(self, value: Any) -> int:
        return self.index_by_kind[type(value)]

    def _make_decoder(self, dialect: Dialect, /) -> Decoder:
        decoders = [of.decoder(dialect) for of in self.structs]
        count = len(decoders)
        decode_varint = wire.decode_varint

        def decode_variant(data: bytes, pos: int) -> tuple[Any, int]:
            index = data[pos]
            if index < 128:
                pos += 1
            else:
                index, pos = decode_varint(data, pos)
            if index >= count:
                raise UnknownAlternative(index=index, of=count)
            return decoders[index](data, pos)

        return decode_variant

    def _make_encoder(self, packing: Packing, /) -> Encoder:
        encoders = {
            kind: (wire.encode_varint(index), of.encoder(packing))
            for index, (kind, of) in enumerate(zip(self.kinds, self.structs, strict=True))
        }

        def encode_variant(value: Any) -> bytes:
            found = encoders.get(type(value))
            if found is None:
                raise NotEncodable(reason=f"{type(value).__name__} does not belong here")
            index, encode_kind = found
            return index + encode_kind(value)

        return encode_variant


# --- declarations ----------------------------------------------------------------------------------------------------
_STRUCTS: Final[dict[type, Struct]] = {}


def struct_of(cls: type) -> Struct:
    """The wire type of a declared record."""
    return _STRUCTS[cls]


def declare(cls: type) -> Struct:
    """Reads the annotations of a dataclass."""
    hints = get_annotations(cls, eval_str=True)  # the native build holds them as text (docs/adr/0015)
    found = _STRUCTS[cls] = Struct(cls, {field.name: wire_type(hints[field.name]) for field in dataclass_fields(cls)})
    return found


def wire_type(hint: Any) -> WireType:
    """The wire type that an annotation stands for."""
    if hasattr(hint, "__metadata__"):
        (found,) = hint.__metadata__
        assert isinstance(found, WireType), hint
        return found
    if NoneType in get_args(hint):
        return Maybe(wire_type(get_args(hint)[0]))
    if get_origin(hint) is tuple:
        return Vector(wire_type(get_args(hint)[0]))
    return _PLAIN[hint] if hint in _PLAIN else struct_of(hint)


@dataclass_transform(frozen_default=True)
def struct(cls: type[T]) -> type[T]:
    """Declares a frozen record that stands inside operations. Its `name` is the JSON name of the kind in a variant."""
    made = dataclass(frozen=True, slots=True)(cls)
    if "name" not in cls.__dict__:
        made.name = snake_case(cls.__name__)  # type: ignore[attr-defined]  # every declared record has one
    declare(made)
    return made


def snake_case(name: str) -> str:
    """AccountUpdate2 → account_update2."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


U8 = Annotated[int, wire.Integer(8)]
U16 = Annotated[int, wire.Integer(16)]
U32 = Annotated[int, wire.Integer(32)]
U64 = Annotated[int, wire.Integer(64)]
I16 = Annotated[int, wire.Integer(16, is_signed=True)]
I32 = Annotated[int, wire.Integer(32, is_signed=True)]
I64 = Annotated[int, wire.Integer(64, is_signed=True)]
Time = Annotated[int, wire.Time()]
Version = Annotated[int, wire.Version()]
HardforkVersion = Annotated[int, wire.Version(is_hardfork=True)]
Bytes = Annotated[bytes, wire.Bytes()]
BlockId = Annotated[bytes, wire.FixedBytes(20)]
Checksum = Annotated[bytes, wire.FixedBytes(20)]
Digest = Annotated[bytes, wire.FixedBytes(32)]
PublicKey = Annotated[bytes, wire.PublicKey()]
Signature = Annotated[bytes, wire.Signature()]
AccountName = Annotated[str, wire.Text(bytes_max=16)]
CustomId = Annotated[str, wire.Text(bytes_max=32)]
LegacyHiveAsset = Annotated[Asset, asset_wire.LegacyHiveAsset()]
AccountNames = Annotated[tuple[str, ...], SetOf(wire_type(AccountName))]
Signatures = Annotated[tuple[bytes, ...], Vector(wire_type(Signature))]

_PLAIN: Final[dict[Any, WireType]] = {
    str: wire.Text(),
    bool: wire.Boolean(),
    Asset: asset_wire.ASSET,
    Price: asset_wire.PRICE,
    Authority: Struct(
        Authority,
        {
            "weight_threshold": wire_type(U32),
            "account_auths": MapOf(wire_type(AccountName), wire_type(U16)),
            "key_auths": MapOf(wire_type(PublicKey), wire_type(U16)),
        },
    ),
}


@struct
class VoidT:
    """Nothing: the kind that keeps index 0 of a variant free."""


Extensions = Annotated[tuple[VoidT, ...], SetOf(Variant(VoidT))]
"""Room for what later hardforks may add; nothing today."""
