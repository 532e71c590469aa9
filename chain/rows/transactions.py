"""What is remembered of blocks and transactions, so that none comes twice or on another fork."""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class BlockSummary(Row):
    """For TaPoS: the id of the last block whose number ends in these 16 bits (protocol.md §3.1)."""

    slot: int
    block_id: bytes = bytes(20)


@dataclass(slots=True)
class BlockTransactions(Row):
    """The transactions of a block, which must not be accepted again, until the last of them has expired."""

    block_num: int
    expiration: int = 0  # of the last one
    ids: bytes = b""  # 20 each
