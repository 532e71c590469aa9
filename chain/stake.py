"""How many VESTS work for an account (protocol.md §2.2, §8.3)."""

from chain.rows import TIME_MAX, Account
from rewards import withdraw


def next_withdrawal(account: Account) -> int:
    """The VESTS that the next step of an active power-down takes, else 0."""
    if account.next_vesting_withdrawal == TIME_MAX:
        return 0
    return withdraw.next_step(account.vesting_withdraw_rate, account.to_withdraw, account.withdrawn)


def effective_vests(account: Account) -> int:
    """The VESTS that an account votes with: owned and received, less delegated and the next power-down step (§2.2)."""
    vests = account.vesting_shares - account.delegated_vesting_shares + account.received_vesting_shares
    return vests if account.next_vesting_withdrawal == TIME_MAX else vests - next_withdrawal(account)
