"""A witness's quick approval of a block, which travels beside blocks and never in them (protocol.md §4.5, §10.1)."""

from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import AccountName, BlockId
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name


class ApprovalInBlock(OperationFailed):
    code = "approval_in_block"
    text = "The approval of a block travels beside blocks and may not stand in one"


@operation(16)
class WitnessBlockApprove(Operation):
    """Says that the witness builds on `block_id`.

    Signed by the witness's block signing key (§4.5).
    """

    witness: AccountName
    block_id: BlockId

    def validate(self, _: Params, /) -> None:
        check_account_name(self.witness)

    def authorities(self) -> Authorities:
        return Authorities(witness=(self.witness,))

    def apply(self, state: State, /) -> None:  # noqa: ARG002  # refused whatever the state
        raise ApprovalInBlock
