"""The binary sibling of custom_json, which was never switched on (protocol.md §5.5)."""

from chain.authority import Authorities, Authority, in_order
from chain.checks import TooLong, check_authority, check_required_count, check_size
from chain.errors import OperationFailed
from chain.fields import AccountNames, Bytes, CustomId
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State


class CustomBinaryNotInUse(OperationFailed):
    code = "custom_binary_not_in_use"
    text = "No chain takes custom_binary. Put JSON into custom_json, bytes into custom"


@operation(35)
class CustomBinary(Operation):
    """Would carry `data` under a name; refused by every chain.

    Signed by everybody it names and by the authorities that stand in it (§10.1).
    """

    required_owner_auths: AccountNames
    required_active_auths: AccountNames
    required_posting_auths: AccountNames
    required_auths: tuple[Authority, ...]
    id: CustomId
    data: Bytes

    def validate(self, params: Params, /) -> None:
        named = len(self.required_owner_auths) + len(self.required_active_auths) + len(self.required_posting_auths)
        check_required_count(named, params)
        for authority in self.required_auths:
            check_authority(authority)
        check_required_count(named + sum(authority.member_count for authority in self.required_auths), params)
        check_size(self.id, params.custom_id_bytes_max, "id")
        if len(self.data) > params.custom_data_bytes_max:
            raise TooLong(field="data", size=len(self.data), max=params.custom_data_bytes_max)

    def authorities(self) -> Authorities:
        return Authorities(
            in_order(self.required_posting_auths),
            in_order(self.required_active_auths),
            in_order(self.required_owner_auths),
            self.required_auths,
        )

    def apply(self, state: State, /) -> None:  # noqa: ARG002  # refused whatever the state
        raise CustomBinaryNotInUse
