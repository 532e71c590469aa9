"""Blocks and their headers (protocol.md §3.2).

    previous 20 | timestamp u32 | witness | merkle root 20 | extensions | witness signature | transactions
    '------------------ signing digest ------------------------------'
    '------------------------------- id --------------------------------'

As transactions do, both remember the bytes they were read from, and every digest comes from those.
"""

from collections.abc import Sequence
from hashlib import sha224, sha256
from typing import Annotated, Any, ClassVar, Final

from chain import jsonform
from chain.asset import MAINNET, Dialect
from chain.fields import (
    AccountName,
    BlockId,
    Checksum,
    HardforkVersion,
    SetOf,
    Signature,
    Struct,
    Time,
    Variant,
    Version,
    VoidT,
    struct,
    wire_type,
)
from chain.merkle import merkle_root
from chain.transaction import Transaction, transaction_reader
from chain.wire import LEGACY, Form, Packing, TrailingBytes, decode_count, encode_varint, encode_whole, reading

BLOCK_ID_BYTES: Final = 20
NO_BLOCK_ID: Final = bytes(BLOCK_ID_BYTES)
"""What the first block names as its previous one."""

TRANSACTION_MEMORY_BYTES: Final = 112  # of one transaction in hived, the unit of its limit on their count


@struct
class RunningVersion:
    """The version that the witness runs, packed."""

    name = "version"
    is_bare: ClassVar[bool] = True  # its JSON is the version's text

    version: Version


@struct
class HardforkVersionVote:
    """The hardfork that the witness wants next and the earliest time (seconds) for it."""

    hf_version: HardforkVersion
    hf_time: Time


HeaderExtension = VoidT | RunningVersion | HardforkVersionVote
HeaderExtensions = Annotated[tuple[HeaderExtension, ...], SetOf(Variant(VoidT, RunningVersion, HardforkVersionVote))]

_ANY_PACKING: Final = Packing(MAINNET, LEGACY)  # a header holds no assets: all packings are one


def num_of_id(block_id: bytes) -> int:
    """An id begins with the block's number."""
    return int.from_bytes(block_id[:4], "big")


class BlockHeader:
    """A header with the signature of its witness. Treat it as frozen.

    `timestamp` is in seconds, `previous` the id of the block before, `witness_signature` empty as long as nobody has signed.
    """

    __slots__ = (
        "_id",
        "_unsigned",
        "extensions",
        "previous",
        "timestamp",
        "transaction_merkle_root",
        "witness",
        "witness_signature",
    )

    def __init__(  # noqa: PLR0917  # Hive's fields in Hive's order
        self,
        previous: bytes,
        timestamp: int,
        witness: str,
        transaction_merkle_root: bytes,
        extensions: Sequence[HeaderExtension] = (),
        witness_signature: bytes = b"",
    ) -> None:
        self.previous = previous
        self.timestamp = timestamp
        self.witness = witness
        self.transaction_merkle_root = transaction_merkle_root
        self.extensions = tuple(extensions)
        self.witness_signature = witness_signature
        self._unsigned: bytes | None = None
        self._id: bytes | None = None

    @classmethod
    def build(
        cls,
        *,
        previous: bytes,
        timestamp: int,
        witness: str,
        transactions: Sequence[Transaction],
        running_version: int | None = None,
        hardfork_vote: tuple[int, int] | None = None,
    ) -> "BlockHeader":
        """An unsigned header over `transactions`; versions are packed, the vote is (version, time)."""
        extensions: list[HeaderExtension] = []
        if running_version is not None:
            extensions.append(RunningVersion(running_version))
        if hardfork_vote is not None:
            extensions.append(HardforkVersionVote(*hardfork_vote))
        root = merkle_root([transaction.merkle_leaf for transaction in transactions])
        return cls(previous, timestamp, witness, root, extensions)

    def over(self, transactions: Sequence[Transaction]) -> "BlockHeader":
        """The same header, unsigned, over these transactions."""
        root = merkle_root([transaction.merkle_leaf for transaction in transactions])
        return BlockHeader(self.previous, self.timestamp, self.witness, root, self.extensions)

    def signed(self, witness_signature: bytes) -> "BlockHeader":
        """The same header under a signature."""
        made = BlockHeader(
            self.previous,
            self.timestamp,
            self.witness,
            self.transaction_merkle_root,
            self.extensions,
            witness_signature,
        )
        made._unsigned = self.unsigned_bytes
        return made

    @classmethod
    def read(cls, data: bytes, pos: int) -> tuple["BlockHeader", int]:
        """The header at `pos` and the position after it. Call inside `wire.reading()`; raises InvalidInput."""
        found, end = _decode_unsigned(data, pos)
        found._unsigned = data[pos:end]  # noqa: SLF001  # a header of our own making
        found.witness_signature, end = _decode_signature(data, end)
        return found, end

    @property
    def num(self) -> int:
        """The block's number; the first is 1."""
        return num_of_id(self.previous) + 1

    @property
    def unsigned_bytes(self) -> bytes:
        """What the witness signs."""
        found = self._unsigned
        if found is None:
            found = self._unsigned = encode_whole(_encode_unsigned, self)
        return found

    @property
    def packed_bytes(self) -> bytes:
        """With the signature; raises NotEncodable where there is none."""
        return self.unsigned_bytes + _encode_signature(self.witness_signature)

    @property
    def signing_digest(self) -> bytes:
        """SHA-256 of the unsigned header; no chain id goes in."""
        return sha256(self.unsigned_bytes).digest()

    @property
    def id(self) -> bytes:
        """The first 20 bytes of SHA-224 of the signed header, the first four replaced by the number."""
        found = self._id
        if found is None:
            digest = sha224(self.packed_bytes).digest()
            found = self._id = self.num.to_bytes(4, "big") + digest[4:BLOCK_ID_BYTES]
        return found

    @property
    def running_version(self) -> int | None:
        """Packed, where the witness reports it."""
        for extension in self.extensions:
            if isinstance(extension, RunningVersion):
                return extension.version
        return None

    @property
    def hardfork_vote(self) -> tuple[int, int] | None:
        """(packed version, time in seconds), where the witness votes."""
        for extension in self.extensions:
            if isinstance(extension, HardforkVersionVote):
                return extension.hf_version, extension.hf_time
        return None

    def to_json(self, form: Form, dialect: Dialect) -> dict[str, Any]:
        """Members in hived's order."""
        written: dict[str, Any] = jsonform.write_value(HEADER, self, form, dialect)
        return written

    @classmethod
    def from_json(cls, value: Any, form: Form | None, dialect: Dialect) -> "BlockHeader":
        """Raises InvalidInput."""
        found: BlockHeader = jsonform.read_value(HEADER, value, form, dialect)
        return found


_UNSIGNED: Final = Struct(
    BlockHeader,
    {
        "previous": wire_type(BlockId),
        "timestamp": wire_type(Time),
        "witness": wire_type(AccountName),
        "transaction_merkle_root": wire_type(Checksum),
        "extensions": wire_type(HeaderExtensions),
    },
)
HEADER: Final = Struct(
    BlockHeader, dict(zip(_UNSIGNED.names, _UNSIGNED.types, strict=True)) | {"witness_signature": wire_type(Signature)}
)
_decode_unsigned: Final = _UNSIGNED.decoder(MAINNET)
_encode_unsigned: Final = _UNSIGNED.encoder(_ANY_PACKING)
_decode_signature: Final = wire_type(Signature).decoder(MAINNET)
_encode_signature: Final = wire_type(Signature).encoder(_ANY_PACKING)


class Block:
    """A signed header and its transactions. Treat it as frozen."""

    __slots__ = ("header", "packed_bytes", "transactions")

    def __init__(self, header: BlockHeader, transactions: Sequence[Transaction], packed_bytes: bytes) -> None:
        self.header = header
        self.transactions = tuple(transactions)
        self.packed_bytes = packed_bytes

    @classmethod
    def build(cls, header: BlockHeader, transactions: Sequence[Transaction]) -> "Block":
        """A block from a signed header and the transactions it was built over, which have their bytes."""
        parts = [header.packed_bytes, encode_varint(len(transactions))]
        parts += [transaction.packed_bytes for transaction in transactions]
        return cls(header, transactions, b"".join(parts))

    @classmethod
    def decode(cls, data: bytes, dialect: Dialect) -> "Block":
        """The block that fills all of `data`; raises InvalidInput."""
        with reading():
            header, pos = BlockHeader.read(data, 0)
            count, pos = decode_count(data, pos, TRANSACTION_MEMORY_BYTES)
            read_transaction = transaction_reader(dialect)
            transactions = []
            for _ in range(count):
                transaction, pos = read_transaction(data, pos)
                transactions.append(transaction)
        if pos != len(data):
            raise TrailingBytes(count=len(data) - pos)
        return cls(header, transactions, data)

    @property
    def num(self) -> int:
        return self.header.num

    @property
    def id(self) -> bytes:
        return self.header.id

    @property
    def signing_digest(self) -> bytes:
        return self.header.signing_digest

    @property
    def is_padded(self) -> bool:
        """Whether the number of transactions takes more bytes than it must: the one part of a block that nothing signs."""
        count = encode_varint(len(self.transactions))
        return not self.packed_bytes.startswith(count, len(self.header.packed_bytes))

    def merkle_root(self) -> bytes:
        """Over the transactions as they are, to be compared with the header's."""
        return merkle_root([transaction.merkle_leaf for transaction in self.transactions])

    def to_json(self, form: Form, dialect: Dialect) -> dict[str, Any]:
        """Header members and transactions; ids and the signing key are the caller's business."""
        transactions = [transaction.to_json(form, dialect) for transaction in self.transactions]
        return self.header.to_json(form, dialect) | {"transactions": transactions}

    def __repr__(self) -> str:
        return f"Block({self.num} by {self.header.witness}, {len(self.transactions)} transactions)"
