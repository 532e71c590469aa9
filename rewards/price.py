"""Prices between two assets, reduced to their two amounts (protocol.md §1.3)."""

from typing import NamedTuple

from rewards.intmath import mul_div_floor


class Price(NamedTuple):
    """HBD per HIVE: `base` units of HBD are worth `quote` units of HIVE. Both are 0 while no price is known."""

    base: int
    quote: int


NO_PRICE = Price(0, 0)


def hive_to_hbd(hive: int, price: Price) -> int:
    """HBD for an amount of HIVE, rounded toward zero; 0 without a price."""
    base, quote = price
    return mul_div_floor(hive, base, quote) if quote else 0


def hbd_to_hive(hbd: int, price: Price) -> int:
    """HIVE for an amount of HBD, rounded toward zero; 0 without a price."""
    base, quote = price
    return mul_div_floor(hbd, quote, base) if base else 0
