"""The owner takes a stolen account back (protocol.md §2.7)."""

from chain.accounts import OwnerUpdateTooSoon, get_account, update_owner_authority
from chain.authority import Authorities, Authority
from chain.checks import check_authority, check_authority_keys
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import AccountName, Extensions
from chain.operation import Operation, operation
from chain.params import Params
from chain.recovery import ImpossibleAuthority, OpenAuthority, was_owner
from chain.state import State
from chain.types import check_account_name


class SameOwnerAuthority(InvalidOperation):
    code = "same_owner_authority"
    text = "The new owner authority of {account} is the recent one"


class NoRecoveryRequest(OperationFailed):
    code = "no_recovery_request"
    text = "There are no active recovery requests for {account}. Its recovery account must ask first"


class OtherAuthorityRequested(OperationFailed):
    code = "other_authority_requested"
    text = "New owner authority does not match recovery request for {account}"


class UnknownRecentAuthority(OperationFailed):
    code = "unknown_recent_authority"
    text = "Recent authority not found in authority history: {account} was never owned by it, or too long ago"


@operation(25)
class RecoverAccount(Operation):
    """The owner takes the account back with the authority that was asked for and one that it had before the theft.

    Signed by both authorities (§2.7).
    """

    account_to_recover: AccountName
    new_owner_authority: Authority
    recent_owner_authority: Authority
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.account_to_recover)
        new, recent = self.new_owner_authority, self.recent_owner_authority
        if new == recent:
            raise SameOwnerAuthority(account=self.account_to_recover)
        if new.is_impossible:
            raise ImpossibleAuthority(which="new")
        if recent.is_impossible:
            raise ImpossibleAuthority(which="recent")
        if new.is_open:
            raise OpenAuthority
        check_authority(new)
        check_authority_keys(new, params, "new_owner_authority")
        check_authority(recent)

    def authorities(self) -> Authorities:
        return Authorities(other=(self.new_owner_authority, self.recent_owner_authority))

    def apply(self, state: State, /) -> None:
        """The owner authority that was asked for is in force, and the thief's is a former one."""
        account = self.account_to_recover
        get_account(state, account)
        if state.account_keys.get(account).last_account_recovery >= state.now - state.params.owner_update_limit_seconds:
            raise OwnerUpdateTooSoon(account=account)
        request = state.recovery_requests.find(account)
        if request is None:
            raise NoRecoveryRequest(account=account)
        if request.new_owner_authority != self.new_owner_authority:
            raise OtherAuthorityRequested(account=account)
        if not was_owner(state, account, self.recent_owner_authority):
            raise UnknownRecentAuthority(account=account)
        state.recovery_requests.remove(account)
        update_owner_authority(state, account, self.new_owner_authority)
        keys = state.account_keys.edit(account)
        keys.last_account_recovery = state.now
        keys.recovered_at = state.block_time
