"""Reading what witnesses sign: msgpack arrays in their only allowed form, each part of its right kind.

Whoever reads names the error to raise, one that takes a `reason`.
"""

from __future__ import annotations

from typing import Any, Final

import msgpack

from chain.errors import InvalidInput
from chain.keys import ED25519_SIGNATURE_BYTES, SECP256K1_SIGNATURE_BYTES

VOTERS_MAX: Final = 64  # far beyond any schedule; the bound of a decoder that does not know the round yet

PACK: Final = msgpack.Packer(use_bin_type=True, autoreset=True).pack


def unpack_array(data: bytes) -> list[Any] | None:
    """The msgpack array in `data`, or None where it is none, or not in its only allowed form."""
    try:
        found = msgpack.unpackb(data, strict_map_key=True, max_map_len=0, max_ext_len=0)
        if isinstance(found, list) and PACK(found) == data:
            return found
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException):
        pass
    return None


def unpack_fields(data: bytes, count: int, bytes_max: int, error: type[InvalidInput]) -> list[Any]:
    """The members of the one array that fills `data`."""
    if len(data) > bytes_max:
        raise error(reason=f"{len(data)} bytes, {bytes_max} are allowed")
    fields = unpack_array(data)
    if fields is None or len(fields) != count:
        raise error(reason=f"not an array of {count} members in the shortest form")
    return fields


def check_signature(signature: Any, error: type[InvalidInput]) -> None:
    if not isinstance(signature, bytes) or len(signature) not in {SECP256K1_SIGNATURE_BYTES, ED25519_SIGNATURE_BYTES}:
        raise error(reason="a signature has 65 or 97 bytes")


def read_signatures(pairs: Any, error: type[InvalidInput]) -> tuple[tuple[int, bytes], ...]:
    """The signatures of a certificate: (place in the round's voters, signature), in order of places."""
    if not isinstance(pairs, list) or not 1 <= len(pairs) <= VOTERS_MAX:
        raise error(reason="it has no list of signatures, or too long a one")
    last = -1
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int:
            raise error(reason="a signature is not [place, signature]")
        if not last < pair[0] < VOTERS_MAX:
            raise error(reason="its signatures are not in the order of places, each once")
        last = pair[0]
        check_signature(pair[1], error)
    return tuple((seat, signature) for seat, signature in pairs)
