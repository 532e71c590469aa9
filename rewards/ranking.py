"""How posts are ranked: by what votes are worth, on a logarithm, and by when they were made (protocol.md §5.6).

    score = sign · log10(max(|net_rshares| / 10^7, 1)) + created / period

A tenth of the votes weighs as much as being one period younger: 240,000 s in the trending list, 10,000 s in the hot one.
Scores are in millionths. They order posts and are never shown.
"""

from functools import lru_cache
from typing import Final

UNIT: Final = 1_000_000
SCORE_MAX: Final = (1 << 64) - 1

TRENDING_SECONDS: Final = 240_000
HOT_SECONDS: Final = 10_000

_RSHARES_UNIT: Final = 10**7
_LEAST: Final = 20 * UNIT  # added to all scores, so that none is negative: no logarithm of 64 bits is below −13

_FRACTION_BITS: Final = 26
_MANTISSA_BITS: Final = 62
_ONE: Final = 1 << _MANTISSA_BITS
_LOG10_2_BILLIONTHS: Final = 301_029_995_663_981_195  # of a billionth: 10^18 · log10(2)
_MILLIONTHS_SHIFT: Final = 10**12


def log10_millionths(number: int) -> int:
    """10^6 · log10 of a positive number of up to 63 bits: never too large, never two millionths too small, never falling.

    The logarithm to base 2 bit by bit: squaring a mantissa doubles its logarithm, and a doubling that passes 2 is a bit.
    """
    exponent = number.bit_length() - 1
    mantissa = number << (_MANTISSA_BITS - exponent)
    bits = exponent
    for _ in range(_FRACTION_BITS):
        mantissa = mantissa * mantissa >> _MANTISSA_BITS
        bits <<= 1
        if mantissa >> (_MANTISSA_BITS + 1):
            mantissa >>= 1
            bits |= 1
    return (bits * _LOG10_2_BILLIONTHS >> _FRACTION_BITS) // _MILLIONTHS_SHIFT


@lru_cache(maxsize=4_096)
def votes_part(net_rshares: int) -> int:
    """What votes add to a score, in millionths: nothing below 10^7 rshares, and as much against as for."""
    size = abs(net_rshares)
    if size <= _RSHARES_UNIT:
        return 0
    part = log10_millionths(size) - 7 * UNIT
    return part if net_rshares > 0 else -part


def trending_score(net_rshares: int, created: int) -> int:
    return _score(net_rshares, created, TRENDING_SECONDS)


def hot_score(net_rshares: int, created: int) -> int:
    return _score(net_rshares, created, HOT_SECONDS)


def _score(net_rshares: int, created: int, period_seconds: int) -> int:
    return _LEAST + votes_part(net_rshares) + created * UNIT // period_seconds
