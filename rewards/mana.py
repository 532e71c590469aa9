"""Manabars: a linearly regenerating allowance (protocol.md §5.4).

A bar is two ints in an account's row, the mana and the time of its last update; whoever regenerates it sets that time to now.
"""

from rewards.intmath import ALL_BP, INT64_MAX, div_trunc, mul_div_floor, wrap_int64


def regenerate(mana: int, mana_max: int, elapsed_seconds: int, regen_seconds: int) -> int:
    """The mana after `elapsed_seconds` ≥ 0; a bar fills from empty in `regen_seconds`. Mana above `mana_max` is cut down to it."""
    assert elapsed_seconds >= 0, "time runs forward"
    if mana >= mana_max:
        return mana_max
    gained = mana_max * min(elapsed_seconds, regen_seconds) // regen_seconds
    return min(mana + gained, mana_max)


def regenerate_uncapped(mana: int, mana_max: int, elapsed_seconds: int, regen_seconds: int) -> int:
    """The same for resource credits (§9.1), where time beyond a full regeneration counts: a bar is then full, and so it is."""
    if mana >= mana_max:
        return mana_max
    return min(mana + mana_max * elapsed_seconds // regen_seconds, mana_max)


def use(mana: int, used: int) -> int:
    """The mana left; never less than 0."""
    return max(0, mana - used)


def increase(mana: int, gained: int) -> int:
    """The mana after VESTS came in, above the maximum for the moment; never less than 0, never over 64 bits."""
    return max(0, min(mana + gained, INT64_MAX))


def downvote_max(effective_vests: int, downvote_pool_bp: int) -> int:
    """The size of the downvote bar. (The voting bar is as large as the effective VESTS.)"""
    return mul_div_floor(effective_vests, downvote_pool_bp, ALL_BP)


def downvote_gain(gained_vests: int, downvote_pool_bp: int) -> int:
    """What the downvote bar gains with VESTS that come in.

    hived multiplies in 64 bits here (manabar.hpp): from 3.7·10^15 VESTS-sat at 2500 bp on the product wraps around, and with it the
    gain, which may then be negative. A chain that hived wrote shows it (tests/vectors/rewards.json, downvote_gain).
    """
    return -div_trunc(wrap_int64(-gained_vests * downvote_pool_bp), ALL_BP)
