"""All operations of Hive, one file each; importing this package fills the register."""

from chain.fields import Variant
from chain.operation import OPERATIONS
from chain.operations.comment import Comment
from chain.operations.transfer import Transfer
from chain.operations.vote import Vote

__all__ = ["OPERATION", "Comment", "Transfer", "Vote"]

OPERATION = Variant(
    *(OPERATIONS[index] for index in sorted(OPERATIONS)), json_suffix="_operation", has_legacy_names=True
)
"""The wire type of any operation."""
