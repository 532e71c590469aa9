"""Money on its way: out of savings, in escrows, and again and again."""

from dataclasses import dataclass
from typing import Any, ClassVar

from chain.asset import HIVE, Asset, Symbol
from chain.row import Row

NOTHING = Asset(0, HIVE)


def as_asset() -> tuple[Any, Any]:
    return (
        lambda asset: (asset.amount, asset.symbol.number),
        lambda parts: Asset(parts[0], Symbol.of_number(parts[1])),
    )


@dataclass(slots=True)
class SavingsWithdrawal(Row):
    """HIVE or HBD on its way from the savings of an account; `complete` is when it arrives."""

    converters: ClassVar = {"amount": as_asset()}

    from_: str
    request_id: int
    id: int
    to: str = ""
    amount: Asset = NOTHING
    memo: str = ""
    complete: int = 0


@dataclass(slots=True)
class Escrow(Row):
    """HIVE and HBD locked by `from_` for `to`, watched over by `agent`."""

    converters: ClassVar = {"pending_fee": as_asset()}

    from_: str
    escrow_id: int
    id: int
    to: str = ""
    agent: str = ""
    ratification_deadline: int = 0
    escrow_expiration: int = 0
    hbd_balance: int = 0
    hive_balance: int = 0
    pending_fee: Asset = NOTHING  # of the agent, paid when both have approved
    to_approved: bool = False
    agent_approved: bool = False
    disputed: bool = False

    @property
    def is_approved(self) -> bool:
        return self.to_approved and self.agent_approved


@dataclass(slots=True)
class OpenRecurrentTransfer(Row):
    """A transfer that repeats itself; `pair_id` tells several between the same two accounts apart."""

    converters: ClassVar = {"amount": as_asset()}

    from_: str
    to: str
    pair_id: int
    id: int
    trigger_date: int = 0  # when it happens next
    amount: Asset = NOTHING
    memo: str = ""
    recurrence: int = 0  # hours
    remaining_executions: int = 0
    consecutive_failures: int = 0
