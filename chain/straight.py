"""Decoders and encoders of records as straight code, written from their declarations (protocol.md §3.3).

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

and that which writes one

    def encode(value):
        try:
            its_voter = value.voter.encode()
            …
            return b"".join((sizes_16[len(its_voter)], its_voter, …, integers_3(value.weight)))
        except (UnicodeEncodeError, KeyError):  # there are no sizes larger than may be
            return careful(value)

They know what is usual. Whatever else they meet they leave to `careful`, which begins anew, so what is accepted, and what an error says, is
written down once, in the types. Fields of other types than the plainest are read and written by their own functions.
"""

import struct
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from chain import wire
from chain.asset import Dialect
from chain.wire import Decoder, Encoder, Packing, WireType, encode_varint

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
_LONG_TEXT: Final = """\
        size = data[pos]
        pos += 1
        if size > 127:
            size, pos = decode_varint(data, pos - 1)
            if size > {size_max}:
                return careful(data, start)
        {name} = data[pos : pos + size].decode()
        pos += size
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
_WRITER: Final = """\
def encode(value):
    try:
{code}        return b"".join(({parts},))
    except (UnicodeEncodeError, KeyError):
        return careful(value)
"""
_WRITTEN_TEXT: Final = """\
        its_{name} = value.{name}.encode()
"""


class _Sizes(dict[int, bytes]):
    """Sizes of texts as bytes, up to the largest that may be; the usual ones are kept."""

    def __init__(self, size_max: int) -> None:
        super().__init__({size: encode_varint(size) for size in range(min(size_max, wire.ONE_BYTE_MAX) + 1)})
        self.size_max = size_max

    def __missing__(self, size: int) -> bytes:
        if size > self.size_max:
            raise KeyError(size)
        return encode_varint(size)


def straight_decoder(
    cls: type, names: Sequence[str], types: Sequence[WireType], dialect: Dialect, careful: Decoder
) -> Decoder:
    """What `careful` does, for a record of these fields, faster."""
    scope: dict[str, Any] = {"cls": cls, "careful": careful, "decode_varint": wire.decode_varint}
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


def straight_encoder(names: Sequence[str], types: Sequence[WireType], packing: Packing, careful: Encoder) -> Encoder:
    """What `careful` does, for a record of these fields, faster."""
    scope: dict[str, Any] = {"careful": careful}
    code, parts = [], []
    for is_integers, group in groupby(zip(names, types, strict=True), lambda field: isinstance(field[1], wire.Integer)):
        members = list(group)
        if is_integers:
            pack = f"integers_{len(scope)}"
            scope[pack] = struct.Struct("<" + "".join(of.letter for _, of in members)).pack  # type: ignore[attr-defined]
            parts.append(f"{pack}({', '.join(f'value.{name}' for name, _ in members)})")
            continue
        for name, of in members:
            if isinstance(of, wire.Text):
                scope[f"sizes_{of.bytes_max}"] = _Sizes(of.bytes_max)
                code.append(_WRITTEN_TEXT.format(name=name))
                parts.append(f"sizes_{of.bytes_max}[len(its_{name})], its_{name}")
            else:
                encode = f"encode_{len(scope)}"
                scope[encode] = of.encoder(packing)
                parts.append(f"{encode}(value.{name})")
    exec(_WRITER.format(code="".join(code), parts=", ".join(parts)), scope)  # noqa: S102  # as above
    made: Encoder = scope["encode"]
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
            if of.bytes_max > wire.ONE_BYTE_MAX:
                return _LONG_TEXT.format(name=name, size_max=of.bytes_max)
            return _TEXT.format(name=name, size_max=of.bytes_max)
        case wire.Boolean():
            return _FLAG.format(name=name)
        case wire.FixedBytes():
            return _FIXED.format(name=name, size=of.size_bytes)
    decode = f"decode_{len(scope)}"
    scope[decode] = of.decoder(dialect)
    return _OTHER.format(name=name, decode=decode)
