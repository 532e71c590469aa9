"""HBD, the debt of the chain: how much of it there is, when printing stops, and what a reward is paid in (protocol.md §1.7)."""

from typing import NamedTuple

from rewards.intmath import ALL_BP, mul_div_floor
from rewards.price import Price, hbd_to_hive, hive_to_hbd


def virtual_supply(hive_supply: int, hbd_supply: int, median: Price) -> int:
    """All HIVE there would be if all HBD were converted at the median."""
    return hive_supply + hbd_to_hive(hbd_supply, median)


def debt_bp(hbd_supply: int, treasury_hbd: int, hive_supply: int, median: Price) -> int:
    """The share of HBD outside the treasury in the virtual supply, rounded to the nearest basis point; 0 without a price."""
    if not median.quote:
        return 0
    debt_hive = hbd_to_hive(max(0, hbd_supply - treasury_hbd), median)
    total_hive = debt_hive + hive_supply
    return (debt_hive * ALL_BP + total_hive // 2) // total_hive


def print_rate_bp(debt: int, start_bp: int, stop_bp: int) -> int:
    """The share of HBD rewards that is really printed: all up to `start_bp` of debt, none from `stop_bp` on, linear between."""
    if debt >= stop_bp:
        return 0
    if debt <= start_bp:
        return ALL_BP
    return mul_div_floor(stop_bp - debt, ALL_BP, stop_bp - start_bp)


class HbdSplit(NamedTuple):
    """A HIVE amount paid in HBD as far as printing goes: `converted_hive` ceases to exist for `hbd`, `liquid_hive` stays HIVE."""

    converted_hive: int
    hbd: int
    liquid_hive: int


def create_hbd(hive: int, print_rate: int, median: Price) -> HbdSplit:
    """Splits `hive` by the print rate (bp). Without a price all of it stays HIVE."""
    if not median.quote:
        return HbdSplit(0, 0, hive)
    converted = hive * print_rate // ALL_BP
    return HbdSplit(converted, hive_to_hbd(converted, median), hive - converted)
