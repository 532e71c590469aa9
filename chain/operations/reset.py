"""Two operations whose numbers are taken and which every chain refuses (protocol.md §10.1)."""

from chain.authority import Authorities, Authority
from chain.errors import InvalidOperation
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params


class NotInUse(InvalidOperation):
    code = "not_in_use"
    text = "{operation} is a placeholder that no chain accepts"


@operation(37)
class ResetAccount(Operation):
    """Would give an account that has been silent for 60 days a new owner authority.

    Signed by the reset account's active authority (§10.1).
    """

    reset_account: AccountName
    account_to_reset: AccountName
    new_owner_authority: Authority

    def validate(self, _: Params, /) -> None:
        raise NotInUse(operation=self.name)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.reset_account,))


@operation(38)
class SetResetAccount(Operation):
    """Would name the account that may reset this one.

    Signed by the account's owner authority, the first time by its posting authority (§10.1).
    """

    account: AccountName
    current_reset_account: AccountName
    reset_account: AccountName

    def validate(self, _: Params, /) -> None:
        raise NotInUse(operation=self.name)

    def authorities(self) -> Authorities:
        if self.current_reset_account:
            return Authorities(owner=(self.account,))
        return Authorities(posting=(self.account,))
