"""Claiming rewards (protocol.md §6.5)."""

from rewards.intmath import mul_div_floor


def vesting_hive_moved(claimed_vests: int, reward_vests: int, reward_vesting_hive: int) -> int:
    """The HIVE behind `claimed_vests` of an account's `reward_vests`, which moves from the pending to the vesting fund.

    A claim of all VESTS moves all their HIVE; a part is rounded down, so that the rest stays backed.
    """
    if claimed_vests == reward_vests:
        return reward_vesting_hive
    return mul_div_floor(claimed_vests, reward_vesting_hive, reward_vests)
