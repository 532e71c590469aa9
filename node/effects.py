"""What a node's core wants done, and what it tells: the answers of `NodeCore.handle`, in the order in which they came about.

Whoever drives the core performs them: the runner with sockets and a log, a simulator with a queue.

    TransactionAccepted  TransactionRefused      the outcome of an admission
    BlockApplied         BlockRefused            the outcome of a block, ours or a peer's
    BlockStored          BlocksWanted            it is kept beside our branch; we lack blocks below it
    BlocksPopped                                 a switch: these are undone, and others applied in their place
    SlotMissed                                   it was our turn, and we made no block
    IrreversibleMoved                            more blocks can no longer be undone
    TransactionIncluded  TransactionExpired      for those who wait for a transaction
    GossipTransaction    GossipBlock             for all peers but the one it came from
    GossipVote  GossipCertificate  GossipEvidence        likewise, of finality
    CertificateOwed      CertificatesWanted      for one peer: it is behind in finality, or we are
    GossipAttestation    StateAttested  StateDiverged    what witnesses say of the state at a checkpoint; a quorum agrees; not with us
    StatementRefused     FinalityConflict        somebody broke the rules of finality; too many did
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from chain.block import Block
from chain.errors import ChainError
from chain.finality.attestations import Attestation, Checkpoint, RootCertificate
from chain.finality.evidence import Evidence
from chain.finality.votes import Certificate, Vote
from chain.state import AppliedOperation
from chain.transaction import Transaction


class Missed(StrEnum):
    """Why no block was made although it was our turn."""

    STALE_HEAD = "our head is old: there may be blocks we do not know"
    FEW_WITNESSES = "too few witnesses took part lately: we may be on a lonely fork"
    LATE = "the slot had begun too long ago"
    NO_KEY = "none of our keys is the witness's signing key"
    ALREADY_SIGNED = "we have signed a block for this slot or a later one"
    MAY_HAVE_SIGNED = "we may have signed a block for this slot and not remember it"
    CLOCK_SKEWED = "our clock differs from those of our peers by more than a second"


@dataclass(frozen=True, slots=True)
class TransactionAccepted:
    """It waits in the mempool now, with its bytes fixed."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class TransactionRefused:
    """Nothing changed. `source` is the peer it came from, "" for none."""

    transaction: Transaction
    error: ChainError
    source: str = ""


@dataclass(frozen=True, slots=True)
class BlockApplied:
    """The head has moved to this block."""

    block: Block
    applied: list[AppliedOperation]
    is_ours: bool


@dataclass(frozen=True, slots=True)
class BlockRefused:
    """Nothing changed. `source` is the peer it came from just now, "" for us and for a block that had been kept."""

    block: Block
    error: ChainError
    source: str = ""


@dataclass(frozen=True, slots=True)
class BlockStored:
    """It stands on another branch than ours, or on blocks that we lack."""

    block: Block


@dataclass(frozen=True, slots=True)
class BlocksWanted:
    """The block of this number and id, and perhaps some before it, are missing below one that came from `source`."""

    num: int
    block_id: bytes
    source: str


@dataclass(frozen=True, slots=True)
class BlocksPopped:
    """We have left a branch: these blocks are undone, newest first. The BlockApplied of the new branch follow."""

    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class SlotMissed:
    """`time` is the slot's, in seconds."""

    witness: str
    time: int
    reason: Missed


@dataclass(frozen=True, slots=True)
class IrreversibleMoved:
    """Up to this number."""

    num: int


@dataclass(frozen=True, slots=True)
class TransactionIncluded:
    """A transaction somebody waits for stands in a block, at `position` of its transactions."""

    transaction_id: bytes
    block_num: int
    position: int


@dataclass(frozen=True, slots=True)
class TransactionExpired:
    """No block took a transaction that somebody waits for in time; now none can."""

    transaction_id: bytes


@dataclass(frozen=True, slots=True)
class GossipTransaction:
    """`source` is the peer it came from, "" for none."""

    transaction: Transaction
    source: str


@dataclass(frozen=True, slots=True)
class GossipBlock:
    """`source` is the peer it came from, "" for none."""

    block: Block
    source: str


@dataclass(frozen=True, slots=True)
class GossipVote:
    """`source` is the peer it came from, "" for one of ours."""

    vote: Vote
    source: str


@dataclass(frozen=True, slots=True)
class GossipCertificate:
    """`source` is the peer it came from, "" for one that we have put together."""

    certificate: Certificate
    source: str


@dataclass(frozen=True, slots=True)
class GossipEvidence:
    """It is recorded here. `source` is the peer it came from, "" where we noticed it ourselves."""

    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class GossipAttestation:
    """`source` is the peer it came from, "" for one of ours, and for all when they are said again."""

    attestation: Attestation
    source: str


@dataclass(frozen=True, slots=True)
class StateAttested:
    """A quorum has attested the state at a checkpoint."""

    certificate: RootCertificate


@dataclass(frozen=True, slots=True)
class StateDiverged:
    """A quorum has attested another state than ours at the same block. People must look at this node."""

    ours: Checkpoint
    theirs: Checkpoint


@dataclass(frozen=True, slots=True)
class CertificateOwed:
    """The peer `source` does not know what is final: tell it our newest certificate of this round."""

    round_num: int
    source: str


@dataclass(frozen=True, slots=True)
class CertificatesWanted:
    """The peer `source` votes in a later round: ask it for the certificates from this round on."""

    round_num: int
    source: str


@dataclass(frozen=True, slots=True)
class StatementRefused:
    """A vote, certificate or evidence from `source` that no honest peer passes on."""

    error: ChainError
    source: str


@dataclass(frozen=True, slots=True)
class FinalityConflict:
    """A quorum has made a block final beside `ours`, which stays. People must look at it."""

    ours: bytes
    theirs: Certificate


Effect: TypeAlias = (
    TransactionAccepted
    | TransactionRefused
    | BlockApplied
    | BlockRefused
    | BlockStored
    | BlocksWanted
    | BlocksPopped
    | SlotMissed
    | IrreversibleMoved
    | TransactionIncluded
    | TransactionExpired
    | GossipTransaction
    | GossipBlock
    | GossipVote
    | GossipCertificate
    | GossipEvidence
    | GossipAttestation
    | StateAttested
    | StateDiverged
    | CertificateOwed
    | CertificatesWanted
    | StatementRefused
    | FinalityConflict
)
