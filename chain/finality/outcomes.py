"""What a FinalityVoter wants done, and what it has found out. To be performed in order, before its next input.

SendVote  SendCertificate  PassOn     to peers
Finalised  RoundEntered               how far it is
AnchorMoved                           which branch to follow
PeerBehind  WeAreBehind               who lacks a certificate
Misbehaved  FinalityBroken            who broke the rules
"""

from __future__ import annotations

from dataclasses import dataclass

from chain.finality.evidence import TwoVotes
from chain.finality.votes import Certificate, Round, Vote


@dataclass(frozen=True, slots=True)
class SendVote:
    """To everybody, as far as they do not have it."""

    vote: Vote


@dataclass(frozen=True, slots=True)
class SendCertificate:
    """To everybody: what releases locks, and what the branch to follow must contain."""

    certificate: Certificate


@dataclass(frozen=True, slots=True)
class PassOn:
    """Somebody else's statement, which is sound and new here: for everybody but who it came from."""

    statement: Vote | Certificate


@dataclass(frozen=True, slots=True)
class Finalised:
    """The block and all before it are final: store the certificate with the block, follow no branch without it."""

    certificate: Certificate


@dataclass(frozen=True, slots=True)
class AnchorMoved:
    """Follow the longest branch that contains this block (`FinalityVoter.branch_id`). Ask for it where it is not known."""

    block_id: bytes


@dataclass(frozen=True, slots=True)
class RoundEntered:
    """From now on votes of this round are understood."""

    round: Round


@dataclass(frozen=True, slots=True)
class Misbehaved:
    """To be recorded and gossiped: a voter has contradicted itself."""

    evidence: TwoVotes


@dataclass(frozen=True, slots=True)
class FinalityBroken:
    """A quorum has made a block final beside our final one: more than f voters are faulty. People must look at it."""

    ours: bytes
    theirs: Certificate


@dataclass(frozen=True, slots=True)
class PeerBehind:
    """Whoever sent this vote does not know of a final block: answer with the certificate of the round's last one we have."""

    round_num: int


@dataclass(frozen=True, slots=True)
class WeAreBehind:
    """There is voting in a later round: ask the sender for the certificate of this round's last block."""

    round_num: int


Outcome = (
    SendVote
    | SendCertificate
    | PassOn
    | Finalised
    | AnchorMoved
    | RoundEntered
    | Misbehaved
    | FinalityBroken
    | PeerBehind
    | WeAreBehind
)
