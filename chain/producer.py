"""Making a block: transactions that still fit, on a fresh layer, under a signed header (design §4).

A transaction that fails is left out, never the block. What is made is applied while it is made, by the steps of `apply_block`, so it
enters the chain as it is, and its own maker need not apply it again.

Where the slot is the one right after the head, the block is made already but for its header: admission has applied what waits on the
pending layer, by the same function, above the same head and for the same time (`Mempool.is_draft`). Only then the header is entered
after the transactions. None of them sees the difference: of what it changes, they look at the witness alone, and those that do make
no draft. Else what waits is applied anew.
"""

from chain.block import Block, BlockHeader
from chain.chain import Chain, Laid
from chain.errors import ChainError
from chain.hardforks import vote_to_cast
from chain.header import check_place, check_size, enter_block, may_sign
from chain.keys import PrivateKey
from chain.slots import scheduled_witness, slot_at
from chain.transaction import Transaction
from chain.transition import apply_transaction, begin_block, finish_block

HEADER_BYTES_MAX = 256  # a header with both extensions and an ed25519 signature, and the count of transactions


def turn_of(chain: Chain, time: int) -> str | None:
    """The witness whose slot begins at or contains `time`, if that slot is still free."""
    slot = slot_at(chain.state, time)
    return scheduled_witness(chain.state, slot) if slot else None


def produce_block(chain: Chain, time: int, witness: str, key: PrivateKey) -> Laid:
    """Put a block of our own on the head: that of `witness` for the slot at `time` (seconds), with what waits in the mempool and fits.

    Raises InvalidBlock where it is not this witness's turn; then nothing was signed.
    """
    mempool = chain.mempool
    is_drafted = mempool.is_draft(time, _budget_bytes(chain))
    mempool.makes_drafts = True  # from the next block on: who makes one will make more
    lay = _lay_draft if is_drafted else _lay
    return chain.extend(lambda: lay(chain, time, witness, key), over_pending=is_drafted)


def make_block(chain: Chain, time: int, witness: str, key: PrivateKey) -> Block:
    """The same block, and the head stays where it is."""
    chain.mempool.suspend()
    chain.store.begin()
    try:
        return _lay(chain, time, witness, key)[0]
    finally:
        chain.store.rollback()
        chain.mempool.resume(())


def _lay(chain: Chain, time: int, witness: str, key: PrivateKey) -> Laid:
    """Make a block and apply it on the open layer."""
    opened = _open_header(chain, time, witness)
    try:
        begin_block(chain.state, time)
        _enter(chain, opened, key)
        return _seal(chain, opened, key, _choose(chain))
    finally:
        chain.state.in_block = False


def _lay_draft(chain: Chain, time: int, witness: str, key: PrivateKey) -> Laid:
    """Make a block of the pending layer."""
    opened = _open_header(chain, time, witness)
    _enter(chain, opened, key)
    return _seal(chain, opened, key, list(chain.mempool))


def _enter(chain: Chain, opened: BlockHeader, key: PrivateKey) -> None:
    state = chain.state
    row = state.witnesses.committed(opened.witness)  # a key that still waits does not sign the block it waits for
    check_place(state, opened, lambda _: row is not None and may_sign(state, row, key.public_key))
    enter_block(state, opened)


def _seal(chain: Chain, opened: BlockHeader, key: PrivateKey, transactions: list[Transaction]) -> Laid:
    """Sign what was chosen and applied, and finish the block."""
    state = chain.state
    header = opened.over(transactions)
    block = Block.build(header.signed(key.sign(header.signing_digest)), transactions)
    check_size(state, block)
    finish_block(state, block)
    return block, state.applied


def _open_header(chain: Chain, time: int, witness: str) -> BlockHeader:
    """All that is known of the header before there are transactions."""
    row = chain.state.witnesses.get(witness)
    version = chain.params.blockchain_version
    return BlockHeader.build(
        previous=chain.head_id,
        timestamp=time,
        witness=witness,
        transactions=(),
        running_version=version if row.running_version != version else None,
        hardfork_vote=vote_to_cast(chain.state, row),
    )


def _budget_bytes(chain: Chain) -> int:
    """For the transactions of a block."""
    return chain.state.globals.maximum_block_size - HEADER_BYTES_MAX


def _choose(chain: Chain) -> list[Transaction]:
    """Apply what waits, one after the other; returns what came through."""
    state = chain.state
    budget_bytes = _budget_bytes(chain)
    chosen: list[Transaction] = []
    state.is_in_control = True
    try:
        for transaction in chain.mempool:
            if len(transaction.packed_bytes) > budget_bytes:
                continue
            try:
                with state.savepoint():
                    apply_transaction(state, transaction, chain.signers, len(chosen))
            except ChainError:
                continue
            chosen.append(transaction)
            budget_bytes -= len(transaction.packed_bytes)
    finally:
        state.is_in_control = False
    return chosen
