"""Curation: how much of a post's curation part each of its votes earns (protocol.md §5.4 step 6 and §6.4 step 2)."""

from collections.abc import Iterable
from operator import itemgetter
from typing import TypeVar

from rewards.curve import Curve, evaluate
from rewards.intmath import UINT64_MAX

Voter = TypeVar("Voter")  # whatever stands for one: the arithmetic never looks at it

MID_DIVISOR = 2
LATE_DIVISOR = 8


def vote_weight(
    rshares: int,
    vote_rshares_before: int,
    *,
    curve: Curve,
    content_constant: int,
    age_seconds: int,
    early_seconds: int,
    mid_seconds: int,
) -> int:
    """The curation weight of a vote, which also is what it adds to the post's total weight.

    `vote_rshares_before` are the positive rshares of all other votes on the post. A vote of the first `early_seconds` counts whole,
    of the following `mid_seconds` half, later an eighth; `early_seconds` 0 switches the windows off. Downvotes and dust weigh nothing.
    """
    if rshares <= 0:
        return 0
    if curve is Curve.LINEAR:
        weight = rshares
    else:
        after = evaluate(curve, vote_rshares_before + rshares, content_constant) & UINT64_MAX
        weight = max(0, after - (evaluate(curve, vote_rshares_before, content_constant) & UINT64_MAX))
    if age_seconds < early_seconds or not early_seconds:
        return weight
    return weight // (MID_DIVISOR if age_seconds < early_seconds + mid_seconds else LATE_DIVISOR)


def split(curation_hive: int, votes: Iterable[tuple[Voter, int]], total_weight: int) -> list[tuple[Voter, int]]:
    """Shares `curation_hive` out over `votes`, pairs (voter, weight): pairs (voter, HIVE) in the order in which they are paid.

    That order is by weight, highest first; votes of equal weight stay as they come, which must be by the ids of their voters. Shares are
    rounded down and empty ones left out; what the shares do not use stays in the reward fund. `total_weight` is the post's total, at
    least the sum of the weights.
    """
    if total_weight <= 0:
        return []
    shares: list[tuple[Voter, int]] = []
    for voter, weight in sorted(votes, key=itemgetter(1), reverse=True):
        hive = curation_hive * weight // total_weight
        if hive <= 0:
            break  # weights only fall from here
        shares.append((voter, hive))
    return shares
