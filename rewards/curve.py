"""The six reward curves: what a sum of rshares counts for (protocol.md §6.2)."""

from enum import IntEnum

from rewards.intmath import UINT64_MAX, approx_sqrt


class Curve(IntEnum):
    """A curve under hived's number for it; the lower-case name is its JSON form."""

    QUADRATIC = 0
    BOUNDED_CURATION = 1
    LINEAR = 2
    SQUARE_ROOT = 3
    CONVERGENT_LINEAR = 4
    CONVERGENT_SQUARE_ROOT = 5

    @property
    def text(self) -> str:
        return self.name.lower()


def evaluate(curve: Curve, rshares: int, content_constant: int) -> int:
    """The value of `rshares` ≥ 0 on a curve. All divisions round down.

    No curve falls, but for the convergent square root, which may by 1 since its divisor is approximate.
    `content_constant` is s of the formulas (2·10^12 on Hive) and bends every curve but the linear and the square root.
    """
    if curve is Curve.LINEAR:
        return rshares
    if curve is Curve.SQUARE_ROOT:
        return approx_sqrt(rshares)
    s = content_constant
    if curve is Curve.CONVERGENT_LINEAR:
        return ((rshares + s) ** 2 - s * s) // (rshares + 4 * s)
    if curve is Curve.CONVERGENT_SQUARE_ROOT:
        return rshares // approx_sqrt(rshares + 2 * s)
    if curve is Curve.BOUNDED_CURATION:
        return ((rshares & UINT64_MAX) << 64) // (2 * s + rshares)
    return (rshares + s) ** 2 - s * s
