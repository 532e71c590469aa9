"""The rules of voting, one by one: four witnesses, of whom we drive one and speak for the others."""

from __future__ import annotations

from typing import Any

import pytest

from chain.block import num_of_id
from chain.finality.ballot import Ballot, BallotInMemory
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
from chain.finality.voter import FinalityVoter
from chain.finality.votes import PRECOMMIT, PREVOTE, BadCertificate, BadVote, Certificate, Place, Round, Vote, Voter
from tests.sim.finality_toys import CHAIN_ID, ToyBlock, ToyKey, toy_key_of

NAMES = ["alice", "bob", "carol", "dave"]
OURS = "alice"  # leads view 0 of round 0, then every fourth


class Case:
    """Our voter, a tree of blocks, and the time. A round has eight blocks."""

    def __init__(self, name: str = OURS, box: BallotInMemory | None = None, **options: Any) -> None:
        self.name = name
        self.box = box or BallotInMemory()
        self.genesis = ToyBlock(None, 0, "")
        self.known = {self.genesis.id: self.genesis}
        self.head = self.genesis
        self.now = 0
        self.said: list[Outcome] = []
        self.passed_on: list[Vote | Certificate] = []
        self.voter = self.make(**options)

    def make(self, **options: Any) -> FinalityVoter:
        key: Any = ToyKey(self.name)
        given: dict[str, Any] = {"keys": {key.public_key: key}, "witnesses": frozenset((self.name,))} | options
        return FinalityVoter(
            CHAIN_ID,
            self,
            self.round(0),
            self.genesis.id,
            round_after=lambda final_id: self.round(num_of_id(final_id) // 8) if final_id in self.known else None,
            box=self.box,
            key_of=toy_key_of,
            **given,
        )

    def round(self, num: int) -> Round:
        voters = tuple(Voter(name, ToyKey(name).public_key) for name in NAMES)
        return Round(num, num * 8 + 1, num * 8 + 8, voters, num * 24)

    # blocks

    @property
    def head_id(self) -> bytes:
        return self.head.id

    def ancestor(self, block_id: bytes, num: int) -> bytes | None:
        block = self.known.get(block_id)
        return block.path[num] if block is not None and num <= block.num else None

    def time(self, block_id: bytes) -> int:
        return self.known[block_id].time

    def block(self, parent: ToyBlock | None = None, salt: int = 0, *, slot: int | None = None) -> ToyBlock:
        """A new block, which becomes the head where it is higher."""
        parent = parent or self.head
        made = ToyBlock(parent, slot or parent.slot + 1, "", salt)
        self.known[made.id] = made
        if made.num > self.head.num:
            self.head = made
        return made

    # words

    def vote(self, name: str, block: ToyBlock, view: int = 0, step: int = PREVOTE, round_num: int = 0) -> Vote:
        key: Any = ToyKey(name)
        return Vote.signed(CHAIN_ID, Place(round_num, view, step), block.id, name, key)

    def hear(self, name: str, block: ToyBlock, view: int = 0, step: int = PREVOTE) -> list[Outcome]:
        return self.note(self.voter.receive_vote(self.vote(name, block, view, step), self.now))

    def certificate(
        self, block: ToyBlock, view: int = 0, step: int = PREVOTE, names: tuple[str, ...] = ("bob", "carol", "dave")
    ) -> Certificate:
        signatures = tuple((NAMES.index(name), self.vote(name, block, view, step).signature) for name in names)
        return Certificate(0, view, step, block.id, signatures)

    def show(self, certificate: Certificate) -> list[Outcome]:
        return self.note(self.voter.receive_certificate(certificate, self.now))

    def look(self, seconds: int = 0) -> list[Outcome]:
        self.now += seconds
        return self.note(self.voter.look(self.now))

    def note(self, outcomes: list[Outcome]) -> list[Outcome]:
        """What is only passed on is kept apart."""
        self.passed_on += [one.statement for one in outcomes if isinstance(one, PassOn)]
        outcomes = [one for one in outcomes if not isinstance(one, PassOn)]
        self.said += outcomes
        return outcomes

    def voted(self, view: int = 0, step: int = PREVOTE) -> bytes:
        return self.box.ballot.voted(Place(0, view, step))


def votes(outcomes: list[Outcome]) -> list[tuple[int, int, bytes]]:
    return [(one.vote.view, one.vote.step, one.vote.block_id) for one in outcomes if isinstance(one, SendVote)]


def locked(case: Case, block: ToyBlock, view: int = 0) -> None:
    """Our voter has precommitted this block."""
    for name in ("bob", "carol", "dave"):
        case.hear(name, block, view)
    assert case.voted(view, PRECOMMIT) == block.id


# --- the good way


def test_two_steps_make_a_block_final() -> None:
    case = Case()
    block = case.block()
    assert votes(case.look()) == [(0, PREVOTE, block.id)]
    assert case.hear("bob", block) == []
    outcomes = case.hear("carol", block)
    assert isinstance(outcomes[0], AnchorMoved)
    assert votes(outcomes) == [(0, PRECOMMIT, block.id)]
    assert case.hear("bob", block, step=PRECOMMIT) == []
    (final,) = case.hear("carol", block, step=PRECOMMIT)
    assert isinstance(final, Finalised)
    final.certificate.verify(CHAIN_ID, case.round(0), key_of=toy_key_of)
    assert case.voter.final_id == case.voter.anchor_id == block.id
    assert case.voter.view == 1
    assert case.look() == []  # nothing is left to do, and nothing is said again
    assert case.look(100) == []


def test_the_others_follow_the_leader_at_once() -> None:
    case = Case("bob")
    first, second = case.block(), case.block()
    assert case.look() == []
    assert votes(case.hear("alice", first)) == [(0, PREVOTE, first.id)]
    assert case.head is second


def test_who_hears_no_leader_votes_for_its_own_head() -> None:
    case = Case("bob")
    block = case.block()
    case.look()
    patience = Pace().patience_seconds(0)
    assert case.look(patience - 1) == []
    assert votes(case.look(1)) == [(0, PREVOTE, block.id)]


def test_a_leaders_block_that_is_not_known_is_waited_for() -> None:
    case = Case("bob")
    unknown = ToyBlock(case.genesis, 1, "somebody")
    assert case.hear("alice", unknown) == []
    case.known[unknown.id] = case.head = unknown
    assert votes(case.look()) == [(0, PREVOTE, unknown.id)]


def test_nobody_votes_beyond_the_round() -> None:
    case = Case()
    blocks = [case.block() for _ in range(12)]
    assert votes(case.look()) == [(0, PREVOTE, blocks[7].id)]


def test_the_next_round_begins_with_the_last_final_block_of_this_one() -> None:
    case = Case()
    blocks = [case.block() for _ in range(12)]
    outcomes = case.show(case.certificate(blocks[7], step=PRECOMMIT))
    assert [type(one) for one in outcomes] == [Finalised]  # no vote before the certificate is on the disk
    outcomes = case.look()
    assert isinstance(outcomes[0], RoundEntered)
    assert case.voter.round.num == 1
    case.look(Pace().patience_seconds(0))
    assert case.box.ballot == Ballot(1, 0, blocks[11].id)


def test_all_witnesses_of_a_node_vote_alike() -> None:
    keys = [ToyKey(name) for name in ("alice", "carol")]
    case = Case(keys={key.public_key: key for key in keys}, witnesses=frozenset(("alice", "carol")))
    block = case.block()
    assert votes(case.look()) == [(0, PREVOTE, block.id)] * 2
    assert votes(case.hear("dave", block)) == [(0, PRECOMMIT, block.id)] * 2


def test_who_has_no_witness_only_listens() -> None:
    case = Case("nobody")
    block = case.block()
    for step in (PREVOTE, PRECOMMIT):
        for name in ("bob", "carol", "dave"):
            case.hear(name, block, step=step)
    case.look(1_000)
    assert votes(case.said) == []
    assert case.voter.final_id == block.id
    assert case.box.ballot == Ballot()


def test_a_key_that_is_not_the_voters_signs_nothing() -> None:
    key: Any = ToyKey("an old key of alice")
    case = Case(keys={key.public_key: key})
    case.block()
    assert case.look() == []


# --- the lock


def test_a_locked_voter_wants_nothing_beside_its_lock() -> None:
    case = Case()
    block = case.block()
    locked(case, block)
    rival = case.block(case.genesis, 1)
    case.head = case.block(rival)
    case.now += 100
    case.hear("bob", rival, 1)  # who leads view 1
    case.hear("carol", rival, 1)
    assert case.voter.view == 1
    case.look(Pace().patience_seconds(1))
    assert case.voted(1) == block.id


def test_a_locked_voter_votes_for_what_stands_on_its_lock() -> None:
    case = Case()
    block = case.block()
    locked(case, block)
    above = case.block(block)
    case.now += 100
    case.hear("carol", above, 1)
    case.hear("bob", above, 1)
    assert case.voted(1) == above.id


def test_a_newer_quorum_releases_the_lock_and_an_older_one_does_not() -> None:
    for view, follows in ((2, True), (0, False)):
        case = Case()
        block = case.block()
        locked(case, block, 1)
        rival = case.block(case.genesis, 1)
        case.show(case.certificate(rival, view))
        case.head = case.block(rival)
        case.hear("bob", rival, 3)
        case.hear("dave", rival, 3)
        case.look(Pace().patience_seconds(3))
        assert case.voter.view == 3
        assert (case.voted(3) == rival.id) is follows, view


def test_a_quorum_of_another_view_locks_nobody() -> None:
    case = Case("bob")
    block = case.block()
    case.hear("alice", block, 6)
    case.hear("dave", block, 6)
    assert case.voter.view == 6
    case.show(case.certificate(block, 5, names=("alice", "carol", "dave")))
    assert case.voter.anchor_id == block.id
    assert case.box.ballot.lock is None


def test_the_lock_survives_a_restart_with_its_proof() -> None:
    case = Case()
    block = case.block()
    case.look()
    locked(case, block)
    voter = case.voter = case.make()
    assert voter.anchor_id == block.id
    assert voter.view == 0
    rival = case.block(case.genesis, 1)
    case.head = case.block(rival)
    case.look()
    outcomes = case.look(3)
    assert any(isinstance(one, SendCertificate) and one.certificate.block_id == block.id for one in outcomes)
    assert votes(outcomes) == [(0, PREVOTE, block.id), (0, PRECOMMIT, block.id)]  # the same again


def test_one_vote_at_each_place_whatever_happens() -> None:
    case = Case()
    block = case.block()
    case.look()
    rival = case.block(case.genesis, 1)
    case.head = case.block(rival)
    case.voter = case.make()
    for _ in range(5):
        case.look(1)
    assert {block_id for _, _, block_id in votes(case.said)} == {block.id}
    with pytest.raises(BadVote):
        case.voter.receive_vote(case.vote("mallory", block), 0)


def test_who_may_have_lost_its_memory_keeps_silent_until_a_later_round() -> None:
    case = Case(box=BallotInMemory(waits_until=30))
    blocks = [case.block() for _ in range(17)]
    case.look(10)
    case.show(case.certificate(blocks[7], step=PRECOMMIT))
    case.look(10)
    assert case.voter.round.num == 1  # which began at 24
    assert case.said == [Finalised(case.certificate(blocks[7], step=PRECOMMIT)), RoundEntered(case.round(1))]
    case.box.waits_until = 20
    assert votes(case.look(10)) == [(0, PREVOTE, blocks[15].id)]


# --- time


def test_a_view_ends_when_a_quorum_has_come_so_far() -> None:
    case = Case("bob")
    block = case.block()
    case.look()
    case.look(500)
    assert case.voter.view == 0  # alone
    case.hear("carol", block)
    case.hear("dave", case.block(case.genesis, 1))
    case.look(Pace().decision_seconds(0) - 1)
    assert case.voter.view == 0  # the others have just come
    case.look(1)
    assert case.voter.view == 1
    assert case.voter.failures == 1


def test_who_fell_behind_jumps_to_where_somebody_honest_is() -> None:
    case = Case("bob")
    block = case.block()
    case.hear("carol", block, 1_000_000)
    assert case.voter.view == 0
    case.hear("dave", block, 7)
    assert case.voter.view == 7


def test_waiting_doubles_and_ends_doubling() -> None:
    pace = Pace(3)
    assert [pace.view_seconds(failures) for failures in (0, 1, 2, 3, 4, 1_000)] == [6, 12, 24, 48, 72, 72]
    assert [pace.patience_seconds(failures) for failures in (0, 1, 4)] == [2, 4, 24]
    assert [pace.decision_seconds(failures) for failures in (0, 1, 4)] == [4, 8, 48]
    assert [pace.age_seconds(failures) for failures in (0, 1, 2, 1_000)] == [0, 6, 12, 96]
    assert [pace.resend_seconds(times) for times in (0, 1, 2, 3, 1_000)] == [3, 6, 12, 24, 24]


def test_votes_are_sent_again_ever_more_slowly() -> None:
    case = Case()
    block = case.block()
    case.look()
    sent = [second for second in range(1, 80) if votes(case.look(1))]
    assert sent == [3, 9, 21, 45, 69]
    assert set(votes(case.said)) == {(0, PREVOTE, block.id)}


def test_votes_for_what_is_final_are_sent_again_while_more_is_to_be_done() -> None:
    """Somebody may not know that it is final, and learns it by the answer."""
    case = Case("dave")
    block = case.block()
    for name in ("alice", "bob", "carol"):
        case.hear(name, block)
    case.show(case.certificate(block, step=PRECOMMIT, names=("alice", "bob", "carol")))
    assert not votes(case.look(50))
    case.block(block)
    case.look()
    resent = [case.look(1) for _ in range(4)]
    assert any((0, PRECOMMIT, block.id) in votes(one) for one in resent) or case.voted(1)


def test_after_failures_older_blocks_are_voted_for() -> None:
    case = Case("bob")
    blocks = [case.block() for _ in range(7)]
    case.now = blocks[-1].time
    for view in (0, 1, 2):
        case.look()
        case.look(Pace().patience_seconds(view))
        for name in ("carol", "dave"):
            case.hear(name, case.block(case.genesis, view + 1), view)
        case.look(Pace().view_seconds(view))
    assert case.voted(2) != blocks[-1].id or case.now - blocks[-1].time >= Pace().age_seconds(2)


# --- others


def test_what_a_quorum_has_precommitted_is_final_when_its_block_is_known() -> None:
    case = Case()
    unknown = ToyBlock(case.genesis, 1, "somebody")
    assert case.show(case.certificate(unknown, step=PRECOMMIT)) == [AnchorMoved(unknown.id)]
    case.known[unknown.id] = unknown
    (final,) = case.look()
    assert isinstance(final, Finalised)


def test_who_repeats_votes_for_final_blocks_is_told() -> None:
    case = Case()
    block = case.block()
    case.show(case.certificate(block, step=PRECOMMIT))
    assert case.hear("bob", block) == []  # was on its way
    assert case.hear("bob", block) == [PeerBehind(0)]


def test_votes_of_other_rounds_tell_who_is_behind() -> None:
    case = Case()
    block = case.block()
    assert case.voter.receive_vote(case.vote("bob", block, round_num=3), 0) == [WeAreBehind(0)]
    case.voter.round = case.round(5)
    assert case.voter.receive_vote(case.vote("bob", block, round_num=3), 0) == [PeerBehind(3)]


def test_evidence_is_told_once() -> None:
    case = Case()
    block, rival = case.block(), case.block(case.genesis, 1)
    case.hear("bob", block)
    (told,) = case.hear("bob", rival)
    assert isinstance(told, Misbehaved)
    assert told.evidence.culprit == "bob"
    assert case.hear("bob", rival) == []


def test_a_second_final_block_is_an_alarm_and_changes_nothing() -> None:
    case = Case()
    block, rival = case.block(), case.block(case.genesis, 1)
    case.show(case.certificate(block, step=PRECOMMIT))
    above = case.certificate(case.block(rival), step=PRECOMMIT)
    assert case.show(above) == [FinalityBroken(block.id, above)]
    assert case.voter.final_id == block.id


def test_invalid_certificate_is_refused_and_an_old_one_not_even_checked() -> None:
    case = Case()
    block = case.block()
    with pytest.raises(BadCertificate):
        case.show(case.certificate(block, names=("bob", "carol")))
    case.show(case.certificate(block, step=PRECOMMIT))
    assert case.show(case.certificate(block, step=PRECOMMIT, names=("bob", "carol"))) == []
    assert case.voter.receive_certificate(Certificate(7, 0, PREVOTE, block.id, ()), 0) == [WeAreBehind(0)]


def test_proofs_are_bounded() -> None:
    case = Case()
    block = case.block()
    for view in range(50):
        case.show(case.certificate(block, view))
    assert len(case.voter._proofs) == 8
    assert case.voter.anchor is not None
    assert case.voter.anchor.view == 49


# --- what others should hear, and which branch to be on


def test_a_vote_is_passed_on_once_and_one_of_a_view_far_ahead_never() -> None:
    case = Case()
    block = case.block()
    for _ in (1, 2):
        case.hear("bob", block)
    case.hear("carol", block, view=50)
    assert case.passed_on == [case.vote("bob", block)]


def test_a_certificate_is_passed_on_once() -> None:
    case = Case()
    certificate = case.certificate(case.block())
    for _ in (1, 2):
        case.show(certificate)
    assert case.passed_on == [certificate]


def test_an_anchor_older_than_what_is_final_holds_no_branch() -> None:
    """A quorum preferred one branch in view 3, and made the other one final in view 5: its proof in between has not come here."""
    case = Case()
    preferred = case.block(case.block())
    rival = case.block(case.genesis, salt=1)
    case.show(case.certificate(preferred, view=3))
    assert case.voter.branch_id == preferred.id
    case.show(case.certificate(rival, view=5, step=PRECOMMIT))
    assert case.voter.branch_id == rival.id


def test_the_branch_must_hold_what_a_quorum_has_precommitted_before_it_is_known() -> None:
    case = Case()
    unknown = ToyBlock(case.genesis, 1, "somebody")
    case.show(case.certificate(unknown, step=PRECOMMIT))
    assert case.voter.branch_id == unknown.id
