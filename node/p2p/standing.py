"""Who misbehaved lately. Points of links that have ended fade within a day, and so does the refusal of whoever had too many.

Two lists, because neither is enough alone: identities cost nothing, and behind one IP address there may be many nodes. Local addresses
get no marks at all: all nodes of a machine share one.
"""

from typing import Any, Final, NamedTuple

from node.p2p.addresses import HOST_BYTES, host, is_local
from node.p2p.conduct import POINTS, SCORE_MAX, Offence
from node.p2p.reasons import Reason

REFUSED_SECONDS: Final = 24 * 3_600
"""Whoever reached SCORE_MAX is not linked with for a day (reliability P10). Not for ever: addresses change hands, faults are mended."""

MARKS_MAX: Final = 2_048
"""Of each list; the oldest go first. Pushing out a mark of one's own takes as many misbehaving hosts as this."""

IDENTITY_BYTES: Final = 33

BLAMELESS: Final = {
    Reason.TOO_SLOW: Offence.TOO_SLOW,
    Reason.SLOW_READER: Offence.SLOW_READER,
    Reason.BAD_FRAME: Offence.BROKEN_FRAME,
    Reason.BAD_HANDSHAKE: Offence.BAD_HANDSHAKE,
}
"""What ends a link may be a bad line's doing, or that of somebody on it: its points are not remembered."""


class Mark(NamedTuple):
    """So many points at that time (seconds of the machine's clock)."""

    points: int
    at: int

    def faded(self, now: float) -> int:
        """What is left. A clock that was set far back does not make a mark last longer."""
        age = min(abs(int(now) - self.at), REFUSED_SECONDS)
        return self.points * (REFUSED_SECONDS - age) // REFUSED_SECONDS

    def refuses(self, now: float) -> bool:
        return self.points >= SCORE_MAX and abs(int(now) - self.at) < REFUSED_SECONDS


class Standing:
    """Marks by host and by identity."""

    __slots__ = ("_hosts", "_identities")

    def __init__(self) -> None:
        self._hosts: dict[bytes, Mark] = {}
        self._identities: dict[bytes, Mark] = {}

    def note(self, ip: bytes, identity: bytes, reason: Reason, score: int, now: float) -> None:
        """An open link has ended with this ban score."""
        blameless = BLAMELESS.get(reason)
        points = score - (POINTS[blameless] if blameless else 0)
        if points <= 0:
            return
        _add(self._identities, identity, points, now)
        if not is_local(ip):
            _add(self._hosts, host(ip), points, now)

    def is_refused(self, ip: bytes, identity: bytes, now: float) -> bool:
        """Whether no link is wanted with this peer for now. `identity` is empty where it is not known yet."""
        marks = (self._hosts.get(host(ip)), self._identities.get(identity))
        return any(mark is not None and mark.refuses(now) for mark in marks)

    def refused(self, now: float) -> dict[bytes, int]:
        """The identities that are refused now, and the time until which each is."""
        return {identity: mark.at + REFUSED_SECONDS for identity, mark in self._identities.items() if mark.refuses(now)}

    # --- how it is kept

    def to_fields(self) -> list[Any]:
        """Two lists of [whom, points, at], the oldest first."""
        return [[[whom, *mark] for whom, mark in marks.items()] for marks in (self._hosts, self._identities)]

    @classmethod
    def from_fields(cls, fields: Any) -> "Standing":
        """Raises ValueError or TypeError for what `to_fields` does not give."""
        standing = cls()
        hosts, identities = fields
        for found, marks, widths in (
            (hosts, standing._hosts, set(HOST_BYTES.values())),
            (identities, standing._identities, {IDENTITY_BYTES}),
        ):
            for whom, points, at in found:
                is_sound = type(whom) is bytes and len(whom) in widths and whom not in marks
                if not is_sound or type(points) is not int or type(at) is not int or points <= 0 or at < 0:
                    raise ValueError("a mark that nobody made")
                marks[whom] = Mark(points, at)
            if len(marks) > MARKS_MAX:
                raise ValueError("too many marks")
        return standing


def _add(marks: dict[bytes, Mark], whom: bytes, points: int, now: float) -> None:
    old = marks.pop(whom, None)
    refused_until = old is not None and old.refuses(now)
    if len(marks) >= MARKS_MAX:
        del marks[next(iter(marks))]
    sum_points = points + (old.faded(now) if old else 0)
    marks[whom] = Mark(max(sum_points, SCORE_MAX) if refused_until else sum_points, int(now))
