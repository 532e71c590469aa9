"""An account's authorities and metadata, the older form (protocol.md §2.6)."""

from chain.accounts import update_account
from chain.authority import Authorities, Authority
from chain.checks import check_authority_keys, check_key, check_optional_json
from chain.fields import AccountName, PublicKey
from chain.operation import Operation, operation
from chain.params import Params
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

    def validate(self, params: Params, /) -> None:
        check_account_name(self.account)
        for role in ("owner", "active", "posting"):
            check_authority_keys(getattr(self, role), params, role)
        check_key(self.memo_key, params, "memo_key")
        check_optional_json(self.json_metadata, "json_metadata")

    def authorities(self) -> Authorities:
        if self.owner is not None:
            return Authorities(owner=(self.account,))
        return Authorities(active=(self.account,))

    def apply(self, state: State, /) -> None:
        """Changes only what is given; the former owner authority is remembered for a recovery."""
        for authority in (self.owner, self.active, self.posting):
            if authority is not None:
                authority.check_size()
        update_account(
            state,
            self.account,
            owner=self.owner,
            active=self.active,
            posting=self.posting,
            memo_key=self.memo_key,
        )
