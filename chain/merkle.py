"""The root over a block's transactions (protocol.md §3.2)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from chain.base58 import ripemd160

EMPTY_ROOT: Final = bytes(20)


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """SHA-256 over pairs, an odd last one goes up unchanged, and RIPEMD-160 over the top; 20 zero bytes for no leaves."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        pairs = [sha256(level[index] + level[index + 1]).digest() for index in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return ripemd160(level[0])
