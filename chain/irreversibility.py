"""The rule by which Steem and Hive call a block irreversible (protocol.md §4.5)."""

from chain.state import State


def process_irreversibility(state: State) -> None:
    """A block stands when three quarters of the scheduled witnesses have produced it or a block after it.

    Until voting for witnesses has begun, blocks stand when a whole round lies on top of them.
    """
    params = state.params
    head = state.globals.head_block_num
    if head <= params.witness_voting_start_block_num:
        candidate = max(0, head - params.witnesses_max)
    else:
        confirmed = sorted(state.witnesses.get(owner).last_confirmed_block_num for owner in state.schedule.shuffled)
        offset = (10_000 - params.irreversible_threshold_bp) * len(confirmed) // 10_000
        candidate = confirmed[offset]
    if candidate > state.irreversible.num:
        state.irreversibles.edit("").num = candidate
