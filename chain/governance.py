"""Governance power: who stands behind which witness, directly or through proxies (protocol.md §4.6, §4.7).

An account governs with the VESTS it owns, less those that are still delayed, and with what others passed on to it:
`proxied_votes[d]` comes from accounts d + 1 steps away. Power that came four steps goes no further. An account with a proxy has
no witness votes of its own; all its power stands in its proxy's row.
"""

from collections.abc import Sequence

from chain.errors import OperationFailed
from chain.events import ProxyCleared
from chain.rows import TIME_MAX, Account
from chain.schedule import adjust_witness_vote
from chain.state import State
from rewards import delayed_votes


class VotingRightsDeclined(OperationFailed):
    code = "voting_rights_declined"
    text = "{account} has declined its voting rights"


ACTIVATION_HARDFORK = 25
"""Votes expire since this hardfork; no vote expires sooner than a whole period after it."""


def direct_power(account: Account) -> int:
    """The VESTS that an account itself governs with."""
    return account.vesting_shares - account.delayed_votes_sum


def governance_power(account: Account) -> int:
    """The VESTS behind each witness that an account without a proxy votes for."""
    return account.vesting_shares - account.delayed_votes_sum + sum(account.proxied_votes)


def powers(account: Account) -> tuple[int, ...]:
    """What an account hands to its proxy: its own power, then what came to it by distance."""
    return (direct_power(account), *account.proxied_votes)


# Changes of power


def adjust_votes(state: State, name: str, change: int) -> None:
    """An account's own power changed: tell its witnesses, or whoever votes for it. A change of 0 still moves witnesses on."""
    account = state.accounts.get(name)
    for distance in range(state.params.proxy_depth_max):
        if not account.proxy:
            break
        name = account.proxy
        account = state.accounts.edit(name)
        votes = account.proxied_votes
        account.proxied_votes = (*votes[:distance], votes[distance] + change, *votes[distance + 1 :])
    else:
        if account.proxy:
            return
    adjust_witness_votes(state, account, change)


def adjust_proxied_votes(state: State, name: str, changes: Sequence[int]) -> None:
    """The same for all that passes through an account, by distance: `changes[0]` is its own power (see `powers`)."""
    depth_max = state.params.proxy_depth_max
    account = state.accounts.get(name)
    for distance in range(depth_max):
        if not account.proxy:
            adjust_witness_votes(state, account, sum(changes[: depth_max - distance + 1]))
            return
        account = state.accounts.edit(account.proxy)
        votes = account.proxied_votes
        arriving = changes[: depth_max - distance]  # what came further than that is lost
        account.proxied_votes = (
            *votes[:distance],
            *(held + change for held, change in zip(votes[distance:], arriving, strict=True)),
        )
    if not account.proxy:
        adjust_witness_votes(state, account, changes[0])


def nullify_votes(state: State, name: str) -> None:
    """Take all power that passes through an account away from its proxy or its witnesses."""
    adjust_proxied_votes(state, name, [-power for power in powers(state.accounts.get(name))])


# Votes for witnesses


def witnesses_voted_for(state: State, account: Account) -> list[str]:
    """In the order of their names."""
    if not account.witnesses_voted_for:
        return []
    return [vote.witness for vote in state.witness_votes.scan(account.name)]


def adjust_witness_votes(state: State, account: Account, change: int) -> None:
    """Add `change` to each witness that the account votes for."""
    for witness in witnesses_voted_for(state, account):
        adjust_witness_vote(state, witness, change)


def clear_witness_votes(state: State, name: str) -> None:
    """Forget the account's votes; the witnesses keep the power that was not taken from them before."""
    account = state.accounts.edit(name)
    for witness in witnesses_voted_for(state, account):
        state.witness_votes.remove((name, witness))
    account.witnesses_voted_for = 0


def leave_governance(state: State, name: str) -> None:
    """End all votes of an account, and its proxy, with the event that tells of a proxy."""
    nullify_votes(state, name)
    clear_witness_votes(state, name)
    clear_proxy(state, name)


def clear_proxy(state: State, name: str) -> None:
    """Forget the proxy, and tell if there was one; its power is moved elsewhere."""
    proxy = state.accounts.get(name).proxy
    if proxy:
        state.emit(ProxyCleared(name, proxy))
        state.accounts.edit(name).proxy = ""


# Expiry


def refresh_expiration(state: State, name: str) -> None:
    """A vote, a proxy or a vote for a proposal keeps all of them alive for another year (§4.6)."""
    period = state.params.governance_vote_expiration_seconds
    expiration = state.now + period
    earliest = state.params.hardfork_time(ACTIVATION_HARDFORK) + period
    if expiration < earliest:
        expiration = earliest + expiration % (period // 2)
    state.accounts.edit(name).governance_expiration = expiration


def forget_expiration(state: State, name: str) -> None:
    state.accounts.edit(name).governance_expiration = TIME_MAX


# Delayed votes


def delay_votes(state: State, name: str, vests: int) -> None:
    """VESTS just created govern only in 30 days (§4.7)."""
    if vests == 0:
        return
    account = state.accounts.edit(name)
    account.delayed_votes = delayed_votes.add(
        account.delayed_votes, vests, state.now, state.params.delayed_voting_bucket_seconds
    )
    account.delayed_votes_sum += vests


def withdraw_votes(state: State, name: str, vests: int) -> int:
    """Take VESTS that leave an account from its newest delayed votes. Returns what must come from its active votes."""
    account = state.accounts.edit(name)
    account.delayed_votes, active = delayed_votes.withdraw(account.delayed_votes, vests)
    account.delayed_votes_sum -= vests - active
    return active
