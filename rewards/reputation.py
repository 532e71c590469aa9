"""Reputation as people see it: a logarithm, computed in integers so that it is the same everywhere (protocol.md §5.6).

    shown = 25 + 9 · sign · max(log10(|raw|) − 9, 0)

Only the first four digits of the raw number count, and a hundred-millionth is added to the logarithm, as front ends have always done.
"""

from functools import lru_cache
from typing import Final

NEUTRAL: Final = 25
_SCALE: Final = 10**25  # each of nine decimals costs one digit of precision
_DECIMALS: Final = 9
_FIRST_DIGITS: Final = 3
_UNIT: Final = 10**_DECIMALS


def log10_billionths(number: int) -> int:
    """⌊log10(number) · 10^9⌋ of a positive number: each power of ten of the mantissa brings one more decimal into sight."""
    exponent = len(str(number)) - 1
    mantissa = number * _SCALE // 10**exponent
    found = exponent
    for _ in range(_DECIMALS):
        mantissa = mantissa**10 // _SCALE**9
        digit = 0
        while mantissa >= 10 * _SCALE:
            mantissa //= 10
            digit += 1
        found = found * 10 + digit
    return found


def shown_hundredths(raw: int) -> int:
    """The reputation that a front end shows, times 100, rounded to the nearest."""
    if raw == 0:
        return NEUTRAL * 100
    digits = str(abs(raw))
    above = _digits_above_nine(len(digits) - 1, int(digits[:4].ljust(4, "0")))
    change = (above * 9 * 100 * 2 + _UNIT) // (2 * _UNIT)
    return NEUTRAL * 100 + (change if raw > 0 else -change)


def _digits_above_nine(exponent: int, first_four: int) -> int:
    fraction = (log10_billionths(first_four) + _UNIT // 10**8) % _UNIT
    return max(exponent * _UNIT + fraction - 9 * _UNIT, 0)


def standing_score(raw: int) -> int:
    """How much a notification about somebody matters: the same curve, but flatter, so that nobody comes far above 100."""
    size = abs(raw)
    step: int = 10 ** max(len(str(size)) - _FIRST_DIGITS, 0)
    below = size - size % step
    score = _score(below)
    if score != _score(below + step):  # few numbers lie where it rises; for the others a logarithm is known already
        score = _score(size)
    return NEUTRAL + (score if raw > 0 else -score)


@lru_cache(maxsize=16_384)
def _score(size: int) -> int:
    if size == 0:
        return 0
    above = max(log10_billionths(size) - 9 * _UNIT, 0)
    return (above * 15 + _UNIT) // (2 * _UNIT)  # 7.5 for each digit
