"""Witnesses and the schedules they produce by (protocol.md §4.2, §4.3)."""

from typing import Any

from chain.jsonform import number_json
from chain.keys import public_key_text
from chain.rows import Schedule, Witness, WitnessVote
from chain.state import State
from chain.types import printable, time_text, version_text
from chain.views.amounts import Amount, amounts
from chain.wire import Form

NO_WORK = "00" * 32


def witness_view(state: State, row: Witness, form: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "owner": row.owner,
        "created": time_text(row.created),
        "url": printable(row.url),
        "votes": number_json(row.votes),
        "virtual_last_update": str(row.virtual_last_update),
        "virtual_position": str(row.virtual_position),
        "virtual_scheduled_time": str(row.virtual_scheduled_time),
        "total_missed": row.total_missed,
        "last_aslot": row.last_aslot,
        "last_confirmed_block_num": row.last_confirmed_block_num,
        "pow_worker": 0,
        "signing_key": public_key_text(row.signing_key, state.params.dialect.address_prefix),
        "props": {
            "account_creation_fee": amounts(form, state.params.dialect).hive(row.account_creation_fee),
            "maximum_block_size": row.maximum_block_size,
            "hbd_interest_rate": row.hbd_interest_rate,
            "account_subsidy_budget": row.account_subsidy_budget,
            "account_subsidy_decay": row.account_subsidy_decay,
        },
        "hbd_exchange_rate": _exchange_rate(state, row, form),
        "last_hbd_exchange_update": time_text(row.last_hbd_exchange_update),
        "last_work": NO_WORK,
        "running_version": version_text(row.running_version),
        "hardfork_version_vote": version_text(row.hardfork_version_vote),
        "hardfork_time_vote": time_text(row.hardfork_time_vote),
        "available_witness_account_subsidies": row.available_subsidies,
    }


def _exchange_rate(state: State, row: Witness, form: Form) -> dict[str, Amount]:
    """The price of a witness who never published one is of HIVE in HIVE."""
    write = amounts(form, state.params.dialect)
    if row.hbd_exchange_rate == (0, 0):
        return {"base": write.hive(0), "quote": write.hive(0)}
    return write.price(row.hbd_exchange_rate)


def witness_vote_view(row: WitnessVote) -> dict[str, Any]:
    return {"id": row.id, "witness": row.witness, "account": row.account}


def active_witnesses_view(state: State, *, include_future: bool = False) -> dict[str, Any]:
    """The names in the order in which they produce; those of the next round only on demand."""
    view = {"witnesses": list(state.schedule.shuffled)}
    if include_future:
        view["future_witnesses"] = list(state.future_schedule.shuffled)
    return view


def witness_schedule_view(state: State, form: Form, *, include_future: bool = False) -> dict[str, Any]:
    """The schedule in force; virtual time and next shuffle are those of the one that is prepared, as hived mixes them."""
    current, future = state.schedule, state.future_schedule
    parts = _schedule_parts(state, current, form)
    view: dict[str, Any] = {
        "id": 0,
        "current_virtual_time": str(future.current_virtual_time),
        "next_shuffle_block_num": future.next_shuffle_block_num,
        "current_shuffled_witnesses": _shuffled(state, current),
    }
    if include_future:
        view["future_shuffled_witnesses"] = _shuffled(state, future)
    view |= parts
    if include_future and (changes := _changes(parts, _schedule_parts(state, future, form))):
        view["future_changes"] = changes
    return view


def raw_schedule_view(state: State, row: Schedule, form: Form) -> dict[str, Any]:
    """One of the two schedules by itself, as debug_node_api shows it."""
    return {
        "id": 0 if row.key == "current" else 1,
        "current_virtual_time": str(row.current_virtual_time),
        "next_shuffle_block_num": row.next_shuffle_block_num,
        "current_shuffled_witnesses": _shuffled(state, row),
        **_schedule_parts(state, row, form),
    }


def _shuffled(state: State, row: Schedule) -> list[str]:
    """Places that are not taken are empty names."""
    return [*row.shuffled, *([""] * (state.params.witnesses_max - len(row.shuffled)))]


def _schedule_parts(state: State, row: Schedule, form: Form) -> dict[str, Any]:
    return {
        "num_scheduled_witnesses": len(row.shuffled),
        "elected_weight": row.elected_weight,
        "timeshare_weight": row.timeshare_weight,
        "miner_weight": row.miner_weight,
        "witness_pay_normalization_factor": row.pay_normalization,
        "median_props": median_properties_view(state, row, form),
        "majority_version": version_text(row.majority_version),
        "max_voted_witnesses": row.max_voted_witnesses,
        "max_miner_witnesses": row.max_miner_witnesses,
        "max_runner_witnesses": row.max_runner_witnesses,
        "hardfork_required_witnesses": row.hardfork_required_witnesses,
        "account_subsidy_rd": _dynamics(row.subsidy_dynamics),
        "account_subsidy_witness_rd": _dynamics(row.witness_subsidy_dynamics),
        "min_witness_account_subsidy_decay": row.min_witness_subsidy_decay,
    }


def median_properties_view(state: State, row: Schedule, form: Form) -> dict[str, Any]:
    """What the scheduled witnesses agreed on: condenser_api calls it the chain's properties."""
    return {
        "account_creation_fee": amounts(form, state.params.dialect).hive(row.median_account_creation_fee),
        "maximum_block_size": row.median_maximum_block_size,
        "hbd_interest_rate": row.median_hbd_interest_rate,
        "account_subsidy_budget": row.median_account_subsidy_budget,
        "account_subsidy_decay": row.median_account_subsidy_decay,
    }


def _dynamics(dynamics: tuple[int, ...]) -> dict[str, Any]:
    unit, budget, equilibrium, maximum, decay, shift, least_decay = dynamics
    return {
        "resource_unit": unit,
        "budget_per_time_unit": budget,
        "pool_eq": equilibrium,
        "max_pool_size": maximum,
        "decay_params": {"decay_per_time_unit": decay, "decay_per_time_unit_denom_shift": shift},
        "min_decay": least_decay,
    }


def _changes(current: dict[str, Any], future: dict[str, Any]) -> dict[str, Any]:
    """The members that will differ; of the median properties only those that will."""
    changes = {name: value for name, value in future.items() if value != current[name]}
    if "median_props" in changes:
        changes["median_props"] = _changes(current["median_props"], future["median_props"])
    return changes
