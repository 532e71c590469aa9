"""Downloaded blocks some time before they are applied: decoded, and their signatures given to be checked by others meanwhile."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, Protocol

from chain.asset import Dialect
from chain.block import Block
from chain.errors import InvalidInput

AHEAD_BLOCKS: Final = 256
"""Decoded at a time, and their signatures given to those who check them."""

AHEAD_BYTES: Final = 512 << 10
"""Of these, some 40 ms of decoding: long enough for those who check, short enough for everybody else who waits."""

WORTH_BLOCKS: Final = 16
"""Fewer are applied sooner than others have begun to check them, unless they are large."""

WORTH_BYTES: Final = AHEAD_BYTES // 4
"""Some hundred signatures: worth it, however few blocks they are in."""


class Verifier(Protocol):
    """Finds out who signed before a block is applied (node.verify)."""

    def prefetch(self, blocks: Sequence[Block]) -> None: ...

    def is_ready(self, block: Block) -> bool:
        """Whether there is nothing to wait for."""
        ...


class Ahead:
    """Without a verifier blocks are decoded when they are taken, and nothing is waited for."""

    def __init__(self, dialect: Dialect, verifier: Verifier | None) -> None:
        self._dialect = dialect
        self._verifier = verifier
        self._prepared: dict[bytes, Block] = {}  # by their bytes
        self._few = 0  # when so many are left, there will be more to do for those who check

    def look(self, upcoming: Iterable[bytes]) -> None:
        """Prepare the blocks that will be taken next, if many are to come and few are prepared."""
        if self._verifier is None or len(self._prepared) > self._few:
            return
        window = _first(upcoming)
        if len(window) < WORTH_BLOCKS and sum(map(len, window)) < WORTH_BYTES:
            return
        before, self._prepared = self._prepared, {}
        for data in window:
            block = before.get(data) or self._decoded(data)
            if block is None:
                break  # whoever takes it will hear what is wrong with it
            self._prepared[data] = block
        self._few = len(self._prepared) // 2
        self._verifier.prefetch([block for data, block in self._prepared.items() if data not in before])

    def is_ready(self, data: bytes) -> bool:
        """Whether nobody is still looking at this block."""
        block = self._prepared.get(data)
        return block is None or self._verifier is None or self._verifier.is_ready(block)

    def take(self, data: bytes) -> Block:
        """Raises InvalidInput."""
        block = self._prepared.pop(data, None)
        return Block.decode(data, self._dialect) if block is None else block

    def _decoded(self, data: bytes) -> Block | None:
        try:
            return Block.decode(data, self._dialect)
        except InvalidInput:
            return None


def _first(upcoming: Iterable[bytes]) -> list[bytes]:
    """As many blocks as are prepared at a time."""
    window = []
    size_bytes = 0
    for data in islice(upcoming, AHEAD_BLOCKS):
        window.append(data)
        size_bytes += len(data)
        if size_bytes >= AHEAD_BYTES:
            break
    return window
