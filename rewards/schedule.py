"""The arithmetic of the witness schedule: virtual time and the shuffle (protocol.md §4.3).

Virtual time is a 128-bit race track: a witness with v votes runs one lap in 2^128 / (v + 1), and who comes first is scheduled.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from rewards.intmath import UINT64_MAX, UINT128_MAX

LAP_LENGTH = UINT128_MAX
_MIX = 2_685_821_657_736_338_717  # multiplier of xorshift64*

Item = TypeVar("Item")


def lap_time(votes: int) -> int:
    """The virtual time of a whole lap."""
    return LAP_LENGTH // (votes + 1)


def next_scheduled_time(virtual_time: int, votes: int) -> int | None:
    """When a witness who starts a lap at `virtual_time` comes round, or None where 128 bits do not hold it: time has to be reset."""
    arrives = virtual_time + lap_time(votes)
    return arrives if arrives <= UINT128_MAX else None


class Runner(NamedTuple):
    """A witness on the track: where he was at `updated_at`, and when he will come round (`scheduled_at`), in virtual time."""

    votes: int
    position: int
    updated_at: int
    scheduled_at: int


def change_votes(runner: Runner, votes_change: int, virtual_time: int) -> Runner:
    """The witness after his votes changed at `virtual_time`: as far as he had come, and faster or slower from there.

    All of it in 128 bits. A witness so slow that his arrival overflows arrives at the end of time.
    """
    votes, position, updated_at, _ = runner
    position = (position + votes * (virtual_time - updated_at)) & UINT128_MAX
    votes += votes_change
    scheduled_at = (virtual_time + (LAP_LENGTH - position) // (votes + 1)) & UINT128_MAX
    return Runner(votes, position, virtual_time, scheduled_at if scheduled_at >= virtual_time else UINT128_MAX)


def shuffle(witnesses: Sequence[Item], head_block_time: int) -> list[Item]:
    """The order of a round: a Fisher-Yates shuffle, its numbers drawn from the head block's time by xorshift64*."""
    order = list(witnesses)
    seed = head_block_time << 32
    for place in range(len(order)):
        k = (seed + place * _MIX) & UINT64_MAX
        k ^= k >> 12
        k ^= k << 25 & UINT64_MAX
        k ^= k >> 27
        k = k * _MIX & UINT64_MAX
        other = place + k % (len(order) - place)
        order[place], order[other] = order[other], order[place]
    return order
