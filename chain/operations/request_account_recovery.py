"""A recovery account asks that a stolen account be given back (protocol.md §2.7)."""

from chain.accounts import check_authority_accounts, get_account
from chain.authority import Authorities, Authority
from chain.checks import check_authority, check_authority_keys
from chain.fields import AccountName, Extensions
from chain.operation import Operation, operation
from chain.params import Params
from chain.recovery import ImpossibleAuthority, OpenAuthority, check_recovery_account
from chain.rows import RecoveryRequest
from chain.state import State
from chain.types import check_account_name


@operation(24)
class RequestAccountRecovery(Operation):
    """The recovery account proposes a new owner authority; the owner must confirm it with recover_account within a day.

    An open authority (threshold 0) takes the request back. Signed by the recovery account's active authority (§2.7).
    """

    recovery_account: AccountName
    account_to_recover: AccountName
    new_owner_authority: Authority
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.recovery_account)
        check_account_name(self.account_to_recover)
        check_authority(self.new_owner_authority)
        check_authority_keys(self.new_owner_authority, params, "new_owner_authority")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.recovery_account,))

    def apply(self, state: State, /) -> None:
        """Files the request, changes the one that waits, or takes it back."""
        account = self.account_to_recover
        get_account(state, account)
        check_recovery_account(state, account, self.recovery_account)
        if account not in state.recovery_requests:
            self._file(state)
        elif self.new_owner_authority.is_open:
            state.recovery_requests.remove(account)
        else:
            self._change(state)

    def _file(self, state: State) -> None:
        authority = self.new_owner_authority
        if authority.is_impossible:
            raise ImpossibleAuthority(which="new")
        if authority.is_open:
            raise OpenAuthority
        authority.check_size()
        check_authority_accounts(state, self.account_to_recover, owner=authority)
        state.recovery_requests.insert(
            RecoveryRequest(self.account_to_recover, state.next_id("recovery_request"), authority, _expires(state))
        )

    def _change(self, state: State) -> None:
        """Hive never counts the members here."""
        authority = self.new_owner_authority
        if authority.is_impossible:
            raise ImpossibleAuthority(which="new")
        check_authority_accounts(state, self.account_to_recover, owner=authority)
        request = state.recovery_requests.edit(self.account_to_recover)
        request.new_owner_authority = authority
        request.expires = _expires(state)


def _expires(state: State) -> int:
    return state.now + state.params.recovery_request_seconds
