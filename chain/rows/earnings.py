"""What accounts have earned with posts and votes."""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class Earnings(Row):
    """What an account has earned: what waits to be claimed, and the sums of it all. There from its first reward on.

    Apart from `Account` because a payout changes it for many accounts, of which nothing else changes (protocol.md §6.4).
    """

    account: str
    hive: int = 0
    hbd: int = 0
    vests: int = 0
    vesting_hive: int = 0  # that stands behind the VESTS
    curation_hive: int = 0  # ever
    posting_hive: int = 0  # ever
