"""A stolen account given back to its owner (protocol.md §2.7)."""

from chain.authority import Authorities, Authority
from chain.checks import check_authority, check_authority_keys
from chain.errors import InvalidOperation
from chain.fields import AccountName, Extensions
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name


class SameOwnerAuthority(InvalidOperation):
    code = "same_owner_authority"
    text = "The new owner authority of {account} is the recent one"


class ImpossibleAuthority(InvalidOperation):
    code = "impossible_authority"
    text = "Nobody can satisfy the {which} owner authority"


class OpenAuthority(InvalidOperation):
    code = "open_authority"
    text = "Anybody could satisfy the new owner authority"


@operation(24)
class RequestAccountRecovery(Operation):
    """The recovery account proposes a new owner authority; the owner must confirm it with RecoverAccount.

    Signed by the recovery account's active authority (§2.7).
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


@operation(26)
class ChangeRecoveryAccount(Operation):
    """Names another recovery account, in force after 30 days.

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
