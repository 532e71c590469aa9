"""Accounts: their money, stake and counters, their bars, and who may sign for them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from chain.authority import Authority
from chain.row import Row
from chain.types import TIME_MAX

EMPTY_AUTHORITY = Authority(1, (), ())


@lru_cache(maxsize=64)
def _authority(parts: tuple[Any, ...]) -> Authority:
    """Equal ones read soon after each other are kept once: often an account has the same for all its roles."""
    return Authority(*parts)


def as_authority() -> tuple[Any, Any]:
    return lambda authority: (authority.weight_threshold, authority.account_auths, authority.key_auths), _authority


@dataclass(slots=True)
class Account(Row):
    """Money, stake and counters of an account: what changes often (protocol.md §2.2)."""

    wide: ClassVar = ("savings_hbd_seconds",)

    name: str
    id: int
    created: int = 0
    mined: bool = False

    balance: int = 0  # HIVE
    hbd_balance: int = 0
    savings_balance: int = 0
    savings_hbd_balance: int = 0
    savings_hbd_seconds: int = 0  # HBD units times seconds since the last interest
    savings_hbd_seconds_at: int = 0
    savings_hbd_interest_at: int = 0
    hbd_seconds_at: int = 0  # the last interest on liquid HBD, which hardfork 25 ended

    vesting_shares: int = 0
    delegated_vesting_shares: int = 0
    received_vesting_shares: int = 0
    vesting_withdraw_rate: int = 0
    next_vesting_withdrawal: int = TIME_MAX
    to_withdraw: int = 0
    withdrawn: int = 0
    withdraw_routes: int = 0  # how many

    proxy: str = ""
    proxied_votes: tuple[int, ...] = (0, 0, 0, 0)  # by distance of those who chose this account as proxy
    witnesses_voted_for: int = 0
    governance_expiration: int = TIME_MAX
    delayed_votes: tuple[tuple[int, int], ...] = ()  # (time of the bucket, VESTS), oldest first
    delayed_votes_sum: int = 0
    can_vote: bool = True

    post_count: int = 0
    last_post: int = 0
    last_root_post: int = 0
    last_post_edit: int = 0

    pending_claimed_accounts: int = 0
    savings_withdraw_requests: int = 0
    pending_escrows: int = 0
    open_recurrent_transfers: int = 0
    rc_adjustment: int = 0  # VESTS


@dataclass(slots=True)
class Bars(Row):
    """All that an account has which comes back with time: what it can vote with (protocol.md §5.4), and its resource credits (§9.1).

    Apart from the rest, because nearly every transaction changes them and nothing else. The size of the bar of credits follows from
    stake and from credits lent; one that is not the size it should be is a bug. Credits come with the first block.
    """

    account: str
    voting_mana: int = 0
    voting_mana_at: int = 0
    downvote_mana: int = 0
    downvote_mana_at: int = 0
    last_vote_time: int = 0
    credits: int = 0
    credits_at: int = 0
    credits_max: int = 0
    credits_delegated: int = 0  # lent to others
    credits_received: int = 0  # lent by others


@dataclass(slots=True)
class AccountKeys(Row):
    """Who may sign for an account, and who may recover it."""

    converters: ClassVar = {"owner": as_authority(), "active": as_authority(), "posting": as_authority()}

    account: str
    owner: Authority = EMPTY_AUTHORITY
    active: Authority = EMPTY_AUTHORITY
    posting: Authority = EMPTY_AUTHORITY
    memo_key: bytes = bytes(33)
    last_owner_update: int = 0
    previous_owner_update: int = 0
    last_account_update: int = 0
    recovery_account: str = ""  # "": the top voted witness
    last_account_recovery: int = 0  # the head's time then, from which the next one is counted …
    recovered_at: int = 0  # … and that of the block that held it, which readers are shown


@dataclass(slots=True)
class DeclineRequest(Row):
    """An account that asked to give up its voting rights for ever."""

    account: str
    id: int
    effective_date: int = 0
