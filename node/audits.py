"""The invariants in a node: checked once an hour beside its work (docs/invariants.md). A broken one stops it."""

from collections.abc import Iterator
from typing import Final

from chain.audit import auditing
from chain.chain import Chain

AUDIT_INTERVAL_BLOCKS: Final = 1_200


class Audits:
    """Of one node. `work` goes on with an audit whenever there is nothing better to do."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._slices: Iterator[None] | None = None
        self._span = self._newest_span  # of blocks, in which the last audit began

    @property
    def _newest_span(self) -> int:
        return self.chain.head_num // AUDIT_INTERVAL_BLOCKS

    @property
    def has_work(self) -> bool:
        """Whether an audit is under way or due."""
        return self._slices is not None or self._newest_span > self._span

    def work(self) -> None:
        """Go on for a few milliseconds. Raises BrokenInvariant."""
        if self._slices is None:
            if self._newest_span == self._span:
                return
            self._span = self._newest_span
            self._slices = auditing(self.chain.backend.view(), self.chain.params)
        if next(self._slices, self) is self:
            self._slices = None
