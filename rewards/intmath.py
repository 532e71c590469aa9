"""Integer arithmetic as the C++ of Hive does it: truncating division, fixed widths, an approximate square root."""

from collections.abc import Sequence

ALL_BP = 10_000  # 100 %

INT64_MAX = (1 << 63) - 1
UINT32_MAX = (1 << 32) - 1
UINT64_MAX = (1 << 64) - 1
UINT128_MAX = (1 << 128) - 1

_INT64_SIGN = 1 << 63


def mul_div_floor(value: int, numerator: int, denominator: int) -> int:
    """`value · numerator / denominator`, the magnitude rounded down: toward zero for negative values too, as C++ divides.

    The product is exact (hived uses 128 or 256 bits for it). `denominator` > 0.
    """
    product = value * numerator
    return product // denominator if product >= 0 else -(-product // denominator)


def div_trunc(dividend: int, divisor: int) -> int:
    """Integer division toward zero. `divisor` > 0."""
    return dividend // divisor if dividend >= 0 else -(-dividend // divisor)


def div_ceil(dividend: int, divisor: int) -> int:
    """Rounded up; the divisor is positive."""
    return -(-dividend // divisor)


def wrap_int64(value: int) -> int:
    """What is left of `value` in a signed 64-bit register (two's complement)."""
    return ((value + _INT64_SIGN) & UINT64_MAX) - _INT64_SIGN


def approx_sqrt(value: int) -> int:
    """The approximate square root of protocol.md §6.2: half the exponent, and the mantissa shifted in behind it.

    Exact for even powers of two, monotone, at most 6.07 % above the true root and never below it by 1 or more. 0 → 0.
    """
    if value == 0:
        return 0
    top = value.bit_length() - 1
    half = top >> 1
    mantissa = (value ^ (1 << top)) >> (top - half)
    odd = (1 << half) if top & 1 else 0
    return (1 << half) | ((odd | mantissa) >> 1)


def median(values: Sequence[int]) -> int:
    """The upper median, `sorted[n // 2]`, by which witnesses agree on a number (protocol.md §4.3). Not for an empty list."""
    return sorted(values)[len(values) // 2]
