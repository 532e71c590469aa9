"""All laws over a state that stands still, while the chain goes on.

To sum up a million accounts takes seconds, and a slot waits for nobody. So the sums are taken over a view of the database, with tables of
their own, some hundred rows at a time; what was read is let go again, so neither time nor memory of the chain at work is used up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from chain.invariants import LAWS
from chain.state import State
from chain.store import Store

if TYPE_CHECKING:
    from chain.params import Params
    from chain.store import Put, View


class Still:
    """A view as a backend that nobody writes to."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.get, self.scan, self.close = view.get, view.scan, view.close

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:  # noqa: ARG002  # a backend has it
        raise AssertionError("an audit only reads")

    def view(self) -> View:
        return self._view


def auditing(view: View, params: Params) -> Iterator[None]:
    """Check the laws, pausing every few milliseconds. Closes the view. Raises BrokenInvariant."""
    try:
        store = Store(Still(view))
        state = State(store, params)
        store.look_again()
        for law in LAWS:
            for _ in law(state):
                for table in store.tables:
                    table.rows.clear()
                yield
    finally:
        view.close()


def audit(view: View, params: Params) -> None:
    """All of it at once, in little memory."""
    for _ in auditing(view, params):
        pass
