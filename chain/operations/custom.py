"""Bytes for programs outside the chain (protocol.md §5.5)."""

from chain.authority import Authorities
from chain.checks import check_required_count
from chain.fields import U16, AccountNames, Bytes
from chain.operation import Operation, operation
from chain.params import Params


@operation(15)
class Custom(Operation):
    """Carries `data` under a number.

    Signed by the active authorities of all `required_auths` (§5.5).
    """

    required_auths: AccountNames
    id: U16
    data: Bytes

    def validate(self, params: Params, /) -> None:
        check_required_count(len(self.required_auths), params)

    def authorities(self) -> Authorities:
        return Authorities(active=self.required_auths)
