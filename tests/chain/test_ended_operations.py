"""Operations that have a number and a form, and that no block may hold any more (protocol.md §10.1)."""

import pytest

from chain.errors import OperationFailed
from chain.operations.account_create_with_delegation import AccountCreationWithDelegationEnded
from chain.operations.custom_binary import CustomBinaryNotInUse
from chain.operations.mining import MiningEnded
from chain.operations.witness_block_approve import ApprovalInBlock
from tests.chain.test_operations import VALID
from tests.helpers.world import World


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("account_create_with_delegation", AccountCreationWithDelegationEnded),
        ("custom_binary", CustomBinaryNotInUse),
        ("pow", MiningEnded),
        ("pow2", MiningEnded),
        ("witness_block_approve", ApprovalInBlock),
    ],
)
def test_invalid_whatever_they_say(name: str, error: type[OperationFailed]) -> None:
    operation = VALID[name]
    world = World()
    operation.validate(world.state.params)
    with pytest.raises(error):
        world.apply(operation)
