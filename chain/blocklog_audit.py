"""Reading a block log from end to end without trusting a byte of it (protocol.md §3.2).

What can be said of a block without any state: that it names the one before it, that its number follows, that its transactions fit
its merkle root, that it encodes again to its own bytes, and that its producer signed it. Which key a producer has is learnt
from the log: the first one seen, and those that operations announce later.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from chain.asset import MAINNET, TESTNET, Dialect
from chain.block import Block, BlockHeader, num_of_id
from chain.blocklog import DamagedBlockLog
from chain.errors import InvalidInput
from chain.keys import InvalidSignature, signature_key
from chain.witness_properties import read_properties

NO_BLOCK = bytes(20)

FAULTS: Final = {
    "bad_links": "blocks that do not name the one before",
    "bad_ids": "blocks with a number out of order",
    "bad_merkle_roots": "merkle roots that do not fit",
    "bad_signatures": "witness signatures that do not fit",
    "bad_roundtrips": "blocks that cannot be read, or do not encode to themselves",
}


class Log(Protocol):
    """Blocks by number, from wherever they are kept: a file, or a database."""

    @property
    def first_num(self) -> int: ...

    @property
    def last_num(self) -> int: ...

    def raw(self, num: int, /) -> bytes:
        """Raises DamagedBlockLog."""
        ...


@dataclass(slots=True)
class Audit:
    """Counts of what was seen and of what was wrong."""

    blocks: int = 0
    transactions: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    bad_links: int = 0
    bad_ids: int = 0
    bad_merkle_roots: int = 0
    bad_signatures: int = 0
    bad_roundtrips: int = 0
    first_bad: tuple[int, str] | None = None  # number of the block, and what is wrong with it

    def blame(self, num: int, fault: str) -> None:
        """Count a fault of block `num`."""
        setattr(self, fault, getattr(self, fault) + 1)
        if self.first_bad is None:
            self.first_bad = (num, fault)

    @property
    def is_sound(self) -> bool:
        return self.first_bad is None

    def to_json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("blocks", "transactions")}
        return {
            **counts,
            "operations": dict(sorted(self.operations.items())),
            **{name: getattr(self, name) for name in FAULTS},
        }


def dialect_of(log: Log) -> Dialect:
    """The network whose symbols the log is written in: the one that reads a block which the other does not, mainnet's if none."""
    for place in range(log.first_num, log.last_num + 1):
        is_mainnet = _read(log, place, MAINNET) is not None
        if is_mainnet != (_read(log, place, TESTNET) is not None):
            return MAINNET if is_mainnet else TESTNET
    return MAINNET


def audit(log: Log, dialect: Dialect) -> Iterator[Audit]:
    """Go through a log; yields the same, growing, account after each block. A block that cannot be read is bad, not the end."""
    found = Audit()
    witnesses: dict[str, set[bytes]] = {}
    previous: bytes | None = None
    first_num = _first_num(log, dialect)
    for position, place in enumerate(range(log.first_num, log.last_num + 1)):
        found.blocks += 1
        num = first_num + position
        block = _read(log, place, dialect)
        if block is None:
            found.blame(num, "bad_roundtrips")
            previous = None
            yield found
            continue
        found.transactions += len(block.transactions)
        for transaction in block.transactions:
            found.operations.update(operation.name for operation in transaction.operations)
        for wrong in _faults(block, num, previous, witnesses, dialect):
            found.blame(num, wrong)
        _learn_keys(block, witnesses, dialect)
        previous = block.id
        yield found


def _first_num(log: Log, dialect: Dialect) -> int:
    """The number of the first block, as most of the first three have it: one damaged block must not renumber all others."""
    places = range(log.first_num, min(log.first_num + 3, log.last_num + 1))
    blocks = [_read(log, place, dialect) for place in places]
    said = Counter(block.num - position for position, block in enumerate(blocks) if block is not None)
    return said.most_common(1)[0][0] if said else log.first_num


def _read(log: Log, place: int, dialect: Dialect) -> Block | None:
    try:
        return Block.decode(log.raw(place), dialect)
    except (InvalidInput, DamagedBlockLog):
        return None


def _faults(
    block: Block, num: int, previous: bytes | None, witnesses: dict[str, set[bytes]], dialect: Dialect
) -> Iterator[str]:
    header = block.header
    if num == 1:
        previous = NO_BLOCK
    if previous is not None and header.previous != previous:
        yield "bad_links"
    if num_of_id(block.id) != num:
        yield "bad_ids"
    if block.merkle_root() != header.transaction_merkle_root:
        yield "bad_merkle_roots"
    if not _is_signed(block, witnesses):
        yield "bad_signatures"
    if not encodes_to_itself(block, dialect):
        yield "bad_roundtrips"


def _is_signed(block: Block, witnesses: dict[str, set[bytes]]) -> bool:
    """By a key that the witness is known to have had, or by any when it is the first block of that witness."""
    try:
        key = signature_key(block.signing_digest, block.header.witness_signature)
    except InvalidSignature:
        return False
    return key in witnesses.setdefault(block.header.witness, {key})


def encodes_to_itself(block: Block, dialect: Dialect) -> bool:
    """Whether every transaction and the header, encoded anew from what was decoded, give the bytes that were read."""
    if any(transaction.packing_in(dialect) is None for transaction in block.transactions):
        return False
    header = block.header
    anew = BlockHeader(
        header.previous,
        header.timestamp,
        header.witness,
        header.transaction_merkle_root,
        header.extensions,
        header.witness_signature,
    )
    return Block.build(anew, block.transactions).packed_bytes == block.packed_bytes


def _learn_keys(block: Block, witnesses: dict[str, set[bytes]], dialect: Dialect) -> None:
    """Operations of this block may give a witness another key for the blocks to come."""
    for transaction in block.transactions:
        for operation in transaction.operations:
            if operation.name == "witness_update":
                _know(witnesses, operation.owner, operation.block_signing_key)  # type: ignore[attr-defined]  # by its name
            elif operation.name == "witness_set_properties":
                changes = read_properties(dict(operation.props), dialect)  # type: ignore[attr-defined]  # by its name
                if "new_signing_key" in changes:
                    _know(witnesses, operation.owner, changes["new_signing_key"])  # type: ignore[attr-defined]  # by its name


def _know(witnesses: dict[str, set[bytes]], owner: str, key: bytes) -> None:
    witnesses.setdefault(owner, set()).add(key)
