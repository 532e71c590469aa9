"""Is this the block that belongs here? Checks of a header against the state, and what a header changes (protocol.md §4.1, §4.4)."""

from collections.abc import Callable

from chain.block import Block, BlockHeader
from chain.errors import InvalidBlock
from chain.events import ProducerMissed
from chain.hardforks import note_vote, precedes
from chain.keys import ED25519_TAG, InvalidSignature, check_strict, signature_key
from chain.rows import Witness
from chain.slots import scheduled_witness, slot_at
from chain.state import State


class WrongPrevious(InvalidBlock):
    code = "wrong_previous"
    text = "Block {num} does not follow the head: it names {previous}, the head is {head}"


class BlockTooEarly(InvalidBlock):
    code = "block_too_early"
    text = "Block {num} is of {time}, which is not after the head's time {head_time}"


class UnknownBlockWitness(InvalidBlock):
    code = "unknown_block_witness"
    text = "Block {num} is by {witness}, who is no witness"


class WrongWitness(InvalidBlock):
    code = "wrong_witness"
    text = "Witness produced block at wrong time: block {num} is by {witness}, but {scheduled} was scheduled"


class WrongSigner(InvalidBlock):
    code = "wrong_signer"
    text = "Block {num} is not signed with the signing key of {witness}"


class WrongMerkleRoot(InvalidBlock):
    code = "wrong_merkle_root"
    text = "The transactions of block {num} do not fit its merkle root"


class PaddedBlock(InvalidBlock):
    code = "padded_block"
    text = "Block {num} counts its transactions in more bytes than it takes, so it is not the block that was signed"


class BlockTooLarge(InvalidBlock):
    code = "block_too_large"
    text = "Block {num} has {size_bytes} bytes; {size_bytes_max} are allowed"


class OutdatedWitness(InvalidBlock):
    code = "outdated_witness"
    text = "Block {num} is by {witness}, who does not run the current hardfork"


SignatureKey = Callable[[bytes, bytes], bytes]
IsSigner = Callable[[Witness], bool]


def check_header(state: State, block: Block, *, key_of: SignatureKey | None = signature_key) -> None:
    """Raises the InvalidBlock that says what is wrong first. Without `key_of` the signature is not looked at."""
    header = block.header
    num = state.globals.head_block_num + 1
    if block.merkle_root() != header.transaction_merkle_root:
        raise WrongMerkleRoot(num=num)
    if block.is_padded:
        raise PaddedBlock(num=num)
    check_place(state, header, lambda witness: key_of is None or _is_signed_by(state, header, witness, key_of))
    check_size(state, block)


def check_place(state: State, header: BlockHeader, is_signer: IsSigner) -> None:
    """Whether the block belongs on this head, in this slot, by this witness, whose key `is_signer` judges."""
    head = state.globals
    num = head.head_block_num + 1
    if header.previous != head.head_block_id:
        raise WrongPrevious(num=num, previous=header.previous.hex(), head=head.head_block_id.hex())
    if header.timestamp <= head.time:
        raise BlockTooEarly(num=num, time=header.timestamp, head_time=head.time)
    witness = state.witnesses.find(header.witness)
    if witness is None:
        raise UnknownBlockWitness(num=num, witness=header.witness)
    if not is_signer(witness):
        raise WrongSigner(num=num, witness=header.witness)
    slot = slot_at(state, header.timestamp)
    scheduled = scheduled_witness(state, slot) if slot else ""
    if scheduled != header.witness:
        raise WrongWitness(num=num, witness=header.witness, scheduled=scheduled or "nobody")


def check_size(state: State, block: Block) -> None:
    size_bytes_max = state.globals.maximum_block_size
    if len(block.packed_bytes) > size_bytes_max:
        raise BlockTooLarge(num=block.num, size_bytes=len(block.packed_bytes), size_bytes_max=size_bytes_max)


def _is_signed_by(state: State, header: BlockHeader, witness: Witness, key_of: SignatureKey) -> bool:
    try:
        if state.params.strict_signatures:
            check_strict(header.witness_signature)
        signer = key_of(header.signing_digest, header.witness_signature)
    except InvalidSignature:
        return False
    return may_sign(state, witness, signer)


def may_sign(state: State, witness: Witness, signer: bytes) -> bool:
    """Whether this raw key is the one that signs the witness's blocks now."""
    return signer == witness.signing_key and (signer[0] != ED25519_TAG or state.params.ed25519_keys)


def enter_block(state: State, header: BlockHeader) -> None:
    """Make the producer known to the operations, and note what its header reports. Raises OutdatedWitness."""
    state.edit_globals().current_witness = header.witness
    version, vote = header.running_version, header.hardfork_vote
    if version is not None and version != state.witnesses.get(header.witness).running_version:
        state.witnesses.edit(header.witness).running_version = version
    if vote is not None:
        note_vote(state, header.witness, vote)
    if precedes(state.witnesses.get(header.witness).running_version, state.hardforks.current_version):
        raise OutdatedWitness(num=state.globals.head_block_num + 1, witness=header.witness)


def advance_head(state: State, block: Block) -> None:
    """The block is the head now; slots between it and the last one were missed."""
    header = block.header
    missed = slot_at(state, header.timestamp) - 1
    if state.params.generate_missed_block_operations and state.globals.head_block_num and missed:
        _blame(state, header.witness, missed)
    globals_ = state.edit_globals()
    globals_.recent_slots_filled, globals_.participation_count = shift_slots(
        globals_.recent_slots_filled, globals_.participation_count, missed
    )
    globals_.head_block_num += 1
    globals_.head_block_id = block.id
    globals_.time = header.timestamp
    globals_.current_aslot += missed + 1
    state.now = header.timestamp
    witness = state.witnesses.edit(header.witness)
    witness.last_aslot = globals_.current_aslot
    witness.last_confirmed_block_num = globals_.head_block_num


def _blame(state: State, producer: str, missed: int) -> None:
    for slot in range(1, missed + 1):
        owner = scheduled_witness(state, slot)
        if owner != producer:
            state.witnesses.edit(owner).total_missed += 1
            state.emit(ProducerMissed(owner))


SLOTS_REMEMBERED = 128


def shift_slots(filled: int, count: int, missed: int) -> tuple[int, int]:
    """The register of the last 128 slots and its number of ones. The produced slot's bit goes in before those of the missed slots."""
    shifts = missed + 1
    if shifts >= SLOTS_REMEMBERED * 2:
        return 0, 0
    for position in range(shifts):
        bit = 1 if position == 0 else 0
        count += bit - (filled >> (SLOTS_REMEMBERED - 1))
        filled = (filled << 1 | bit) & (2**SLOTS_REMEMBERED - 1)
    return filled, count
