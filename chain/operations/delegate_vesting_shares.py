"""VESTS lent to another account (protocol.md §8.5)."""

from chain.accounts import get_account
from chain.asset import VESTS, Asset
from chain.authority import Authorities
from chain.balances import update_manabars, use_mana
from chain.checks import check_not_negative, check_symbol
from chain.credits import resize_bar
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import Account, Delegation, DelegationReturn
from chain.stake import effective_vests
from chain.state import State
from chain.types import check_account_name
from rewards import delegation as limits


class DelegationToSelf(InvalidOperation):
    code = "delegation_to_self"
    text = "{account} cannot delegate VESTS to itself"


class NotEnoughManaToDelegate(OperationFailed):
    code = "not_enough_mana_to_delegate"
    text = "Account {account} does not have enough {bar} to delegate. Required: {required}, available: {available}"


class DelegationTooSmall(OperationFailed):
    code = "delegation_too_small"
    text = "A delegation must be at least {least}, or be removed"


class DelegationChangeTooSmall(OperationFailed):
    code = "delegation_change_too_small"
    text = "A delegation must change by at least {least}"


class NothingDelegated(OperationFailed):
    code = "nothing_delegated"
    text = "{delegator} has nothing delegated to {delegatee} that could be taken back"


@operation(40)
class DelegateVestingShares(Operation):
    """Sets the whole delegation from `delegator` to `delegatee`; zero ends it.

    Signed by the delegator's active authority (§8.5).
    """

    delegator: AccountName
    delegatee: AccountName
    vesting_shares: Asset

    def validate(self, _: Params, /) -> None:
        check_account_name(self.delegator)
        check_account_name(self.delegatee)
        if self.delegator == self.delegatee:
            raise DelegationToSelf(account=self.delegator)
        check_symbol(self.vesting_shares, VESTS, "vesting_shares")
        check_not_negative(self.vesting_shares, "vesting_shares")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.delegator,))

    def apply(self, state: State, /) -> None:
        """More VESTS work for the delegatee at once; less take five days to come back, with no use to anybody (§8.5)."""
        get_account(state, self.delegator)
        get_account(state, self.delegatee)
        delegation = state.delegations.find((self.delegator, self.delegatee))
        held = 0 if delegation is None else delegation.vesting_shares
        vests = self.vesting_shares.amount
        update_manabars(state, state.accounts.get(self.delegator))
        globals_ = state.globals
        least, least_change = limits.minima(
            state.schedule.median_account_creation_fee,
            globals_.total_vesting_shares,
            globals_.total_vesting_fund_hive,
        )
        if delegation is None:
            self._check_mana(state, vests)
            _check_size(vests, least)
            self._lend(state, vests)
            state.delegations.insert(
                Delegation(self.delegator, self.delegatee, state.next_id("delegation"), vests, state.now)
            )
        elif vests >= held:
            _check_change(vests - held, least_change)
            self._check_mana(state, vests - held)
            if vests == 0:
                raise NothingDelegated(delegator=self.delegator, delegatee=self.delegatee)
            self._lend(state, vests - held)
            state.delegations.edit((self.delegator, self.delegatee)).vesting_shares = vests
        else:
            if vests:
                _check_change(held - vests, least_change)
                _check_size(vests, least)
            self._take_back(state, held - vests, delegation)
        for name in (self.delegator, self.delegatee):
            resize_bar(state, state.accounts.get(name))

    def _check_mana(self, state: State, vests: int) -> None:
        """Only VESTS whose mana is unused can be lent, or their mana would be used twice."""
        account = state.accounts.get(self.delegator)
        available = _available(state, account)
        for bar, mana in zip(("mana", "downvote mana"), available, strict=True):
            if mana < vests:
                raise NotEnoughManaToDelegate(
                    account=self.delegator, bar=bar, required=Asset(vests, VESTS), available=Asset(mana, VESTS)
                )

    def _lend(self, state: State, vests: int) -> None:
        delegator = state.accounts.edit(self.delegator)
        delegator.delegated_vesting_shares += vests
        use_mana(state, self.delegator, vests)
        delegatee = state.accounts.edit(self.delegatee)
        update_manabars(state, delegatee, vests)
        delegatee.received_vesting_shares += vests

    def _take_back(self, state: State, vests: int, delegation: Delegation) -> None:
        return_at = max(state.now + state.params.delegation_return_seconds, delegation.min_delegation_time)
        state.delegation_returns.insert(
            DelegationReturn(self.delegator, state.next_id("delegation_return"), vests, return_at)
        )
        delegatee = state.accounts.edit(self.delegatee)
        update_manabars(state, delegatee)
        delegatee.received_vesting_shares -= vests
        use_mana(state, self.delegatee, vests)
        key = (self.delegator, self.delegatee)
        if vests == delegation.vesting_shares:
            state.delegations.remove(key)
        else:
            state.delegations.edit(key).vesting_shares -= vests


def _available(state: State, account: Account) -> tuple[int, int]:
    bars = state.bars.get(account.name)
    return limits.available(
        voting_mana=bars.voting_mana,
        downvote_mana=bars.downvote_mana,
        downvote_pool_bp=state.params.downvote_pool_bp,
        effective_vests=effective_vests(account),
        received_vests=account.received_vesting_shares,
        withdraw_rate=account.vesting_withdraw_rate,
        withdraw_remaining=account.to_withdraw - account.withdrawn,
    )


def _check_size(vests: int, least: int) -> None:
    if vests < least:
        raise DelegationTooSmall(least=Asset(least, VESTS))


def _check_change(change: int, least: int) -> None:
    if change < least:
        raise DelegationChangeTooSmall(least=Asset(least, VESTS))
