"""Resource credits: what the pools hold, who lent credits to whom (protocol.md §9). What an account has of them is in its `Bars`."""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class CreditPools(Row):
    """What there is of each resource, and what was used of it during the last day (protocol.md §9.3)."""

    key: str = ""
    pools: tuple[int, ...] = ()
    usage: tuple[int, ...] = ()  # the sum of all buckets
    bucket: int = 0  # the newest


@dataclass(slots=True)
class CreditBucket(Row):
    """What was used of each resource during an hour."""

    number: int  # the oldest is used anew
    since: int = 0  # the time of its first block
    usage: tuple[int, ...] = ()


@dataclass(slots=True)
class CreditDelegation(Row):
    """Credits lent to another account, in the order in which they are cut."""

    delegator: str
    delegatee_id: int
    delegatee: str = ""
    amount: int = 0


@dataclass(slots=True)
class CreditOverflow(Row):
    """Lent credits that are no longer covered by stake, and could not all be taken back in one block."""

    delegator: str
    id: int = 0
    amount: int = 0
