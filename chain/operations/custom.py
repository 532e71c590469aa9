"""Bytes for programs outside the chain (protocol.md §5.5)."""

from chain.authority import Authorities, in_order
from chain.checks import check_required_count
from chain.errors import OperationFailed
from chain.fields import U16, AccountNames, Bytes
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State


class CustomDataTooLong(OperationFailed):
    code = "custom_data_too_long"
    text = "Operation data must be at most {max} bytes, not {size}."


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
        return Authorities(active=in_order(self.required_auths))

    def apply(self, state: State, /) -> None:
        """Means nothing to the chain."""
        size_max = state.params.custom_data_bytes_max
        if len(self.data) > size_max:
            raise CustomDataTooLong(max=size_max, size=len(self.data))
