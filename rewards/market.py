"""How two orders of the internal market meet (protocol.md §8.10).

An order offers so many units of one asset for so many of the other: `offered` and `wanted` are its price, whatever is left for sale.
"""

from typing import NamedTuple

from rewards.intmath import mul_div_floor

RANK_BYTES = 24
_RANK_SHIFT = 126  # twice the 63 bits of an amount


class Fill(NamedTuple):
    """What each side pays, and the other receives."""

    taker_pays: int
    maker_pays: int


def worth(for_sale: int, offered: int, wanted: int) -> int:
    """What an order of this price asks for an amount, rounded down."""
    return mul_div_floor(for_sale, wanted, offered)


def meets(taker: tuple[int, int], maker: tuple[int, int]) -> bool:
    """Whether the maker, at its price of (offered, wanted), gives what the taker wants at least for what it offers."""
    return maker[0] * taker[0] >= taker[1] * maker[1]


def fill(taker_for_sale: int, maker_for_sale: int, offered: int, wanted: int) -> Fill:
    """The trade at the maker's price: one of the two sells all that it has left."""
    asked = worth(maker_for_sale, offered, wanted)
    if taker_for_sale <= asked:
        return Fill(taker_for_sale, mul_div_floor(taker_for_sale, offered, wanted))
    return Fill(asked, maker_for_sale)


def price_rank(offered: int, wanted: int) -> bytes:
    """Sorts prices by what a unit costs, the cheapest first; equal for equal prices in different terms, and only for those.

    Two different fractions of 63-bit numbers differ by more than 2^−126, so that their whole parts differ after this shift.
    """
    return ((wanted << _RANK_SHIFT) // offered).to_bytes(RANK_BYTES, "big")
