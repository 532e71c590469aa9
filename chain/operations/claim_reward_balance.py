"""Earned rewards moved to an account's own balances (protocol.md §6.5)."""

from chain.accounts import get_account
from chain.asset import HBD, HIVE, VESTS, Asset
from chain.authority import Authorities
from chain.balances import update_manabars
from chain.checks import check_not_negative, check_symbol
from chain.credits import resize_bar
from chain.earnings import earnings_of, edit_earnings
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import AccountName
from chain.governance import adjust_votes
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import Earnings
from chain.state import State
from chain.types import check_account_name
from rewards.claim import vesting_hive_moved


class NothingToClaim(InvalidOperation):
    code = "nothing_to_claim"
    text = "Must claim something"


class ClaimTooLarge(OperationFailed):
    code = "claim_too_large"
    text = "{account} cannot claim {claimed}, only {available} of that asset is there"


@operation(39)
class ClaimRewardBalance(Operation):
    """Claims up to what the account has earned of each asset.

    Signed by the account's posting authority (§6.5).
    """

    account: AccountName
    reward_hive: Asset
    reward_hbd: Asset
    reward_vests: Asset

    def validate(self, _: Params, /) -> None:
        check_account_name(self.account)
        check_symbol(self.reward_hive, HIVE, "reward_hive")
        check_symbol(self.reward_hbd, HBD, "reward_hbd")
        check_symbol(self.reward_vests, VESTS, "reward_vests")
        check_not_negative(self.reward_hbd, "reward_hbd")
        check_not_negative(self.reward_hive, "reward_hive")
        check_not_negative(self.reward_vests, "reward_vests")
        if not (self.reward_hive.amount or self.reward_hbd.amount or self.reward_vests.amount):
            raise NothingToClaim

    def authorities(self) -> Authorities:
        return Authorities(posting=(self.account,))

    def apply(self, state: State, /) -> None:
        """Claimed VESTS have votes and mana at once; the HIVE behind them joins the vesting fund in proportion."""
        get_account(state, self.account)
        earned = earnings_of(state, self.account)
        self._check_claims(earned)
        hive, hbd, vests = self.reward_hive.amount, self.reward_hbd.amount, self.reward_vests.amount
        vested_hive = vesting_hive_moved(vests, earned.vests, earned.vesting_hive)
        earned = edit_earnings(state, self.account)
        earned.hive -= hive
        earned.hbd -= hbd
        earned.vests -= vests
        earned.vesting_hive -= vested_hive
        account = state.accounts.edit(self.account)
        account.balance += hive
        account.hbd_balance += hbd
        update_manabars(state, account, vests)
        account.vesting_shares += vests
        resize_bar(state, account)
        globals_ = state.edit_globals()
        globals_.total_vesting_shares += vests
        globals_.total_vesting_fund_hive += vested_hive
        globals_.pending_rewarded_vesting_shares -= vests
        globals_.pending_rewarded_vesting_hive -= vested_hive
        adjust_votes(state, self.account, vests)

    def _check_claims(self, earned: Earnings) -> None:
        claims = (
            (self.reward_hive, earned.hive),
            (self.reward_hbd, earned.hbd),
            (self.reward_vests, earned.vests),
        )
        for claimed, available in claims:
            if claimed.amount > available:
                raise ClaimTooLarge(account=self.account, claimed=claimed, available=Asset(available, claimed.symbol))
