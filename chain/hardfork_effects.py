"""What a hardfork does to the state, once, at the moment when it takes effect (protocol.md §11).

Up to hardfork 27 they come with the first block, so only what leaves a trace in a state without a history is here.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from chain.asset import HBD, HIVE, VESTS, Asset
from chain.credit_market import open_pools
from chain.credits import fill_first
from chain.events import AccountCreated, HardforkHive, VestingSharesSplit
from chain.keys import NULL_KEY
from chain.params import OBSOLETE_TREASURY_ACCOUNT, POST_REWARD_FUND, STEEM_ACCOUNT, TREASURY_ACCOUNT
from chain.rows import EMPTY_AUTHORITY, Account, AccountKeys, Bars, DeclineRequest, RewardFund
from chain.state import State

VESTING_SPLIT: Final = 1_000_000
WITHDRAW_RATE_AFTER_SPLIT: Final = 1  # left to every account there was
CREATION_FEE_FACTOR: Final = 30


def names_by_id(state: State) -> list[str]:
    """Of all accounts, the oldest first."""
    return [account.name for account in sorted(state.accounts.scan(), key=lambda account: account.id)]


def tell_account(state: State, name: str) -> None:
    """An account is there that nobody has paid for."""
    state.emit(AccountCreated(name, name, Asset(0, VESTS), Asset(0, VESTS)))


def split_vests(state: State) -> None:
    """VESTS got six more decimals."""
    state.edit_globals().total_vesting_shares *= VESTING_SPLIT
    for name in names_by_id(state):
        account = state.accounts.edit(name)
        before = account.vesting_shares
        account.vesting_shares = before * VESTING_SPLIT
        account.vesting_withdraw_rate = WITHDRAW_RATE_AFTER_SPLIT
        if before:
            after = account.vesting_shares
            state.emit(VestingSharesSplit(name, Asset(before, VESTS), Asset(after, VESTS)))


def found_reward_fund(state: State) -> None:
    state.reward_funds.insert(RewardFund(POST_REWARD_FUND, last_update=state.now))


def begin_credits(state: State) -> None:
    """The fee for an account is paid in full, no longer as a delegation; and everybody may act, stake or not (§9.1)."""
    schedule = state.schedules.edit("current")
    schedule.median_account_creation_fee *= CREATION_FEE_FACTOR
    for owner in schedule.shuffled:
        state.witnesses.edit(owner).account_creation_fee *= CREATION_FEE_FACTOR
    open_pools(state)
    for name in names_by_id(state):
        account = state.accounts.edit(name)
        account.rc_adjustment = state.params.rc_adjustment_historical
        fill_first(account, state.bars.edit(name), state.now)


def lock_first_treasury(state: State) -> None:
    _lock_treasury(state, OBSOLETE_TREASURY_ACCOUNT)


def lock_second_treasury(state: State) -> None:
    _lock_treasury(state, TREASURY_ACCOUNT)


def _lock_treasury(state: State, name: str) -> None:
    """Nobody can sign for the treasury or recover it. It is made where genesis has left it out."""
    if name not in state.accounts:
        state.accounts.insert(Account(name, state.next_id("account"), created=state.now, mined=True))
        state.bars.insert(Bars(name))
        state.account_keys.insert(AccountKeys(name))
        tell_account(state, name)
    keys = state.account_keys.edit(name)
    keys.owner = keys.active = keys.posting = EMPTY_AUTHORITY
    keys.memo_key = NULL_KEY
    keys.recovery_account = name


def clear_steem(state: State) -> None:
    """Of the accounts whose balances it took, a chain of ours can only hold `steem`, which owns nothing.

    Moving nothing still touched the clocks of HBD interest.
    """
    if STEEM_ACCOUNT not in state.accounts:
        return
    steem = state.accounts.edit(STEEM_ACCOUNT)
    steem.hbd_seconds_at = steem.savings_hbd_seconds_at = state.now
    state.accounts.edit(OBSOLETE_TREASURY_ACCOUNT).hbd_seconds_at = state.now
    nothing = (Asset(0, HBD), Asset(0, HIVE), Asset(0, VESTS), Asset(0, HIVE))
    state.emit(HardforkHive(STEEM_ACCOUNT, OBSOLETE_TREASURY_ACCOUNT, (), *nothing))


def plan_ahead(state: State) -> None:
    """A schedule is chosen one round before it is used."""
    state.schedules.insert(replace(state.schedule, key="future"))


def take_proposal_votes_of_the_declined(state: State) -> None:
    """Who has given up voting rights is asked for the votes for proposals that are left, by the way of all who give them up (§2.7)."""
    requests = state.decline_requests
    for voter in dict.fromkeys(vote.voter for vote in state.proposal_votes.by_voter.scan()):
        if state.accounts.get(voter).can_vote:
            continue
        if voter not in requests:
            requests.insert(DeclineRequest(voter, state.next_id("decline_request")))
        requests.edit(voter).effective_date = state.now


EFFECTS: Final[dict[int, Callable[[State], None]]] = {
    1: split_vests,
    17: found_reward_fund,
    20: begin_credits,
    21: lock_first_treasury,
    23: clear_steem,
    24: lock_second_treasury,
    26: plan_ahead,
    28: take_proposal_votes_of_the_declined,
}
"""By hardfork; the others change rules only."""
