"""Power down: VESTS back into liquid HIVE, week by week (protocol.md §8.3)."""

from chain.accounts import get_account
from chain.asset import VESTS, Asset
from chain.authority import Authorities
from chain.checks import check_symbol
from chain.credits import resize_bar
from chain.errors import OperationFailed
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import TIME_MAX, Account
from chain.rules import PLAIN_POWER_DOWN, in_force
from chain.state import State
from chain.types import check_account_name
from rewards.withdraw import withdraw_rate


class NegativeWithdrawal(OperationFailed):
    code = "negative_withdrawal"
    text = "{account} cannot withdraw a negative amount: {vesting_shares}"


class InsufficientHivePower(OperationFailed):
    code = "insufficient_hive_power"
    text = "Account {account} does not have sufficient Hive Power for withdraw"


class SameWithdrawRate(OperationFailed):
    code = "same_withdraw_rate"
    text = "The operation would not change the vesting withdraw rate of {account}"


@operation(4)
class WithdrawVesting(Operation):
    """Begins to withdraw `vesting_shares` in thirteen parts, in place of what was being withdrawn; zero stops it.

    Signed by the account's active authority (§8.3).
    """

    account: AccountName
    vesting_shares: Asset

    def validate(self, _: Params, /) -> None:
        check_account_name(self.account)
        check_symbol(self.vesting_shares, VESTS, "vesting_shares")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.account,))

    def apply(self, state: State, /) -> None:
        """Starts the thirteen weeks anew, with the first step in a week; 0 ends them."""
        account = get_account(state, self.account)
        vests = self.vesting_shares.amount
        if vests < 0:
            raise NegativeWithdrawal(account=self.account, vesting_shares=self.vesting_shares)
        if account.vesting_shares - account.delegated_vesting_shares < vests:
            raise InsufficientHivePower(account=self.account)
        params = state.params
        rate = withdraw_rate(vests, params.power_down_intervals) if vests else 0
        if not changes_rate(state, account, rate):
            raise SameWithdrawRate(account=self.account)
        account = state.accounts.edit(self.account)
        account.vesting_withdraw_rate = rate
        account.next_vesting_withdrawal = state.now + params.power_down_interval_seconds if vests else TIME_MAX
        account.to_withdraw = vests
        account.withdrawn = 0
        resize_bar(state, account, fills=False)  # stopping gives no credits for nothing


def changes_rate(state: State, account: Account, rate: int) -> bool:
    """Whether a power-down at `rate` is another than the present one.

    Accounts of the first day have a rate of 1 without a power-down (hardfork 1). Since hardfork 28 that counts for nothing.
    """
    if not in_force(state, PLAIN_POWER_DOWN):
        return rate != account.vesting_withdraw_rate
    is_active = account.next_vesting_withdrawal != TIME_MAX
    return rate != account.vesting_withdraw_rate or not is_active if rate else is_active
