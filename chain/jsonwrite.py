"""Writing declared records as JSON, one small function for each wire type (see `jsonform`)."""

from collections.abc import Callable
from functools import cache, singledispatch
from typing import Any, Final

from chain import asset_wire, wire
from chain.asset import Asset, Dialect, asset_text
from chain.fields import Maybe, Pair, Struct, Variant, Vector
from chain.keys import public_key_text, signature_text
from chain.types import printable, time_text, version_text
from chain.wire import HF26, Form, WireType

NUMBER_MAX: Final = (1 << 53) - 1
"""Numbers beyond, which JavaScript could not hold, are written as text: `180000014817599132` in the parity chain "edge"."""

Writer = Callable[[Any], Any]


@cache  # types are declared, not made
def writer(of: WireType, form: Form, dialect: Dialect) -> Writer | None:
    """The function that writes a type; None where the value is its own JSON."""
    return _writer(of, form, dialect)


@singledispatch
def _writer(of: WireType, form: Form, dialect: Dialect) -> Writer | None:
    raise AssertionError((of, form, dialect))


@_writer.register
def _(of: wire.Integer, _form: Form, _dialect: Dialect) -> Writer | None:
    return number_json if of.max > NUMBER_MAX else None


def number_json(value: int) -> int | str:
    """A whole number as hived writes it."""
    return value if -NUMBER_MAX <= value <= NUMBER_MAX else str(value)


@_writer.register
def _(_of: wire.Time, _form: Form, _dialect: Dialect) -> Writer:
    return time_text


@_writer.register
def _(_of: wire.Version, _form: Form, _dialect: Dialect) -> Writer:
    return version_text


@_writer.register
def _(_of: wire.Boolean, _form: Form, _dialect: Dialect) -> None:
    return None


@_writer.register
def _(_of: wire.Text, _form: Form, _dialect: Dialect) -> Writer:
    return printable


@_writer.register(wire.Bytes)
@_writer.register(wire.FixedBytes)
def _(_of: WireType, _form: Form, _dialect: Dialect) -> Writer:
    return bytes.hex


@_writer.register
def _(_of: wire.PublicKey, _form: Form, dialect: Dialect) -> Writer:
    prefix = dialect.address_prefix
    return lambda key: public_key_text(key, prefix)


@_writer.register
def _(_of: wire.Signature, _form: Form, _dialect: Dialect) -> Writer:
    return signature_text


@_writer.register(asset_wire.AssetType)
@_writer.register(asset_wire.LegacyHiveAsset)
def _(_of: WireType, form: Form, dialect: Dialect) -> Writer:
    return Asset.nai if form is HF26 else lambda asset: asset_text(asset, dialect)


@_writer.register
def _(_of: asset_wire.PriceType, form: Form, dialect: Dialect) -> Writer:
    write = _asset_writer(form, dialect)
    return lambda price: {"base": write(price.base), "quote": write(price.quote)}


def _asset_writer(form: Form, dialect: Dialect) -> Writer:
    write = writer(asset_wire.ASSET, form, dialect)
    assert write is not None
    return write


@_writer.register
def _(of: Maybe, form: Form, dialect: Dialect) -> Writer | None:
    return writer(of.of, form, dialect)


@_writer.register
def _(of: Vector, form: Form, dialect: Dialect) -> Writer:
    write = writer(of.of, form, dialect)
    return list if write is None else lambda values: [write(value) for value in values]


@_writer.register
def _(of: Pair, form: Form, dialect: Dialect) -> Writer:
    write_key, write_content = writer(of.key, form, dialect), writer(of.value, form, dialect)
    return lambda pair: [
        write_key(pair[0]) if write_key else pair[0],
        write_content(pair[1]) if write_content else pair[1],
    ]


@_writer.register
def _(of: Struct, form: Form, dialect: Dialect) -> Writer:
    names = tuple(zip(of.names, of.json_names, strict=True))
    writers = [
        (name, write)
        for name, field in zip(of.json_names, of.types, strict=True)
        if (write := writer(field, form, dialect))
    ]
    optional = tuple(name for name, field in zip(of.json_names, of.types, strict=True) if isinstance(field, Maybe))

    def write_struct(record: Any) -> dict[str, Any]:
        out = {json_name: getattr(record, name) for name, json_name in names}
        for name in optional:
            if out[name] is None:
                del out[name]
        for name, write in writers:
            if name in out:
                out[name] = write(out[name])
        return out

    if of.is_bare:
        (only,) = of.json_names
        return lambda record: write_struct(record)[only]
    return write_struct


@_writer.register
def _(of: Variant, form: Form, dialect: Dialect) -> Writer:
    writers = {kind: writer(struct, form, dialect) for kind, struct in zip(of.kinds, of.structs, strict=True)}

    def write_variant(value: Any) -> Any:
        write = writers[type(value)]
        assert write is not None
        content = write(value)
        if form is HF26:
            return {"type": value.name + of.json_suffix, "value": content}
        return [value.name if of.has_legacy_names else of.index_by_kind[type(value)], content]

    return write_variant
