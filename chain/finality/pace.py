"""How long to wait, and how far down to vote, the more views have failed in a row. Whole seconds, no clock.

A network that is slower than expected makes views fail; each failure doubles what the next view is given, so that sooner or later
it is long enough, and doubles the age of the block voted for, so that sooner or later all have that block on their branch.
"""

from __future__ import annotations

from dataclasses import dataclass

VIEW_SLOTS_MAX = 24  # carries three messages of six slots each, with time to send lost ones again
AGE_SLOTS_MAX = 32
DOUBLINGS_MAX = 8  # numbers stay small, however long nothing works
RESEND_DOUBLINGS_MAX = 3  # eight slots: what a healed partition waits at most for the first words


@dataclass(frozen=True, slots=True)
class Pace:
    """All times in seconds."""

    slot_seconds: int = 3

    def view_seconds(self, failures: int) -> int:
        """How long a view lasts when nothing comes of it: two slots, at most 24."""
        return self.slot_seconds * min(2 << min(failures, DOUBLINGS_MAX), VIEW_SLOTS_MAX)

    def patience_seconds(self, failures: int) -> int:
        """How long the view's leader is waited for, before everybody votes for a block of their own choice."""
        return self.view_seconds(failures) // 3

    def decision_seconds(self, failures: int) -> int:
        """How long a view goes on after a quorum was heard in it: the other two thirds of its time."""
        return self.view_seconds(failures) - self.patience_seconds(failures)

    def age_seconds(self, failures: int) -> int:
        """How old a block must at least be to be voted for: at first, the head will do."""
        return self.slot_seconds * min(1 << min(failures, DOUBLINGS_MAX), AGE_SLOTS_MAX) if failures else 0

    def resend_seconds(self, times: int) -> int:
        """How long to wait before votes are sent once more that were sent so many times again already."""
        return self.slot_seconds << min(times, RESEND_DOUBLINGS_MAX)
