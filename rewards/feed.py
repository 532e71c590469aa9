"""The price feed: medians, and the haircut that bounds the debt (protocol.md §1.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cmp_to_key

from rewards.price import Price


def compare(one: Price, other: Price) -> int:
    """Negative, 0 or positive as `one` is lower than, equal to or higher than `other`: by cross-multiplication."""
    return one.base * other.quote - other.base * one.quote


_by_value = cmp_to_key(compare)


def median_price(prices: Sequence[Price]) -> Price:
    """The upper median of a non-empty list. (Of equal prices in different terms the first given: hived does not say which.)"""
    return sorted(prices, key=_by_value)[len(prices) // 2]


def haircut_price(hbd_supply: int, treasury_hbd: int, hive_supply: int, limit_percent: int) -> Price | None:
    """The lowest price at which HBD outside the treasury is at most `limit_percent` of the market; None where there is no HBD.

    The terms are not reduced, as hived's are not.
    """
    hbd = hbd_supply - treasury_hbd
    if hbd <= 0:
        return None
    return Price((100 - limit_percent) * hbd, limit_percent * hive_supply)


@dataclass(frozen=True, slots=True)
class FeedMedians:
    """What the feed history says: `current_median` after the haircut, `market_median` before it, lowest and highest price.

    `is_corrected` where the haircut raised the median, which an event has to tell.
    """

    current_median: Price
    market_median: Price
    current_min: Price
    current_max: Price
    is_corrected: bool


def feed_medians(history: Sequence[Price], floor: Price | None) -> FeedMedians:
    """The medians of a non-empty history; `floor` is the haircut's price, if that rule is on and there is HBD."""
    in_order = sorted(history, key=_by_value)
    median, highest = in_order[len(in_order) // 2], in_order[-1]
    is_corrected = floor is not None and compare(floor, median) > 0
    return FeedMedians(
        current_median=floor if floor is not None and is_corrected else median,
        market_median=median,
        current_min=in_order[0],
        current_max=floor if floor is not None and compare(floor, highest) > 0 else highest,
        is_corrected=is_corrected,
    )
