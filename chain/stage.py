"""Several blocks as one: what a store commits on a stage reaches the disk in one batch, or never.

    with Stage(store) as stage:
        store.pop(); …; store.commit(…)
        stage.publish(sync=True)        # or stage.abandon()

A switch of branches pops and pushes here. A crash before the publication finds the old head on the disk, one after it the new
head; there is nothing in between to be mended. `abandon` puts the rows that were touched back as the disk has them, so the way back
applies no block and costs what the way there has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sortedcontainers import SortedDict

from chain.overlay import Overlay, Put, merged
from chain.table import PREFIX_BYTES

if TYPE_CHECKING:
    from chain.store import Store, View
    from chain.table import Table


class Stage:
    """A backend over a store's own one. Reads see what was written here; the backend below sees it when it is published."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.base = store.backend
        self.head = store.head
        self.puts: SortedDict[bytes, bytes | None] = SortedDict()
        self.is_settled = False  # published or abandoned

    def __enter__(self) -> Self:
        self.store.backend = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whoever leaves in between has half of a switch in memory: nothing may be built on that."""
        self.store.backend = self.base
        if not self.is_settled:
            self.store.is_broken = True

    # as a backend

    def get(self, key: bytes) -> bytes | None:
        try:
            return self.puts[key]
        except KeyError:
            return self.base.get(key)

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        staged = [(key, self.puts[key]) for key in self.puts.irange(start, stop, (True, False), reverse=reverse)]
        return merged(staged, self.base.scan(start, stop, reverse=reverse), reverse=reverse)

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:  # noqa: ARG002  # there is no disk here to wait for
        self.puts.update(puts)

    def view(self) -> View:
        return Overlay(self.base.view(), self.puts.items())

    def close(self) -> None:
        self.base.close()

    # the end

    def publish(self, *, sync: bool) -> None:
        """Write all of it, whole or not at all. Raises what the backend raises; then the store is broken."""
        self.base.write(self.puts.items(), sync=sync)
        self.is_settled = True

    def abandon(self) -> None:
        """Take the store back to where it was. The disk has not been touched."""
        store = self.store
        tables = {table.prefix: table for table in store.tables}
        rows: list[tuple[Table[Any, Any], Any, Any]] = []
        for db_key, staged in self.puts.items():
            table = tables.get(db_key[:PREFIX_BYTES])
            if table is None:
                continue
            data = self.base.get(db_key)
            named = data if data is not None else staged
            if named is None:
                continue  # it came and went
            row = table.unpack(named)
            rows.append((table, table.key_of(row), None if data is None else row))
        # First out, then in: what tables look rows up by may have moved from one row to another. And settled at once: what the
        # next commit has to write of an index is told by what has moved since the index was as the disk has it.
        for table, key, _ in rows:
            table.forget(key, None)
        _settle(store)
        for table, key, row in rows:
            table.forget(key, row)
        _settle(store)
        store.head = self.head
        self.is_settled = True


def _settle(store: Store) -> None:
    for table in store.tables:
        table.settle()
