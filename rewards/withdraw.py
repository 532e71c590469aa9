"""Power-down: the rate, the next step and its routes (protocol.md §8.3, HF28)."""

from collections.abc import Sequence

from rewards.intmath import ALL_BP, div_ceil, mul_div_floor


def withdraw_rate(vests: int, intervals: int) -> int:
    """The VESTS of one step, so that `intervals` (13) steps suffice: rounded up, at least 1."""
    return max(1, div_ceil(vests, intervals))


def remaining(to_withdraw: int, withdrawn: int) -> int:
    """What a power-down has still to take."""
    return to_withdraw - withdrawn


def next_step(rate: int, to_withdraw: int, withdrawn: int) -> int:
    """The VESTS of the next step of an active power-down: the rate, or what is left."""
    return min(rate, to_withdraw - withdrawn)


def is_finished(to_withdraw: int, withdrawn: int, vests: int) -> bool:
    """After a step: whether nothing is left to take, or nothing to take it from."""
    return to_withdraw - withdrawn <= 0 or vests == 0


def route_parts(step_vests: int, percents_bp: Sequence[int]) -> tuple[list[int], int]:
    """What each route gets of a step, and what is left for the account itself. The percents add up to 10,000 bp at most."""
    parts = [mul_div_floor(step_vests, percent_bp, ALL_BP) for percent_bp in percents_bp]
    return parts, step_vests - sum(parts)
