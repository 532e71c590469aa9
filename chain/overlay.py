"""Reads that see some puts over the pairs below them: what lies on a stage, or what rows were before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sortedcontainers import SortedDict

if TYPE_CHECKING:
    from chain.store import View

Put = tuple[bytes, bytes | None]


class Overlay:
    """A view with puts over it. Both belong to it: the puts must not change any more, and the view is closed with it."""

    def __init__(self, below: View, puts: Iterable[Put]) -> None:
        self._below = below
        self._puts: SortedDict[bytes, bytes | None] = SortedDict(puts)

    def get(self, key: bytes) -> bytes | None:
        try:
            return self._puts[key]
        except KeyError:
            return self._below.get(key)

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        over = [(key, self._puts[key]) for key in self._puts.irange(start, stop, (True, False), reverse=reverse)]
        return merged(over, self._below.scan(start, stop, reverse=reverse), reverse=reverse)

    def close(self) -> None:
        self._below.close()


def merged(
    over: list[Put], below: Iterator[tuple[bytes, bytes]], *, reverse: bool = False
) -> Iterator[tuple[bytes, bytes]]:
    """Both in order; where a key is in both, what lies over it counts."""
    position = 0
    for pair in below:
        while position < len(over) and (over[position][0] > pair[0] if reverse else over[position][0] < pair[0]):
            key, value = over[position]
            position += 1
            if value is not None:
                yield key, value
        if position == len(over) or over[position][0] != pair[0]:
            yield pair
    for key, value in over[position:]:
        if value is not None:
            yield key, value
