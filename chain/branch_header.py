"""Is this header worth keeping? What can be told of a block that stands beside our branch, without its parent's state.

The state below it, where its branch left ours, is still known: the undo records say what each row was. From there on we follow time,
slots and the schedules that were already chosen, through the headers of the branch. So a block in the first or second round above
the fork must be by the very witness whose slot it is; later ones by some witness; and each signed with the witness's key, unless the
branch itself may have changed that key. Whatever cannot be told is left to the switch, which applies the block.

Nothing valid is refused here (protocol.md §4.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from chain.block import Block
from chain.errors import InvalidBlock
from chain.header import BlockTooEarly, PaddedBlock, UnknownBlockWitness, WrongMerkleRoot, WrongSigner, WrongWitness
from chain.keys import InvalidSignature
from chain.rows import Schedule, Witness
from chain.state import State
from chain.table import PREFIX_BYTES, Table
from chain.undo import Undo, undo_key

KEY_SEARCH_BLOCKS_MAX = 100  # undo records read for one key; a fork further down is judged without

SignatureKey = Callable[[bytes, bytes], bytes]


class BranchBlockTooLarge(InvalidBlock):
    code = "branch_block_too_large"
    text = "Block {num} has {size_bytes} bytes; witnesses can allow {size_bytes_max} at most"


class BranchPoint(NamedTuple):
    """A block of a branch, as far as the header after it depends on it.

    `fork_num` is where the branch left ours, `time` in seconds; `schedules` are the rest of those known at the fork, the one in force
    first; `changed` are the witnesses whose keys the branch may have set.
    """

    fork_num: int
    time: int
    slot: int
    schedules: tuple[tuple[str, ...], ...]
    changed: frozenset[str] = frozenset()

    def after(self, block: Block, interval_seconds: int, round_blocks: int) -> BranchPoint:
        """The point above this one."""
        header = block.header
        changed = self.changed
        for witness in witnesses_changed(block):
            changed |= {witness}
        return BranchPoint(
            self.fork_num,
            header.timestamp,
            self.slot + slots_between(self.time, header.timestamp, interval_seconds),
            self.schedules[1:] if block.num % round_blocks == 0 else self.schedules,
            changed,
        )


def slots_between(time: int, later: int, interval_seconds: int) -> int:
    """How many slots after the block of `time` falls `later`, which is not before it (§4.1)."""
    return (later - time // interval_seconds * interval_seconds) // interval_seconds


def witnesses_changed(block: Block) -> Iterator[str]:
    """Whose signing keys a block may have set."""
    for transaction in block.transactions:
        for operation in transaction.operations:
            if operation.name in {"witness_update", "witness_set_properties"}:
                yield operation.owner  # type: ignore[attr-defined]  # both have one


# --- what our state was at the fork


def fork_point(state: State, num: int) -> BranchPoint:
    """Where a branch leaves ours above our block `num`, which is not below the irreversible one."""
    params = state.params
    if num == 0:
        return BranchPoint(0, params.genesis_time, 0, ())
    globals_ = _row_at(state, state.globals_, "", num)
    assert globals_ is not None, num
    current, future = (_schedule_at(state, key, num) for key in ("current", "future"))
    return BranchPoint(num, globals_.time, globals_.current_aslot, (current, future))


def _schedule_at(state: State, key: str, num: int) -> tuple[str, ...]:
    """Schedules change at the ends of rounds only: those are the undo records to look into."""
    round_blocks = state.params.witnesses_max
    row: Schedule | None = _row_at(state, state.schedules, key, num, step=round_blocks)
    assert row is not None, key
    return row.shuffled


def _row_at(state: State, table: Table[Any, Any], key: Any, num: int, *, step: int = 1) -> Any:
    """A row as our block `num` left it, where only every `step`-th block changes it."""
    db_key = table.encode_key(key)
    for later in range(num // step * step + step, state.store.head.num + 1, step):
        found, data = _undone(state, later, db_key)
        if found:
            return None if data is None else table.unpack(data)
    return table.committed(key)


def _undone(state: State, num: int, db_key: bytes) -> tuple[bool, bytes | None]:
    """Whether a block changed a row, and what the row was before."""
    data = state.store.backend.get(undo_key(num))
    if data is not None:
        for changed, old in Undo.read(data).rows_under(db_key[:PREFIX_BYTES]):
            if changed == db_key:
                return True, old
    return False, None


def _can_look_back(state: State, num: int) -> bool:
    """Whether the undo records above a block still stand, and are few enough to be read for a single key."""
    above = state.store.head.num - num
    return (
        num > 0
        and above <= KEY_SEARCH_BLOCKS_MAX
        and (not above or state.store.backend.get(undo_key(num + 1)) is not None)
    )


# --- checks


def check_body(block: Block, block_bytes_max: int) -> None:
    """Is this the block that its id stands for? Raises WrongMerkleRoot, PaddedBlock or BranchBlockTooLarge.

    Who fails here says nothing about the id: anybody can send a good header with a bad body.
    """
    if block.merkle_root() != block.header.transaction_merkle_root:
        raise WrongMerkleRoot(num=block.num)
    if block.is_padded:
        raise PaddedBlock(num=block.num)
    size_bytes = len(block.packed_bytes)
    if size_bytes > block_bytes_max:
        raise BranchBlockTooLarge(num=block.num, size_bytes=size_bytes, size_bytes_max=block_bytes_max)


def check_branch_header(state: State, point: BranchPoint, block: Block, key_of: SignatureKey) -> None:
    """Judge a header by the point below it. Raises BlockTooEarly, WrongWitness, UnknownBlockWitness or WrongSigner."""
    header = block.header
    interval_seconds = state.params.block_interval_seconds
    slots = slots_between(point.time, max(point.time, header.timestamp), interval_seconds)
    if header.timestamp <= point.time or not slots:
        raise BlockTooEarly(num=block.num, time=header.timestamp, head_time=point.time)
    if point.schedules:
        shuffled = point.schedules[0]
        scheduled = shuffled[(point.slot + slots) % len(shuffled)]
        if scheduled != header.witness:
            raise WrongWitness(num=block.num, witness=header.witness, scheduled=scheduled)
    try:
        signer = key_of(header.signing_digest, header.witness_signature)
    except InvalidSignature:
        raise WrongSigner(num=block.num, witness=header.witness) from None
    if header.witness not in point.changed:
        _check_signer(state, point, block, signer)


def _check_signer(state: State, point: BranchPoint, block: Block, signer: bytes) -> None:
    name, fork_num = block.header.witness, point.fork_num
    now = state.witnesses.committed(name)
    if now is not None and now.signing_key == signer:
        return
    if not _can_look_back(state, fork_num):
        return
    then: Witness | None = _row_at(state, state.witnesses, name, fork_num)
    if then is None:
        raise UnknownBlockWitness(num=block.num, witness=name)
    if then.signing_key != signer:
        raise WrongSigner(num=block.num, witness=name)
