"""A signed, atomic group of operations (protocol.md §3.1, §3.2).

A transaction remembers the bytes that it was read from: id, digest and merkle leaf come from them and never from a second encoding.
One that was read from JSON or made by hand has no bytes until `with_packing` fixes them; which packing its signers used cannot be
seen in JSON (clients.md §3).

    ref_block_num u16 | ref_block_prefix u32 | expiration u32 | operations | extensions | signatures
    '------------------------- unsigned: id, digest -------------------------------'
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from chain import jsonform
from chain.asset import MAINNET, Dialect
from chain.authority import Authorities
from chain.errors import InvalidTransaction
from chain.fields import U16, U32, Extensions, Signatures, Struct, Time, Vector, VoidT, wire_type
from chain.operation import Operation
from chain.operations import OPERATION
from chain.wire import HF26, LEGACY, Form, Packing, TrailingBytes, encode_whole, reading

if TYPE_CHECKING:
    from chain.params import Params

TRANSACTION_ID_BYTES: Final = 20

_HEAD: Final = struct.Struct("<HII")
_BEGINNING: Final = struct.Struct(
    "<HIIBB"
)  # the head, the number of operations, the kind of the first, if a byte holds each
_ONE_SIGNATURE: Final = b"\x00\x01"  # behind no extensions
_OPERATIONS: Final = Vector(OPERATION)
_EXTENSIONS: Final = wire_type(Extensions)
_SIGNATURES: Final = wire_type(Signatures)
_ANY_PACKING: Final = Packing(MAINNET, LEGACY)  # what holds no assets looks the same in all
_decode_extensions: Final = _EXTENSIONS.decoder(MAINNET)
_decode_signatures: Final = _SIGNATURES.decoder(MAINNET)
_encode_signatures: Final = _SIGNATURES.encoder(_ANY_PACKING)
_decode_signature: Final = _SIGNATURES.of.decoder(MAINNET)  # type: ignore[attr-defined]  # it is a Vector


class NotPacked(InvalidTransaction):
    code = "not_packed"
    text = "The transaction has no bytes yet: choose a packing"


class NoOperations(InvalidTransaction):
    code = "no_operations"
    text = "A transaction must have at least one operation"


class Transaction:
    """`operations` with the TaPoS reference, the expiration (seconds since the epoch) and the signatures. Treat it as frozen.

    `id` is the first 20 bytes of the SHA-256 of the unsigned bytes (§3.2); one without bytes has none, and to ask for it is a bug.
    """

    __slots__ = (
        "_authorities",
        "_merkle_leaf",
        "_packed",
        "_unsigned_size",
        "_valid_under",
        "expiration",
        "extensions",
        "id",
        "operations",
        "ref_block_num",
        "ref_block_prefix",
        "signatures",
    )

    id: bytes

    def __init__(  # noqa: PLR0917  # Hive's fields in Hive's order
        self,
        ref_block_num: int,
        ref_block_prefix: int,
        expiration: int,
        operations: Sequence[Operation],
        extensions: Sequence[VoidT] = (),
        signatures: Sequence[bytes] = (),
        packed: bytes | None = None,
        unsigned_size: int = 0,
    ) -> None:
        self.ref_block_num = ref_block_num
        self.ref_block_prefix = ref_block_prefix
        self.expiration = expiration
        self.operations = tuple(operations)
        self.extensions = tuple(extensions)
        self.signatures = tuple(signatures)
        self._packed = packed
        self._unsigned_size = unsigned_size
        # What follows from the content is found out once: the same object is admitted, produced and imported.
        if packed is not None:
            self.id = sha256(packed[:unsigned_size]).digest()[:TRANSACTION_ID_BYTES]
        self._merkle_leaf: bytes | None = None
        self._authorities: Authorities | None = None
        self._valid_under: Params | None = None

    # --- reading and writing ---------------------------------------------------------------------------------------

    @classmethod
    def read(cls, data: bytes, pos: int, dialect: Dialect) -> tuple["Transaction", int]:
        """The transaction at `pos` and the position after it. Call inside `wire.reading()`; raises InvalidInput."""
        return transaction_reader(dialect)(data, pos)

    @classmethod
    def decode(cls, data: bytes, dialect: Dialect) -> "Transaction":
        """The transaction that fills all of `data`; raises InvalidInput."""
        with reading():
            found, pos = cls.read(data, 0, dialect)
        if pos != len(data):
            raise TrailingBytes(count=len(data) - pos)
        return found

    def packed(self, packing: Packing) -> bytes:
        """The signed transaction encoded anew; raises NotEncodable."""
        return encode_whole(self._encode_unsigned, packing) + _SIGNATURES.encode(self.signatures, packing)

    def _encode_unsigned(self, packing: Packing) -> bytes:
        return (
            _HEAD.pack(self.ref_block_num, self.ref_block_prefix, self.expiration)
            + _OPERATIONS.encoder(packing)(self.operations)
            + (_EXTENSIONS.encoder(packing)(self.extensions) if self.extensions else b"\0")
        )

    def with_packing(self, packing: Packing) -> "Transaction":
        """The same transaction with its bytes fixed in `packing`; raises NotEncodable."""
        return self._with_bytes(encode_whole(self._encode_unsigned, packing), self.signatures)

    def with_signatures(self, signatures: Iterable[bytes]) -> "Transaction":
        """The same signed bytes under other signatures."""
        return self._with_bytes(self.unsigned_bytes, tuple(signatures))

    def _with_bytes(self, unsigned: bytes, signatures: tuple[bytes, ...]) -> "Transaction":
        return Transaction(
            self.ref_block_num,
            self.ref_block_prefix,
            self.expiration,
            self.operations,
            self.extensions,
            signatures,
            unsigned + _encode_signatures(signatures),
            len(unsigned),
        )

    @classmethod
    def from_json(cls, value: Any, form: Form | None, dialect: Dialect) -> "Transaction":
        """A transaction without bytes from JSON in `form`, or in either for None; raises InvalidInput (§3.5)."""
        found: Transaction = jsonform.read_value(TRANSACTION, value, form, dialect)
        return found

    def to_json(self, form: Form, dialect: Dialect) -> dict[str, Any]:
        """Members in hived's order. The id is not among them: callers add it where hived does."""
        written: dict[str, Any] = jsonform.write_value(TRANSACTION, self, form, dialect)
        return written

    # --- what is known from the bytes ------------------------------------------------------------------------------

    @property
    def is_packed(self) -> bool:
        return self._packed is not None

    @property
    def packed_bytes(self) -> bytes:
        """As read, signatures included; raises NotPacked."""
        if self._packed is None:
            raise NotPacked
        return self._packed

    @property
    def unsigned_bytes(self) -> bytes:
        """What is signed and named: all but the signatures; raises NotPacked."""
        return self.packed_bytes[: self._unsigned_size]

    def digest(self, chain_id: bytes) -> bytes:
        """What the signatures sign: SHA-256 of the chain id and the unsigned bytes (§3.2)."""
        return sha256(chain_id + self.unsigned_bytes).digest()

    @property
    def merkle_leaf(self) -> bytes:
        """SHA-256 of the signed bytes (§3.2)."""
        found = self._merkle_leaf
        if found is None:
            found = self._merkle_leaf = sha256(self.packed_bytes).digest()
        return found

    def packing_in(self, dialect: Dialect) -> Packing | None:
        """The packing that gives the very bytes that were read, legacy first where both do.

        None when neither does: legacy and numbered symbols mixed, an unsorted set or a varint of needless length. Such a
        transaction is valid and keeps its bytes; a signer would never make one.
        """
        for form in (LEGACY, HF26):
            packing = Packing(dialect, form)
            if self.packed(packing) == self.packed_bytes:
                return packing
        return None

    # --- what follows from the operations --------------------------------------------------------------------------

    def validate(self, params: "Params") -> None:
        """Every operation's own check, and that there is one; raises InvalidOperation or NoOperations (§3.1)."""
        if self._valid_under is params:
            return
        if not self.operations:
            raise NoOperations
        for operation in self.operations:
            operation.validate(params)
        self._valid_under = params

    def authorities(self) -> Authorities:
        """What all operations together need: names sorted and unique, other authorities in the order of the operations."""
        found = self._authorities
        if found is None:
            operations = self.operations
            if len(operations) == 1:
                found = operations[0].authorities()
            else:
                found = Authorities.of_transaction([operation.authorities() for operation in operations])
            self._authorities = found
        return found

    def __eq__(self, other: object) -> bool:
        """The same content, however packed."""
        if not isinstance(other, Transaction):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in TRANSACTION.names)

    def __repr__(self) -> str:
        names = ", ".join(operation.name for operation in self.operations)
        return f"Transaction({self.id.hex() if self.is_packed else 'unpacked'}: {names})"

    __hash__ = None  # type: ignore[assignment]  # content may be large: use the id


@cache
def transaction_reader(dialect: Dialect) -> Callable[[bytes, int], tuple[Transaction, int]]:
    """`Transaction.read` for one dialect: a block asks for it once.

    Nearly all have one operation, no extensions (there are none so far) and one signature: these parts are read without their vectors.
    """
    read_operations = _OPERATIONS.decoder(dialect)
    readers = [kind.decoder(dialect) for kind in OPERATION.structs]
    kinds, read_beginning = len(readers), _BEGINNING.unpack_from
    head_size, beginning_size = _HEAD.size, _BEGINNING.size

    def read(data: bytes, start: int) -> tuple[Transaction, int]:
        # Of any length, which must be said: the native build would take the first for the only one.
        operations: tuple[Operation, ...]
        extensions: tuple[VoidT, ...]
        signatures: tuple[bytes, ...]
        ref_block_num, ref_block_prefix, expiration, count, kind = read_beginning(data, start)
        if count == 1 and kind < kinds:
            operation, pos = readers[kind](data, start + beginning_size)
            operations = (operation,)
        else:
            operations, pos = read_operations(data, start + head_size)
        if data[pos : pos + 2] == _ONE_SIGNATURE:
            extensions, unsigned_end = (), pos + 1
            signature, pos = _decode_signature(data, pos + 2)
            signatures = (signature,)
        else:
            extensions, unsigned_end = _decode_extensions(data, pos)
            signatures, pos = _decode_signatures(data, unsigned_end)
        return Transaction(
            ref_block_num,
            ref_block_prefix,
            expiration,
            operations,
            extensions,
            signatures,
            data[start:pos],
            unsigned_end - start,
        ), pos

    return read


TRANSACTION: Final = Struct(
    Transaction,
    {
        "ref_block_num": wire_type(U16),
        "ref_block_prefix": wire_type(U32),
        "expiration": wire_type(Time),
        "operations": _OPERATIONS,
        "extensions": _EXTENSIONS,
        "signatures": _SIGNATURES,
    },
)
