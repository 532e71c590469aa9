"""The price of VESTS (protocol.md §1.4): two pairs of totals, and conversions that round down."""

from collections.abc import Iterable
from typing import TypeVar

from rewards.intmath import mul_div_floor

Account = TypeVar("Account")

INITIAL_VESTS = 1_000_000  # 1.000000 VESTS …
INITIAL_HIVE = 1_000  # … for 1.000 HIVE while nothing is vested


def share_price(total_vests: int, fund_hive: int) -> tuple[int, int]:
    """(VESTS, HIVE) that are worth the same: the totals, or the initial price while either is 0."""
    if total_vests == 0 or fund_hive == 0:
        return INITIAL_VESTS, INITIAL_HIVE
    return total_vests, fund_hive


def hive_to_vests(hive: int, total_vests: int, fund_hive: int) -> int:
    """The VESTS that `hive` buys at the price of the totals."""
    vests, worth = share_price(total_vests, fund_hive)
    return mul_div_floor(hive, vests, worth)


def vests_to_hive(vests: int, total_vests: int, fund_hive: int) -> int:
    """The HIVE that `vests` are worth at the price of the totals."""
    per, worth = share_price(total_vests, fund_hive)
    return mul_div_floor(vests, worth, per)


def effective_vests(owned: int, delegated: int, received: int, next_step: int) -> int:
    """The VESTS that an account may vote with (protocol.md §2.2); `next_step` is the slice that the next power-down step takes."""
    return owned - delegated + received - next_step


class RewardVesting:
    """Turns rewards into VESTS that wait to be claimed, at the reward price (protocol.md §1.4).

    That price counts the pending totals, which grow with every reward: so rewards are minted one by one, in the order of payment.
    """

    __slots__ = ("fund_hive", "minted_hive", "minted_vests", "total_vests")

    def __init__(self, total_vests: int, fund_hive: int, pending_vests: int, pending_hive: int) -> None:
        self.total_vests = total_vests + pending_vests
        self.fund_hive = fund_hive + pending_hive
        self.minted_vests = 0
        self.minted_hive = 0

    def value(self, hive: int) -> int:
        """The VESTS that `hive` would give now, minting nothing. Needs something vested: a reward without is a bug."""
        return hive * self.total_vests // self.fund_hive

    def mint(self, hive: int) -> int:
        """The VESTS for a reward of `hive`, which are added to the totals."""
        vests = self.value(hive)
        self.total_vests += vests
        self.fund_hive += hive
        self.minted_vests += vests
        self.minted_hive += hive
        return vests

    def mint_each(self, rewards: Iterable[tuple[Account, int]]) -> list[tuple[Account, int, int]]:
        """Mints for (account, HIVE) pairs in their order: (account, HIVE, VESTS). The hot loop of a payout."""
        total_vests, fund_hive = self.total_vests, self.fund_hive
        minted: list[tuple[Account, int, int]] = []
        for account, hive in rewards:
            vests = hive * total_vests // fund_hive
            total_vests += vests
            fund_hive += hive
            minted.append((account, hive, vests))
        self.minted_vests += total_vests - self.total_vests
        self.minted_hive += fund_hive - self.fund_hive
        self.total_vests, self.fund_hive = total_vests, fund_hive
        return minted
