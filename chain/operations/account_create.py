"""A new account, paid for by its creator (protocol.md §2.5)."""

from chain.accounts import check_authority_accounts, check_creation_fee, create_account, get_account
from chain.asset import VESTS, Asset
from chain.authority import Authorities, Authority
from chain.balances import adjust_hive
from chain.checks import check_account_fee, check_full_authority, check_key, check_optional_json
from chain.events import AccountCreated
from chain.fields import AccountName, PublicKey
from chain.operation import Operation, operation
from chain.params import NULL_ACCOUNT, Params
from chain.state import State
from chain.types import check_account_name


@operation(9)
class AccountCreate(Operation):
    """Creates `new_account_name`; the fee must be what the witnesses ask and is burned.

    Signed by the creator's active authority (§2.5).
    """

    fee: Asset
    creator: AccountName
    new_account_name: AccountName
    owner: Authority
    active: Authority
    posting: Authority
    memo_key: PublicKey
    json_metadata: str

    def validate(self, params: Params, /) -> None:
        check_account_name(self.new_account_name)
        for role in ("owner", "active", "posting"):
            check_full_authority(getattr(self, role), params, role)
        check_key(self.memo_key, params, "memo_key")
        check_optional_json(self.json_metadata, "json_metadata")
        check_account_fee(self.fee, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))

    def apply(self, state: State, /) -> None:
        """The fee is burned, and lives on as resource credits of the new account."""
        get_account(state, self.creator)
        fee = self.fee.amount
        check_creation_fee(state, fee)
        check_authority_accounts(
            state, self.new_account_name, owner=self.owner, active=self.active, posting=self.posting
        )
        adjust_hive(state, self.creator, -fee)
        create_account(
            state,
            self.new_account_name,
            self.creator,
            owner=self.owner,
            active=self.active,
            posting=self.posting,
            memo_key=self.memo_key,
            fee_amount=fee,
        )
        adjust_hive(state, NULL_ACCOUNT, fee)
        nothing = Asset(0, VESTS)
        state.emit(AccountCreated(self.new_account_name, self.creator, nothing, nothing))
