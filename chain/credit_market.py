"""Charging transactions in resource credits (protocol.md §9.1 to §9.3).

A transaction is charged after its operations have been applied, for they may have changed the payer's bar. Who admits or produces
refuses one that its payer cannot pay; a block may hold it all the same, and then the bar is empty.
"""

from functools import cache
from typing import ClassVar, NamedTuple

from chain.authority import Authorities
from chain.credits import regenerated
from chain.errors import InvalidTransaction
from chain.operation import Operation
from chain.resource_use import HELD, usage_of
from chain.rows import CreditBucket, CreditPools, Credits
from chain.schedule import subsidy_rules
from chain.state import State
from chain.transaction import Transaction
from chain.types import time_text
from rewards import credits as pure
from rewards.credits import NOTHING, Amounts, Prices, Resource
from rewards.intmath import div_ceil


class NotEnoughCredits(InvalidTransaction):
    code = "not_enough_credits"
    text = "Account: {account} has {mana} RC, needs {cost} RC. Please wait to transact or power up HIVE. {outlook}"
    hive_code: ClassVar[int] = 4100100
    hive_name: ClassVar[str] = "not_enough_rc_exception"
    hive_text: ClassVar[str] = "payer has not enough RC mana for transaction"


class Charge(NamedTuple):
    """What a transaction of a block cost, as readers want to know it."""

    operation_id: int | None  # of its only operation
    usage: Amounts
    costs: Amounts
    mana: int  # of the payer, after it
    mana_max: int

    @property
    def total(self) -> int:
        return sum(self.costs)


# Prices


def open_pools(state: State) -> None:
    """Hardfork 20: pools at rest, and a day in which nothing was used, whose last hour begins now."""
    params = state.params
    pools = tuple(resource.pool_eq for resource in pure.resources(accounts_resource(state)))
    newest = params.rc_bucket_count - 1
    state.credit_pools.insert(CreditPools("", pools, NOTHING, newest))
    for number in range(params.rc_bucket_count):
        since = state.now - (newest - number) * params.rc_bucket_seconds
        state.credit_buckets.insert(CreditBucket(number, since, NOTHING))


def accounts_resource(state: State) -> Resource:
    """New accounts, which witnesses vote on."""
    return _accounts_resource(state.schedule.subsidy_dynamics)


@cache  # there are few, a tuple of witnesses' medians each
def _accounts_resource(dynamics: tuple[int, ...]) -> Resource:
    return pure.new_accounts(dynamics[0], subsidy_rules(dynamics))


def prices(state: State) -> Prices:
    """What a unit of each resource costs now."""
    row = state.credit_pools.get("")
    params = state.params
    regained = pure.regeneration(
        state.globals.total_vesting_shares, params.rc_regeneration_seconds, params.block_interval_seconds
    )
    made_of = (regained, row.pools, row.usage, state.schedule.subsidy_dynamics)
    if state.prices_made_of != made_of:  # they change once a block, or when somebody powers up a lot
        state.prices = pure.prices(regained, row.pools, row.usage, accounts_resource(state))
        state.prices_made_of = made_of
    return state.prices


# Charging


def note_held(state: State, operation: Operation) -> None:
    """Before an operation is applied: what it will replace in the state is taken off its use."""
    held = HELD.get(operation.name)
    if held is not None:
        state.noted_bytes -= held(state, operation)


def payer_of(transaction: Transaction) -> str:
    """Who pays: the first account that must sign the first operation."""
    for operation in transaction.operations:
        name = _payer_of(operation)
        if name:
            return name
    return ""


def _payer_of(operation: Operation) -> str:
    named = PAYERS.get(operation.name)
    if named is not None:
        return str(getattr(operation, named))
    authorities: Authorities = operation.authorities()
    for names in (authorities.active, authorities.owner, authorities.posting):
        if names:
            return names[0] if len(names) == 1 else min(names)
    return ""


PAYERS = {"witness_set_properties": "owner", "recover_account": "account_to_recover"}
"""Where no account's own authority signs, the member that names who pays."""


def appraise(state: State, transaction: Transaction) -> tuple[Amounts, Amounts]:
    """What a transaction uses of each resource, and what that costs now. Call it when its operations have been applied."""
    used = usage_of(transaction, state.now, state.noted_bytes, state.noted_nanoseconds)
    return priced(state, used)


def priced(state: State, used: Amounts) -> tuple[Amounts, Amounts]:
    """Amounts as counted, turned into the units of their resources, and the credits they cost now."""
    at = prices(state)
    if not at:
        return used, NOTHING  # as hived, which then does not even turn what was used into units
    units = _units(state.schedule.subsidy_dynamics[0])
    used = tuple([amount * unit for amount, unit in zip(used, units, strict=True)])
    return used, pure.costs(used, at)


def cost_of(state: State, used: Amounts) -> int:
    """All credits that amounts, as counted, cost now."""
    return sum(priced(state, used)[1])


@cache
def _units(of_accounts: int) -> Amounts:
    return tuple(
        of_accounts if number == pure.NEW_ACCOUNTS else pure.FIXED[number].unit for number in range(len(pure.RESOURCES))
    )


def charge(state: State, transaction: Transaction) -> None:
    """Take the cost out of the payer's bar. Raises NotEnoughCredits where the node is in control."""
    used, costs = appraise(state, transaction)
    cost = sum(costs)
    payer = payer_of(transaction)
    mana = mana_max = 0
    if payer:
        bar = regenerated(state, payer)
        if bar.mana < cost and state.is_in_control and not state.params.allow_not_enough_rc:
            raise _refusal(state, bar, cost)
        mana = bar.mana = max(bar.mana - cost, 0)
        mana_max = bar.mana_max
    if state.in_block:
        state.block_usage = tuple([held + new for held, new in zip(state.block_usage, used, strict=True)])
        if state.tells:
            operations = transaction.operations
            only = operations[0].operation_id if len(operations) == 1 else None
            state.charges.append(Charge(only, used, costs, mana, mana_max))


def _refusal(state: State, bar: Credits, cost: int) -> NotEnoughCredits:
    if cost > bar.mana_max:
        outlook = f"The account can hold {bar.mana_max} RC"
    else:
        seconds = div_ceil((cost - bar.mana) * state.params.rc_regeneration_seconds, bar.mana_max)
        outlook = f"There will be enough at {time_text(state.now + seconds)}"
    return NotEnoughCredits(account=bar.account, mana=bar.mana, cost=cost, outlook=outlook)
