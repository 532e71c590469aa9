"""What conversions between HBD and HIVE bring at the feed's prices (protocol.md §8.7, §8.8).

HBD becomes HIVE at the median (`rewards.price.hbd_to_hive`). HIVE becomes HBD with a fee, against collateral, in two steps: HBD at
once at the lowest price of the feed's history, and days later the HIVE that this HBD is worth by then.
"""

from typing import NamedTuple

from rewards.intmath import ALL_BP, mul_div_floor
from rewards.price import Price


def immediate_hbd(collateral: int, lowest: Price, ratio_bp: int, fee_bp: int) -> int:
    """HBD for the part of the collateral that is converted, at a HIVE price lowered by the fee."""
    converted = mul_div_floor(collateral, ALL_BP, ratio_bp)
    return mul_div_floor(converted, lowest.base * ALL_BP, lowest.quote * (ALL_BP + fee_bp))


class Settlement(NamedTuple):
    """How collateral is spent: `used` ceases to exist, `excess` comes back, `shortfall` was owed beyond all there was."""

    used: int
    excess: int
    shortfall: int


def settle(collateral: int, hbd: int, median: Price, fee_bp: int) -> Settlement:
    """The HIVE that the given `hbd` costs at the median with the fee, out of the collateral."""
    owed = mul_div_floor(hbd, median.quote * (ALL_BP + fee_bp), median.base * ALL_BP)
    used = min(owed, collateral)
    return Settlement(used, collateral - used, owed - used)
