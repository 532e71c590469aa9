"""Finality in a node: what its voter hears, and what becomes of what the voter wants (docs/finality.md).

The protocol is in `chain.finality`; here it meets a real chain. Every input ends with our branch standing on the block that the voter
wants it to stand on, and with the certificate on the disk before anything is said that builds on it.
"""

from collections.abc import Iterator
from typing import TypeAlias

from chain.block import Block, num_of_id
from chain.chain import Chain
from chain.errors import InvalidInput
from chain.finality.evidence import BadEvidence, Evidence, TwoVotes
from chain.finality.known import KnownBlocks
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
from chain.finality.rounds import round_num_of
from chain.finality.slots import SlotWatch
from chain.finality.voter import FinalityVoter
from chain.finality.votes import Certificate, Round, SignatureKey, Vote
from chain.fork_choice import Moved
from node.effects import (
    BlocksWanted,
    CertificateOwed,
    CertificatesWanted,
    Effect,
    FinalityConflict,
    GossipCertificate,
    GossipEvidence,
    GossipVote,
    StatementRefused,
)
from node.producing import Production

PATIENCE_SECONDS = 2  # a vote is often faster than its block; only then is the block asked for
AGAIN_SECONDS = 6  # twice as long as a slot: what was said has arrived by then, or is lost
SPOKEN_MAX = 1_000  # more than peers and rounds at a time
SHARE_SECONDS = 24  # while nothing becomes final, peers are told all votes again: they may have come too early for them
ASKED_MAX = 1_000  # things asked for at a time; a voter names two blocks a view

Told: TypeAlias = Iterator[Effect | Moved]


class Finality:
    """One node's part in finality. Its witnesses vote with the keys of `production`; a node without any only listens.

    What is told is effects, and between them how our branch has moved, of which the core tells in its own way.
    """

    def __init__(self, chain: Chain, production: Production, *, key_of: SignatureKey | None = None) -> None:
        self.chain = chain
        self.blocks = KnownBlocks(chain)
        self.slots = SlotWatch()
        self._key_of: SignatureKey = key_of or chain.signers.block_signer
        self._wanted: dict[
            bytes, tuple[str, int]
        ] = {}  # unknown blocks voted on: who said so, and when to ask for them
        self._spoken: dict[tuple[str, int], int] = {}  # with whom of which round's certificates, and when
        self._shared_at = 0
        final_id = chain.id_of(chain.final_num)
        self.voter = FinalityVoter(
            chain.params.chain_id,
            self.blocks,
            self._round_of_next(chain.final_num),
            final_id,
            round_after=self._round_after,
            keys=production.keys,
            witnesses=production.witnesses,
            final_certificate=chain.finality.newest(),
            box=production.signed,
            pace=Pace(chain.params.block_interval_seconds),
            key_of=self._key_of,
        )

    def _round_of_next(self, final_num: int) -> Round:
        """The round of the block above a final one."""
        params = self.chain.params
        round = self.chain.finality.round_above(round_num_of(final_num + 1, params) * params.witnesses_max)
        assert round is not None, final_num
        return round

    def _round_after(self, final_id: bytes) -> Round | None:
        return self.chain.finality.round_above(num_of_id(final_id)) if self.chain.holds(final_id) else None

    @property
    def is_settled(self) -> bool:
        """There is nothing that could become final."""
        return self.chain.final_num == self.chain.head_num

    # --- inputs

    def hear_vote(self, vote: Vote, source: str, now: int) -> Told:
        try:
            outcomes = self.voter.receive_vote(vote, now)
        except InvalidInput as error:
            yield StatementRefused(error, source)
            return
        yield from self._perform(outcomes, source, now)

    def hear_certificate(self, certificate: Certificate, source: str, now: int) -> Told:
        try:
            outcomes = self.voter.receive_certificate(certificate, now)
        except InvalidInput as error:
            yield StatementRefused(error, source)
            return
        yield from self._perform(outcomes, source, now)

    def hear_evidence(self, evidence: Evidence, source: str) -> Iterator[Effect]:
        """Record it, if it can be judged here: the key in question must be known, and of two blocks those before them.

        Who votes is fixed for a round. The key that signs blocks may have been changed since, so nobody is to blame for evidence that the
        present one does not bear out.
        """
        key = self._key_in_question(evidence)
        if key is None:
            return
        try:
            evidence.verify(self.chain.params.chain_id, key, key_of=self._key_of)
        except BadEvidence as error:
            if isinstance(evidence, TwoVotes):
                yield StatementRefused(error, source)
            return
        if self.chain.finality.record(evidence):
            yield GossipEvidence(evidence, source)

    def look(self, now: int) -> Told:
        """Time has passed, or blocks have come."""
        yield from self._perform(self.voter.look(now), "", now)
        yield from self._ask(now)
        if self.is_settled:
            self._shared_at = now
        elif now >= self._shared_at + SHARE_SECONDS:
            self._shared_at = now
            for vote in self.voter.words()[1]:
                yield GossipVote(vote, "")

    def set_back(self, seconds: int) -> None:
        """The clock was set back by so much. Nobody is to wait until it comes again to where it was."""
        self.voter.set_back(seconds)
        self._shared_at -= seconds
        self._spoken = {key: at - seconds for key, at in self._spoken.items()}
        self._wanted = {block_id: (source, at - seconds) for block_id, (source, at) in self._wanted.items()}

    def note_block(self, block: Block) -> Iterator[Effect]:
        """A block has come, whatever branch it is of: has its witness made another for the same slot?"""
        found = self.slots.note(block.header)
        if found is not None:
            yield from self.hear_evidence(found, "")

    def leave(self, blocks: list[Block]) -> None:
        """These blocks of ours were popped."""
        self.blocks.leave(blocks)

    # --- outcomes

    def _perform(self, outcomes: list[Outcome], source: str, now: int) -> Told:
        for outcome in outcomes:
            yield from self._do(outcome, source, now)
        yield from self._follow(self.voter.branch_id)

    def _do(self, outcome: Outcome, source: str, now: int) -> Told:
        match outcome:
            case SendVote(vote):
                yield GossipVote(vote, "")
            case SendCertificate(certificate):
                yield GossipCertificate(certificate, "")
            case PassOn(Vote() as vote):
                self._want(vote.block_id, source, now)
                yield GossipVote(vote, source)
            case PassOn(Certificate() as certificate):
                self._want(certificate.block_id, source, now)
                yield GossipCertificate(certificate, source)
            case AnchorMoved(block_id):
                self._want(block_id, source, now)
            case Finalised(certificate):
                yield from self._follow(certificate.block_id)
                self._finalise(certificate, now)
                yield from self._perform(self.voter.look(now), source, now)
            case RoundEntered():
                pass
            case Misbehaved(evidence):
                yield from self.hear_evidence(evidence, source)
            case FinalityBroken(ours, theirs):
                yield FinalityConflict(ours, theirs)
            case PeerBehind(round_num) if source and self._is_time(source, round_num, now):
                yield CertificateOwed(round_num, source)
            case WeAreBehind(round_num) if source and self._is_time("", round_num, now):
                yield CertificatesWanted(round_num, source)

    def _finalise(self, certificate: Certificate, now: int) -> None:
        self.chain.finalise(certificate)
        self._shared_at = now
        self.blocks.forget_to(certificate.block_num)
        self.slots.forget_before(self.blocks.time(certificate.block_id))

    def _follow(self, block_id: bytes) -> Iterator[Moved]:
        """Let our branch stand on a block. Where that is not known, the longest branch will do until it is."""
        if block_id != self.chain.forks.anchor_id:
            moved = self.chain.follow(block_id)
            if moved is not None:
                yield moved

    # --- asking and being asked

    def _is_time(self, source: str, round_num: int, now: int) -> bool:
        """Whether to speak with a peer ("": with any) of a round's certificates: a peer sends many votes, and one answer will do."""
        if now < self._spoken.get((source, round_num), -AGAIN_SECONDS) + AGAIN_SECONDS:
            return False
        if len(self._spoken) >= SPOKEN_MAX:
            self._spoken.clear()
        self._spoken[source, round_num] = now
        return True

    def _want(self, block_id: bytes, source: str, now: int) -> None:
        """Somebody speaks of a block: if it does not come by itself soon, ask for it."""
        if source and not self.blocks.knows(block_id) and len(self._wanted) < ASKED_MAX:
            self._wanted.setdefault(block_id, (source, now + PATIENCE_SECONDS))

    def _ask(self, now: int) -> Iterator[BlocksWanted]:
        """Ask for what has not come. What we hear of again will be asked for again."""
        for block_id, (source, ask_at) in list(self._wanted.items()):
            is_over = num_of_id(block_id) <= self.chain.final_num or self.blocks.knows(block_id)
            if not is_over and now < ask_at:
                continue
            del self._wanted[block_id]
            if not is_over and block_id not in self.chain.forks.tree.linked:
                yield BlocksWanted(num_of_id(block_id), block_id, source)

    # --- evidence

    def _key_in_question(self, evidence: Evidence) -> bytes | None:
        """The signing key of whoever is accused: of a vote that of its round, of a block the present one. None where it is not known."""
        if isinstance(evidence, TwoVotes):
            round = self.chain.finality.round_above(evidence.first.round_num * self.chain.params.witnesses_max)
            return None if round is None else dict(round.voters).get(evidence.culprit)
        if not all(self._is_on_record(header.previous) for header in (evidence.first, evidence.second)):
            return None  # a header holds no chain id: it may be of another chain, where the key signs as well
        row = self.chain.state.witnesses.find(evidence.culprit)
        return None if row is None else row.signing_key

    def _is_on_record(self, block_id: bytes) -> bool:
        return self.blocks.knows(block_id) or block_id in self.chain.forks.tree.linked
