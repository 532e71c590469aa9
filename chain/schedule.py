"""The election of the round's witnesses (protocol.md §4.3).

Every 21 blocks the future schedule becomes the current one, and a new future schedule is chosen: twenty witnesses by votes, the
rest by virtual time, in which a witness moves faster the more votes stand behind it, so that each gets its turn.
"""

from collections import Counter
from collections.abc import Callable

from chain.keys import NULL_KEY
from chain.rows import SCHEDULE_ELECTED, SCHEDULE_TIMESHARE, Schedule, Witness
from chain.rules import PROPERTIES_WITH_SCHEDULE, in_force
from chain.state import State
from chain.warnings import block_size_changes
from rewards import schedule as track
from rewards import subsidy


def process_witness_schedule(state: State) -> None:
    """At the end of a round: promote the future schedule, put its medians into force, choose the next one."""
    if state.globals.head_block_num % state.params.witnesses_max:
        return
    promote_future_schedule(state)
    if in_force(state, PROPERTIES_WITH_SCHEDULE):
        put_medians_into_force(state, state.schedule)
        choose_future_schedule(state)
    else:
        choose_future_schedule(state)
        put_medians_into_force(state, state.future_schedule)


def promote_future_schedule(state: State) -> None:
    future = state.future_schedule
    current = state.schedules.edit("current")
    for name in state.schedules.names:
        if name != "key":
            setattr(current, name, getattr(future, name))


def put_medians_into_force(state: State, schedule: Schedule) -> None:
    globals_ = state.edit_globals()
    if globals_.maximum_block_size != schedule.median_maximum_block_size:
        state.emit(block_size_changes(globals_.maximum_block_size, schedule.median_maximum_block_size))
    globals_.maximum_block_size = schedule.median_maximum_block_size
    globals_.hbd_interest_rate = schedule.median_hbd_interest_rate


def choose_future_schedule(state: State) -> None:
    elected = _elect(state)
    timeshare, virtual_time, passed = _take_turns(state, elected)
    virtual_time = _advance(state, passed, virtual_time)
    _tally_versions(state)
    chosen = [*elected, *timeshare]
    schedule = state.schedules.edit("future")
    schedule.pay_normalization = schedule.elected_weight * len(elected) + schedule.timeshare_weight * len(timeshare)
    schedule.shuffled = tuple(track.shuffle(chosen, state.globals.time))
    schedule.current_virtual_time = virtual_time
    schedule.next_shuffle_block_num = state.globals.head_block_num + len(chosen)
    take_medians(state, schedule)


def _elect(state: State) -> list[str]:
    """The witnesses with most votes that have a signing key."""
    elected: list[str] = []
    for witness in state.witnesses.by_votes.scan():
        if len(elected) == state.params.elected_witnesses_max:
            break
        if witness.signing_key != NULL_KEY:
            elected.append(witness.owner)
    for owner in elected:
        _mark(state, owner, SCHEDULE_ELECTED)
    return elected


def _mark(state: State, owner: str, kind: int) -> None:
    if state.witnesses.get(owner).schedule != kind:
        state.witnesses.edit(owner).schedule = kind


def _take_turns(state: State, elected: list[str]) -> tuple[list[str], int, list[str]]:
    """Those whose turn it is by virtual time, the time reached, and all whom time passed on the way."""
    timeshare: list[str] = []
    passed: list[str] = []
    virtual_time = state.future_schedule.current_virtual_time
    places = state.params.witnesses_max - len(elected)
    for witness in state.witnesses.by_scheduled_time.scan():
        if len(timeshare) == places:
            break
        virtual_time = witness.virtual_scheduled_time
        passed.append(witness.owner)
        if witness.signing_key != NULL_KEY and witness.owner not in elected:
            timeshare.append(witness.owner)
    for owner in timeshare:
        _mark(state, owner, SCHEDULE_TIMESHARE)
    return timeshare, virtual_time, passed


def _advance(state: State, passed: list[str], virtual_time: int) -> int:
    """Send everybody who was passed on a new lap. Returns the virtual time, which starts again from 0 before it overflows."""
    for owner in passed:
        scheduled_at = track.next_scheduled_time(virtual_time, state.witnesses.get(owner).votes)
        if scheduled_at is None:
            _reset_virtual_time(state)
            return 0
        witness = state.witnesses.edit(owner)
        witness.virtual_position = 0
        witness.virtual_last_update = virtual_time
        witness.virtual_scheduled_time = scheduled_at
    return virtual_time


def _reset_virtual_time(state: State) -> None:
    for owner in [witness.owner for witness in state.witnesses.scan()]:
        witness = state.witnesses.edit(owner)
        witness.virtual_position = 0
        witness.virtual_last_update = 0
        witness.virtual_scheduled_time = track.lap_time(witness.votes)


def _tally_versions(state: State) -> None:
    """What the witnesses of the schedule being replaced run and vote for."""
    schedule = state.schedules.edit("future")
    scheduled = [state.witnesses.get(owner) for owner in schedule.shuffled]
    needed = schedule.hardfork_required_witnesses
    running = Counter(witness.running_version for witness in scheduled)
    reached = 0
    for version in sorted(running, reverse=True):
        reached += running[version]
        if reached >= needed:
            schedule.majority_version = version
            break
    votes = Counter((witness.hardfork_version_vote, witness.hardfork_time_vote) for witness in scheduled)
    hardforks = state.edit_hardforks()
    for vote in sorted(votes):
        if votes[vote] >= needed:
            hardforks.next_version, hardforks.next_time = vote
            return
    hardforks.next_version = hardforks.current_version


def take_medians(state: State, schedule: Schedule) -> None:
    """The proposals of the scheduled witnesses, and how the pools of free accounts move under them (§2.5)."""
    scheduled = [state.witnesses.get(owner) for owner in schedule.shuffled]

    def median(value: Callable[[Witness], int]) -> int:
        return sorted(map(value, scheduled))[len(scheduled) // 2]

    schedule.median_account_creation_fee = median(lambda witness: witness.account_creation_fee)
    schedule.median_maximum_block_size = median(lambda witness: witness.maximum_block_size)
    schedule.median_hbd_interest_rate = median(lambda witness: witness.hbd_interest_rate)
    budget = median(lambda witness: witness.account_subsidy_budget)
    decay = median(lambda witness: witness.account_subsidy_decay)
    schedule.median_account_subsidy_budget = budget
    schedule.median_account_subsidy_decay = decay
    pool = median(lambda witness: witness.available_subsidies)
    schedule.subsidy_dynamics = _as_row(state, subsidy.dynamics(budget, decay))
    schedule.witness_subsidy_dynamics = _as_row(
        state, subsidy.witness_dynamics(budget, decay, pool, state.params.witnesses_max)
    )


def _as_row(state: State, rules: subsidy.PoolDynamics) -> tuple[int, ...]:
    params = state.params
    return (
        params.account_subsidy_precision,
        rules.budget,
        rules.pool_eq,
        rules.pool_max,
        rules.decay,
        params.account_subsidy_decay_shift,
        rules.decay_min,
    )


def subsidy_rules(row: tuple[int, ...]) -> subsidy.PoolDynamics:
    """The dynamics of a pool as a schedule remembers them."""
    _, budget, pool_eq, pool_max, decay, _, decay_min = row
    return subsidy.PoolDynamics(budget, decay, pool_eq, pool_max, decay_min)


def adjust_witness_vote(state: State, owner: str, change: int) -> None:
    """Add VESTS (or take them) behind a witness, which speeds it up or slows it down from where it is on the track."""
    witness = state.witnesses.edit(owner)
    runner = track.Runner(
        witness.votes, witness.virtual_position, witness.virtual_last_update, witness.virtual_scheduled_time
    )
    runner = track.change_votes(runner, change, state.future_schedule.current_virtual_time)
    witness.votes, witness.virtual_position, witness.virtual_last_update, witness.virtual_scheduled_time = runner
    if not 0 <= witness.votes <= state.globals.total_vesting_shares:
        raise AssertionError(f"{owner} has {witness.votes} votes of {state.globals.total_vesting_shares} VESTS")
