"""Base58, the alphabet in which Graphene chains write keys and encrypted memos (protocol.md §3.4), and RIPEMD-160 beside it.

Every zero byte at the front is one `1`; the rest is one big number in base 58. Reading is quadratic in the length, so every
caller names the most bytes it wants.
"""

import hashlib

from chain.errors import InvalidInput
from chain.ripemd160 import ripemd160_in_python

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_DIGITS = {letter: digit for digit, letter in enumerate(_ALPHABET)}
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
    number = 0
    try:
        for letter in text:
            number = number * 58 + _DIGITS[letter]
    except KeyError:
        raise InvalidBase58(reason=f"letter {letter!r}") from None
    zero_count = len(text) - len(text.lstrip("1"))
    data = b"\0" * zero_count + number.to_bytes((number.bit_length() + 7) >> 3, "big")
    if len(data) > size_bytes_max:
        raise InvalidBase58(reason=f"longer than {size_bytes_max} bytes")
    return data


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
