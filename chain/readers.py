"""What readers ask for and consensus never looks at, brought up to date with every block: contents, profiles,
the social state, what credits were spent on.
"""

from collections.abc import Sequence

from chain import content
from chain.credit_report import note_charges
from chain.social import dispatch
from chain.social.ties import process_list_resets
from chain.state import AppliedOperation, State


def note_operations(state: State, applied: Sequence[AppliedOperation]) -> None:
    """Derive all rows for readers from what a block did, in its order."""
    for entry in applied:
        operation = entry.operation
        for notes in (content.NOTES, dispatch.NOTES):
            note = notes.get(operation.name)
            if note is not None:
                note(state, operation)
    process_list_resets(state)
    note_charges(state)
