"""A new account from one that was claimed before (protocol.md §2.5)."""

from chain.accounts import check_authority_accounts, create_account, get_account
from chain.asset import VESTS, Asset
from chain.authority import Authorities, Authority
from chain.checks import check_full_authority, check_key, check_no_extensions, check_optional_json
from chain.errors import OperationFailed
from chain.events import AccountCreated
from chain.fields import AccountName, Extensions, PublicKey
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name


class NoClaimedAccounts(OperationFailed):
    code = "no_claimed_accounts"
    text = "{creator} has no claimed accounts to create"


@operation(23)
class CreateClaimedAccount(Operation):
    """Creates `new_account_name` and takes one from the creator's pending accounts.

    Signed by the creator's active authority (§2.5).
    """

    creator: AccountName
    new_account_name: AccountName
    owner: Authority
    active: Authority
    posting: Authority
    memo_key: PublicKey
    json_metadata: str
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.creator)
        check_account_name(self.new_account_name)
        for role in ("owner", "active", "posting"):
            check_full_authority(getattr(self, role), params, role)
        check_key(self.memo_key, params, "memo_key")
        check_optional_json(self.json_metadata, "json_metadata")
        check_no_extensions(self.extensions, self.name)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))

    def apply(self, state: State, /) -> None:
        """The new account has the resource credits that today's fee would have given it."""
        if get_account(state, self.creator).pending_claimed_accounts <= 0:
            raise NoClaimedAccounts(creator=self.creator)
        check_authority_accounts(
            state, self.new_account_name, owner=self.owner, active=self.active, posting=self.posting
        )
        state.accounts.edit(self.creator).pending_claimed_accounts -= 1
        create_account(
            state,
            self.new_account_name,
            self.creator,
            owner=self.owner,
            active=self.active,
            posting=self.posting,
            memo_key=self.memo_key,
            fee_amount=state.schedule.median_account_creation_fee,
        )
        nothing = Asset(0, VESTS)
        state.emit(AccountCreated(self.new_account_name, self.creator, nothing, nothing))
