"""What a node's witnesses have voted, and what they are locked on: the memory that keeps them honest over crashes.

    ballot    [round, view, prevoted block id, precommitted block id, certificate that locks]

Empty bytes stand for "nothing yet". All witnesses of one node see the same and vote the same, so one ballot holds for all of them.
It only moves forward; `check_follows` is asked again by whoever writes it down (node/sign_state.py), so that no bug above can make
a witness contradict itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import msgpack

from chain.block import BLOCK_ID_BYTES
from chain.errors import ChainError, InvalidInput
from chain.finality.reading import unpack_array
from chain.finality.votes import NUMBER_MAX, PREVOTE, Certificate, Place

NOTHING: Final = b""

_PACK = msgpack.Packer(use_bin_type=True, autoreset=True).pack


class BadBallot(InvalidInput):
    code = "bad_ballot"
    text = "What was voted cannot be read: {reason}"


class AlreadyVoted(ChainError):
    code = "already_voted"
    text = (
        "A witness of this node has voted otherwise in view {view} of round {round_num}, or later. Nothing was signed"
    )


@dataclass(frozen=True, slots=True)
class Ballot:
    """The votes of the newest view in which there was one. `lock` is the quorum of prevotes behind the newest precommit."""

    round_num: int = 0
    view: int = 0
    prevoted: bytes = NOTHING
    precommitted: bytes = NOTHING
    lock: Certificate | None = None

    def voted(self, place: Place) -> bytes:
        """The block voted for at a place, or nothing."""
        if (place.round_num, place.view) != (self.round_num, self.view):
            return NOTHING
        return self.prevoted if place.step == PREVOTE else self.precommitted

    def with_vote(self, place: Place, block_id: bytes, lock: Certificate | None) -> Ballot:
        """After one vote more."""
        is_same_view = (place.round_num, place.view) == (self.round_num, self.view)
        prevoted, precommitted = (self.prevoted, self.precommitted) if is_same_view else (NOTHING, NOTHING)
        if place.step == PREVOTE:
            prevoted = block_id
        else:
            precommitted = block_id
        return Ballot(place.round_num, place.view, prevoted, precommitted, lock)

    def check_follows(self, before: Ballot) -> None:
        """Raises AlreadyVoted where this ballot takes back or contradicts what `before` says."""
        newer = (self.round_num, self.view) > (before.round_num, before.view)
        same = (self.round_num, self.view) == (before.round_num, before.view)
        kept = before.prevoted in {NOTHING, self.prevoted} and before.precommitted in {NOTHING, self.precommitted}
        if not newer and not (same and kept):
            raise AlreadyVoted(view=self.view, round_num=self.round_num)

    def encode(self) -> bytes:
        lock = self.lock.encode() if self.lock is not None else NOTHING
        packed: bytes = _PACK((self.round_num, self.view, self.prevoted, self.precommitted, lock))
        return packed

    @classmethod
    def decode(cls, data: bytes) -> Ballot:
        """Raises BadBallot or BadCertificate."""
        fields = unpack_array(data)
        if fields is None or len(fields) != 5:
            raise BadBallot(reason="not an array of 5 members in the shortest form")
        round_num, view, prevoted, precommitted, lock = fields
        if any(type(number) is not int or not 0 <= number <= NUMBER_MAX for number in (round_num, view)):
            raise BadBallot(reason="round and view are whole numbers")
        for block_id in (prevoted, precommitted):
            if not isinstance(block_id, bytes) or len(block_id) not in {0, BLOCK_ID_BYTES}:
                raise BadBallot(reason=f"a block id has {BLOCK_ID_BYTES} bytes")
        if not isinstance(lock, bytes):
            raise BadBallot(reason="its lock is not a certificate")
        return cls(round_num, view, prevoted, precommitted, Certificate.decode(lock) if lock else None)


class BallotBox(Protocol):
    """Where the ballot lies: a file that is synced (node/sign_state.py), or a simulator's disk."""

    @property
    def ballot(self) -> Ballot: ...

    @property
    def waits_until(self) -> int:
        """Votes are held back in rounds that began before this time (seconds): an older memory may have been lost. 0: none was."""
        ...

    def note_ballot(self, ballot: Ballot) -> None:
        """Returns when a crash can no longer forget it. Raises AlreadyVoted, StorageError."""
        ...


class BallotInMemory:
    """For observers, simulations and tests."""

    def __init__(self, ballot: Ballot | None = None, waits_until: int = 0) -> None:
        self.ballot = ballot or Ballot()
        self.waits_until = waits_until

    def note_ballot(self, ballot: Ballot) -> None:
        ballot.check_follows(self.ballot)
        self.ballot = ballot
