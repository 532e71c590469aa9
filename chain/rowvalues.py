"""The values of a row: read from its fields, put back into them, packed as a msgpack array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgpack

WIDE_INTEGER_BYTES = 16
SMALL_INTEGER_MAX = 256  # of CPython

PACK = msgpack.Packer(use_bin_type=True).pack


# Which fields a row has is known when its table is declared, so the three functions below are written out for them then, as dataclasses
# are: `(row.name, row.id, …)` takes a fourth of the time of attrgetter. Nothing but names of fields enters the source. And they are
# kept, for every heavy read declares all tables anew.


@cache
def values_getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """The values of these fields as a tuple, also of a single one."""
    getter: Callable[[Any], tuple[Any, ...]] = eval(f"lambda row: ({_listed(names)})")  # noqa: S307
    return getter


def whole_getter(row_type: Any, names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """The values of all fields of a row. The native build has written that out already (docs/adr/0016)."""
    getter: Callable[[Any], tuple[Any, ...]] = getattr(row_type, "values", None) or values_getter(names)
    return getter


@cache
def values_packer(names: tuple[str, ...]) -> Callable[[Any], bytes]:
    """The same as a msgpack array, where msgpack takes them as they are."""
    packer: Callable[[Any], bytes] = eval(f"lambda row: pack(({_listed(names)}))", {"pack": PACK})  # noqa: S307
    return packer


@cache
def values_setter(names: tuple[str, ...]) -> Callable[[Any, tuple[Any, ...]], None]:
    """Puts as many values back into these fields."""
    made: dict[str, Any] = {}
    exec(f"def setter(row, values):\n    ({_listed(names)}) = values", made)  # noqa: S102
    setter: Callable[[Any, tuple[Any, ...]], None] = made["setter"]
    return setter


def _listed(names: tuple[str, ...]) -> str:
    return "".join(f"row.{name}, " for name in names)


def converted(values: tuple[Any, ...], converters: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    """The values with those at some positions turned into something else."""
    mutable = list(values)
    for position, convert in converters:
        mutable[position] = convert(mutable[position])
    return tuple(mutable)


def wide_bytes(value: int) -> bytes | int:
    """An integer of up to 128 bits in the form that msgpack can hold."""
    return value.to_bytes(WIDE_INTEGER_BYTES, "big") if value.bit_length() > 64 else value


def wide_integer(stored: bytes | int) -> int:
    return int.from_bytes(stored, "big") if isinstance(stored, bytes) else stored


def is_object(usual: object) -> bool:
    """Whether each value read that equals this default would be an object of its own: Python has small integers and () once."""
    return (type(usual) is tuple and usual != ()) or (type(usual) is int and usual > SMALL_INTEGER_MAX)


def shared(usual: Any) -> Callable[[Any], Any]:
    """Most rows hold the default: let them hold one object."""
    return lambda value: usual if value == usual else value
