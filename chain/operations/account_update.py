"""An account's authorities and metadata, the older form (protocol.md §2.6)."""

from chain.accounts import (
    TempAccountFixed,
    check_authority_accounts,
    check_owner_update,
    get_account,
    update_owner_authority,
)
from chain.authority import Authorities, Authority
from chain.checks import check_optional_json
from chain.fields import AccountName, PublicKey
from chain.keys import NULL_KEY
from chain.operation import Operation, operation
from chain.params import TEMP_ACCOUNT, Params
from chain.state import State
from chain.types import check_account_name


@operation(10)
class AccountUpdate(Operation):
    """Replaces the authorities that are given, the memo key and the metadata.

    Signed by the owner authority if that changes, by the active one otherwise (§2.6).
    """

    account: AccountName
    owner: Authority | None
    active: Authority | None
    posting: Authority | None
    memo_key: PublicKey
    json_metadata: str

    def validate(self, _: Params, /) -> None:
        check_account_name(self.account)
        check_optional_json(self.json_metadata, "json_metadata")

    def authorities(self) -> Authorities:
        if self.owner is not None:
            return Authorities(owner=(self.account,))
        return Authorities(active=(self.account,))

    def apply(self, state: State, /) -> None:
        """Changes only what is given; the former owner authority is remembered for a recovery."""
        name = self.account
        if name == TEMP_ACCOUNT:
            raise TempAccountFixed(account=name)
        get_account(state, name)
        for authority in (self.owner, self.active, self.posting):
            if authority is not None:
                authority.check_size()
        if self.owner is not None:
            check_owner_update(state, name)
            check_authority_accounts(state, name, owner=self.owner)
            update_owner_authority(state, name, self.owner)
        check_authority_accounts(state, name, active=self.active, posting=self.posting)
        keys = state.account_keys.edit(name)
        if self.memo_key != NULL_KEY:
            keys.memo_key = self.memo_key
        if self.active is not None:
            keys.active = self.active
        if self.posting is not None:
            keys.posting = self.posting
        keys.last_account_update = state.now
