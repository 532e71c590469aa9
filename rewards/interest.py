"""Interest on HBD savings (protocol.md §1.8)."""

from dataclasses import dataclass

from rewards.intmath import ALL_BP

SECONDS_PER_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Accrual:
    """The savings' interest account after an update.

    `hbd_seconds` = Σ balance · seconds since the last payment, `paid_at` its time. `interest_hbd` has to be added to the balance
    and to the supply; an event tells of it unless it is 0.
    """

    hbd_seconds: int
    paid_at: int
    interest_hbd: int


def accrue(
    balance_hbd: int, hbd_seconds: int, *, updated_at: int, paid_at: int, now: int, rate_bp: int, compound_seconds: int
) -> Accrual:
    """What has to happen before a savings balance changes at `now`.

    Interest is due when strictly more than `compound_seconds` (30 days) have gone by since the last payment and something was saved.
    Even interest of 0 then counts as a payment. A second change at the same time changes nothing.
    """
    if updated_at == now:
        return Accrual(hbd_seconds, paid_at, 0)
    hbd_seconds += balance_hbd * (now - updated_at)
    if hbd_seconds <= 0 or now - paid_at <= compound_seconds:
        return Accrual(hbd_seconds, paid_at, 0)
    return Accrual(0, now, interest(hbd_seconds, rate_bp))


def interest(hbd_seconds: int, rate_bp: int) -> int:
    """The interest on HBD · seconds at a yearly rate, rounded down twice."""
    return hbd_seconds // SECONDS_PER_YEAR * rate_bp // ALL_BP
