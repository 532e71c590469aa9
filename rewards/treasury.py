"""What a proposal costs, and how the treasury's money is divided among proposals (protocol.md §8.12)."""

from collections.abc import Sequence

from rewards.intmath import mul_div_floor

DAY_SECONDS = 86_400
TREASURY_DIVISOR = 100  # a hundredth of the treasury may be spent in a day


def proposal_fee(duration_seconds: int, *, fee_hbd: int, extra_hbd: int, free_days: int) -> int:
    """HBD for a proposal of that duration: the fee, and something for each whole day beyond the free ones."""
    if duration_seconds <= free_days * DAY_SECONDS:
        return fee_hbd
    return fee_hbd + extra_hbd * (duration_seconds // DAY_SECONDS - free_days)


def budget(treasury_hbd: int, passed_seconds: int) -> int:
    """The HBD that may be spent for a time."""
    return mul_div_floor(treasury_hbd // TREASURY_DIVISOR, passed_seconds, DAY_SECONDS)


def payments(available_hbd: int, passed_seconds: int, daily_pays: Sequence[int]) -> list[int]:
    """What each of the proposals gets for a time, in their order; whoever comes after the end of the money is left out.

    The last one that gets something may get less than it asked for. Where there is no money at all nobody is paid.
    """
    paid: list[int] = []
    if not available_hbd:
        return paid
    for daily_pay in daily_pays:
        due = mul_div_floor(daily_pay, passed_seconds, DAY_SECONDS)
        if due >= available_hbd:
            paid.append(available_hbd)
            break
        paid.append(due)
        available_hbd -= due
    return paid
