"""A backend that forgets everything: for simulations, dry runs and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sortedcontainers import SortedDict


class MemoryBackend:
    """Keeps pairs in a sorted map. A scan sees the moment it was asked for, as LevelDB's does."""

    def __init__(self) -> None:
        self.pairs: SortedDict[bytes, bytes] = SortedDict()

    def get(self, key: bytes) -> bytes | None:
        return self.pairs.get(key)

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        keys = list(self.pairs.irange(start, stop, inclusive=(True, False), reverse=reverse))
        return iter([(key, self.pairs[key]) for key in keys])

    def write(self, puts: Iterable[tuple[bytes, bytes | None]], *, sync: bool) -> None:  # noqa: ARG002  # memory has no disk to wait for
        for key, value in puts:
            if value is None:
                self.pairs.pop(key, None)
            else:
                self.pairs[key] = value

    def view(self) -> MemoryBackend:
        """A copy."""
        view = MemoryBackend()
        view.pairs = self.pairs.copy()
        return view

    def close(self) -> None:
        self.pairs.clear()
