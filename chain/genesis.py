"""The first state of a chain, and what its first block brings about (protocol.md §1.5, §11).

hived begins with the rules of 2016 and applies every hardfork that is already due while it applies block 1. So do we, as far as
that leaves a trace: VESTS are split by a million, credits and the reward fund appear, the treasury is locked, and each hardfork
is told. The state before block 1 is therefore one that nobody else ever sees.
"""

from typing import Final

from chain.errors import InvalidBlock
from chain.hardfork_effects import names_by_id, tell_account
from chain.hardforks import apply_hardfork, hardfork_version
from chain.params import HARDFORKS_COUNT, HUNDRED_PERCENT_BP, STEEM_ACCOUNT, Params
from chain.presets import Genesis, GenesisAccount, GenesisWitness
from chain.rows import (
    SCHEDULE_MINER,
    Account,
    AccountKeys,
    Bars,
    FeedHistory,
    Globals,
    Hardforks,
    Irreversible,
    Schedule,
    Witness,
)
from chain.state import State
from rewards import hbd, subsidy
from rewards.intmath import mul_div_floor
from rewards.price import Price

OLDEST_HARDFORK: Final = 27
"""The oldest rules this program can begin with."""


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
    bars = Bars(given.name)
    if given.name == STEEM_ACCOUNT:
        # made as accounts of 2016 were: a full bar of hundred percent, which meant something then
        bars.voting_mana = HUNDRED_PERCENT_BP
        bars.voting_mana_at = bars.downvote_mana_at = created
    state.bars.insert(bars)
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
    state.begin_processes()
    for name in names_by_id(state):
        tell_account(state, name)
    state.begin_first_hardforks()
    for number in range(1, newest + 1):
        apply_hardfork(state, number)
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
