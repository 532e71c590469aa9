"""A witness's properties, one by one, under its signing key (protocol.md §4.2)."""

from typing import Annotated

from chain import witness_properties
from chain.authority import Authorities, Authority
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import AccountName, Bytes, Extensions, MapOf, wire_type
from chain.operation import Operation, operation
from chain.params import NULL_ACCOUNT, Params
from chain.state import State
from chain.types import check_account_name
from chain.witnesses import get_witness

WitnessProperties = Annotated[tuple[tuple[str, bytes], ...], MapOf(wire_type(str), wire_type(Bytes))]


class NoSigningKey(InvalidOperation):
    code = "no_signing_key"
    text = "The property 'key' is missing: the witness's current signing key"


class WrongSigningKey(OperationFailed):
    code = "wrong_signing_key"
    text = "'key' does not match witness signing key."


@operation(42)
class WitnessSetProperties(Operation):
    """Changes the properties that `props` holds, each packed; `witness_properties` packs and reads them.

    Signed by the key in the property `key`, which must be the witness's signing key (§4.2).
    """

    owner: AccountName
    props: WitnessProperties
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.owner)
        props = dict(self.props)
        if "key" not in props:
            raise NoSigningKey
        witness_properties.check(props, params)

    def authorities(self) -> Authorities:
        for name, raw in self.props:
            if name == "key":
                return Authorities(other=(Authority.of_key(witness_properties.read_key(raw)),))
        return Authorities(other=(Authority.of_account(NULL_ACCOUNT),))

    def apply(self, state: State) -> None:
        changes = witness_properties.read_properties(dict(self.props), state.params.dialect)
        if changes.pop("key") != get_witness(state, self.owner).signing_key:
            raise WrongSigningKey
        witness = state.witnesses.edit(self.owner)
        if "account_creation_fee" in changes:
            witness.account_creation_fee = changes.pop("account_creation_fee").amount
        if "new_signing_key" in changes:
            witness.signing_key = changes.pop("new_signing_key")
        if "hbd_exchange_rate" in changes:
            base, quote = changes.pop("hbd_exchange_rate")
            witness.hbd_exchange_rate = (base.amount, quote.amount)
            witness.last_hbd_exchange_update = state.now
        for name, value in changes.items():
            setattr(witness, name, value)
