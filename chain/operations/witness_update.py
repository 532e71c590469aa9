"""An account as a witness: its key, page and proposals (protocol.md §4.2)."""

from chain.accounts import get_account
from chain.asset import Asset
from chain.authority import Authorities
from chain.checks import check_key, check_not_empty, check_not_negative, check_size, check_utf8
from chain.fields import AccountName, PublicKey
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import Witness
from chain.state import State
from chain.types import check_account_name
from chain.witness_properties import ChainProperties, ObsoleteSymbol


@operation(11)
class WitnessUpdate(Operation):
    """Makes the owner a witness, or changes one; the null key as `block_signing_key` takes it out of service.

    Signed by the owner's active authority (§4.2).
    """

    owner: AccountName
    url: str
    block_signing_key: PublicKey
    props: ChainProperties
    fee: Asset

    def validate(self, params: Params, /) -> None:
        check_account_name(self.owner)
        check_size(self.url, params.witness_url_bytes_max, "url")
        check_not_empty(self.url, "url")
        check_utf8(self.url, "url")
        check_key(self.block_signing_key, params, "block_signing_key")
        check_not_negative(self.fee, "fee")
        self.props.check(params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.owner,))

    def apply(self, state: State) -> None:
        get_account(state, self.owner)
        if self.props.account_creation_fee.symbol.obsolete_wire is not None:
            raise ObsoleteSymbol
        if self.owner not in state.witnesses:
            params = state.params
            state.witnesses.insert(
                Witness(
                    self.owner,
                    state.next_id("witness"),
                    created=state.now,
                    hardfork_time_vote=params.genesis_time,
                    account_subsidy_budget=params.account_subsidy_budget_default,
                    account_subsidy_decay=params.account_subsidy_decay_default,
                )
            )
        witness = state.witnesses.edit(self.owner)
        witness.url = self.url
        witness.signing_key = self.block_signing_key
        witness.account_creation_fee = self.props.account_creation_fee.amount
        witness.maximum_block_size = self.props.maximum_block_size
        witness.hbd_interest_rate = self.props.hbd_interest_rate
