"""Resource credits as rc_api shows them (protocol.md §9, §12)."""

from typing import Any

from chain.credit_market import accounts_resource, cost_of
from chain.credit_report import PAYER_RANKS, YARDSTICKS, average_cost, last_day, payer_kind
from chain.credits import credits_at
from chain.jsonform import number_json
from chain.operation import OPERATIONS
from chain.resource_sizes import LASTING, NANOSECONDS, PERSISTENT, STATE, TEMPORARY
from chain.resource_use import MARKET
from chain.rows import Account, CreditDelegation, CreditUse
from chain.state import State
from chain.views.accounts import manabar_view
from chain.views.amounts import amounts
from chain.wire import Form
from rewards.credits import NOTHING, RESOURCES, Resource, fill_level_bp, resources
from rewards.intmath import ALL_BP


def rc_account_view(state: State, row: Account, form: Form) -> dict[str, Any]:
    """One bar as it was when it last changed: clients let it regenerate themselves."""
    bars = state.bars.get(row.name)
    return {
        "account": row.name,
        "rc_manabar": manabar_view(bars.credits, bars.credits_at),
        "max_rc_creation_adjustment": amounts(form, state.params.dialect).vests(row.rc_adjustment),
        "max_rc": number_json(bars.credits_max),
        "delegated_rc": number_json(bars.credits_delegated),
        "received_delegated_rc": number_json(bars.credits_received),
    }


USUAL_BYTES = {"vote": 160, "transfer": 180, "comment": 1_000}
USUAL_PERMLINK_BYTES = 20


def credits_view(state: State, row: Account) -> dict[str, Any]:
    """The bar regenerated to the head's time, and the usual costs."""
    bars = state.bars.get(row.name)
    left = credits_at(bars, max(state.globals.time, bars.credits_at), state.params.rc_regeneration_seconds)
    return {
        "account": row.name,
        "rc": number_json(left),
        "max_rc": number_json(bars.credits_max),
        "delegated_rc": number_json(bars.credits_delegated),
        "received_rc": number_json(bars.credits_received),
        "costs": {kind: number_json(usual_cost(state, kind)) for kind in USUAL_BYTES},
    }


def usual_cost(state: State, kind: str) -> int:
    """Of a transaction with one such operation of ordinary size, signed once, which expires within an hour."""
    size = USUAL_BYTES[kind]
    memory = STATE["transaction_base"] + STATE.get(kind, 0)
    if kind == "comment":
        memory += STATE["comment_base"] + STATE["comment_permlink_char"] * USUAL_PERMLINK_BYTES
    time = sum(NANOSECONDS[name] for name in (kind, "transaction", "verify_authority"))
    return cost_of(state, (size, 0, size if kind in MARKET else 0, memory, time))


def rc_delegation_view(row: CreditDelegation) -> dict[str, Any]:
    return {"from": row.delegator, "to": row.delegatee, "delegated_rc": number_json(row.amount)}


def resource_params_view(state: State) -> dict[str, Any]:
    """How pools move, how prices follow them, and the table of uses."""
    sizes = {
        "TEMPORARY_STATE_BYTE": TEMPORARY,
        "LASTING_STATE_BYTE": LASTING,
        "PERSISTENT_STATE_BYTE": PERSISTENT,
        **{f"{name}_size": size for name, size in STATE.items()},
    }
    return {
        "resource_names": [f"resource_{name}" for name in RESOURCES],
        "resource_params": {
            f"resource_{name}": _resource_view(resource)
            for name, resource in zip(RESOURCES, resources(accounts_resource(state)), strict=True)
        },
        "size_info": {
            "resource_state_bytes": sizes,
            "resource_execution_time": {f"{name}_time": time for name, time in NANOSECONDS.items()},
        },
    }


def _resource_view(resource: Resource) -> dict[str, Any]:
    return {
        "resource_dynamics_params": {
            "resource_unit": resource.unit,
            "budget_per_time_unit": resource.budget,
            "pool_eq": number_json(resource.pool_eq),
            "max_pool_size": number_json(resource.pool_max),
            "decay_params": {
                "decay_per_time_unit": resource.decay,
                "decay_per_time_unit_denom_shift": resource.decay_shift,
            },
            "min_decay": resource.decay_min,
        },
        "price_curve_params": {
            "coeff_a": number_json(resource.coeff_a),
            "coeff_b": number_json(resource.coeff_b),
            "shift": resource.shift,
        },
    }


def resource_pool_view(state: State) -> dict[str, Any]:
    """What each pool holds, and how full that is in basis points."""
    row = state.credit_pools.get("")
    known = zip(RESOURCES, row.pools, resources(accounts_resource(state)), strict=True)
    return {
        "resource_pool": {
            f"resource_{name}": {"pool": number_json(pool), "fill_level": fill_level_bp(pool, resource)}
            for name, pool, resource in known
        }
    }


# Statistics


def rc_stats_view(state: State) -> dict[str, Any]:
    """The last whole day: how it began, what each kind of operation cost, and how many payers ran low."""
    report, uses = last_day(state)
    kinds = [*(OPERATIONS[number].name for number in range(len(OPERATIONS))), "multiop"]
    return {
        "block": report.block_num,
        "stamp": report.stamp.hex(),
        "regen": number_json(report.regained),
        "budget": list(map(number_json, report.budgets)),
        "pool": list(map(number_json, report.pools)),
        "share": list(report.shares),
        **dict(zip(YARDSTICKS, map(number_json, report.averages), strict=True)),
        "ops": {
            kind if kind == "multiop" else f"{kind}_operation": {
                "count": uses[kind].count,
                "avg_cost": number_json(average_cost(uses[kind])),
            }
            for kind in kinds
            if kind in uses
        },
        "payers": [
            _payer_view(rank, uses[payer_kind(rank)]) for rank in range(PAYER_RANKS) if payer_kind(rank) in uses
        ],
    }


def _payer_view(rank: int, use: CreditUse) -> dict[str, Any]:
    """How often payers with bars of one order of magnitude were low, where they were at all."""
    low = dict(zip(("lt5", "lt10", "lt20"), use.shortages, strict=False))
    dry = dict(zip(YARDSTICKS, use.shortages[3:], strict=True))
    view = {"rank": rank, "count": use.count, **{name: count for name, count in low.items() if count}}
    return {**view, "cant_afford": dry} if any(dry.values()) else view


def operation_stats_view(use: CreditUse | None) -> dict[str, Any]:
    """Averages of one kind of transaction; zeros where there was none."""
    average = average_cost(use)
    costs = usage = shares = NOTHING
    if use is not None and average:
        costs = tuple(cost // use.count for cost in use.costs)
        usage = tuple(used // use.count for used in use.usage)
        shares = tuple(cost * ALL_BP // average for cost in costs)
    history, tokens, market, state, time = usage
    return {
        "count": 0 if use is None else use.count,
        "avg_cost_rc": number_json(average),
        "resource_cost": _by_resource(costs, "rc"),
        "resource_cost_share": _by_resource(shares, "bp"),
        "resource_usage": {
            "history_bytes": history,
            "tokens": f"{tokens // 10_000}.{tokens % 10_000:04}",
            "market_bytes": market // 10,
            "state_hbytes": number_json(state),
            "exec_ns": number_json(time),
        },
    }


def _by_resource(amounts_: tuple[int, ...], unit: str) -> dict[str, Any]:
    names = ("history", "tokens", "market", "state", "exec")
    return {f"{name}_{unit}": number_json(amount) for name, amount in zip(names, amounts_, strict=True)}
