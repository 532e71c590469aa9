"""What readers ask for and consensus never looks at, brought up to date with every block: contents, profiles,
the social state, what credits were spent on.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from chain import content
from chain.credit_report import note_charges
from chain.social import dispatch, promotion, ranking
from chain.social.ties import process_list_resets
from chain.state import AppliedOperation, State

MOVING: Final = frozenset(("comment", "vote", "comment_payout_update"))
"""Operations and events after which a post may stand elsewhere in ranked lists. What is rare moves it at once: mutes, promotion, deletion."""

_ROOMS: Final = (content.NOTES, dispatch.NOTES, promotion.NOTES)
NOTES: Final = {
    name: ([room[name] for room in _ROOMS if name in room], name in MOVING)
    for name in (*chain.from_iterable(_ROOMS), *MOVING)
}
"""Who takes down what, in this order, and whether it moves a post."""


def note_operations(state: State, applied: Sequence[AppliedOperation]) -> None:
    """Derive all rows for readers from what a block did, in its order."""
    touched: list[tuple[str, str]] = []
    for entry in applied:
        operation: Any = entry.operation
        noted = NOTES.get(operation.name)
        if noted is None:
            continue
        notes, is_moving = noted
        for note in notes:
            note(state, operation)
        if is_moving:
            touched.append((operation.author, operation.permlink))
    ranking.refresh(state, touched)
    process_list_resets(state)
    note_charges(state)
