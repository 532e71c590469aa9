"""Keys of rows as bytes that sort as their parts do (docs/storage.md).

    text       UTF-8 and a zero byte
    integer    eight big-endian bytes
    bytes      themselves, all of one width

A text may hold what was not UTF-8 (see `wire.Text`): nothing is stored under such a name, but anybody may ask for it.
"""

from collections.abc import Callable, Sequence
from operator import call
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


def key_encoder(prefix: bytes, types: Sequence[type]) -> Callable[[Any], bytes]:
    """A quicker `encode_key` for keys of one shape, with `prefix` in front. The commonest shapes are written out."""
    common = _COMMON.get(tuple(types))
    if common is not None:
        return common(prefix)
    encoders = [_ENCODERS[of] for of in types]
    return lambda key: prefix + b"".join(map(call, encoders, key))


def _integers(prefix: bytes) -> Callable[[int], bytes]:
    return lambda key: prefix + _pack_integer(key)


def _texts(prefix: bytes) -> Callable[[str], bytes]:
    def encode(key: str) -> bytes:
        try:
            return prefix + key.encode() + b"\x00"
        except UnicodeEncodeError:
            return prefix + _encode_text(key)

    return encode


def _pairs_of_texts(prefix: bytes) -> Callable[[tuple[str, str]], bytes]:
    def encode(key: tuple[str, str]) -> bytes:
        first, second = key
        try:
            return prefix + f"{first}\x00{second}\x00".encode()
        except UnicodeEncodeError:
            return prefix + _encode_text(first) + _encode_text(second)

    return encode


def _integers_with_text(prefix: bytes) -> Callable[[tuple[int, str]], bytes]:
    def encode(key: tuple[int, str]) -> bytes:
        number, text = key
        try:
            return prefix + _pack_integer(number) + text.encode() + b"\x00"
        except UnicodeEncodeError:
            return prefix + _pack_integer(number) + _encode_text(text)

    return encode


def _text_with_integer(prefix: bytes) -> Callable[[tuple[str, int]], bytes]:
    def encode(key: tuple[str, int]) -> bytes:
        text, number = key
        try:
            return prefix + text.encode() + b"\x00" + _pack_integer(number)
        except UnicodeEncodeError:
            return prefix + _encode_text(text) + _pack_integer(number)

    return encode


_COMMON: Final[dict[tuple[type, ...], Callable[[bytes], Callable[[Any], bytes]]]] = {
    (int,): _integers,
    (str,): _texts,
    (str, str): _pairs_of_texts,
    (int, str): _integers_with_text,
    (str, int): _text_with_integer,
}


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
