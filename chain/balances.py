"""Money of accounts and of the chain as a whole: every change of a balance goes through here (protocol.md §1.4, §1.5, §1.8).

Amounts are smallest units. Functions that take an `Asset` serve operations, those named after a symbol take a change as an int.
Nothing here keeps the supply equal to the sum of the balances: who takes from one place puts it into another or changes the supply.
"""

from collections.abc import Callable

from chain.accounts import get_account
from chain.asset import HBD, HIVE, Asset, Symbol
from chain.credits import resize_bar
from chain.errors import OperationFailed
from chain.events import Interest
from chain.governance import adjust_votes
from chain.rows import Account, Bars
from chain.stake import effective_vests
from chain.state import State
from rewards import mana
from rewards.hbd import virtual_supply
from rewards.interest import accrue
from rewards.price import Price, hbd_to_hive
from rewards.vesting import hive_to_vests, vests_to_hive


class InsufficientFunds(OperationFailed):
    code = "insufficient_funds"
    text = (
        "Account {account} does not have sufficient funds for balance adjustment. "
        "Required: {required}, Available: {available}"
    )


class InsufficientSavings(OperationFailed):
    code = "insufficient_savings"
    text = "The savings of {account} hold {available}, less than {required}"


class NotMoney(OperationFailed):
    code = "not_money"
    text = "{symbol} is neither HIVE nor HBD"


def _texts(state: State, symbol: Symbol, **amounts: int) -> dict[str, str]:
    dialect = state.params.dialect
    return {role: Asset(amount, symbol).text(dialect) for role, amount in amounts.items()}


# Liquid


def adjust_balance(state: State, name: str, change: Asset) -> None:
    """Add to a liquid balance, or take from it. Raises UnknownAccount, InsufficientFunds, NotMoney."""
    amount, symbol = change
    adjuster(symbol)(state, name, amount)


def adjuster(symbol: Symbol) -> Callable[[State, str, int], None]:
    """What adds to a liquid balance in this symbol, or takes from it. Raises NotMoney."""
    if symbol == HIVE:
        return adjust_hive
    if symbol == HBD:
        return adjust_hbd
    raise NotMoney(symbol=symbol)


def liquid_balance(state: State, name: str, symbol: Symbol) -> int:
    """The liquid HIVE or HBD of an account. Raises UnknownAccount, NotMoney."""
    account = get_account(state, name)
    if symbol == HIVE:
        return account.balance
    if symbol == HBD:
        return account.hbd_balance
    raise NotMoney(symbol=symbol)


def adjust_hive(state: State, name: str, change: int) -> None:
    available = get_account(state, name).balance
    if available + change < 0:
        raise InsufficientFunds(account=name, **_texts(state, HIVE, required=-change, available=available))
    state.accounts.edit(name).balance += change


def adjust_hbd(state: State, name: str, change: int) -> None:
    available = get_account(state, name).hbd_balance
    if available + change < 0:
        raise InsufficientFunds(account=name, **_texts(state, HBD, required=-change, available=available))
    state.accounts.edit(name).hbd_balance += change


# Savings


def adjust_savings(state: State, name: str, change: Asset) -> None:
    """The same for savings; those in HBD first get the interest that is due, which cannot be taken yet.

    Raises UnknownAccount, InsufficientSavings, NotMoney.
    """
    amount, symbol = change
    if symbol == HIVE:
        adjust_savings_hive(state, name, amount)
    elif symbol == HBD:
        adjust_savings_hbd(state, name, amount)
    else:
        raise NotMoney(symbol=symbol)


def adjust_savings_hive(state: State, name: str, change: int) -> None:
    available = get_account(state, name).savings_balance
    if available + change < 0:
        raise InsufficientSavings(account=name, **_texts(state, HIVE, required=-change, available=available))
    state.accounts.edit(name).savings_balance += change


def adjust_savings_hbd(state: State, name: str, change: int) -> None:
    available = get_account(state, name).savings_hbd_balance
    if available + change < 0:
        raise InsufficientSavings(account=name, **_texts(state, HBD, required=-change, available=available))
    pay_interest(state, name)
    state.accounts.edit(name).savings_hbd_balance += change


def pay_interest(state: State, name: str) -> None:
    """Count the time that HBD was saved, and pay for it when 30 days have gone by since the last payment (§1.8)."""
    account = state.accounts.edit(name)
    accrual = accrue(
        account.savings_hbd_balance,
        account.savings_hbd_seconds,
        updated_at=account.savings_hbd_seconds_at,
        paid_at=account.savings_hbd_interest_at,
        now=state.now,
        rate_bp=state.globals.hbd_interest_rate,
        compound_seconds=state.params.hbd_interest_compound_seconds,
    )
    account.savings_hbd_seconds = accrual.hbd_seconds
    account.savings_hbd_seconds_at = state.now
    account.savings_hbd_interest_at = accrual.paid_at
    interest = accrual.interest_hbd
    if not interest:
        return
    account.savings_hbd_balance += interest
    state.emit(Interest(name, Asset(interest, HBD), is_saved_into_hbd_balance=False))
    median = Price(*state.feed.current_median)
    globals_ = state.edit_globals()
    globals_.current_hbd_supply += interest
    globals_.virtual_supply += hbd_to_hive(interest, median)


# Supply


def adjust_hive_supply(state: State, change: int) -> None:
    """HIVE that comes into being or ceases to be."""
    globals_ = state.edit_globals()
    globals_.current_supply += change
    globals_.virtual_supply += change
    if globals_.current_supply < 0:
        raise AssertionError(f"{globals_.current_supply} HIVE in supply")


def adjust_hbd_supply(state: State, change: int) -> None:
    """HBD that comes into being or ceases to be; the virtual supply is taken anew at the present median."""
    globals_ = state.edit_globals()
    globals_.current_hbd_supply += change
    if globals_.current_hbd_supply < 0:
        raise AssertionError(f"{globals_.current_hbd_supply} HBD in supply")
    median = Price(*state.feed.current_median)
    globals_.virtual_supply = virtual_supply(globals_.current_supply, globals_.current_hbd_supply, median)


# VESTS


def vests_for_hive(state: State, hive: int) -> int:
    """The VESTS that `hive` buys at the normal price (§1.4)."""
    globals_ = state.globals
    return hive_to_vests(hive, globals_.total_vesting_shares, globals_.total_vesting_fund_hive)


def hive_for_vests(state: State, vests: int) -> int:
    """The HIVE that `vests` are worth at the normal price (§1.4)."""
    globals_ = state.globals
    return vests_to_hive(vests, globals_.total_vesting_shares, globals_.total_vesting_fund_hive)


def create_vesting(state: State, name: str, hive: int) -> int:
    """Turn HIVE that belongs to nobody any more into VESTS of an account, with votes and mana at once. Returns the VESTS."""
    vests = create_silent_vesting(state, name, hive)
    adjust_votes(state, name, vests)
    return vests


def create_silent_vesting(state: State, name: str, hive: int) -> int:
    """The same for VESTS that have no say in elections yet: the caller delays their votes (§4.7)."""
    vests = vests_for_hive(state, hive)
    account = state.accounts.edit(name)
    update_manabars(state, account, vests)
    account.vesting_shares += vests
    resize_bar(state, account)
    globals_ = state.edit_globals()
    globals_.total_vesting_fund_hive += hive
    globals_.total_vesting_shares += vests
    return vests


# Mana


def update_manabars(state: State, account: Account, gained_vests: int = 0) -> Bars:
    """Bring both bars of an account up to now, then add the mana of VESTS about to be gained (§5.4). Returns them under edit."""
    bars = regenerate_bars(state, account.name, effective_vests(account))
    if gained_vests:
        bars.voting_mana = mana.increase(bars.voting_mana, gained_vests)
        pool_bp = state.params.downvote_pool_bp
        if pool_bp:
            bars.downvote_mana = mana.increase(bars.downvote_mana, mana.downvote_gain(gained_vests, pool_bp))
    return bars


def regenerate_bars(state: State, name: str, vests: int) -> Bars:
    """Bring both bars of an account with so many effective VESTS up to now. Returns them under edit."""
    params, now = state.params, state.now
    bars = state.bars.edit(name)
    regeneration, pool_bp = params.vote_regeneration_seconds, params.downvote_pool_bp
    bars.voting_mana = mana.regenerate(bars.voting_mana, vests, now - bars.voting_mana_at, regeneration)
    bars.voting_mana_at = now
    if pool_bp:
        downvote_max = mana.downvote_max(vests, pool_bp)
        elapsed = now - bars.downvote_mana_at
        bars.downvote_mana = mana.regenerate(bars.downvote_mana, downvote_max, elapsed, regeneration)
        bars.downvote_mana_at = now
    return bars


def use_mana(state: State, name: str, vests: int) -> None:
    """Take the mana of `vests` out of both bars; neither falls below 0."""
    bars = state.bars.edit(name)
    bars.voting_mana = mana.use(bars.voting_mana, vests)
    bars.downvote_mana = mana.use(bars.downvote_mana, mana.downvote_max(vests, state.params.downvote_pool_bp))
