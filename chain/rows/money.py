"""Money on its way: out of savings."""

from dataclasses import dataclass
from typing import Any, ClassVar

from chain.asset import HIVE, Asset, Symbol
from chain.table import Row

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
