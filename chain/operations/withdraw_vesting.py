"""Power down: VESTS back into liquid HIVE, week by week (protocol.md §8.3)."""

from chain.accounts import get_account
from chain.asset import VESTS, Asset
from chain.authority import Authorities
from chain.checks import check_symbol
from chain.errors import OperationFailed
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import TIME_MAX
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
        if vests:
            rate = withdraw_rate(vests, params.power_down_intervals)
            is_same = rate == account.vesting_withdraw_rate
            first_step_at = state.now + params.power_down_interval_seconds
        else:
            rate = 0
            is_same = account.next_vesting_withdrawal == TIME_MAX
            first_step_at = TIME_MAX
        if is_same:
            raise SameWithdrawRate(account=self.account)
        account = state.accounts.edit(self.account)
        account.vesting_withdraw_rate = rate
        account.next_vesting_withdrawal = first_step_at
        account.to_withdraw = vests
        account.withdrawn = 0
