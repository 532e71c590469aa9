"""JSON for programs outside the chain: follows, reblogs, communities, games (protocol.md §5.5)."""

from chain import delegate_rc
from chain.authority import Authorities, in_order
from chain.checks import check_json, check_required_count, check_size
from chain.errors import OperationFailed
from chain.fields import AccountNames, CustomId
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import utf8


class CustomJsonTooLong(OperationFailed):
    code = "custom_json_too_long"
    text = "Operation JSON must be at most {max} bytes, not {size}."


@operation(18)
class CustomJson(Operation):
    """Carries `json` under a name of up to 32 bytes. Only `rc` means something to the chain itself.

    Signed by the active authorities of all `required_auths` and the posting authorities of all `required_posting_auths` (§5.5).
    """

    required_auths: AccountNames
    required_posting_auths: AccountNames
    id: CustomId
    json: str

    def validate(self, params: Params, /) -> None:
        check_required_count(len(self.required_auths) + len(self.required_posting_auths), params)
        check_size(self.id, params.custom_id_bytes_max, "id")
        check_json(self.json, "json")

    def authorities(self) -> Authorities:
        return Authorities(posting=in_order(self.required_posting_auths), active=in_order(self.required_auths))

    def apply(self, state: State, /) -> None:
        """Lends resource credits, where it is named `rc`; whatever else means nothing to the chain."""
        size_max, size = state.params.custom_data_bytes_max, len(utf8(self.json))
        if size > size_max:
            raise CustomJsonTooLong(max=size_max, size=size)
        if self.id == delegate_rc.CUSTOM_ID:
            delegate_rc.interpret(state, self.json, self.required_auths, self.required_posting_auths)
