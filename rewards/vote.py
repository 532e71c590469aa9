"""From stake to rshares: the strength of one vote and the mana it costs (protocol.md §5.4)."""

from rewards.intmath import ALL_BP, mul_div_floor

SECONDS_PER_DAY = 86_400


def used_mana(stake_vests: int, weight_bp: int, reserve_rate_per_day: int, regen_seconds: int) -> int:
    """The mana that a vote of ±`weight_bp` costs, rounded up; it is also the strength of the vote.

    `stake_vests` are the voter's effective VESTS (before hardfork 28: his current mana). With `reserve_rate_per_day` 10 and five days
    of regeneration a full vote costs 2 %.
    """
    per_day = mul_div_floor(stake_vests, abs(weight_bp) * SECONDS_PER_DAY, ALL_BP)
    divisor = reserve_rate_per_day * regen_seconds
    return (per_day + divisor - 1) // divisor


def spend(
    used: int, *, is_downvote: bool, voting_mana: int, downvote_mana: int, downvote_pool_bp: int
) -> tuple[int, int] | None:
    """The (voting, downvote) mana left after a vote of `used` mana, or None where there is not enough of it.

    A downvote draws on the downvote bar first, and needs more than it uses; `downvote_pool_bp` 0 makes it cost as an upvote does.
    """
    if not (is_downvote and downvote_pool_bp):
        return (voting_mana - used, downvote_mana) if voting_mana >= used else None
    if voting_mana + downvote_mana <= used:
        return None
    if used <= downvote_mana:
        return voting_mana, downvote_mana - used
    return voting_mana - (used - downvote_mana), 0


def rshares(used: int, weight_bp: int, dust: int, seconds_to_cashout: int, fade_seconds: int) -> int:
    """The signed rshares of a vote that used `used` mana.

    `dust` rshares are taken off (a smaller vote counts 0), and in the last `fade_seconds` before cashout the vote fades linearly.
    """
    strength = used - dust
    if strength <= 0:
        return 0
    if seconds_to_cashout < fade_seconds:
        strength = strength * seconds_to_cashout // fade_seconds
    return strength if weight_bp >= 0 else -strength
