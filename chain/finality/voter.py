"""The protocol by which witnesses make blocks final: rules, safety and liveness are argued in docs/finality.md.

    enter a view ──► prevote ──► quorum of prevotes seen: lock, precommit ──► quorum of precommits seen: final, next view
                        └────────── time is up ──────────► next view, twice as long

One `FinalityVoter` stands for all witnesses of a node: they see the same and vote the same. A node without witnesses has one too, that
only listens. Inputs are `receive_vote`, `receive_certificate` and `look` (time has passed, or blocks have come); each answers with
outcomes, to be performed in order before the next input. After `Finalised` nothing more is done until that input comes, so that the
certificate is on the disk before a vote builds on it: whoever drives a voter calls `look` once more then. Time is whole seconds, and
only compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from chain.block import num_of_id
from chain.finality.ballot import BallotBox, BallotInMemory
from chain.finality.book import VoteBook
from chain.finality.outcomes import (
    AnchorMoved,
    Finalised,
    FinalityBroken,
    Misbehaved,
    Outcome,
    PassOn,
    PeerBehind,
    RoundEntered,
    SendCertificate,
    SendVote,
    WeAreBehind,
)
from chain.finality.pace import Pace
from chain.finality.votes import PRECOMMIT, PREVOTE, STEPS, Certificate, Place, Round, SignatureKey, Vote
from chain.keys import PrivateKey, signature_key

PROOFS_MAX = (
    8  # quorums of prevotes remembered beside the newest; older ones release nobody who is not released by these
)


class Blocks(Protocol):
    """Blocks that were applied on this node at some time, and are therefore valid, from the last final one on."""

    @property
    def head_id(self) -> bytes: ...

    def ancestor(self, block_id: bytes, num: int) -> bytes | None:
        """The id of block `num` on the branch that ends with `block_id`; None where either is not known to be valid."""
        ...

    def time(self, block_id: bytes) -> int:
        """Of a block that is known to be valid, in seconds."""
        ...


class FinalityVoter:
    """`final_id` is the last final block (with its certificate), and `round` the one that the next block after it belongs to.

    `round_after(final_id)` gives that round for the last block of a round once it is final, or None as long as it was not applied.
    `keys` are private keys of this node's witnesses, by raw public key.
    """

    def __init__(
        self,
        chain_id: bytes,
        blocks: Blocks,
        round: Round,
        final_id: bytes,
        *,
        round_after: Callable[[bytes], Round | None],
        keys: Mapping[bytes, PrivateKey] | None = None,
        witnesses: frozenset[str] = frozenset(),
        final_certificate: Certificate | None = None,
        box: BallotBox | None = None,
        pace: Pace | None = None,
        key_of: SignatureKey = signature_key,
    ) -> None:
        self.chain_id = chain_id
        self.final_id = final_id
        self.final_certificate = final_certificate
        self._blocks = blocks
        self._round_after = round_after
        self._keys = dict(keys or {})
        self._witnesses = witnesses
        self._box = box or BallotInMemory()
        self._pace = pace or Pace()
        self._key_of = key_of
        self._out: list[Outcome] = []
        self._begin(round)

    def _begin(self, round: Round) -> None:
        self.round = round
        self.view = 0
        self.anchor: Certificate | None = None  # the newest quorum of prevotes
        self._book = VoteBook(self.chain_id, round, key_of=self._key_of)
        self._proofs: dict[int, Certificate] = {}  # quorums of prevotes by view
        self._sent_at = 0
        self._awaited: Certificate | None = None  # a quorum of precommits for a block that is not known yet
        self._settled_view = 0  # no view from here on has failed for long
        self._is_over = False  # the round's last block is final, but not yet applied
        self._ours = [
            (place, voter.name, self._keys[voter.key])
            for place, voter in enumerate(round.voters)
            if voter.name in self._witnesses and voter.key in self._keys
        ]
        self._resume()

    def _resume(self) -> None:
        """Take up what was voted before a restart: the same view, the same votes, the same lock."""
        ballot, final = self._box.ballot, self.final_certificate
        is_same_round = ballot.round_num == self.round.num
        settled = final.view + 1 if final is not None and final.round_num == self.round.num else 0
        self._enter(max(settled, ballot.view if is_same_round else 0))
        self._settled_view = self.view
        if not is_same_round:
            return
        if ballot.lock is not None:
            self._prove(ballot.lock)
        for step in STEPS:
            place = Place(ballot.round_num, ballot.view, step)
            if ballot.voted(place):
                self._count_ours(place, ballot.voted(place))

    def _told(self) -> list[Outcome]:
        told, self._out = self._out, []
        return told

    # --- inputs

    def receive_vote(self, vote: Vote, now: int) -> list[Outcome]:
        """Raises BadVote, for which the sender is to blame: honest nodes pass on only what they have counted."""
        if vote.round_num != self.round.num:
            is_old = vote.round_num < self.round.num
            return [PeerBehind(vote.round_num) if is_old else WeAreBehind(self.round.num)]
        counted = self._book.add(vote, self.view)
        if counted.evidence is not None:
            self._out.append(Misbehaved(counted.evidence))
        if counted.is_kept:
            self._out.append(PassOn(vote))
        if counted.certificate is not None:
            self._take(counted.certificate)
        if counted.is_new:
            self._go_on(now)
        elif num_of_id(vote.block_id) <= num_of_id(self.final_id):
            self._out.append(
                PeerBehind(vote.round_num)
            )  # a new one may just have been on its way; this one is repeated
        return self._told()

    def receive_certificate(self, certificate: Certificate, now: int) -> list[Outcome]:
        """Raises BadCertificate. One that tells nothing new is not even checked."""
        if certificate.round_num != self.round.num:
            return [WeAreBehind(self.round.num)] if certificate.round_num > self.round.num else []
        if self._is_news(certificate):
            certificate.verify(self.chain_id, self.round, key_of=self._key_of)
            self._out.append(PassOn(certificate))
            self._take(certificate)
            self._go_on(now)
        return self._told()

    def look(self, now: int) -> list[Outcome]:
        """Time has passed or the blocks have changed: at least once a second while there is something to finalise."""
        self._go_on(now)
        self._resend(now)
        return self._told()

    # --- what others may ask

    @property
    def anchor_id(self) -> bytes:
        """The branch to follow is the longest that contains this block; it never lies before the last final one."""
        anchor = self.anchor
        if anchor is not None and anchor.block_num > num_of_id(self.final_id):
            return anchor.block_id
        return self.final_id

    @property
    def branch_id(self) -> bytes:
        """What our branch must contain: a block that is final once it is applied here, else the anchor's."""
        awaited = self._awaited
        is_ahead = awaited is not None and awaited.block_num > num_of_id(self.final_id)
        return awaited.block_id if awaited is not None and is_ahead else self.anchor_id

    def words(self) -> tuple[list[Certificate], list[Vote]]:
        """What somebody who has just come should hear: what is final, the anchor, and all votes of this view."""
        certificates = [self.final_certificate] if self.final_certificate is not None else []
        if self.anchor is not None and self.anchor_id == self.anchor.block_id:
            certificates.append(self.anchor)
        return certificates, self._book.votes_in(self.view)

    @property
    def failures(self) -> int:
        """Views in a row that made nothing final."""
        return max(0, self.view - self._settled_view)

    # --- certificates

    def _is_news(self, certificate: Certificate) -> bool:
        if certificate.step == PRECOMMIT:
            return certificate.block_num > num_of_id(self._awaited.block_id if self._awaited else self.final_id)
        lock, proofs = self._lock, self._proofs
        if certificate.view in proofs or (lock is not None and certificate.view <= lock.view):
            return False
        return len(proofs) < PROOFS_MAX or certificate.view > min(proofs)

    def _take(self, certificate: Certificate) -> None:
        """A verified one, or one we have made of votes ourselves."""
        if certificate.step == PREVOTE:
            self._prove(certificate)
        elif self._awaited is None or certificate.block_num > self._awaited.block_num:
            self._awaited = certificate
            if not self._is_above(certificate.block_id, certificate.block_id):
                self._out.append(AnchorMoved(certificate.block_id))  # not known here yet

    def _prove(self, certificate: Certificate) -> None:
        self._proofs[certificate.view] = certificate
        for view in sorted(self._proofs)[:-PROOFS_MAX]:
            del self._proofs[view]
        if self.anchor is None or certificate.view > self.anchor.view:
            self.anchor = certificate
            self._out.append(AnchorMoved(certificate.block_id))

    def _finalise(self) -> bool:
        """Make final what a quorum has precommitted, once its block is known. Returns whether there was such a block."""
        certificate = self._awaited
        if certificate is None:
            return False
        if certificate.block_num <= num_of_id(self.final_id):
            self._awaited = None
            return False
        below = self._blocks.ancestor(certificate.block_id, num_of_id(self.final_id))
        if below is None:
            return False
        self._awaited = None
        if below != self.final_id:
            self._out.append(FinalityBroken(self.final_id, certificate))
            return False
        self.final_id = certificate.block_id
        self.final_certificate = certificate
        if self.anchor is not None and self.anchor.view < certificate.view:
            self.anchor = None  # it may stand beside what is final now
        self._is_over = certificate.block_num == self.round.last_num
        self._out.append(Finalised(certificate))
        if certificate.view >= self.view:
            self._enter(certificate.view + 1)
        self._settled_view = self.view
        return True

    def _turn_over(self) -> bool:
        """The round is over: go to the next as soon as its voters are known."""
        following = self._round_after(self.final_id) if self._is_over else None
        if following is None:
            return False
        self._begin(following)
        self._out.append(RoundEntered(following))
        return True

    # --- views

    def set_back(self, seconds: int) -> None:
        """The clock was set back by so much: what was noted by it was that much earlier."""
        self._sent_at -= seconds
        if self._entered_at is not None:
            self._entered_at -= seconds
        if self._gathered_at is not None:
            self._gathered_at -= seconds

    def _go_on(self, now: int) -> None:
        """Do all that can be done now, in the protocol's order, until nothing moves any more."""
        while not self._finalise() and (self._turn_over() or (not self._is_over and self._move(now))):
            pass

    def _move(self, now: int) -> bool:
        return self._catch_up() or self._prevote(now) or self._precommit(now) or self._time_out(now)

    def _enter(self, view: int) -> None:
        self.view = view
        self._entered_at: int | None = None  # the clock starts when there is something to vote on
        self._gathered_at: int | None = None  # when a quorum had been heard in this view
        self._resent = 0
        self._book.forget_before(view)

    def _catch_up(self) -> bool:
        """Jump to the view that an honest voter is known to have reached."""
        reached = self._book.view_of_many()
        if reached <= self.view:
            return False
        self._enter(reached)
        return True

    def _time_out(self, now: int) -> bool:
        """Leave the view some time after a quorum has got this far: so nobody leaves alone, and all leave at about the same time."""
        if self._gathered_at is None:
            if self._book.heard_in(self.view) < self.round.quorum:
                return False
            self._gathered_at = now
        if now < self._gathered_at + self._pace.decision_seconds(self.failures):
            return False
        self._enter(self.view + 1)
        return True

    # --- votes

    def _prevote(self, now: int) -> bool:
        if self._entered_at is None:
            if num_of_id(self._blocks.head_id) <= num_of_id(self.final_id) and not self._book.heard_in(self.view):
                return False
            self._entered_at = self._sent_at = now
        place = Place(self.round.num, self.view, PREVOTE)
        chosen = self._choice(place, now, self._entered_at) if self._may_vote(place) else None
        if chosen is None:
            return False
        if self.anchor is not None and self.anchor_id == self.anchor.block_id:
            self._out.append(SendCertificate(self.anchor))  # whoever is locked on something older may now follow
        self._cast(place, chosen, self._ballot_lock, now)
        return True

    def _choice(self, place: Place, now: int, entered_at: int) -> bytes | None:
        """What the leader wants, if we may; our own choice when we lead, or have waited long enough."""
        leader_place = self.round.leader_place(self.view)
        led = self._book.vote_of(place, leader_place)
        if led is not None and self._may_prevote(led.block_id):
            return led.block_id
        is_ours = any(ours == leader_place for ours, _, _ in self._ours)
        if is_ours or now >= entered_at + self._pace.patience_seconds(self.failures):
            return self._target(now)
        return None

    def _precommit(self, now: int) -> bool:
        """On a quorum of prevotes in this view, lock and say so. Quorums of other views lock nobody."""
        proof = self._proofs.get(self.view)
        place = Place(self.round.num, self.view, PRECOMMIT)
        if proof is None or not self._may_vote(place) or not self._is_above(proof.block_id, self.final_id):
            return False
        self._cast(place, proof.block_id, proof, now)
        return True

    def _may_vote(self, place: Place) -> bool:
        """Once at each place, prevotes only before the view's precommit, and nothing while an older memory may be missing."""
        if not self._ours or self.round.began_at < self._box.waits_until:
            return False
        ballot = self._box.ballot
        if (ballot.round_num, ballot.view) > (place.round_num, place.view):
            return False
        return not ballot.voted(place) and not ballot.voted(place._replace(step=PRECOMMIT))

    def _cast(self, place: Place, block_id: bytes, lock: Certificate | None, now: int) -> None:
        """Remember first, sign afterwards."""
        self._box.note_ballot(self._box.ballot.with_vote(place, block_id, lock))
        self._out.extend(map(SendVote, self._count_ours(place, block_id)))
        self._sent_at = now

    def _count_ours(self, place: Place, block_id: bytes) -> list[Vote]:
        """Sign what the ballot says, and count it."""
        votes = [Vote.signed(self.chain_id, place, block_id, name, key) for _, name, key in self._ours]
        for vote in votes:
            certificate = self._book.add(vote, self.view).certificate
            if certificate is not None:
                self._take(certificate)
        return votes

    def _resend(self, now: int) -> None:
        """What is lost on the way is sent again, ever more slowly: our newest votes, and what proves where they come from."""
        if now < self._sent_at + self._pace.resend_seconds(self._resent) or self._is_over:
            return
        ballot = self._box.ballot
        places = [Place(ballot.round_num, ballot.view, step) for step in STEPS]
        found = [self._book.vote_of(place, seat) for place in places for seat, _, _ in self._ours]
        votes = [vote for vote in found if vote is not None]
        wanted_num = max([num_of_id(self._blocks.head_id), *(num_of_id(vote.block_id) for vote in votes)])
        if not votes or wanted_num <= num_of_id(self.final_id):
            return
        if self.anchor is not None and self.anchor_id == self.anchor.block_id:
            self._out.append(SendCertificate(self.anchor))
        self._out.extend(map(SendVote, votes))
        self._sent_at = now
        self._resent += 1

    # --- which blocks

    def _is_above(self, block_id: bytes, ancestor_id: bytes) -> bool:
        """Whether a block is valid and stands on another, or is that block."""
        return self._blocks.ancestor(block_id, num_of_id(ancestor_id)) == ancestor_id

    @property
    def _ballot_lock(self) -> Certificate | None:
        """As it was written down, even where it no longer binds: after a crash we may remember an older final block."""
        ballot = self._box.ballot
        return ballot.lock if ballot.round_num == self.round.num else None

    @property
    def _lock(self) -> Certificate | None:
        """What this node's witnesses are locked on. A lock that is not above the final block binds nobody any more."""
        lock = self._ballot_lock
        return lock if lock is not None and lock.block_num > num_of_id(self.final_id) else None

    def _may_prevote(self, block_id: bytes) -> bool:
        """The lock rule: a block above the lock, or above one that a quorum has preferred since."""
        if not self.round.holds(block_id) or num_of_id(block_id) <= num_of_id(self.final_id):
            return False
        if not self._is_above(block_id, self.final_id):
            return False
        lock = self._lock
        if lock is None or self._is_above(block_id, lock.block_id):
            return True
        return any(
            self._is_above(block_id, proof.block_id) for proof in self._proofs.values() if proof.view > lock.view
        )

    def _target(self, now: int) -> bytes | None:
        """The block of our own branch to vote for: the head, or after failures one old enough that all may have it."""
        blocks, floor_id = self._blocks, self.anchor_id
        head_id = blocks.head_id
        found = blocks.ancestor(head_id, min(num_of_id(head_id), self.round.last_num))
        if found is None or not self._is_above(found, floor_id):
            return self._fallback()
        bottom_num = max(num_of_id(floor_id), num_of_id(self.final_id) + 1)
        age_seconds = self._pace.age_seconds(self.failures)
        while age_seconds and num_of_id(found) > bottom_num and blocks.time(found) > now - age_seconds:
            older = blocks.ancestor(found, num_of_id(found) - 1)
            if older is None:
                break
            found = older
        return found if self._may_prevote(found) else self._fallback()

    def _fallback(self) -> bytes | None:
        """While our own branch will not do: what a quorum has preferred last, or what we are locked on."""
        wanted = (self.anchor, self._lock)
        return next((one.block_id for one in wanted if one is not None and self._may_prevote(one.block_id)), None)
