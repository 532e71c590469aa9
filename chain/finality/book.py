"""Votes that were heard in a round: each voter's first word at each place counts, and the second is evidence.

Bounded: for each voter two votes a view, for the views from a few before ours to some after it. Of views further on only the highest
is remembered that each voter was heard in, which is enough to find out that one has fallen behind.
"""

from __future__ import annotations

from typing import NamedTuple

from chain.finality.evidence import TwoVotes
from chain.finality.votes import STEPS, BadVote, Certificate, Place, Round, SignatureKey, Vote
from chain.keys import NULL_KEY, InvalidSignature, signature_key

VIEWS_BEHIND = 4  # late votes of views we have left may still complete a quorum
VIEWS_AHEAD = 8  # others leave a view earlier than we do, but not by many: then we jump


class Counted(NamedTuple):
    """What came of a vote: it told something new, and was kept. `certificate` is of the quorum that this vote completed."""

    is_new: bool
    is_kept: bool = False
    certificate: Certificate | None = None
    evidence: TwoVotes | None = None


IGNORED = Counted(is_new=False)
HEARD = Counted(is_new=True)  # of a view too far ahead: nothing but that its voter has got there
NEW = Counted(is_new=True, is_kept=True)


class VoteBook:
    """The votes of one round. `heard` is the highest view of each voter, by its place; −1 where it was not heard."""

    def __init__(self, chain_id: bytes, round: Round, *, key_of: SignatureKey = signature_key) -> None:
        self.chain_id = chain_id
        self.round = round
        self.key_of = key_of
        self.heard = [-1] * len(round.voters)
        self._votes: dict[tuple[int, int], dict[int, Vote]] = {}  # (view, step) → votes by the voter's place
        self._caught: dict[int, TwoVotes] = {}
        self._floor = 0

    def __len__(self) -> int:
        return sum(len(votes) for votes in self._votes.values())

    def add(self, vote: Vote, view: int) -> Counted:
        """Count a vote while we are in `view`. Raises BadVote for one that its voter did not sign, or that is no voter's."""
        place = self.round.places.get(vote.voter)
        if place is None or vote.round_num != self.round.num or not self.round.holds(vote.block_id):
            raise BadVote(reason=f"{vote.voter} does not vote on this block in round {self.round.num}")
        if vote.view < self._floor:
            return IGNORED
        if vote.view > view + VIEWS_AHEAD:
            return self._hear(vote, place)
        votes = self._votes.get((vote.view, vote.step))
        known = votes.get(place) if votes is not None else None
        if known is not None:
            return self._contradict(known, vote, place)
        self._check(vote, place)
        self._votes.setdefault((vote.view, vote.step), {})[place] = vote
        self.heard[place] = max(self.heard[place], vote.view)
        certificate = self._certificate(vote)
        return NEW if certificate is None else Counted(is_new=True, is_kept=True, certificate=certificate)

    def vote_of(self, place: Place, voter_place: int) -> Vote | None:
        """What a voter said there."""
        return self._votes.get((place.view, place.step), {}).get(voter_place)

    def votes_in(self, view: int) -> list[Vote]:
        """All that were heard in a view."""
        return [vote for step in STEPS for vote in self._votes.get((view, step), {}).values()]

    def forget_before(self, view: int) -> None:
        """We have entered `view`: let go of what lies further back than late votes matter."""
        self._floor = max(self._floor, view - VIEWS_BEHIND)
        for old in [place for place in self._votes if place[0] < self._floor]:
            del self._votes[old]

    def heard_in(self, view: int) -> int:
        """How many voters were heard in a view or a later one."""
        return sum(1 for heard in self.heard if heard >= view)

    def view_of_many(self) -> int:
        """The highest view that at least one honest voter has reached: f + 1 were heard there. −1 for none."""
        return sorted(self.heard, reverse=True)[self.round.faulty_max]

    def _hear(self, vote: Vote, place: int) -> Counted:
        if vote.view <= self.heard[place]:
            return IGNORED
        self._check(vote, place)
        self.heard[place] = vote.view
        return HEARD

    def _contradict(self, known: Vote, vote: Vote, place: int) -> Counted:
        """Evidence once for each voter; more would prove nothing more, and cost us a signature check each."""
        if known.block_id == vote.block_id or place in self._caught:
            return IGNORED
        self._check(vote, place)
        evidence = self._caught[place] = TwoVotes.of(known, vote)
        return Counted(is_new=False, evidence=evidence)

    def _check(self, vote: Vote, place: int) -> None:
        key = self.round.voters[place].key
        try:
            signer = vote.signer(self.chain_id, self.key_of)
        except InvalidSignature as error:
            raise BadVote(reason=str(error)) from None
        if signer != key or key == NULL_KEY:
            raise BadVote(reason=f"it is not signed by the signing key of {vote.voter}")

    def _certificate(self, vote: Vote) -> Certificate | None:
        """Where this vote is the one that completes a quorum."""
        votes = self._votes[vote.view, vote.step]
        if len(votes) < self.round.quorum:
            return None
        agreeing = [place for place, other in votes.items() if other.block_id == vote.block_id]
        if len(agreeing) != self.round.quorum:
            return None
        signatures = tuple((place, votes[place].signature) for place in sorted(agreeing))
        return Certificate(vote.round_num, vote.view, vote.step, vote.block_id, signatures)
