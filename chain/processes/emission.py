"""The new tokens of a block: to the reward fund, to all who hold VESTS, to the treasury and to the witness (protocol.md §7)."""

from chain.asset import VESTS, Asset
from chain.balances import create_vesting, vests_for_hive
from chain.events import ProducerReward
from chain.params import TREASURY_ACCOUNT
from chain.processes.price_feed import median_price, treasury_hbd
from chain.rows import SCHEDULE_ELECTED, SCHEDULE_MINER, SCHEDULE_TIMESHARE
from chain.rules import EMISSION_WITHOUT_TREASURY, in_force
from chain.state import State
from chain.warnings import unknown_witness_kind
from rewards import emission
from rewards.price import Price


def process_emission(state: State) -> None:
    params = state.params
    globals_ = state.globals
    median = median_price(state)
    rate_bp = emission.inflation_rate_bp(
        globals_.head_block_num, params.inflation_start_bp, params.inflation_stop_bp, params.inflation_narrowing_blocks
    )
    new = emission.emit(
        emission.new_hive(_base(state, median), rate_bp, params.blocks_per_year),
        emission.EmissionShares(
            params.content_reward_bp, params.vesting_reward_bp, params.proposal_fund_bp, params.content_fund_bp
        ),
        median,
        witnesses=params.witnesses_max,
        pay_weight=_pay_weight(state),
        pay_normalization=state.schedule.pay_normalization,
    )
    state.edit_reward_fund().reward_balance += new.content_hive
    if new.dhf_hbd:
        state.accounts.edit(TREASURY_ACCOUNT).hbd_balance += new.dhf_hbd
    changed = state.edit_globals()
    changed.total_vesting_fund_hive += new.vesting_hive
    changed.current_supply += new.issued_hive
    changed.current_hbd_supply += new.dhf_hbd
    changed.virtual_supply += new.issued_hive + new.dhf_hive
    changed.dhf_interval_ledger += new.dhf_hbd
    pay_witness(state, new.witness_pay_hive)


def _base(state: State, median: Price) -> int:
    """The HIVE on which the rate is taken."""
    totals = state.globals
    if in_force(state, EMISSION_WITHOUT_TREASURY):
        return emission.inflation_base(totals.current_supply, totals.current_hbd_supply, treasury_hbd(state), median)
    return totals.virtual_supply


def _pay_weight(state: State) -> int:
    """The present witness's weight; a witness of no known kind is paid as an elected one, with a warning, as hived does."""
    schedule = state.schedule
    owner = state.globals.current_witness
    weights = {
        SCHEDULE_ELECTED: schedule.elected_weight,
        SCHEDULE_TIMESHARE: schedule.timeshare_weight,
        SCHEDULE_MINER: schedule.miner_weight,
    }
    kind = state.witnesses.get(owner).schedule
    if kind not in weights:
        state.emit(unknown_witness_kind(owner))
    return weights.get(kind, 1)


def pay_witness(state: State, hive: int) -> None:
    """VESTS for the producer, whose event comes before the effects of gaining them."""
    producer = state.globals.current_witness
    state.emit(ProducerReward(producer, Asset(vests_for_hive(state, hive), VESTS)))
    create_vesting(state, producer, hive)
