"""Keys of rows as bytes that sort as their parts do (docs/storage.md).

    text       UTF-8 and a zero byte
    integer    eight big-endian bytes
    bytes      themselves, all of one width

A text may hold what was not UTF-8 (see `wire.Text`): nothing is stored under such a name, but anybody may ask for it.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
from struct import Struct
from typing import Any, Final

_pack_integer: Final = Struct(">Q").pack


def _encode_text(text: str) -> bytes:
    try:
        return text.encode() + b"\x00"
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape") + b"\x00"


def _encode_bytes(data: bytes) -> bytes:
    return data


_ENCODERS: Final[dict[type, Callable[[Any], bytes]]] = {str: _encode_text, int: _pack_integer, bytes: _encode_bytes}


def encode_key(key: object) -> bytes:
    """A key of any shape, or the first parts of one."""
    if isinstance(key, tuple):
        return b"".join(map(encode_key, key))
    encode = _ENCODERS.get(type(key))
    if encode is None:
        raise TypeError(f"no key can hold {key!r}")
    return encode(key)


# Which parts a key has is known when its table is declared, so its encoder is written out then, as a person would for each shape by hand.
# That of (str, int, int) is below; nothing but types and the prefix, which is ASCII, enters the source.

_ENCODER: Final = """\
def encode(key):
    {names} = key
    try:
        return {parts}
    except UnicodeEncodeError:
        return prefix + encode_key(key)
"""  # p0, p1, p2 = key … f"ms{p0}\0".encode() + pack_1(p1, p2)


@cache
def key_encoder(prefix: bytes, types: tuple[type, ...]) -> Callable[[Any], bytes]:
    """A quicker `encode_key` for keys of one shape, with `prefix` in front."""
    scope: dict[str, Any] = {"encode_key": encode_key, "prefix": prefix}
    names = [f"p{number}" for number in range(len(types))]
    parts: list[str] = []
    for of, group in groupby(zip(names, types, strict=True), itemgetter(1)):
        members = [name for name, _ in group]
        before = b"" if parts else prefix  # goes into the first part, which saves putting two together
        if of is str:
            text = [f"\\x{byte:02x}" for byte in before] + [f"{{{name}}}\\0" for name in members]
            parts.append(f"f'{''.join(text)}'.encode()")
        elif of is int:
            pack = f"pack_{len(parts)}"
            scope[pack] = partial(Struct(f">{len(before)}s{len(members)}Q").pack, before)  # also where that is empty
            parts.append(f"{pack}({', '.join(members)})")
        else:
            parts += ["prefix", *members] if before else members
    exec(_ENCODER.format(names=", ".join(names), parts=" + ".join(parts)), scope)  # noqa: S102  # of what stands above
    made: Callable[[Any], bytes] = scope["encode"]
    return made


def key_decoder(prefix_bytes: int, types: Sequence[type]) -> Callable[[bytes], Any] | None:
    """The way back, as far as the bytes tell: None where a part without a length stands before another."""
    if bytes in types[:-1]:
        return None

    def decode(data: bytes) -> Any:
        parts: list[Any] = []
        pos = prefix_bytes
        for of in types:
            if of is str:
                end = data.index(b"\x00", pos)
                parts.append(data[pos:end].decode())
                pos = end + 1
            elif of is int:
                parts.append(int.from_bytes(data[pos : pos + 8], "big"))
                pos += 8
            else:
                parts.append(data[pos:])
        return tuple(parts) if len(parts) > 1 else parts[0]

    return decode


def after(prefix: bytes) -> bytes:
    """The first key behind all that start with prefix."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1])
