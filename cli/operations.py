"""Operations as commands, made from the register: every field of an operation becomes an option that says what it takes.

Here for `skald tx build`, which knows all operations; those a person uses daily have a command shaped by hand.
"""

import json
from typing import Any

import click

from chain import asset_wire, wire
from chain.fields import Maybe, SetOf, Struct, Vector, struct_of
from chain.operation import OPERATIONS_BY_NAME, Operation
from chain.operations import OPERATION
from cli.inputs import ParamType

assert OPERATION  # importing the package fills the register


ACCOUNT_NAME_BYTES_MAX = 16
RENAMED = {"json": "json_text"}  # --json is how every command is asked for JSON


class JsonType(ParamType):
    """A value that has no simpler text: an authority, a list, a price."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            self.fail(f"this is not JSON: {error}", param, ctx)


def operation_names() -> list[str]:
    return list(OPERATIONS_BY_NAME)


def operation_named(name: str) -> type[Operation] | None:
    return OPERATIONS_BY_NAME.get(name)


def operation_numbers() -> dict[str, int]:
    """Real and virtual operations by name (protocol.md §10)."""
    from chain.events import EVENTS_BY_NAME

    real = {name: cls.operation_id for name, cls in OPERATIONS_BY_NAME.items()}
    return real | {name: cls.operation_id for name, cls in EVENTS_BY_NAME.items()}


def summary_of(cls: type[Operation]) -> str:
    """The first paragraph of an operation's description."""
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


def field_options(cls: type[Operation]) -> list[click.Option]:
    shape = struct_of(cls)
    return [option_of(name, kind) for name, kind in zip(shape.json_names, shape.types, strict=True)]


def flags_of(cls: type[Operation]) -> dict[str, str]:
    """Field → option, of the accounts, amounts and keys that one rarely means to leave out."""
    shape = struct_of(cls)
    return {
        name: flag_of(name)
        for name, kind in zip(shape.json_names, shape.types, strict=True)
        if isinstance(kind, asset_wire.AssetType | asset_wire.LegacyHiveAsset | wire.PublicKey)
        or (isinstance(kind, wire.Text) and kind.bytes_max == ACCOUNT_NAME_BYTES_MAX)
    }


def flag_of(name: str) -> str:
    return f"--{RENAMED.get(name, name).replace('_', '-')}"


def option_of(name: str, kind: wire.WireType) -> click.Option:
    """The option of a field. One that is not given is left out of the JSON, where it means zero, false or nothing."""
    flag = flag_of(name)
    destination = f"field_{name}"
    if isinstance(kind, Maybe):
        kind = kind.of
    if isinstance(kind, wire.Boolean):
        return click.Option([f"{flag}/--no-{flag[2:]}", destination], default=None)
    if isinstance(kind, wire.Time):
        return click.Option([flag, destination], metavar="YYYY-MM-DDTHH:MM:SS")
    if isinstance(kind, wire.Integer):
        return click.Option([flag, destination], type=click.IntRange(kind.min, kind.max), show_default=False)
    if isinstance(kind, wire.Text):
        return click.Option(
            [flag, destination], metavar="ACCOUNT" if kind.bytes_max == ACCOUNT_NAME_BYTES_MAX else "TEXT"
        )
    if isinstance(kind, wire.PublicKey):
        return click.Option([flag, destination], metavar="PUBLIC_KEY")
    if isinstance(kind, asset_wire.AssetType | asset_wire.LegacyHiveAsset):
        return click.Option([flag, destination], metavar="AMOUNT")
    if isinstance(kind, SetOf) and isinstance(kind.of, wire.Text):
        return click.Option([flag, destination], multiple=True, metavar="ACCOUNT")
    if isinstance(kind, wire.Bytes | wire.FixedBytes):
        return click.Option([flag, destination], metavar="HEX")
    metavar = "JSON-LIST" if isinstance(kind, Vector) else "JSON-OBJECT" if isinstance(kind, Struct) else "JSON"
    return click.Option([flag, destination], type=JsonType(), metavar=metavar)


def fields_of(options: dict[str, Any]) -> dict[str, Any]:
    """Hive's field names and JSON values, of the options that were given."""
    return {
        name.removeprefix("field_"): list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if name.startswith("field_") and value not in (None, ())
    }
