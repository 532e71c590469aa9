"""Stake on its way: delegations, their return, and where power-downs go."""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class Delegation(Row):
    delegator: str
    delegatee: str
    id: int
    vesting_shares: int = 0
    min_delegation_time: int = 0


@dataclass(slots=True)
class DelegationReturn(Row):
    """VESTS on their way back to the delegator."""

    delegator: str
    id: int
    vesting_shares: int = 0
    expiration: int = 0


@dataclass(slots=True)
class WithdrawRoute(Row):
    from_account: str
    to_account: str
    id: int
    percent: int = 0  # basis points
    auto_vest: bool = False
