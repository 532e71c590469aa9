r"""What the state was at a block of before: today's rows under what the blocks since then have replaced.

An undo record says what each row was before its block. Those of reversible blocks are there to take blocks back. Those of
irreversible blocks nobody needs for that; they are kept a while longer under another name, so that the state of the newest
checkpoints can still be read: for its root, and for a snapshot.

    \x01u ‖ block number     undo of a block that may be taken back (chain.undo)
    \x01p ‖ block number     the same record of an irreversible block

Under its own name, because a node tells from the undo records how far it must never go back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import NamedTuple

import msgpack

from chain.errors import StorageError
from chain.overlay import Overlay, Put
from chain.store import META_HEAD, Backend, View
from chain.undo import Undo, undo_key

PAST_PREFIX = b"\x01p"
CHECKPOINTS_KEPT = 2
"""The newest, whose state is perhaps still being attested, and the one before it."""


class PastForgotten(StorageError):
    code = "past_forgotten"
    text = "What the state was at block {num} can no longer be told: the records of the blocks since then are gone"


class Moment(NamedTuple):
    """The state as a block left it. `rows` reads consensus rows only: indexes and other records are those of the head."""

    num: int
    block_id: bytes
    digest: bytes
    rows: View


def past_key(num: int) -> bytes:
    return PAST_PREFIX + num.to_bytes(8, "big")


def newest_checkpoint(num: int, interval_blocks: int) -> int:
    """The last block up to `num` whose state has a root; 0 where there is none yet."""
    return num // interval_blocks * interval_blocks


def retired(backend: Backend, first: int, last: int, interval_blocks: int) -> Iterator[Put]:
    """Blocks `first` to `last` have become irreversible: put their undo records where the past is, and let go of what is too old."""
    for num in range(first, last + 1):
        record = backend.get(undo_key(num))
        if record is not None:
            yield past_key(num), record
            yield undo_key(num), None
    for num in range(_forgotten_num(first - 1, interval_blocks) + 1, _forgotten_num(last, interval_blocks) + 1):
        yield past_key(num), None


def _forgotten_num(irreversible_num: int, interval_blocks: int) -> int:
    """Up to here the past is forgotten: to the oldest checkpoint that is kept."""
    return max(0, newest_checkpoint(irreversible_num, interval_blocks) - (CHECKPOINTS_KEPT - 1) * interval_blocks)


def moment_at(view: View, num: int) -> Moment:
    """The state at block `num`, which is not above the head of `view`. The view belongs to it. Raises PastForgotten."""
    steps = looking_back(view, num)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: Moment = done.value
            return found


def looking_back(view: View, num: int) -> Generator[None, None, Moment]:
    """The same, one block after the other, for whoever has something else to do in between."""
    head: tuple[int, bytes, bytes] = msgpack.unpackb(view.get(META_HEAD), use_list=False)
    if num == head[0]:
        return Moment(*head, rows=view)
    replaced: dict[bytes, bytes | None] = {}
    for later in range(head[0], num, -1):
        record = view.get(undo_key(later)) or view.get(past_key(later))
        if record is None:
            raise PastForgotten(num=num)
        undo = Undo.read(record)
        head = undo.previous
        replaced.update(undo.rows())
        yield
    return Moment(*head, rows=Overlay(view, replaced.items()))
