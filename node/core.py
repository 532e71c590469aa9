"""The node without its shell: inputs and the time go in, effects come out (design decision 9).

No socket, thread, task or clock is known here, so the runner drives one core by real time, and a simulator many by a queue. All
that happens to the chain goes through `handle`; readers may look at `chain` between two calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from chain.block import Block, num_of_id
from chain.chain import Chain
from chain.errors import ChainError, InvalidBlock, MissingAuthority, StorageError
from chain.finality.attestations import Attestation
from chain.finality.evidence import Evidence
from chain.finality.votes import Certificate, Vote
from chain.fork_choice import Applied, Ignored, Moved, RefusedBlock, Stored, Switched, WhyIgnored
from chain.keys import InvalidSignature
from chain.producer import produce_block
from chain.slots import slot_at, slot_time
from chain.transaction import Transaction
from chain.wire import HF26, LEGACY, Packing
from node.audits import Audits
from node.effects import (
    BlockApplied,
    BlockRefused,
    BlocksPopped,
    BlockStored,
    BlocksWanted,
    Effect,
    GossipBlock,
    GossipTransaction,
    IrreversibleMoved,
    SlotMissed,
    TransactionAccepted,
    TransactionExpired,
    TransactionIncluded,
    TransactionRefused,
)
from node.finality import Finality, Told
from node.peer_clocks import PeerClocks
from node.producing import Production, Turn
from node.roots import StateRoots

WAIT_PATIENCE_SECONDS = (
    30  # a head that stands still for so long after a transaction's expiration will hardly include it
)


class BlockFromTheFuture(InvalidBlock):
    code = "block_from_the_future"
    text = "Block {num} is of a time {seconds} s ahead of our clock; {seconds_max} s are allowed. Its clock or ours is wrong"


@dataclass(frozen=True, slots=True)
class SubmitTransaction:
    """From a client or, with its name as `source`, from a peer. One that came as JSON has no bytes yet."""

    transaction: Transaction
    source: str = ""


@dataclass(frozen=True, slots=True)
class PushBlock:
    """A peer's block."""

    block: Block
    source: str = ""


@dataclass(frozen=True, slots=True)
class HearVote:
    """A witness's vote on finality, from the peer `source`."""

    vote: Vote
    source: str


@dataclass(frozen=True, slots=True)
class HearCertificate:
    """A quorum of votes, from the peer `source`."""

    certificate: Certificate
    source: str


@dataclass(frozen=True, slots=True)
class HearEvidence:
    """Proof that a witness contradicted itself, from the peer `source`."""

    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class HearAttestation:
    """What a witness says of the state at a checkpoint, from the peer `source`."""

    attestation: Attestation
    source: str


@dataclass(frozen=True, slots=True)
class HearClocks:
    """What our peers' clocks say of ours, measured anew."""

    clocks: PeerClocks


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: at least once when a slot begins, and once a second where blocks are final by votes."""


@dataclass(frozen=True, slots=True)
class Spare:
    """There is nothing else to do: go on with what can wait, for a few milliseconds."""


Statement: TypeAlias = HearVote | HearCertificate | HearEvidence
Mover: TypeAlias = PushBlock | Statement | HearAttestation | HearClocks | Tick | Spare
"""What may move the chain's head, or what is final of it."""
Input: TypeAlias = SubmitTransaction | Mover


class NodeCore:
    """A chain, the witnesses that it makes blocks for, and those who wait for a transaction."""

    def __init__(self, chain: Chain, production: Production | None = None) -> None:
        self.chain = chain
        self.production = production or Production((), {})
        self.finality = Finality(chain, self.production) if chain.params.finality_votes else None
        self.roots = StateRoots(chain, self.production) if chain.params.finality_votes else None
        self.audits = Audits(chain)
        self._usual_packing = Packing(chain.params.dialect, HF26)
        self._awaited: dict[bytes, int] = {}  # expiration by transaction id
        self._missed_time = 0  # of the newest slot that a SlotMissed was told of
        self._time = 0  # of the last input

    @property
    def produces(self) -> bool:
        return bool(self.production.witnesses)

    @property
    def has_spare_work(self) -> bool:
        """Whether a Spare would do something."""
        return self.audits.has_work or (self.roots is not None and self.roots.has_work)

    @property
    def has_diverged(self) -> bool:
        """Whether a quorum attested another state than ours."""
        return self.roots is not None and self.roots.has_diverged

    def next_tick_time(self, now: float) -> float:
        """When a Tick is useful next: at the next slot, or in a second while witnesses have something to agree on."""
        slot_time = self.next_slot_time(now)
        return slot_time if self.finality is None or self.finality.is_settled else min(slot_time, now + 1)

    def next_slot_time(self, now: float) -> int:
        """When the next slot begins after `now`."""
        state = self.chain.state
        return slot_time(state, slot_at(state, int(now)) + 1)

    def handle(self, input: Input, now: float) -> list[Effect]:
        """Take one input in at the time `now` (seconds). Expected failures are effects; StorageError and bugs are raised."""
        self._notice_time(int(now))
        if isinstance(input, SubmitTransaction):  # the most frequent, by which no block moves
            return self._submit(input.transaction, input.source)
        irreversible_num = self.chain.irreversible_num
        effects = list(self._take(input, now))
        if self.chain.irreversible_num > irreversible_num:
            effects.append(IrreversibleMoved(self.chain.irreversible_num))
        return effects

    def _notice_time(self, time: int) -> None:
        """Where the clock was set back, what waits for a time by it must not wait for the old one."""
        seconds = self._time - time
        self._time = time
        if seconds <= 0:
            return
        self._missed_time -= seconds
        if self.finality is not None:
            self.finality.set_back(seconds)
        if self.roots is not None:
            self.roots.set_back(seconds)

    def _take(self, input: Mover, now: float) -> Iterator[Effect]:
        match input:
            case PushBlock():
                yield from self._push(input.block, input.source, now)
            case Tick():
                yield from self._produce(now)
                yield from self._look(now)
                yield from self._expire(now)
                if self.roots is not None:
                    yield from self.roots.look(now)
            case HearAttestation(attestation, source):
                if self.roots is not None:
                    yield from self.roots.hear(attestation, source, now)
            case Spare():
                if self.roots is not None and self.roots.has_work:
                    yield from self.roots.work()
                else:
                    self.audits.work()
            case HearClocks():
                self.production.clocks = input.clocks
            case _ if self.finality is not None:
                yield from self._settle(self.finality, self._hear(self.finality, input, int(now)), now)

    @staticmethod
    def _hear(finality: Finality, input: Statement, now: int) -> Told:
        match input:
            case HearVote(vote, source):
                return finality.hear_vote(vote, source, now)
            case HearCertificate(certificate, source):
                return finality.hear_certificate(certificate, source, now)
            case HearEvidence(evidence, source):
                return finality.hear_evidence(evidence, source)

    def finality_words(self) -> tuple[list[Certificate], list[Vote]]:
        """What a peer that has just linked should hear of finality."""
        return ([], []) if self.finality is None else self.finality.voter.words()

    def attestation_words(self) -> list[Attestation]:
        """And what it should hear of the state's root."""
        return [] if self.roots is None else self.roots.words()

    def await_inclusion(self, transaction: Transaction) -> None:
        """From now on tell of this transaction by TransactionIncluded or TransactionExpired, once."""
        self._awaited[transaction.id] = transaction.expiration

    # --- transactions

    def _submit(self, transaction: Transaction, source: str) -> list[Effect]:
        try:
            packed = self._admit(transaction)
        except StorageError:
            raise
        except ChainError as error:
            return [TransactionRefused(transaction, error, source)]
        return [TransactionAccepted(packed), GossipTransaction(packed, source)]

    def _admit(self, transaction: Transaction) -> Transaction:
        """Admit it under the packing that its signers meant, which JSON does not tell: HF26, else legacy (clients.md §3).

        Returns it with its bytes. Raises what the last attempt was refused for.
        """
        mempool = self.chain.mempool
        if transaction.is_packed:
            mempool.add(transaction)
            return transaction
        packed = transaction.with_packing(self._usual_packing)
        try:
            mempool.add(packed)
        except (MissingAuthority, InvalidSignature):
            legacy = transaction.with_packing(Packing(self.chain.params.dialect, LEGACY))
            if legacy.packed_bytes == packed.packed_bytes:
                raise
            mempool.add(legacy)
            return legacy
        return packed

    def _expire(self, now: float) -> Iterator[Effect]:
        """Let go of those whose transaction can no longer come."""
        if not self._awaited:
            return
        reached = max(self.chain.state.globals.time, int(now) - WAIT_PATIENCE_SECONDS)
        for transaction_id in [id for id, expiration in self._awaited.items() if expiration <= reached]:
            del self._awaited[transaction_id]
            yield TransactionExpired(transaction_id)

    # --- blocks

    def _push(self, block: Block, source: str, now: float) -> Iterator[Effect]:
        """A block of any branch: the chain decides which is followed."""
        try:
            check_ahead(block, now, self.chain.params.block_interval_seconds)
            received = self.chain.receive_block(block, source)
        except StorageError:
            raise
        except ChainError as error:
            yield BlockRefused(block, error, source)
            return
        refused: list[RefusedBlock] = []
        match received:
            case Applied() | Switched():
                yield from self._tell(received, source, now)
            case Stored(_, missing, refused):
                yield BlockStored(block)
                if missing is not None:
                    yield BlocksWanted(num_of_id(missing), missing, source)
                else:
                    yield from self._watch(block)
            case Ignored(_, WhyIgnored.FAR_AHEAD):
                yield BlocksWanted(block.num - 1, block.header.previous, source)
        for entry in refused:
            yield BlockRefused(entry.block, entry.error)
        yield from self._look(now)

    def _tell(self, moved: Moved, source: str, now: float) -> Iterator[Effect]:
        """Our branch has grown, or we have switched."""
        if isinstance(moved, Switched):
            if self.finality is not None:
                self.finality.leave(moved.popped)
            yield BlocksPopped(moved.popped)
        for entry in moved.pushed:
            if entry.block.header.witness in self.production.witnesses:
                self.production.signed.note_shown(entry.block.header.timestamp, now)
            yield BlockApplied(entry.block, entry.applied, is_ours=False)
            yield from self._include(entry.block)
            yield from self._watch(entry.block)
        for entry in moved.pushed:
            yield GossipBlock(entry.block, source)
        for failed in moved.refused:
            yield BlockRefused(failed.block, failed.error)

    # --- finality

    def _look(self, now: float) -> Iterator[Effect]:
        if self.finality is not None:
            yield from self._settle(self.finality, self.finality.look(int(now)), now)

    def _settle(self, finality: Finality, told: Told, now: float) -> Iterator[Effect]:
        """Tell what came of finality; where that has moved our branch, there may be more to vote on."""
        has_moved = False
        for one in told:
            if isinstance(one, Applied | Switched):
                has_moved = True
                yield from self._tell(one, "", now)
            else:
                yield one
        if has_moved:
            yield from self._settle(finality, finality.look(int(now)), now)

    def _watch(self, block: Block) -> Iterator[Effect]:
        """Has its witness made another block for the same slot?"""
        if self.finality is not None:
            yield from self.finality.note_block(block)

    def _produce(self, now: float) -> Iterator[Effect]:
        turn = self.production.turn(self.chain, now) if self.produces else None
        if turn is None:
            return
        if turn.key is None:
            yield from self._miss(turn)
            return
        self.production.signed.note(turn.time)
        block, applied = produce_block(self.chain, turn.time, turn.witness, turn.key)
        yield BlockApplied(block, applied, is_ours=True)
        yield from self._include(block)
        yield from self._watch(block)
        yield GossipBlock(block, "")

    def _miss(self, turn: Turn) -> Iterator[Effect]:
        """Tell it once a slot."""
        if turn.missed is not None and turn.time > self._missed_time:
            self._missed_time = turn.time
            yield SlotMissed(turn.witness, turn.time, turn.missed)

    def _include(self, block: Block) -> Iterator[Effect]:
        """Tell those who wait for a transaction of a new block."""
        if not self._awaited:
            return
        for position, transaction in enumerate(block.transactions):
            if self._awaited.pop(transaction.id, None) is not None:
                yield TransactionIncluded(transaction.id, block.num, position)


def check_ahead(block: Block, now: float, seconds_max: int) -> None:
    """Raises BlockFromTheFuture for a block of a later slot than the next.

    Else a single witness could sign for its slots of the next hours, and have the longest branch at once.
    """
    seconds = block.header.timestamp - now
    if seconds > seconds_max:
        raise BlockFromTheFuture(num=block.num, seconds=int(seconds), seconds_max=seconds_max)
