"""HBD and HIVE that wait to become the other."""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class Conversion(Row):
    """HBD on its way to become HIVE."""

    owner: str
    requestid: int
    id: int
    hbd: int = 0
    conversion_date: int = 0


@dataclass(slots=True)
class CollateralizedConversion(Row):
    """HIVE held until it is known how much of it the HBD that its owner was given costs."""

    owner: str
    requestid: int
    id: int
    collateral: int = 0  # HIVE
    given_hbd: int = 0  # the owner has it already: no place of money
    conversion_date: int = 0
