"""Base58, the alphabet in which Graphene chains write keys and encrypted memos (protocol.md §3.4), and RIPEMD-160 beside it.

Every zero byte at the front is one `1`; the rest is one big number in base 58. Every caller names the most bytes it wants.
"""

import hashlib
from functools import cache

from chain.errors import InvalidInput
from chain.ripemd160 import ripemd160_in_python

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_FOREIGN = 0xFF
_DIGITS = bytes(_ALPHABET.find(chr(code)) & _FOREIGN for code in range(256))
_CHUNK = 58**10  # ten letters at a time keep the inner arithmetic within machine words


class InvalidBase58(InvalidInput):
    code = "invalid_base58"
    text = "Not base58: {reason}"


def base58_encode(data: bytes) -> str:
    """`data` as base58 text; about 3 µs for a public key."""
    number = int.from_bytes(data, "big")
    parts: list[str] = []
    while number:
        number, chunk = divmod(number, _CHUNK)
        letters = ""
        for _ in range(5):
            chunk, pair = divmod(chunk, 3364)
            letters = _PAIRS[pair] + letters
        parts.append(letters)
    parts.reverse()
    zero_count = len(data) - len(data.lstrip(b"\0"))
    return "1" * zero_count + "".join(parts).lstrip("1")


def base58_decode(text: str, size_bytes_max: int) -> bytes:
    """The bytes of base58 `text`; raises InvalidBase58 on a foreign letter or on more than `size_bytes_max` bytes."""
    if len(text) * 100 > size_bytes_max * 138 + 200:  # 1.3658 letters a byte
        raise InvalidBase58(reason=f"longer than {size_bytes_max} bytes")
    digits = text.encode("latin-1", "replace").translate(_DIGITS)  # what is replaced is foreign, as `?` is
    if _FOREIGN in digits:
        raise InvalidBase58(reason=f"letter {text[digits.index(_FOREIGN)]!r}")
    number = int.from_bytes(digits, "big")
    for width, even_places, base in _folds((len(digits) - 1).bit_length()):
        low = number & even_places
        number = low + (number - low >> width) * base
    zero_count = len(text) - len(text.lstrip("1"))
    data = b"\0" * zero_count + number.to_bytes((number.bit_length() + 7) >> 3, "big")
    if len(data) > size_bytes_max:
        raise InvalidBase58(reason=f"longer than {size_bytes_max} bytes")
    return data


@cache  # there are about a dozen
def _folds(count: int) -> list[tuple[int, int, int]]:
    """How a number of up to 2 ** count digits, a byte each, is read: neighbours are put together, all pairs at once, `count` times.

    Each step is the width of a digit in bits, a mask of every other one, and the base.
    """
    places = 8 << count
    steps = [(8 << step, 58 ** (1 << step)) for step in range(count)]
    return [(width, (2**places - 1) // (2**width + 1), base) for width, base in steps]


def _ripemd160_of_openssl(data: bytes) -> bytes:
    return hashlib.new("ripemd160", data, usedforsecurity=False).digest()


def _has_ripemd160() -> bool:
    """OpenSSL 3 builds may leave RIPEMD-160 to a legacy provider that is not loaded."""
    try:
        hashlib.new("ripemd160", usedforsecurity=False)
    except ValueError:
        return False
    return True


ripemd160 = _ripemd160_of_openssl if _has_ripemd160() else ripemd160_in_python
"""The 20-byte RIPEMD-160 of `data`: checksums of keys, and merkle roots."""
