"""Slots: the three-second places of blocks, and who is scheduled for them (protocol.md §4.1). Pure reading."""

from chain.state import State


def slot_time(state: State, slot: int) -> int:
    """The time of the slot-th place after the head (slot ≥ 1), in seconds since the epoch."""
    interval = state.params.block_interval_seconds
    if state.globals.head_block_num == 0:
        return state.params.genesis_time + slot * interval
    return state.globals.time // interval * interval + slot * interval


def slot_at(state: State, time: int) -> int:
    """The slot that a time falls into; 0 before the first slot after the head."""
    first = slot_time(state, 1)
    if time < first:
        return 0
    return (time - first) // state.params.block_interval_seconds + 1


def scheduled_witness(state: State, slot: int) -> str:
    """Who may produce in the slot-th place after the head."""
    shuffled = state.schedule.shuffled
    return shuffled[(state.globals.current_aslot + slot) % len(shuffled)]


def participation_bp(state: State) -> int:
    """How many of the last 128 slots were filled, in basis points."""
    return state.globals.participation_count * 10_000 // 128
