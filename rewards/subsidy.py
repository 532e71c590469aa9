"""Free accounts: the pools that claim_account draws on (protocol.md §2.5)."""

from dataclasses import dataclass

from rewards.intmath import ALL_BP, INT64_MAX, UINT32_MAX, div_ceil, mul_div_floor

DECAY_SHIFT = 36
WITNESS_BUDGET_BP = 12_500  # each elected witness may give 25 % more than his part
BACKSTOP_BP = 9_000

_INT32_MAX = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class PoolDynamics:
    """How a pool moves in a block: up by `budget`, down by `decay` / 2^36 of itself or by `decay_min`.

    Amounts are 1/10,000 accounts. `pool_eq` is the smallest pool whose decay eats the budget; `pool_max` is the same here.
    """

    budget: int
    decay: int
    pool_eq: int
    pool_max: int
    decay_min: int = 0


def dynamics(budget: int, decay: int, decay_min: int = 0) -> PoolDynamics:
    """The dynamics that a budget and a decay (> 0) give."""
    pool_eq = div_ceil(budget << DECAY_SHIFT, decay)
    return PoolDynamics(budget, decay, pool_eq, pool_eq, decay_min)


def witness_dynamics(budget_median: int, decay_median: int, pool_median: int, witnesses_max: int) -> PoolDynamics:
    """The dynamics of a single witness's pool, from the medians of budget, decay and pools over the scheduled witnesses.

    It decays at least as fast as 90 % of the median pool does.
    """
    budget = min(mul_div_floor(budget_median, WITNESS_BUDGET_BP, ALL_BP), _INT32_MAX)
    decay = min(decay_median * witnesses_max, UINT32_MAX)
    decay_min = mul_div_floor(max(0, pool_decay(pool_median, decay)), BACKSTOP_BP, ALL_BP)
    return dynamics(budget, decay, decay_min)


def pool_decay(pool: int, decay: int, shift: int = DECAY_SHIFT) -> int:
    """What a pool loses in one block, a `decay` / 2^`shift` of itself; a negative pool loses as much upwards."""
    if pool < 0:
        return -pool_decay(-pool, decay, shift)
    return min(pool * decay >> shift, pool)


def step(pool: int, rules: PoolDynamics) -> int:
    """The pool after one block, between 0 and its maximum."""
    lost = max(pool_decay(pool, rules.decay), rules.decay_min)
    return max(0, min(pool + rules.budget - lost, rules.pool_max, INT64_MAX))
