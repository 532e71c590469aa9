"""Decoders of records as straight code, written from their declarations (protocol.md §3.3).

A record is read field by field. Put together from the decoders of its fields, that is one call and one pair for each; written out, as
a person would for one operation by hand, it is one function. That of a vote reads

    def decode(data, pos):
        start = pos
        try:
            size = data[pos]
            if size > 16:
                return careful(data, start)
            its_voter = data[pos + 1 : pos + 1 + size].decode()
            pos += 1 + size
            …
            (its_weight,) = integers_3(data, pos)
            pos += 2
        except UnicodeDecodeError:
            return careful(data, start)
        if pos > len(data):
            return careful(data, start)
        return cls(its_voter, its_author, its_permlink, its_weight), pos

It knows what is usual. Whatever else it meets it leaves to `careful`, which begins anew, so what is accepted, and what an error says, is
written down once, in the types. Fields of other types than the plainest are read by their own decoders.
"""

import struct
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from chain import wire
from chain.asset import Dialect
from chain.wire import Decoder, WireType

_HEAD: Final = """\
def decode(data, pos):
    start = pos
    try:
"""
_TEXT: Final = """\
        size = data[pos]
        if size > {size_max}:
            return careful(data, start)
        {name} = data[pos + 1 : pos + 1 + size].decode()
        pos += 1 + size
"""
_FLAG: Final = """\
        {name} = data[pos]
        if {name} > 1:
            return careful(data, start)
        {name} = {name} == 1
        pos += 1
"""
_FIXED: Final = """\
        {name} = data[pos : pos + {size}]
        pos += {size}
"""
_INTEGERS: Final = """\
        ({names},) = {unpack}(data, pos)
        pos += {size}
"""
_OTHER: Final = """\
        {name}, pos = {decode}(data, pos)
"""
_TAIL: Final = """\
    except UnicodeDecodeError:
        return careful(data, start)
    if pos > len(data):
        return careful(data, start)
    return cls({names}), pos
"""


def straight_decoder(
    cls: type, names: Sequence[str], types: Sequence[WireType], dialect: Dialect, careful: Decoder
) -> Decoder:
    """What `careful` does, for a record of these fields, faster."""
    scope: dict[str, Any] = {"cls": cls, "careful": careful}
    code = [_HEAD]
    variables = [f"its_{name}" for name in names]  # a field may be called `data`
    fields = list(zip(variables, types, strict=True))
    for is_integers, group in groupby(fields, lambda field: isinstance(field[1], wire.Integer)):
        members = list(group)
        code += [_integers(members, scope)] if is_integers else [_field(*field, dialect, scope) for field in members]
    code.append(_TAIL.format(names=", ".join(variables)))
    exec("".join(code), scope)  # noqa: S102  # of names and sizes that stand in our own declarations
    made: Decoder = scope["decode"]
    return made


def _integers(fields: list[tuple[str, Any]], scope: dict[str, Any]) -> str:
    """Several that follow each other are read at once."""
    layout = struct.Struct("<" + "".join(of.letter for _, of in fields))
    unpack = f"integers_{len(scope)}"
    scope[unpack] = layout.unpack_from
    return _INTEGERS.format(names=", ".join(name for name, _ in fields), unpack=unpack, size=layout.size)


def _field(name: str, of: WireType, dialect: Dialect, scope: dict[str, Any]) -> str:
    match of:
        case wire.Text():
            return _TEXT.format(name=name, size_max=min(of.bytes_max, wire.ONE_BYTE_MAX))
        case wire.Boolean():
            return _FLAG.format(name=name)
        case wire.FixedBytes():
            return _FIXED.format(name=name, size=of.size_bytes)
    decode = f"decode_{len(scope)}"
    scope[decode] = of.decoder(dialect)
    return _OTHER.format(name=name, decode=decode)
