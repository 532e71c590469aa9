"""An account chooses who may help to recover it (protocol.md §2.7)."""

from chain.accounts import get_account
from chain.authority import Authorities
from chain.fields import AccountName, Extensions
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import RecoveryAccountChange
from chain.state import State
from chain.types import check_account_name


@operation(26)
class ChangeRecoveryAccount(Operation):
    """Names another recovery account, in force after 30 days; naming the present one takes a change back.

    Signed by the account's owner authority (§2.7).
    """

    account_to_recover: AccountName
    new_recovery_account: AccountName
    extensions: Extensions

    def validate(self, _: Params, /) -> None:
        check_account_name(self.account_to_recover)
        check_account_name(self.new_recovery_account)

    def authorities(self) -> Authorities:
        return Authorities(owner=(self.account_to_recover,))

    def apply(self, state: State, /) -> None:
        """Files the change, begins its 30 days anew, or takes it back."""
        account, new = self.account_to_recover, self.new_recovery_account
        get_account(state, new)
        get_account(state, account)
        changes = state.recovery_account_changes
        effective_on = state.now + state.params.change_recovery_account_seconds
        if account not in changes:
            row = RecoveryAccountChange(account, state.next_id("recovery_account_change"), new, effective_on)
            changes.insert(row)
        elif new != state.account_keys.get(account).recovery_account:
            change = changes.edit(account)
            change.recovery_account = new
            change.effective_on = effective_on
        else:
            changes.remove(account)
