"""The first state of a chain, and what its first block brings about (protocol.md §1.5, §11).

hived begins with the rules of 2016 and applies every hardfork that is already due while it applies block 1. So do we, as far as
that leaves a trace: VESTS are split by a million, credits and the reward fund appear, the treasury is locked, and each hardfork
is told. The state before block 1 is therefore one that nobody else ever sees.
"""

from dataclasses import replace
from typing import Final

from chain.asset import HBD, HIVE, VESTS, Asset
from chain.errors import InvalidBlock
from chain.events import AccountCreated, Hardfork, HardforkHive, VestingSharesSplit, VirtualOperation
from chain.hardforks import hardfork_version
from chain.keys import NULL_KEY
from chain.params import (
    HARDFORKS_COUNT,
    HUNDRED_PERCENT_BP,
    OBSOLETE_TREASURY_ACCOUNT,
    POST_REWARD_FUND,
    STEEM_ACCOUNT,
    TREASURY_ACCOUNT,
    Params,
)
from chain.presets import Genesis, GenesisAccount, GenesisWitness
from chain.rows import (
    EMPTY_AUTHORITY,
    SCHEDULE_MINER,
    Account,
    AccountKeys,
    FeedHistory,
    Globals,
    Hardforks,
    Irreversible,
    Mana,
    RewardFund,
    Schedule,
    Witness,
)
from chain.state import NO_TRANSACTION, NO_TRANSACTION_ID, AppliedOperation, State
from rewards import hbd, subsidy
from rewards.intmath import mul_div_floor
from rewards.price import Price

OLDEST_HARDFORK: Final = 27
"""The oldest rules this program can begin with."""

VESTING_SPLIT: Final = 1_000_000  # hardfork 1
CREATION_FEE_FACTOR: Final = 30  # hardfork 20
WITHDRAW_RATE_AFTER_SPLIT: Final = 1  # hardfork 1 left this to every account there was
LAST_HARDFORK_BY_TIME: Final = 5  # up to it hardforks came by the clock; applied at genesis, they bear the genesis time


class RulesTooOld(InvalidBlock):
    code = "rules_too_old"
    text = "At its first block this chain is under the rules of hardfork {hardfork}; Skald knows those from {oldest} on"


# --- before the first block --------------------------------------------------------------------------------------------


def create(state: State, genesis: Genesis) -> None:
    """Insert every row a chain begins with, on the open layer of an empty store."""
    params = genesis.params
    first_witness = genesis.witnesses[0].name
    for account in genesis.accounts:
        _create_account(state, account, genesis)
    for witness in genesis.witnesses:
        _create_witness(state, witness, params)
    price = genesis.feed or (0, 0)
    state.feed_histories.insert(
        FeedHistory(current_median=price, market_median=price, current_min=price, current_max=price)
    )
    state.globals_.insert(_globals(genesis, first_witness))
    state.schedules.insert(_schedule(params, first_witness))
    state.hardforks_.insert(Hardforks(processed=(params.genesis_time,), next_time=params.genesis_time))
    state.irreversibles.insert(Irreversible())
    state.now = params.genesis_time


def _create_account(state: State, given: GenesisAccount, genesis: Genesis) -> None:
    created = genesis.params.genesis_time
    account = Account(
        given.name,
        state.next_id("account"),
        created=created,
        mined=True,
        balance=given.hive,
        hbd_balance=given.hbd,
        vesting_shares=_vests(given, genesis),
    )
    bars = Mana(given.name)
    if given.name == STEEM_ACCOUNT:
        # made as accounts of 2016 were: a full bar of hundred percent, which meant something then
        bars.voting_mana = HUNDRED_PERCENT_BP
        bars.voting_mana_at = bars.downvote_mana_at = created
    state.mana.insert(bars)
    state.accounts.insert(account)
    state.account_keys.insert(AccountKeys(given.name, given.owner, given.active, given.posting, given.memo_key))


def _vests(account: GenesisAccount, genesis: Genesis) -> int:
    """VESTS before the split for the HIVE that an account begins with as stake."""
    return mul_div_floor(account.vesting_hive, genesis.vests_per_hive, 1_000)


def _create_witness(state: State, given: GenesisWitness, params: Params) -> None:
    state.witnesses.insert(
        Witness(
            given.name,
            state.next_id("witness"),
            url=given.url,
            signing_key=given.signing_key,
            schedule=SCHEDULE_MINER,
            account_creation_fee=params.account_creation_fee_min,
            maximum_block_size=params.maximum_block_size_bytes_default,
            hbd_interest_rate=params.hbd_interest_rate_default_bp,
            account_subsidy_budget=params.account_subsidy_budget_default,
            account_subsidy_decay=params.account_subsidy_decay_default,
            hardfork_time_vote=params.genesis_time,
        )
    )


def _globals(genesis: Genesis, first_witness: str) -> Globals:
    params = genesis.params
    hive, hbd_supply = params.initial_hive_supply, params.initial_hbd_supply
    return Globals(
        time=params.genesis_time,
        current_witness=first_witness,
        virtual_supply=hbd.virtual_supply(hive, hbd_supply, Price(*genesis.feed)) if genesis.feed else hive,
        current_supply=hive,
        init_hbd_supply=hbd_supply,
        current_hbd_supply=hbd_supply,
        total_vesting_fund_hive=sum(account.vesting_hive for account in genesis.accounts),
        total_vesting_shares=sum(_vests(account, genesis) for account in genesis.accounts),
        maximum_block_size=params.maximum_block_size_bytes_max,
        current_remove_threshold=params.removals_per_block_max,
        next_maintenance_time=params.genesis_time,
        last_budget_time=params.genesis_time,
        next_daily_maintenance_time=params.genesis_time,
    )


def _schedule(params: Params, first_witness: str) -> Schedule:
    """One witness alone, under the proposals that every new witness begins with."""
    budget, decay = params.account_subsidy_budget_default, params.account_subsidy_decay_default
    return Schedule(
        "current",
        shuffled=(first_witness,),
        elected_weight=params.elected_witness_weight,
        timeshare_weight=params.timeshare_witness_weight,
        miner_weight=params.miner_witness_weight,
        pay_normalization=params.elected_witness_weight * params.elected_witnesses_max
        + params.miner_witness_weight * params.miner_witnesses_max
        + params.timeshare_witness_weight * params.timeshare_witnesses_max,
        median_account_creation_fee=params.account_creation_fee_min,
        median_maximum_block_size=params.maximum_block_size_bytes_default,
        median_hbd_interest_rate=params.hbd_interest_rate_default_bp,
        median_account_subsidy_budget=budget,
        median_account_subsidy_decay=decay,
        max_voted_witnesses=params.elected_witnesses_max,
        max_miner_witnesses=params.miner_witnesses_max,
        max_runner_witnesses=params.timeshare_witnesses_max,
        hardfork_required_witnesses=params.hardfork_witnesses_min,
        subsidy_dynamics=_dynamics_row(params, subsidy.dynamics(budget, decay)),
        witness_subsidy_dynamics=_dynamics_row(
            params, subsidy.witness_dynamics(budget, decay, 0, params.witnesses_max)
        ),
    )


def _dynamics_row(params: Params, rules: subsidy.PoolDynamics) -> tuple[int, ...]:
    return (
        params.account_subsidy_precision,
        rules.budget,
        rules.pool_eq,
        rules.pool_max,
        rules.decay,
        params.account_subsidy_decay_shift,
        rules.decay_min,
    )


# --- with the first block ------------------------------------------------------------------------------------------------


def process_first_block(state: State, block_time: int) -> None:
    """Tell of the first accounts, then apply the hardforks due at the first block's time, before its header is looked at.

    Raises RulesTooOld where that leaves rules in force that are not built in.
    """
    newest = _newest_due_hardfork(state.params, block_time)
    if newest < OLDEST_HARDFORK:
        raise RulesTooOld(hardfork=newest, oldest=OLDEST_HARDFORK)
    for name in _names_by_id(state):
        _tell_account(state, name, NO_TRANSACTION)
    for number in range(1, newest + 1):
        _tell(state, Hardfork(number), 0)
        _apply_hardfork(state, number)
    version = hardfork_version(newest)
    hardforks = state.edit_hardforks()
    hardforks.next_version = version
    hardforks.next_time = state.now
    for owner in [witness.owner for witness in state.witnesses.scan()]:
        witness = state.witnesses.edit(owner)
        witness.running_version = version
        witness.hardfork_version_vote = version
        witness.hardfork_time_vote = state.params.hardfork_time(newest)


def _newest_due_hardfork(params: Params, block_time: int) -> int:
    for number in range(1, HARDFORKS_COUNT + 1):
        if params.hardfork_time(number) > block_time:
            return number - 1
    return HARDFORKS_COUNT


def _names_by_id(state: State) -> list[str]:
    return [account.name for account in sorted(state.accounts.scan(), key=lambda account: account.id)]


def _tell(state: State, event: VirtualOperation, trx_in_block: int) -> None:
    """Counted from 1 in one go, as hived does, though it files accounts under no transaction and hardforks under the first one."""
    state.applied.append(AppliedOperation(event, NO_TRANSACTION_ID, trx_in_block, len(state.applied) + 1, virtual=True))


def _tell_account(state: State, name: str, trx_in_block: int) -> None:
    _tell(state, AccountCreated(name, name, Asset(0, VESTS), Asset(0, VESTS)), trx_in_block)


def _apply_hardfork(state: State, number: int) -> None:
    if number == 1:
        _split_vests(state)
    elif number == 17:
        state.reward_funds.insert(RewardFund(POST_REWARD_FUND, last_update=state.now))
    elif number == 20:
        _raise_creation_fee(state)
        _give_credits(state)
    elif number == 21:
        _lock_treasury(state, OBSOLETE_TREASURY_ACCOUNT)
    elif number == 23:
        _clear_steem(state)
    elif number == 24:
        _lock_treasury(state, TREASURY_ACCOUNT)
    elif number == 26:
        state.schedules.insert(replace(state.schedule, key="future"))
    hardforks = state.edit_hardforks()
    at = state.now if number <= LAST_HARDFORK_BY_TIME else state.params.hardfork_time(number)
    hardforks.processed = (*hardforks.processed, at)
    hardforks.last_hardfork = number
    hardforks.current_version = hardfork_version(number)


def _split_vests(state: State) -> None:
    """Hardfork 1: VESTS got six more decimals."""
    state.edit_globals().total_vesting_shares *= VESTING_SPLIT
    for name in _names_by_id(state):
        account = state.accounts.edit(name)
        before = account.vesting_shares
        account.vesting_shares = before * VESTING_SPLIT
        account.vesting_withdraw_rate = WITHDRAW_RATE_AFTER_SPLIT
        if before:
            after = account.vesting_shares
            _tell(state, VestingSharesSplit(name, Asset(before, VESTS), Asset(after, VESTS)), 0)


def _raise_creation_fee(state: State) -> None:
    """Hardfork 20: the fee is paid in full, no longer as a delegation."""
    schedule = state.schedules.edit("current")
    schedule.median_account_creation_fee *= CREATION_FEE_FACTOR
    for owner in schedule.shuffled:
        state.witnesses.edit(owner).account_creation_fee *= CREATION_FEE_FACTOR


def _give_credits(state: State) -> None:
    """Hardfork 20: everybody may act, stake or not (§9.1)."""
    for name in _names_by_id(state):
        state.accounts.edit(name).rc_adjustment = state.params.rc_adjustment_historical


def _lock_treasury(state: State, name: str) -> None:
    """Hardforks 21 and 24: nobody can sign for the treasury or recover it. It is made where genesis has left it out."""
    if name not in state.accounts:
        state.accounts.insert(Account(name, state.next_id("account"), created=state.now, mined=True))
        state.mana.insert(Mana(name))
        state.account_keys.insert(AccountKeys(name))
        _tell_account(state, name, 0)
    keys = state.account_keys.edit(name)
    keys.owner = keys.active = keys.posting = EMPTY_AUTHORITY
    keys.memo_key = NULL_KEY
    keys.recovery_account = name


def _clear_steem(state: State) -> None:
    """Hardfork 23: of the accounts whose balances it took, a chain of ours can only hold `steem`, which owns nothing.

    Moving nothing still touched the clocks of HBD interest.
    """
    if STEEM_ACCOUNT not in state.accounts:
        return
    steem = state.accounts.edit(STEEM_ACCOUNT)
    steem.hbd_seconds_at = steem.savings_hbd_seconds_at = state.now
    state.accounts.edit(OBSOLETE_TREASURY_ACCOUNT).hbd_seconds_at = state.now
    _tell(
        state,
        HardforkHive(
            STEEM_ACCOUNT,
            OBSOLETE_TREASURY_ACCOUNT,
            (),
            Asset(0, HBD),
            Asset(0, HIVE),
            Asset(0, VESTS),
            Asset(0, HIVE),
        ),
        0,
    )
