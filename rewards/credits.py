"""Resource credits: what the work of a node costs, and how the cost follows demand (protocol.md §9.2, §9.3).

A transaction uses five *resources*. Each has a *pool*: every block adds the resource's budget and takes what was used, and a part of
the pool decays, so that an unused pool comes to rest at `pool_eq`. The emptier the pool, the dearer the unit:

    price of a unit = share · A / (B + pool)

`share` is the part of all regenerating credits that this resource may take. It grows with the resource's use over the last day, against
its budget. A and B come from hived's generator of parameters; four resources have fixed ones, those of new accounts follow from what
witnesses vote for. Amounts of a resource are counted in its smallest unit (market bytes in tenths, accounts in 1/10,000).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rewards.intmath import ALL_BP
from rewards.subsidy import DECAY_SHIFT, PoolDynamics, pool_decay

HISTORY_BYTES, NEW_ACCOUNTS, MARKET_BYTES, STATE_BYTES, EXECUTION_TIME = range(5)
RESOURCES: Final = ("history_bytes", "new_accounts", "market_bytes", "state_bytes", "execution_time")

Amounts = tuple[int, ...]
"""One integer for each resource."""

NOTHING: Final[Amounts] = (0,) * len(RESOURCES)

# The generator's constants for new accounts: 1/128 of the equilibrium is B; A follows from the point (37/1000, 1/2).
_INELASTICITY: Final = (1, 128)
_A_POINT: Final = (37, 1_000)
_U_POINT: Final = (1, 2)
_UINT64_TOP: Final = 63  # index of the highest bit


@dataclass(frozen=True, slots=True)
class Resource:
    """How a resource's pool moves in a block, and A (`coeff_a` / 2^`shift`) and B (`coeff_b`) of its price."""

    unit: int
    budget: int
    pool_eq: int
    pool_max: int  # hived tells it, and keeps no pool to it
    decay: int
    decay_shift: int
    coeff_a: int
    coeff_b: int
    shift: int
    decay_min: int = 0


class Price(NamedTuple):
    """The cost of n > 0 is numerator · n / denominator, rounded up."""

    numerator: int
    denominator: int


Prices = tuple[Price | None, ...]
"""None: the resource is free. Empty: nothing regenerates, so everything is."""


# Recomputed with hived's build script and found in what it answers; new accounts have none that are fixed.
FIXED: Final[dict[int, Resource]] = {
    HISTORY_BYTES: Resource(
        unit=1,
        budget=43_403,
        pool_eq=27_050_539_251,
        pool_max=54_101_078_501,
        decay=3_613_026_481,
        decay_shift=51,
        coeff_a=10_525_659_774_662_010_880,
        coeff_b=211_332_338,
        shift=50,
    ),
    MARKET_BYTES: Resource(
        unit=10,
        budget=72_338,
        pool_eq=2_003_755_169,
        pool_max=4_007_510_337,
        decay=2_540_365_427,
        decay_shift=46,
        coeff_a=14_969_827_235_074_865_152,
        coeff_b=15_654_337,
        shift=55,
    ),
    STATE_BYTES: Resource(
        unit=1,
        budget=43_546_196,
        pool_eq=27_139_923_979_692,
        pool_max=54_279_847_959_383,
        decay=3_613_026_481,
        decay_shift=51,
        coeff_a=10_525_659_774_662_010_880,
        coeff_b=212_030_656_091,
        shift=50,
    ),
    EXECUTION_TIME: Resource(
        unit=1,
        budget=40_000_000,
        pool_eq=69_256_028_844,
        pool_max=138_512_057_687,
        decay=2_539_677_724,
        decay_shift=42,
        coeff_a=14_969_827_235_074_865_152,
        coeff_b=541_062_725,
        shift=59,
    ),
}


def new_accounts(unit: int, pool: PoolDynamics) -> Resource:
    """The resource of new accounts under the dynamics that the witnesses' votes give (hived's `generate_rc_curve_params`)."""
    coeff_a, shift = _curve(pool.decay)
    return Resource(
        unit=unit,
        budget=pool.budget,
        pool_eq=pool.pool_eq,
        pool_max=pool.pool_max,
        decay=pool.decay,
        decay_shift=DECAY_SHIFT,
        coeff_a=coeff_a,
        coeff_b=pool.pool_eq * _INELASTICITY[0] // _INELASTICITY[1],
        shift=shift - DECAY_SHIFT,
        decay_min=pool.decay_min,
    )


def _curve(decay: int) -> tuple[int, int]:
    """A without its factor 2^decay_shift, as (mantissa of 64 bits, binary places)."""
    numerator = max(_A_POINT[0] * (_U_POINT[1] - _U_POINT[0]), 1)
    denominator = max(_A_POINT[1] * _U_POINT[0] * decay, 1)
    places = _UINT64_TOP + 1 - numerator.bit_length()
    places += _UINT64_TOP + 1 - ((numerator << places) // denominator).bit_length()
    return (numerator << places) // denominator, places


def resources(of_accounts: Resource) -> tuple[Resource, ...]:
    """All five, in their order."""
    return tuple(of_accounts if number == NEW_ACCOUNTS else FIXED[number] for number in range(len(RESOURCES)))


# Prices


def regeneration(total_vests: int, regeneration_seconds: int, block_interval_seconds: int) -> int:
    """The credits that all accounts together regain in a block."""
    return total_vests // (regeneration_seconds // block_interval_seconds)


def weights(usage: Amounts) -> Amounts:
    """By what share of its budget each resource was in demand. New accounts are a luxury: they weigh as much as all others together."""
    found = [
        0 if number == NEW_ACCOUNTS else max(usage[number] * ALL_BP // FIXED[number].budget, 1)
        for number in range(len(RESOURCES))
    ]
    found[NEW_ACCOUNTS] = sum(found)
    return tuple(found)


def prices(regained: int, pools: Amounts, usage: Amounts, of_accounts: Resource) -> Prices:
    """What each resource costs where `regained` credits come back in a block."""
    if regained <= 0:
        return ()
    shares = weights(usage)
    whole = shares[NEW_ACCOUNTS]
    found: list[Price | None] = []
    for number, resource in enumerate(resources(of_accounts)):
        share = regained * shares[number] // whole
        numerator = (share * resource.coeff_a >> resource.shift) + 1
        found.append(Price(numerator, resource.coeff_b + max(pools[number], 0)) if share else None)
    return tuple(found)


def costs(amounts: Amounts, at: Prices) -> Amounts:
    """The credits that amounts of the resources cost; nothing where nothing is used."""
    return tuple(
        price.numerator * amount // price.denominator + 1 if price is not None and amount > 0 else 0
        for amount, price in zip(amounts, at, strict=True)
    )


# Pools


def total(usages: Sequence[Amounts]) -> Amounts:
    """What all of them used together."""
    return tuple(map(sum, zip(*usages, strict=True))) if usages else NOTHING


def next_pools(pools: Amounts, used: Amounts, of_accounts: Resource, free_accounts: int) -> Amounts:
    """The pools after a block that used so much. That of new accounts is what the chain has to give away."""
    found = [
        max(
            pool - pool_decay(pool - spent, resource.decay, resource.decay_shift) + resource.budget - spent,
            0,
        )
        for pool, spent, resource in zip(pools, used, resources(of_accounts), strict=True)
    ]
    found[NEW_ACCOUNTS] = max(free_accounts, 0)
    return tuple(found)


def fill_level_bp(pool: int, resource: Resource) -> int:
    """How full a pool is, against where it comes to rest."""
    return pool * ALL_BP // resource.pool_eq
