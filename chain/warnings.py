"""Texts of the warnings that the chain gives as events. They are in blocks' histories, so they are hived's to the letter."""

import json
from typing import Any

from chain.asset import HBD, HIVE, Asset
from chain.events import SystemWarning
from rewards.price import Price


def block_size_changes(old: int, new: int) -> SystemWarning:
    """The witnesses have agreed on another limit (§4.3)."""
    return SystemWarning(f"Changing maximum block size from {old} to {new}")


def price_corrected(limit_percent: int, market: Price, corrected: Price) -> SystemWarning:
    """The feed's median would make HBD a larger part of the market than it may be (§1.6)."""
    return SystemWarning(
        f"HIVE price corrected upward due to {limit_percent}% HBD cutoff rule, "
        f"from {_price(market)} to {_price(corrected)}"
    )


def unknown_witness_kind(owner: str) -> SystemWarning:
    """A producer who is neither elected nor of the timeshare is paid as an elected one."""
    return SystemWarning(f"Encountered unknown witness type for witness: {owner}")


def insufficient_collateral(owner: str, requestid: int, shortfall: int) -> SystemWarning:
    """HBD was created for more HIVE than its owner had locked (§8.8)."""
    return SystemWarning(
        f"Insufficient collateral on conversion {requestid} by {owner} - shortfall of {_text(Asset(shortfall, HIVE).nai())}"
    )


def _price(price: Price) -> str:
    return _text({"base": Asset(price.base, HBD).nai(), "quote": Asset(price.quote, HIVE).nai()})


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
