"""Limits of a delegation (protocol.md §8.5)."""

from rewards.intmath import ALL_BP
from rewards.vesting import hive_to_vests

MIN_DELEGATION_DIVISOR = 3
MIN_UPDATE_DIVISOR = 30


def minima(account_creation_fee_hive: int, total_vests: int, fund_hive: int) -> tuple[int, int]:
    """(smallest delegation, smallest change of one) in VESTS: a third and a thirtieth of the account creation fee."""
    return (
        hive_to_vests(account_creation_fee_hive // MIN_DELEGATION_DIVISOR, total_vests, fund_hive),
        hive_to_vests(account_creation_fee_hive // MIN_UPDATE_DIVISOR, total_vests, fund_hive),
    )


def available(
    *,
    voting_mana: int,
    downvote_mana: int,
    downvote_pool_bp: int,
    effective_vests: int,
    received_vests: int,
    withdraw_rate: int,
    withdraw_remaining: int,
) -> tuple[int, int]:
    """The VESTS that an account may still delegate, as its voting and as its downvote mana allow; a delegation must fit in both.

    The bars must be up to date. Received VESTS cannot be passed on. Of a power-down that has more than one step to go
    (`withdraw_remaining` > `withdraw_rate`) nothing can be delegated; its next step is not in `effective_vests` already.
    """
    own = effective_vests - received_vests
    by_voting = min(voting_mana, own)
    by_downvote = by_voting
    if downvote_pool_bp:
        scaled = downvote_mana * ALL_BP // downvote_pool_bp + ALL_BP // downvote_pool_bp - 1
        by_downvote = min(scaled, own)
    if withdraw_remaining > withdraw_rate:
        later_steps = withdraw_remaining - withdraw_rate
        return by_voting - later_steps, by_downvote - later_steps
    return by_voting, by_downvote
