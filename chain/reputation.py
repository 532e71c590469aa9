"""Reputation: what the votes of others have made of an author. For readers only; the chain decides nothing by it (protocol.md §5.6).

A vote counts with its rshares less their last six bits, and takes back what the voter's earlier vote on the post did. It does
nothing if the voter's reputation is negative, or if it is a downvote of somebody who stands as high or higher.
"""

from chain.rows import Reputation
from chain.state import State

NOISE_BITS = 6


def reputation_of(state: State, account: str) -> int:
    """0 for whoever nobody has voted for or against."""
    row = state.reputations.find(account)
    return row.value if row else 0


def note_vote(state: State, voter: str, author: str, rshares: int, rshares_before: int | None) -> None:
    """`rshares_before` is None for a first vote."""
    if rshares_before is not None:
        _take_back(state, voter, author, rshares_before)
    row = state.reputations.find(author)
    if _may_judge(state, voter, rshares, row.value if row else 0):
        if row is None:
            state.reputations.insert(Reputation(author))
        state.reputations.edit(author).value += rshares >> NOISE_BITS


def _take_back(state: State, voter: str, author: str, rshares: int) -> None:
    """An author whose reputation comes down to exactly 0 is forgotten, as in hived; that matters to the next take-back."""
    row = state.reputations.find(author)
    change = rshares >> NOISE_BITS
    if row is None or not _may_judge(state, voter, rshares, row.value - change):
        return
    if row.value == change:
        state.reputations.remove(author)
    else:
        state.reputations.edit(author).value -= change


def _may_judge(state: State, voter: str, rshares: int, author_value: int) -> bool:
    """Whoever has no reputation at all may vote for anybody and against nobody."""
    row = state.reputations.find(voter)
    if row is None:
        return rshares >= 0
    return row.value >= 0 and (rshares >= 0 or row.value > author_value)
