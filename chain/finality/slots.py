"""Who has made two blocks for one slot: the headers of the last slots, by slot and witness."""

from __future__ import annotations

from typing import Final

from chain.block import BlockHeader
from chain.finality.evidence import TwoBlocks

SLOTS_MAX: Final = 4_096
"""Headers remembered, 300 bytes each: of three hours in which nothing becomes final."""


class SlotWatch:
    """Times in seconds. Only headers whose signature has been judged belong here: their witnesses are held to them."""

    def __init__(self) -> None:
        self._headers: dict[tuple[int, str], BlockHeader] = {}

    def note(self, header: BlockHeader) -> TwoBlocks | None:
        """Remember a header; returns what proves the fault where the witness had said something else about the slot."""
        known = self._headers.setdefault((header.timestamp, header.witness), header)
        if known is not header and known.unsigned_bytes != header.unsigned_bytes:
            return TwoBlocks.of(known, header)
        if len(self._headers) > SLOTS_MAX:
            del self._headers[next(iter(self._headers))]
        return None

    def forget_before(self, time: int) -> None:
        for slot in [slot for slot in self._headers if slot[0] < time]:
            del self._headers[slot]
