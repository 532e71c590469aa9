"""The treasury's clock (protocol.md §8.12): hourly it tells what emission brought it and pays proposals, daily it turns some of its
HIVE into HBD. What is left of proposals that were taken back goes in every block.
"""

from chain.asset import HBD, HIVE, Asset
from chain.balances import adjust_hbd, adjust_hbd_supply, adjust_hive, adjust_hive_supply
from chain.events import DhfConversion, DhfFunding, ProposalPay
from chain.params import HUNDRED_PERCENT_BP, TREASURY_ACCOUNT
from chain.processes.price_feed import median_price
from chain.proposals import Removals, count_votes, remove_proposal
from chain.rows import Proposal
from chain.state import State
from rewards.intmath import mul_div_floor
from rewards.price import hive_to_hbd
from rewards.treasury import budget, payments


def process_treasury(state: State) -> None:
    remove_proposals(state)
    is_due = state.globals.next_maintenance_time <= state.now
    if is_due:
        tell_funding(state)
    if state.globals.next_daily_maintenance_time <= state.now:
        convert_hive(state)
    if is_due:
        pay_proposals(state)
        begin_period(state)


def remove_proposals(state: State) -> None:
    """Go on with what an operation could not remove at once."""
    removals = Removals(state)
    for proposal in state.proposals.removed.until((state.now - state.params.proposal_cleanup_seconds,)):
        remove_proposal(state, proposal.id, removals)
        if removals.are_over:
            break


def tell_funding(state: State) -> None:
    funds = state.globals.dhf_interval_ledger
    if funds > 0:
        state.emit(DhfFunding(TREASURY_ACCOUNT, Asset(funds, HBD)))
        state.edit_globals().dhf_interval_ledger = 0


def convert_hive(state: State) -> None:
    params = state.params
    state.edit_globals().next_daily_maintenance_time = state.now + params.proposal_daily_period_seconds
    hive = mul_div_floor(
        state.accounts.get(TREASURY_ACCOUNT).balance, params.proposal_conversion_bp, HUNDRED_PERCENT_BP
    )
    hbd = hive_to_hbd(hive, median_price(state))
    if hbd < params.payout_hbd_min:
        return
    adjust_hive(state, TREASURY_ACCOUNT, -hive)
    adjust_hbd(state, TREASURY_ACCOUNT, hbd)
    adjust_hive_supply(state, -hive)
    adjust_hbd_supply(state, hbd)
    state.emit(DhfConversion(TREASURY_ACCOUNT, Asset(hive, HIVE), Asset(hbd, HBD)))


def pay_proposals(state: State) -> None:
    """Count the votes, and pay proposals that have any, those with the most first, as far as the budget goes."""
    active = recount_votes(state)
    chosen = sorted((proposal for proposal in active if proposal.total_votes), key=lambda p: (-p.total_votes, p.id))
    passed_seconds = state.now - state.globals.last_budget_time
    available = budget(state.accounts.get(TREASURY_ACCOUNT).hbd_balance, passed_seconds)
    paid = payments(available, passed_seconds, [proposal.daily_pay for proposal in chosen])
    for proposal, hbd in zip(chosen, paid, strict=False):
        state.emit(ProposalPay(proposal.id, proposal.receiver, TREASURY_ACCOUNT, Asset(hbd, HBD)))
        adjust_hbd(state, TREASURY_ACCOUNT, -hbd)
        adjust_hbd(state, proposal.receiver, hbd)


def recount_votes(state: State) -> list[Proposal]:
    """Of proposals that are active, which are returned, and of those to come; what is over keeps its last count."""
    now = state.now
    active = [proposal.id for proposal in state.proposals.by_end_date.scan((now,)) if proposal.start_date <= now]
    to_come = [proposal.id for proposal in state.proposals.by_start_date.scan((now + 1,))]
    for proposal_id in (*active, *to_come):
        state.proposals.edit(proposal_id).total_votes = count_votes(state, proposal_id)
    return [state.proposals.get(proposal_id) for proposal_id in active]


def begin_period(state: State) -> None:
    globals_ = state.edit_globals()
    globals_.next_maintenance_time = state.now + state.params.proposal_period_seconds
    globals_.last_budget_time = state.now
