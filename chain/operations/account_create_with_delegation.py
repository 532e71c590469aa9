"""The account creation of before hardfork 20, which no longer applies (protocol.md §2.5, §10.1)."""

from chain.asset import VESTS, Asset
from chain.authority import Authorities, Authority
from chain.checks import (
    check_account_fee,
    check_full_authority,
    check_key,
    check_not_negative,
    check_optional_json,
    check_symbol,
)
from chain.errors import OperationFailed
from chain.fields import AccountName, Extensions, PublicKey
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name


class AccountCreationWithDelegationEnded(OperationFailed):
    code = "account_creation_with_delegation_ended"
    text = "Accounts are no longer created with a delegation, since hardfork 20. Use account_create or claim_account"


@operation(41)
class AccountCreateWithDelegation(Operation):
    """Created an account for a smaller fee and a delegation; refused since hardfork 20.

    Signed by the creator's active authority (§10.1).
    """

    fee: Asset
    delegation: Asset
    creator: AccountName
    new_account_name: AccountName
    owner: Authority
    active: Authority
    posting: Authority
    memo_key: PublicKey
    json_metadata: str
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.new_account_name)
        check_account_name(self.creator)
        check_symbol(self.delegation, VESTS, "delegation")
        for role in ("owner", "active", "posting"):
            check_full_authority(getattr(self, role), params, role)
        check_key(self.memo_key, params, "memo_key")
        check_optional_json(self.json_metadata, "json_metadata")
        check_account_fee(self.fee, params)
        check_not_negative(self.delegation, "delegation")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))

    def apply(self, state: State, /) -> None:  # noqa: ARG002  # refused whatever the state
        raise AccountCreationWithDelegationEnded
