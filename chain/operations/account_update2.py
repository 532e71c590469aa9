"""An account's authorities and metadata, only what is given (protocol.md §2.6)."""

from chain.accounts import update_account
from chain.authority import Authorities, Authority
from chain.checks import check_authority_keys, check_key, check_optional_json
from chain.fields import AccountName, Extensions, PublicKey
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name


@operation(43)
class AccountUpdate2(Operation):
    """Replaces what is given of authorities, memo key and the two metadata texts.

    Signed by the owner authority if that changes; by the active one if anything but `posting_json_metadata` changes; by the
    posting one otherwise (§2.6).
    """

    account: AccountName
    owner: Authority | None
    active: Authority | None
    posting: Authority | None
    memo_key: PublicKey | None
    json_metadata: str
    posting_json_metadata: str
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.account)
        for role in ("owner", "active", "posting"):
            authority: Authority | None = getattr(self, role)
            if authority is not None:
                authority.check_size()
                check_authority_keys(authority, params, role)
        if self.memo_key is not None:
            check_key(self.memo_key, params, "memo_key")
        check_optional_json(self.json_metadata, "json_metadata")
        check_optional_json(self.posting_json_metadata, "posting_json_metadata")

    def authorities(self) -> Authorities:
        if self.owner is not None:
            return Authorities(owner=(self.account,))
        if self.active is not None or self.posting is not None or self.memo_key is not None or self.json_metadata:
            return Authorities(active=(self.account,))
        return Authorities(posting=(self.account,))

    def apply(self, state: State, /) -> None:
        """Changes only what is given; the former owner authority is remembered for a recovery."""
        update_account(
            state,
            self.account,
            owner=self.owner,
            active=self.active,
            posting=self.posting,
            memo_key=self.memo_key,
        )
