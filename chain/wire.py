"""Hive's binary form, derived from the declared types of fields (protocol.md §3.3).

Here are the rules and the plain types; `asset_wire` adds amounts and `fields` joins all to records. Decoders are functions
`(data, pos) -> (value, pos)` and encoders `value -> bytes`, made once per dialect and packing and kept. A decoder may run off the
end with IndexError or struct.error: `decode_whole` and `reading` turn those into UnexpectedEnd.

Two packings exist and differ in asset symbols only: LEGACY writes eight bytes of text, HF26 four bytes of number. Decoders know
from the bytes which one they read. Texts that are not UTF-8 keep their bytes as lone surrogates, so that everything re-encodes.

Hive's limit on nesting (20) cannot be reached: no declared type holds itself.
"""

import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar, Final, Self

from chain.asset import Dialect
from chain.errors import InvalidInput

ARRAY_BYTES_MAX: Final = 16_777_216
"""Exclusive limit on a text's bytes, and on an array's count times the size of an element in hived's memory."""

Decoder = Callable[[bytes, int], tuple[Any, int]]
Encoder = Callable[[Any], bytes]


class UnexpectedEnd(InvalidInput):
    code = "unexpected_end"
    text = "The data ends too early"


class TrailingBytes(InvalidInput):
    code = "trailing_bytes"
    text = "{count} bytes are left over after the end"


class InvalidFlag(InvalidInput):
    code = "invalid_flag"
    text = "A flag must be 0 or 1, not {value}"


class TooManyElements(InvalidInput):
    code = "too_many_elements"
    text = "{count} elements are more than a decoder takes"


class TextTooLong(InvalidInput):
    code = "text_too_long"
    text = "{size} bytes do not fit in {max}"


class UnknownAlternative(InvalidInput):
    code = "unknown_alternative"
    text = "There is no alternative {index} of {of}"


class NotEncodable(InvalidInput):
    code = "not_encodable"
    text = "A value does not fit its binary form: {reason}"


class Form(Enum):
    """The two ways, each with its binary packing and its JSON form."""

    LEGACY = "legacy"
    HF26 = "hf26"

    __hash__ = (
        object.__hash__
    )  # there is one of each; an Enum's own hash is a call in Python, and forms stand in many keys


LEGACY: Final = Form.LEGACY
HF26: Final = Form.HF26


class Packing:
    """How a transaction's assets are written: a network's dialect and a form. Equal packings are one object."""

    __slots__ = ("dialect", "form")
    _known: ClassVar[dict[tuple[Dialect, Form], Self]] = {}

    dialect: Dialect
    form: Form

    def __new__(cls, dialect: Dialect, form: Form) -> Self:
        found = cls._known.get((dialect, form))
        if found is None:
            found = cls._known[dialect, form] = super().__new__(cls)
            found.dialect = dialect
            found.form = form
        return found

    def __repr__(self) -> str:
        return f"Packing({self.dialect.hive_text}, {self.form.value})"


class _Reading:
    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object, /) -> None:
        if isinstance(error, IndexError | struct.error):
            raise UnexpectedEnd from error


_READING: Final = _Reading()


def reading() -> _Reading:
    """In the body of a `with`, whatever a decoder stumbles over at the end of its data leaves as UnexpectedEnd."""
    return _READING


def decode_whole(decoder: Decoder, data: bytes) -> Any:
    """The value that fills all of `data`; raises InvalidInput."""
    with reading():
        value, pos = decoder(data, 0)
    if pos != len(data):
        raise TrailingBytes(count=len(data) - pos)
    return value


def encode_whole(encoder: Encoder, value: Any) -> bytes:
    """The bytes of a value that may have been made by hand; raises NotEncodable where it is out of range."""
    try:
        return encoder(value)
    except (struct.error, UnicodeEncodeError, OverflowError) as error:
        raise NotEncodable(reason=error) from error


# --- varints ---------------------------------------------------------------------------------------------------------
ONE_BYTE_MAX: Final = 127
_ONE_BYTE: Final = tuple(bytes([value]) for value in range(ONE_BYTE_MAX + 1))


def decode_varint(data: bytes, pos: int) -> tuple[int, int]:
    """LEB128 of at most five bytes; of the fifth only what fits 32 bits counts."""
    byte = data[pos]
    if byte < 128:
        return byte, pos + 1
    value = byte & 0x7F
    for shift in (7, 14, 21, 28):
        pos += 1
        byte = data[pos]
        value |= (byte & 0x7F) << shift
        if byte < 128:
            break
    return value & 0xFFFFFFFF, pos + 1


def encode_varint(value: int) -> bytes:
    if value < 128:
        return _ONE_BYTE[value]
    out = bytearray()
    while value > 127:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode_count(data: bytes, pos: int, memory_bytes: int) -> tuple[int, int]:
    """The length of an array whose elements take `memory_bytes` each in hived's memory."""
    count = data[pos]
    if count < 128:
        return count, pos + 1
    count, pos = decode_varint(data, pos)
    if count * memory_bytes >= ARRAY_BYTES_MAX:
        raise TooManyElements(count=count)
    return count, pos


class WireType(ABC):
    """The type of a field. `memory_bytes` is about what one value takes in hived's memory, the unit of its limit on arrays."""

    memory_bytes = 8

    def __init__(self) -> None:
        self._decoders: dict[Dialect, Decoder] = {}
        self._encoders: dict[Packing, Encoder] = {}

    def decoder(self, dialect: Dialect) -> Decoder:
        """`(data, pos) -> (value, pos)` for either packing of a dialect."""
        found = self._decoders.get(dialect)
        if found is None:
            found = self._decoders[dialect] = self._make_decoder(dialect)
        return found

    def encoder(self, packing: Packing) -> Encoder:
        """`value -> bytes`."""
        found = self._encoders.get(packing)
        if found is None:
            found = self._encoders[packing] = self._make_encoder(packing)
        return found

    def decode(self, data: bytes, pos: int, packing: Packing) -> tuple[Any, int]:
        """One value from `pos` on and the position after it; raises InvalidInput."""
        with reading():
            return self.decoder(packing.dialect)(data, pos)

    def encode(self, value: Any, packing: Packing) -> bytes:
        """Raises NotEncodable when the value is out of range."""
        return encode_whole(self.encoder(packing), value)

    def sort_key(self, value: Any) -> Any:
        """Orders the elements of a set, and tells equal ones."""
        return value

    @abstractmethod
    def _make_decoder(self, dialect: Dialect, /) -> Decoder: ...

    @abstractmethod
    def _make_encoder(self, packing: Packing, /) -> Encoder: ...


class Plain(WireType):
    """A type that has one form in every dialect and packing, given by its two functions."""

    def __init__(self, decode: Decoder, encode: Encoder, memory_bytes: int) -> None:
        super().__init__()
        self._decode = decode
        self._encode = encode
        self.memory_bytes = memory_bytes

    def _make_decoder(self, _: Dialect, /) -> Decoder:
        return self._decode

    def _make_encoder(self, _: Packing, /) -> Encoder:
        return self._encode


class Integer(Plain):
    """Little-endian of fixed width."""

    def __init__(self, bits: int, *, is_signed: bool = False) -> None:
        self.bits = bits
        self.min = -(1 << bits - 1) if is_signed else 0
        self.max = (1 << bits - 1) - 1 if is_signed else (1 << bits) - 1
        size = bits >> 3
        letter = {8: "b", 16: "h", 32: "i", 64: "q"}[bits]
        self.letter = letter if is_signed else letter.upper()  # in the language of `struct`
        layout = struct.Struct("<" + self.letter)
        unpack_from = layout.unpack_from

        def decode_integer(data: bytes, pos: int) -> tuple[int, int]:
            return unpack_from(data, pos)[0], pos + size

        super().__init__(decode_integer, layout.pack, size)


class Time(Integer):
    """Seconds since the epoch, u32."""

    def __init__(self) -> None:
        super().__init__(32)


class Version(Integer):
    """A packed version, u32. A hardfork version has no revision: reading its text leaves it out."""

    def __init__(self, *, is_hardfork: bool = False) -> None:
        super().__init__(32)
        self.is_hardfork = is_hardfork


class Boolean(Plain):
    def __init__(self) -> None:
        super().__init__(_decode_flag, _encode_flag, 1)


def _decode_flag(data: bytes, pos: int) -> tuple[bool, int]:
    byte = data[pos]
    if byte > 1:
        raise InvalidFlag(value=byte)
    return byte == 1, pos + 1


def _encode_flag(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"


class Text(Plain):
    """A length and UTF-8, which is not checked here: operations say in `validate` where it must be UTF-8.

    With `bytes_max` the text has a fixed room in hived (account names 16, ids of custom operations 32).
    """

    def __init__(self, bytes_max: int = ARRAY_BYTES_MAX - 1) -> None:
        def decode_text(data: bytes, pos: int) -> tuple[str, int]:
            size = data[pos]
            if size < 128:
                pos += 1
            else:
                size, pos = decode_varint(data, pos)
            if size > bytes_max:
                raise TextTooLong(size=size, max=bytes_max)
            end = pos + size
            raw = data[pos:end]
            if len(raw) != size:
                raise UnexpectedEnd
            try:
                return raw.decode(), end
            except UnicodeDecodeError:
                return raw.decode("utf-8", "surrogateescape"), end

        def encode_text(value: str) -> bytes:
            raw = value.encode("utf-8", "surrogateescape")
            size = len(raw)
            if size > bytes_max:
                raise TextTooLong(size=size, max=bytes_max)
            return (_ONE_BYTE[size] if size < 128 else encode_varint(size)) + raw

        super().__init__(decode_text, encode_text, 32)
        self.bytes_max = bytes_max

    def sort_key(self, value: str) -> bytes:
        return value.encode("utf-8", "surrogateescape")


class Bytes(Plain):
    """A length and bytes."""

    def __init__(self) -> None:
        super().__init__(_decode_bytes, _encode_bytes, 24)


def _decode_bytes(data: bytes, pos: int) -> tuple[bytes, int]:
    size, pos = decode_count(data, pos, 1)
    end = pos + size
    raw = data[pos:end]
    if len(raw) != size:
        raise UnexpectedEnd
    return raw, end


def _encode_bytes(value: bytes) -> bytes:
    return encode_varint(len(value)) + value


class FixedBytes(Plain):
    """So many bytes, without a length: digests, ids."""

    def __init__(self, size_bytes: int) -> None:
        def decode_fixed(data: bytes, pos: int) -> tuple[bytes, int]:
            end = pos + size_bytes
            raw = data[pos:end]
            if len(raw) != size_bytes:
                raise UnexpectedEnd
            return raw, end

        def encode_fixed(value: bytes) -> bytes:
            if len(value) != size_bytes:
                raise NotEncodable(reason=f"{len(value)} bytes instead of {size_bytes}")
            return value

        super().__init__(decode_fixed, encode_fixed, size_bytes)
        self.size_bytes = size_bytes


class PublicKey(FixedBytes):
    """33 bytes: a compressed secp256k1 point, or ED and an ed25519 key, or all zero for none."""

    def __init__(self) -> None:
        super().__init__(33)


class Signature(Plain):
    """65 bytes of a recoverable secp256k1 signature, or ED, 32 bytes of key and 64 of ed25519 signature: the first byte tells."""

    def __init__(self) -> None:
        super().__init__(_decode_signature, _encode_signature, 65)


def _decode_signature(data: bytes, pos: int) -> tuple[bytes, int]:
    end = pos + (97 if data[pos] == 0xED else 65)
    if end > len(data):
        raise UnexpectedEnd
    return data[pos:end], end


def _encode_signature(value: bytes) -> bytes:
    if len(value) != (97 if value[:1] == b"\xed" else 65):
        raise NotEncodable(reason=f"a signature of {len(value)} bytes")
    return value
