"""Charging transactions in resource credits (protocol.md §9.1 to §9.3).

A transaction is charged after its operations have been applied, for they may have changed the payer's bar. Who admits or produces
refuses one that its payer cannot pay; a block may hold it all the same, and then the bar is empty.
"""

from functools import cache
from typing import ClassVar, Final, NamedTuple

from chain.authority import Authorities
from chain.credits import regenerate_credits
from chain.errors import InvalidTransaction
from chain.operation import Operation
from chain.resource_use import HELD, usage_of
from chain.rows import Bars, CreditBucket, CreditPools
from chain.schedule import subsidy_rules
from chain.state import State
from chain.transaction import Transaction
from chain.types import time_text
from rewards import credits as pure
from rewards.credits import NOTHING, Amounts, Prices, Resource
from rewards.intmath import div_ceil

BILLS_MAX: Final = 10_000
"""Bills remembered of one tariff, about 4 MB: a full block rarely has more, and pools at rest keep theirs for long."""


class NotEnoughCredits(InvalidTransaction):
    code = "not_enough_credits"
    text = "Account: {account} has {mana} RC, needs {cost} RC. Please wait to transact or power up HIVE. {outlook}"
    hive_code: ClassVar[int] = 4100100
    hive_name: ClassVar[str] = "not_enough_rc_exception"
    hive_text: ClassVar[str] = "payer has not enough RC mana for transaction"


class Bill(NamedTuple):
    """What was used of each resource, in its unit, and the credits that this costs."""

    usage: Amounts
    costs: Amounts
    total: int


class Tariff:
    """The prices of a moment, and the bills made out by them: thousands of transactions use the same few amounts."""

    __slots__ = ("_bills", "made_of", "prices", "units")

    def __init__(self, made_of: tuple[object, ...], prices: Prices, units: Amounts) -> None:
        self.made_of = made_of
        self.prices = prices
        self.units = units
        self._bills: dict[Amounts, Bill] = {}

    def bill(self, used: Amounts) -> Bill:
        """For amounts as counted."""
        found = self._bills.get(used)
        if found is None:
            if len(self._bills) >= BILLS_MAX:
                self._bills.clear()
            found = self._bills[used] = self._made_out(used)
        return found

    def _made_out(self, used: Amounts) -> Bill:
        if not self.prices:
            return Bill(used, NOTHING, 0)  # as hived, which then does not even turn what was used into units
        usage = tuple([amount * unit for amount, unit in zip(used, self.units, strict=True)])
        costs = pure.costs(usage, self.prices)
        return Bill(usage, costs, sum(costs))


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


def tariff(state: State) -> Tariff:
    """What things cost now: the same as before where a few VESTS more or less make no price another."""
    params, vests = state.params, state.globals.total_vesting_shares
    row, dynamics = state.credit_pools.get(""), state.schedule.subsidy_dynamics
    regained = pure.regeneration(vests, params.rc_regeneration_seconds, params.block_interval_seconds)
    made_of = (regained, row.pools, row.usage, dynamics)
    found = state.tariff
    if found is None or found.made_of != made_of:
        prices = pure.prices(regained, row.pools, row.usage, _accounts_resource(dynamics))
        found = state.tariff = Tariff(made_of, prices, _units(dynamics[0]))
    state.tariff_vests = vests
    return found


# Charging


def note_held(state: State, operation: Operation) -> None:
    """Before an operation of a kind in HELD is applied: what it will replace in the state is taken off its use."""
    state.noted_bytes -= HELD[operation.name](state, operation)


def payer_of(transaction: Transaction) -> str:
    """Who pays: the first account that must sign the first operation."""
    operations = transaction.operations
    if len(operations) == 1:
        return _first_of(transaction.authorities()) or _named_in(operations[0])
    for operation in operations:
        name = _first_of(operation.authorities()) or _named_in(operation)
        if name:
            return name
    return ""


def _first_of(authorities: Authorities) -> str:
    posting, active, owner, _, _ = authorities
    names = active or owner or posting
    return names[0] if names else ""


def _named_in(operation: Operation) -> str:
    named = PAYERS.get(operation.name)
    return "" if named is None else str(getattr(operation, named))


PAYERS = {"witness_set_properties": "owner", "recover_account": "account_to_recover"}
"""Where no account's own authority signs, the member that names who pays."""


def appraise(state: State, transaction: Transaction) -> Bill:
    """What a transaction uses, and what that costs now. Call it when its operations have been applied.

    Of all that prices are made of, operations change the VESTS alone: as long as those stay, the block has one tariff.
    """
    found = state.tariff
    if found is None or state.tariff_vests != state.globals.total_vesting_shares:
        found = tariff(state)
    return found.bill(usage_of(transaction, state.now, state.noted_bytes, state.noted_nanoseconds))


def cost_of(state: State, used: Amounts) -> int:
    """All credits that amounts, as counted, cost now."""
    return tariff(state).bill(used).total


@cache
def _units(of_accounts: int) -> Amounts:
    return tuple(
        of_accounts if number == pure.NEW_ACCOUNTS else pure.FIXED[number].unit for number in range(len(pure.RESOURCES))
    )


def charge(state: State, transaction: Transaction) -> None:
    """Take the cost out of the payer's bar. Raises NotEnoughCredits where the node is in control."""
    bill = appraise(state, transaction)
    payer = payer_of(transaction)
    mana = mana_max = 0
    if payer:
        bars = regenerate_credits(state, payer)
        mana, mana_max, cost = bars.credits, bars.credits_max, bill.total
        if mana >= cost:
            mana -= cost
        elif state.is_in_control and not state.params.allow_not_enough_rc:
            raise _refusal(state, bars, cost)
        else:
            mana = 0
        bars.credits = mana
    state.block_usages.append(bill.usage)
    if state.tells:
        operations = transaction.operations
        only = operations[0].operation_id if len(operations) == 1 else None
        state.charges.append(Charge(only, bill.usage, bill.costs, mana, mana_max))


def _refusal(state: State, bars: Bars, cost: int) -> NotEnoughCredits:
    if cost > bars.credits_max:
        outlook = f"The account can hold {bars.credits_max} RC"
    else:
        seconds = div_ceil((cost - bars.credits) * state.params.rc_regeneration_seconds, bars.credits_max)
        outlook = f"There will be enough at {time_text(state.now + seconds)}"
    return NotEnoughCredits(account=bars.account, mana=bars.credits, cost=cost, outlook=outlook)
