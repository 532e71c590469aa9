"""Posts that blocks have touched, until they are put to their places in the ranked lists.

Each block that touches some has a row that names them. A post is ripe when no block has touched it for a while; of its rows only the last
one counts then. Which one that is, memory knows as of one block, and looks at the rows again where it is asked above another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from chain.rows import TouchedPosts

if TYPE_CHECKING:
    from chain.state import State

QUIET_BLOCKS: Final = 20  # a minute: after it a post is ripe; as long, readers must look at it
QUIET_BLOCKS_FAR_BEHIND: Final = (
    200  # ten minutes where nobody takes us to be up to date, and posts are touched much at once
)
ROWS_RIPE_MAX: Final = (
    10  # of earlier blocks, handled with one block: ten times what comes, so what has piled up is soon gone
)

Place = tuple[str, str]


class Touches:
    """What the rows say, for the block at work above another."""

    __slots__ = ("block_id", "first_num", "last")

    def __init__(self, state: State) -> None:
        self.block_id = state.store.head.block_id
        self.first_num = state.globals.head_block_num  # no block before it has a row
        self.last: dict[Place, int] = {}  # the number of the last block that touched a post
        for row in state.touched_posts.scan():
            self.first_num = min(self.first_num, row.block_num)
            self.last.update(dict.fromkeys(row.places, row.block_num))


def touch(state: State, places: Iterable[Place]) -> list[Place]:
    """Note what the block at work touches. Returns what is ripe now."""
    touches = state.touches
    if touches is None or touches.block_id != state.store.head.block_id:
        touches = Touches(state)
    num = state.globals.head_block_num
    touched = dict.fromkeys(places, num)
    if touched:
        if num not in state.touched_posts:
            state.touched_posts.insert(TouchedPosts(num))
        state.touched_posts.edit(num).places += tuple(touched)
        touches.last.update(touched)
    touches.block_id = state.globals.head_block_id
    state.touches = touches
    return _ripe(state, touches, num)


def _ripe(state: State, touches: Touches, num: int) -> list[Place]:
    ripe: list[Place] = []
    quiet = QUIET_BLOCKS_FAR_BEHIND if state.is_far_behind else QUIET_BLOCKS
    last = touches.last
    for ripe_num in range(touches.first_num, min(touches.first_num + ROWS_RIPE_MAX, num - quiet + 1)):
        touches.first_num = ripe_num + 1
        row = state.touched_posts.find(ripe_num)
        if row is None:
            continue
        for place in row.places:
            if last.get(place) == ripe_num:
                del last[place]
                ripe.append(place)
        state.touched_posts.remove(ripe_num)
    return ripe
