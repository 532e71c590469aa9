"""An account as a witness: its key, page and proposals (protocol.md §4.2)."""

from chain.asset import Asset
from chain.authority import Authorities
from chain.checks import check_not_empty, check_not_negative, check_size, check_utf8
from chain.fields import AccountName, PublicKey
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name
from chain.witness_properties import ChainProperties


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
        check_not_negative(self.fee, "fee")
        self.props.check(params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.owner,))
