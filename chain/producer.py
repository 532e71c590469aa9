"""Making a block: transactions that still fit, on a fresh layer, under a signed header (design §4).

A transaction that fails is left out, never the block. The block made here is only bytes: it enters the chain through
`Chain.push_block` like anybody's.
"""

from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.errors import ChainError
from chain.hardforks import vote_to_cast
from chain.keys import PrivateKey
from chain.slots import scheduled_witness, slot_at
from chain.state import AppliedOperation
from chain.transaction import Transaction
from chain.transition import apply_transaction

HEADER_BYTES_MAX = 256  # a header with both extensions and an ed25519 signature, and the count of transactions


def turn_of(chain: Chain, time: int) -> str | None:
    """The witness whose slot begins at or contains `time`, if that slot is still free."""
    slot = slot_at(chain.state, time)
    return scheduled_witness(chain.state, slot) if slot else None


def make_block(chain: Chain, time: int, witness: str, key: PrivateKey) -> Block:
    """A signed block for the slot at `time` (seconds) by `witness`, with what waits in the mempool and fits."""
    chain.mempool.suspend()
    try:
        return _make(chain, time, witness, key)
    finally:
        chain.mempool.resume(())


def produce_block(chain: Chain, time: int, witness: str, key: PrivateKey) -> tuple[Block, list[AppliedOperation]]:
    """Make a block and push it; returns it with what was applied. Raises InvalidBlock where it is not this witness's turn."""
    chain.mempool.suspend()  # once for both: what waits is applied anew only over the new head
    try:
        block = _make(chain, time, witness, key)
    except BaseException:
        chain.mempool.resume(())
        raise
    return block, chain.push_block(block)


def _make(chain: Chain, time: int, witness: str, key: PrivateKey) -> Block:
    transactions = _choose(chain, time, witness)
    row = chain.state.witnesses.get(witness)
    version = chain.params.blockchain_version
    header = BlockHeader.build(
        previous=chain.head_id,
        timestamp=time,
        witness=witness,
        transactions=transactions,
        running_version=version if row.running_version != version else None,
        hardfork_vote=vote_to_cast(chain.state, row),
    )
    return Block.build(header.signed(key.sign(header.signing_digest)), transactions)


def _choose(chain: Chain, time: int, witness: str) -> list[Transaction]:
    state = chain.state
    budget_bytes = state.globals.maximum_block_size - HEADER_BYTES_MAX
    chosen: list[Transaction] = []
    state.store.begin()
    state.in_block = state.is_in_control = True
    state.now = state.globals.time
    state.block_time = time
    try:
        state.edit_globals().current_witness = witness
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
        state.in_block = state.is_in_control = False
        state.applied.clear()
        state.store.rollback()
    return chosen
