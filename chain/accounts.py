"""Accounts: finding them, making them, and changing who may sign for them (protocol.md §2.5, §2.6)."""

from typing import ClassVar

from chain.asset import HIVE, Asset
from chain.authority import Authority
from chain.credits import fill_first
from chain.errors import OperationFailed
from chain.keys import NULL_KEY
from chain.params import TEMP_ACCOUNT, TREASURY_ACCOUNTS
from chain.rows import Account, AccountKeys, Bars, OwnerHistory
from chain.state import State
from rewards.vesting import hive_to_vests


class UnknownAccount(OperationFailed):
    code = "unknown_account"
    text = "There is no account {account}"
    hive_format: ClassVar[str] = "There is no account ${id} (unknown key)"  # the words that beem looks for


class AccountExists(OperationFailed):
    code = "account_exists"
    text = "Account {account} already exists"


class UnknownAuthorityAccount(OperationFailed):
    code = "unknown_authority_account"
    text = "The new {role} authority of {account} names the account {member}, which does not exist"


class WrongCreationFee(OperationFailed):
    code = "wrong_creation_fee"
    text = "Must pay the exact account creation fee. Paid: {paid}, fee: {fee}"


class TempAccountFixed(OperationFailed):
    code = "temp_account_fixed"
    text = "The account {account}, for which anybody may sign, cannot be changed"


class OwnerUpdateTooSoon(OperationFailed):
    code = "owner_update_too_soon"
    text = "Owner authority can only be updated twice an hour."


def get_account(state: State, name: str) -> Account:
    """The account, read only. Raises UnknownAccount."""
    account = state.accounts.find(name)
    if account is None:
        raise UnknownAccount(account=name)
    return account


def is_treasury(name: str) -> bool:
    """The fund of the proposals, under its present or its former name (§2.7)."""
    return name in TREASURY_ACCOUNTS


def check_creation_fee(state: State, fee_amount: int) -> None:
    """An account costs what the witnesses agreed on, no less and no more. Raises WrongCreationFee (§2.5)."""
    expected = state.schedule.median_account_creation_fee
    if fee_amount != expected:
        dialect = state.params.dialect
        raise WrongCreationFee(paid=Asset(fee_amount, HIVE).text(dialect), fee=Asset(expected, HIVE).text(dialect))


def check_authority_accounts(state: State, account: str, **authorities: Authority | None) -> None:
    """Every account that a new authority names must exist, checked in the order given. Raises UnknownAuthorityAccount (§2.3)."""
    for role, authority in authorities.items():
        if authority is None:
            continue
        for member, _ in authority.account_auths:
            if member not in state.accounts:
                raise UnknownAuthorityAccount(role=role, account=account, member=member)


def create_account(
    state: State,
    name: str,
    creator: str,
    *,
    owner: Authority,
    active: Authority,
    posting: Authority,
    memo_key: bytes,
    fee_amount: int,
) -> Account:
    """A new account with empty mana, whose resource credits are those of the VESTS that `fee_amount` of HIVE buys (§2.5).

    The creator will be its recovery account, unless anybody may sign for the creator. Raises AccountExists.
    """
    if name in state.accounts:
        raise AccountExists(account=name)
    globals_ = state.globals
    account = Account(name, state.next_id("account"), state.block_time)
    account.rc_adjustment = hive_to_vests(fee_amount, globals_.total_vesting_shares, globals_.total_vesting_fund_hive)
    state.accounts.insert(account)
    bars = Bars(name, voting_mana_at=state.now, downvote_mana_at=state.now)
    fill_first(account, bars, state.now)
    state.bars.insert(bars)
    recovery_account = "" if creator == TEMP_ACCOUNT else creator
    keys = AccountKeys(name, owner, active, posting, memo_key, recovery_account=recovery_account)
    state.account_keys.insert(keys)
    return account


def update_account(
    state: State,
    name: str,
    *,
    owner: Authority | None,
    active: Authority | None,
    posting: Authority | None,
    memo_key: bytes | None,
) -> None:
    """Change what is given; no memo key and the null key are the same here (§2.6).

    Raises TempAccountFixed, UnknownAccount, OwnerUpdateTooSoon, UnknownAuthorityAccount.
    """
    if name == TEMP_ACCOUNT:
        raise TempAccountFixed(account=name)
    get_account(state, name)
    if owner is not None:
        check_owner_update(state, name)
        check_authority_accounts(state, name, owner=owner)
        update_owner_authority(state, name, owner)
    check_authority_accounts(state, name, active=active, posting=posting)
    keys = state.account_keys.edit(name)
    if memo_key is not None and memo_key != NULL_KEY:
        keys.memo_key = memo_key
    if active is not None:
        keys.active = active
    if posting is not None:
        keys.posting = posting
    keys.last_account_update = state.now


def check_owner_update(state: State, name: str) -> None:
    """Two changes of the owner authority an hour, one of them by recovery or not. Raises OwnerUpdateTooSoon (§2.6)."""
    keys = state.account_keys.get(name)
    earliest = state.now - state.params.owner_update_limit_seconds
    if keys.last_owner_update >= earliest and keys.previous_owner_update >= earliest:
        raise OwnerUpdateTooSoon(account=name)


def update_owner_authority(state: State, name: str, owner: Authority) -> None:
    """Change the owner authority; the former one stays good for a recovery for a while (§2.6, §2.7)."""
    keys = state.account_keys.edit(name)
    if state.globals.head_block_num >= state.params.owner_history_start_block_num:
        former = OwnerHistory(name, state.next_id("owner_history"), keys.owner, state.now)
        state.owner_history.insert(former)
    keys.owner = owner
    keys.previous_owner_update = keys.last_owner_update
    keys.last_owner_update = state.now
