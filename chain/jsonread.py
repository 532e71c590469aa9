"""Reading declared records from JSON, one small function for each wire type (see `jsonform`)."""

import re
from collections.abc import Callable, Sequence
from functools import cache, singledispatch
from typing import Any

from chain import asset_wire, wire
from chain.asset import HIVE, Asset, Dialect, Price, parse_asset_text, parse_nai_asset
from chain.errors import InvalidInput
from chain.fields import Maybe, Pair, SetOf, Struct, Variant, Vector
from chain.keys import parse_public_key, parse_signature
from chain.straightjson import Reader, straight_reader
from chain.types import parse_time, parse_version
from chain.wire import HF26, LEGACY, Form, WireType

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")


class InvalidField(InvalidInput):
    code = "invalid_field"
    text = "{field}: {reason}"


@cache  # types are declared, not made
def reader(of: WireType, form: Form | None, dialect: Dialect) -> Reader:
    """The function that reads a type from `form`, or from either for None."""
    return _reader(of, form, dialect)


def _wrong(reason: str) -> InvalidField:
    return InvalidField(field="value", reason=reason)


@singledispatch
def _reader(of: WireType, form: Form | None, dialect: Dialect) -> Reader:
    raise AssertionError((of, form, dialect))


@_reader.register
def _(of: wire.Integer, _form: Form | None, _dialect: Dialect) -> Reader:
    lowest, highest = of.min, of.max

    def read_integer(value: Any) -> int:
        if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
            value = int(value)
        if type(value) is not int:
            raise _wrong("expected a whole number")
        if not lowest <= value <= highest:
            raise _wrong(f"{value} is outside {lowest} … {highest}")
        return value

    return read_integer


@_reader.register
def _(_of: wire.Time, _form: Form | None, _dialect: Dialect) -> Reader:
    return lambda value: parse_time(_text(value))


@_reader.register
def _(of: wire.Version, _form: Form | None, _dialect: Dialect) -> Reader:
    mask = 0xFFFF0000 if of.is_hardfork else 0xFFFFFFFF
    return lambda value: parse_version(_text(value)) & mask


@_reader.register
def _(_of: wire.Boolean, _form: Form | None, _dialect: Dialect) -> Reader:
    return _read_flag


def _read_flag(value: Any) -> bool:
    if isinstance(value, int):
        return value != 0
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise _wrong("expected true or false")


@_reader.register
def _(of: wire.Text, _form: Form | None, _dialect: Dialect) -> Reader:
    bytes_max = of.bytes_max

    def read_text(value: Any) -> str:
        text = _text(value)
        try:
            size = len(text) if text.isascii() else len(text.encode())
        except UnicodeEncodeError:
            raise _wrong("not a Unicode text") from None
        if size > bytes_max:
            raise _wrong(f"longer than {bytes_max} bytes")
        return text

    return read_text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _wrong("expected a text")


@_reader.register
def _(_of: wire.Bytes, _form: Form | None, _dialect: Dialect) -> Reader:
    return _read_hex


@_reader.register
def _(of: wire.FixedBytes, _form: Form | None, _dialect: Dialect) -> Reader:
    size = of.size_bytes

    def read_fixed(value: Any) -> bytes:
        raw = _read_hex(value)
        if len(raw) != size:
            raise _wrong(f"expected {size} bytes of hex")
        return raw

    return read_fixed


def _read_hex(value: Any) -> bytes:
    text = _text(value)
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise _wrong("expected hex digits") from None
    if len(raw) * 2 != len(text):
        raise _wrong("expected hex digits without spaces")
    return raw


@_reader.register
def _(_of: wire.PublicKey, _form: Form | None, dialect: Dialect) -> Reader:
    prefix = dialect.address_prefix
    return lambda value: parse_public_key(_text(value), prefix)


@_reader.register
def _(_of: wire.Signature, _form: Form | None, _dialect: Dialect) -> Reader:
    return lambda value: parse_signature(_text(value))


@_reader.register(asset_wire.AssetType)
def _(_of: WireType, form: Form | None, dialect: Dialect) -> Reader:
    def read_asset(value: Any) -> Asset:
        if form is LEGACY or (form is None and isinstance(value, str)):
            return parse_asset_text(_text(value), dialect)
        return parse_nai_asset(value)

    return read_asset


@_reader.register
def _(_of: asset_wire.LegacyHiveAsset, form: Form | None, dialect: Dialect) -> Reader:
    read_asset = reader(asset_wire.ASSET, form, dialect)

    def read_hive(value: Any) -> Asset:
        asset: Asset = read_asset(value)
        if asset.symbol != HIVE:
            raise _wrong(f"expected {dialect.hive_text}")
        return asset

    return read_hive


@_reader.register
def _(_of: asset_wire.PriceType, form: Form | None, dialect: Dialect) -> Reader:
    read_asset = reader(asset_wire.ASSET, form, dialect)
    sides = [(name, read_asset, Asset(0, HIVE)) for name in ("base", "quote")]

    def read_price(value: Any) -> Price:
        return Price(*_read_members(_members(value), sides))

    return read_price


@_reader.register
def _(of: Maybe, form: Form | None, dialect: Dialect) -> Reader:
    read = reader(of.of, form, dialect)
    return lambda value: None if value is None else read(value)


@_reader.register
def _(of: Vector, form: Form | None, dialect: Dialect) -> Reader:
    read, arranged = reader(of.of, form, dialect), of.arranged
    is_strict = isinstance(of, SetOf) and of.is_strict

    def read_vector(value: Any) -> tuple[Any, ...]:
        elements = value if type(value) is list else _elements(value)
        if not elements:
            return ()
        if len(elements) == 1:  # as with most operations and signatures
            try:
                return (read(elements[0]),)
            except InvalidInput as error:
                raise _within("0", error) from error
        read_so_far: list[Any] = []
        try:
            for element in elements:
                read_so_far.append(read(element))  # noqa: PERF401  # how far it came names the one that is wrong
        except InvalidInput as error:
            raise _within(str(len(read_so_far)), error) from error
        found = tuple(read_so_far)
        kept = arranged(found)
        if is_strict and kept != found:
            raise _wrong("the elements must be sorted and unique")
        return kept

    return read_vector


@_reader.register
def _(of: Pair, form: Form | None, dialect: Dialect) -> Reader:
    read_key, read_content = reader(of.key, form, dialect), reader(of.value, form, dialect)

    def read_pair(value: Any) -> tuple[Any, Any]:
        elements = _elements(value)
        if len(elements) != 2:
            raise _wrong("expected a pair")
        return read_key(elements[0]), read_content(elements[1])

    return read_pair


@_reader.register
def _(of: Struct, form: Form | None, dialect: Dialect) -> Reader:
    readers = [reader(field, form, dialect) for field in of.types]
    cls: Callable[..., Any] = of.cls
    if of.is_bare:
        return lambda value: cls(readers[0](value))
    careful = careful_reader(of, form, dialect)
    fields = list(zip(of.names, of.json_names, of.types, readers, strict=True))
    return straight_reader(of.cls, fields, careful, _within) if fields else careful


def careful_reader(of: Struct, form: Form | None, dialect: Dialect) -> Reader:
    """The meaning of the straight one (`chain.straightjson`), member by member, with what stands for absent ones."""
    cls: Callable[..., Any] = of.cls
    omitted = getattr(cls, "omitted", {})
    specs = [
        (json_name, reader(field, form, dialect), omitted.get(json_name, default_of(field)))
        for json_name, field in zip(of.json_names, of.types, strict=True)
    ]
    return lambda value: cls(*_read_members(_members(value), specs))


@_reader.register
def _(of: Variant, form: Form | None, dialect: Dialect) -> Reader:
    readers = [reader(struct, form, dialect) for struct in of.structs]
    index_by_name = {kind.name: index for index, kind in enumerate(of.kinds)}  # type: ignore[attr-defined]  # declared records have one
    index_by_name |= {name + of.json_suffix: index for name, index in index_by_name.items()}

    def index_of(kind: Any) -> int:
        index = kind if type(kind) is int else index_by_name.get(_text(kind), -1)
        if not 0 <= index < len(readers):
            raise _wrong(f"there is no kind {kind!r}")
        return index

    def read_variant(value: Any) -> Any:
        if type(value) is dict and form is not LEGACY and "type" in value and "value" in value:
            kind, content = value["type"], value["value"]
        elif type(value) is list and form is not HF26:
            if len(value) != 2:
                raise _wrong("expected a kind and its value")
            kind, content = value
        else:
            raise _wrong("expected [kind, value] or an object with type and value")
        index = index_by_name[kind] if type(kind) is str and kind in index_by_name else index_of(kind)
        try:
            return readers[index](content)
        except InvalidInput as error:
            raise _within(of.kinds[index].name, error) from error  # type: ignore[attr-defined]

    return read_variant


def _members(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise _wrong("expected an object")


def _elements(value: Any) -> Sequence[Any]:
    if isinstance(value, list | tuple):
        return value
    raise _wrong("expected an array")


def _read_members(members: dict[str, Any], specs: list[tuple[str, Reader, Any]]) -> list[Any]:
    """By (name, reader, what stands for an absent one). A `try` around all of them costs nothing where all are well."""
    found: list[Any] = []
    name = ""
    try:
        for name, read, default in specs:
            found.append(read(members[name]) if name in members else default)
    except InvalidInput as error:
        raise _within(name, error) from error
    return found


def _within(name: str, error: InvalidInput) -> InvalidField:
    """What is wrong with a member, or inside it."""
    if not isinstance(error, InvalidField):
        return InvalidField(field=name, reason=error)
    inner = error.data["field"]
    return InvalidField(field=name if inner == "value" else f"{name}.{inner}", reason=error.data["reason"])


@singledispatch
def default_of(_of: WireType) -> Any:
    """What hived takes for a member that is absent."""
    return 0


@default_of.register
def _(_of: wire.Boolean) -> bool:
    return False


@default_of.register
def _(_of: wire.Text) -> str:
    return ""


@default_of.register
def _(_of: wire.Bytes) -> bytes:
    return b""


@default_of.register
def _(of: wire.FixedBytes) -> bytes:
    return bytes(of.size_bytes)


@default_of.register
def _(_of: wire.Signature) -> bytes:
    return bytes(65)


@default_of.register(asset_wire.AssetType)
@default_of.register(asset_wire.LegacyHiveAsset)
def _(_of: WireType) -> Asset:
    return Asset(0, HIVE)


@default_of.register
def _(_of: asset_wire.PriceType) -> Price:
    return Price(Asset(0, HIVE), Asset(0, HIVE))


@default_of.register
def _(_of: Maybe) -> None:
    return None


@default_of.register
def _(_of: Vector) -> tuple[Any, ...]:
    return ()


@default_of.register
def _(of: Struct) -> Any:
    return of.cls(*map(default_of, of.types))


@default_of.register
def _(of: Variant) -> Any:
    return default_of(of.structs[0])
