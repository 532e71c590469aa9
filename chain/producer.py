"""Making a block: transactions that still fit, on a fresh layer, under a signed header (design §4).

A transaction that fails is left out, never the block. What is made is applied while it is made, by the steps of `apply_block` in their
order, so it enters the chain as it is, and its own maker need not apply it again.
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
    return chain.extend(lambda: _lay(chain, time, witness, key))


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
    state = chain.state
    opened = _open_header(chain, time, witness)
    try:
        begin_block(state, time)
        check_place(state, opened, lambda row: may_sign(state, row, key.public_key))
        enter_block(state, opened)
        transactions = _choose(chain)
        header = opened.over(transactions)
        block = Block.build(header.signed(key.sign(header.signing_digest)), transactions)
        check_size(state, block)
        finish_block(state, block)
    finally:
        state.in_block = False
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


def _choose(chain: Chain) -> list[Transaction]:
    """Apply what waits, one after the other; returns what came through."""
    state = chain.state
    budget_bytes = state.globals.maximum_block_size - HEADER_BYTES_MAX
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
