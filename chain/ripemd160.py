"""RIPEMD-160 in Python, for builds of OpenSSL that no longer carry it (Dobbertin, Bosselaers, Preneel 1996).

Some 60 times slower than OpenSSL's; Hive asks it only for checksums of keys and once per merkle root.
"""

import struct

_MASK = 0xFFFFFFFF
_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)

# One row per round of 16 steps: the order in which the words of the block enter …
_RHO = (7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8)


def _word_order(first: tuple[int, ...]) -> tuple[int, ...]:
    """Five rounds: each is the one before seen through ρ."""
    rounds = [first]
    for _ in range(4):
        rounds.append(tuple(_RHO[word] for word in rounds[-1]))
    return tuple(word for round_ in rounds for word in round_)


_LEFT_WORDS = _word_order(tuple(range(16)))
_RIGHT_WORDS = _word_order(tuple((9 * i + 5) % 16 for i in range(16)))

# … and how far each step rotates: a property of the word and the round, the same on both lines.
_SHIFTS = (
    (11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8),
    (12, 13, 11, 15, 6, 9, 9, 7, 12, 15, 11, 13, 7, 8, 7, 7),
    (13, 15, 14, 11, 7, 7, 6, 8, 13, 14, 13, 12, 5, 5, 6, 9),
    (14, 11, 12, 14, 8, 6, 5, 5, 15, 12, 15, 14, 9, 9, 8, 6),
    (15, 12, 13, 13, 9, 5, 8, 6, 14, 11, 12, 11, 8, 6, 5, 5),
)
_LEFT_CONSTANTS = (0x00000000, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E)
_RIGHT_CONSTANTS = (0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0x00000000)


def _mix(function: int, x: int, y: int, z: int) -> int:
    if function == 0:
        return x ^ y ^ z
    if function == 1:
        return (x & y) | (~x & z)
    if function == 2:
        return (x | (~y & _MASK)) ^ z
    if function == 3:
        return (x & z) | (y & ~z)
    return x ^ (y | (~z & _MASK))


def _line(
    state: tuple[int, ...], words: tuple[int, ...], order: tuple[int, ...], constants: tuple[int, ...], *, is_left: bool
) -> tuple[int, int, int, int, int]:
    a, b, c, d, e = state
    for step in range(80):
        round_ = step >> 4
        word = order[step]
        shift = _SHIFTS[round_][word]
        mixed = _mix(round_ if is_left else 4 - round_, b, c, d)
        total = (a + mixed + words[word] + constants[round_]) & _MASK
        total = (((total << shift) | (total >> (32 - shift))) + e) & _MASK
        a, b, c, d, e = e, total, b, ((c << 10) | (c >> 22)) & _MASK, d
    return a, b, c, d, e


def ripemd160_in_python(data: bytes) -> bytes:
    """The 20-byte RIPEMD-160 of `data`."""
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", len(data) * 8)
    state: tuple[int, ...] = _START
    for pos in range(0, len(padded), 64):
        words = struct.unpack_from("<16I", padded, pos)
        left = _line(state, words, _LEFT_WORDS, _LEFT_CONSTANTS, is_left=True)
        right = _line(state, words, _RIGHT_WORDS, _RIGHT_CONSTANTS, is_left=False)
        state = tuple((state[(i + 1) % 5] + left[(i + 2) % 5] + right[(i + 3) % 5]) & _MASK for i in range(5))
    return struct.pack("<5I", *state)
