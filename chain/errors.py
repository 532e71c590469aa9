"""One tree for everything that may be wrong with an input.

    ChainError
    ├── InvalidInput          bytes or JSON that do not say anything
    ├── InvalidOperation      an operation of the wrong shape, found without looking at the state
    ├── OperationFailed       an operation the state refuses
    ├── InvalidTransaction    TaPoS, expiration, duplicates, size
    │   └── MissingAuthority  not signed by those who must
    ├── InvalidBlock          header, schedule, merkle root, size
    ├── SocialRefusal         a follow, a reblog or a community's matter that the social state refuses; fails no operation
    └── StorageError          the disk does not hold what it should

A class per reason, raised where the reason is found, with its data as keyword arguments. `code` never changes once released:
programs match on it. Anything else that escapes from chain/ is a bug and crashes loudly.
"""

from typing import Any, ClassVar


class ChainError(Exception):
    """An expected failure. `str(error)` is a sentence for people, `code` a word for programs, `data` what it is about."""

    code: ClassVar[str] = "chain_error"
    text: ClassVar[str] = "The chain refuses this"

    def __init__(self, **data: Any) -> None:
        self.data = data
        super().__init__(self.text.format(**data))

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": str(self), "data": {key: str(value) for key, value in self.data.items()}}


class InvalidInput(ChainError):
    code = "invalid_input"
    text = "Cannot read this: {reason}"


class InvalidOperation(ChainError):
    code = "invalid_operation"
    text = "The operation is malformed: {reason}"


class OperationFailed(ChainError):
    code = "operation_failed"
    text = "The operation cannot be applied: {reason}"


class InvalidTransaction(ChainError):
    code = "invalid_transaction"
    text = "The transaction is not valid: {reason}"


class MissingAuthority(InvalidTransaction):
    code = "missing_authority"
    text = "missing required {role} authority of {account}"


class InvalidBlock(ChainError):
    code = "invalid_block"
    text = "The block is not valid: {reason}"


class SocialRefusal(ChainError):
    code = "social_refusal"
    text = "This is refused: {reason}"


class StorageError(ChainError):
    code = "storage_error"
    text = "The data directory cannot be used: {reason}"
