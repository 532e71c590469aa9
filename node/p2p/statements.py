"""How votes on finality, certificates, evidence and attestations of the state spread: each is given to the core, and what the core finds new is passed on.

What comes of ourselves goes to everybody each time: the core says a thing again where it may have come too early. What comes of others
goes to those who are not known to have it. A node that is behind asks for the certificates of many rounds at once. It can judge one
only when it has applied the blocks before it, so they wait here until their blocks have come.
"""

from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Final, TypeAlias

from chain.chain import Chain
from chain.errors import InvalidInput
from chain.finality.attestations import Attestation
from chain.finality.evidence import decode_evidence
from chain.finality.rounds import round_num_of
from chain.finality.votes import Certificate, Vote
from node import effects
from node.core import HearAttestation, HearCertificate, HearEvidence, HearVote, Input, NodeCore
from node.p2p import messages
from node.p2p.conduct import Offence
from node.p2p.links import Peer
from node.p2p.messages import CERTIFICATES_MAX, GetCertificates, Message

DIGEST_BYTES: Final = 16

Gossip: TypeAlias = effects.GossipVote | effects.GossipCertificate | effects.GossipEvidence | effects.GossipAttestation

ASK_SECONDS: Final = 5.0
"""Between two questions for certificates that brought nothing."""


class Statements:
    """What is said about finality on all links of a node."""

    def __init__(self, core: NodeCore, peers: dict[str, Peer], handle: Callable[[Input], object]) -> None:
        self._core = core
        self._peers = peers
        self._handle = handle
        self._waiting: deque[tuple[Certificate, str]] = deque()  # until their blocks have come; one answer at a time
        self._wanted: dict[str, int] = {}  # rounds from which on we lack certificates, by the peer that has them
        self._asked: str | None = None
        self._asked_at: dict[str, float] = {}
        self._ask_at = float("-inf")

    @property
    def _chain(self) -> Chain:
        return self._core.chain

    # --- hearing

    def heard(self, peer: Peer, message: Message) -> None:
        """A vote, a certificate, evidence or an attestation."""
        try:
            data, statement = _read(message, peer.name)
        except InvalidInput as error:
            peer.penalise(Offence.INVALID_VOTE, str(error))
            return
        peer.statements.add(_digest(data))
        self._handle(statement)

    def refused(self, effect: effects.StatementRefused) -> None:
        """No honest peer passes on what the core refuses."""
        if effect.source in self._peers:
            self._peers[effect.source].penalise(Offence.INVALID_VOTE, str(effect.error))

    # --- telling

    def opened(self, peer: Peer, now: float) -> None:
        """What a node that has just linked should know."""
        certificates, votes = self._core.finality_words()
        for certificate in certificates:
            self._tell(peer, messages.Certificate(certificate.encode()), certificate.encode(), now)
        for vote in votes:
            self._tell(peer, messages.FinalityVote(vote.encode()), vote.encode(), now)
        for attestation in self._core.attestation_words():
            self._tell(peer, messages.StateAttestation(attestation.encode()), attestation.encode(), now)

    def gossip(self, effect: Gossip, now: float) -> None:
        """To all but its source, and but those who have it unless it is our own word."""
        message, data = _written(effect)
        digest = _digest(data)
        for peer in list(self._peers.values()):
            if peer.name != effect.source and (not effect.source or digest not in peer.statements):
                self._tell(peer, message, data, now)

    @staticmethod
    def _tell(peer: Peer, message: Message, data: bytes, now: float) -> None:
        if peer.send(message, now):
            peer.statements.add(_digest(data))

    def owed(self, effect: effects.CertificateOwed, now: float) -> None:
        """A peer votes on what is final: show it."""
        peer = self._peers.get(effect.source)
        certificate = self._chain.finality.certificate(effect.round_num)
        if peer is not None and certificate is not None:
            data = certificate.encode()
            self._tell(peer, messages.Certificate(data), data, now)

    def serve(self, question: GetCertificates) -> messages.Certificates:
        found = self._chain.finality.certificates(question.first_round, question.count)
        return messages.Certificates(tuple([certificate.encode() for certificate in found]))

    # --- asking

    def wanted(self, effect: effects.CertificatesWanted) -> None:
        """We are behind, and this peer is not."""
        if effect.source in self._peers:
            self._wanted[effect.source] = effect.round_num

    def closed(self, peer: Peer) -> None:
        self._wanted.pop(peer.name, None)
        self._asked_at.pop(peer.name, None)

    @property
    def is_behind(self) -> bool:
        """We have blocks of the round after the one in which we wait for finality: somebody must have certificates of it."""
        chain = self._chain
        if not chain.params.finality_votes:
            return False
        round_num = round_num_of(chain.irreversible_num + 1, chain.params)
        return chain.head_num > (round_num + 1) * chain.params.witnesses_max

    def ask(self, now: float) -> None:
        """Ask one peer at a time."""
        if self._waiting or self._asked is not None:
            return
        for name, round_num in list(self._wanted.items()):
            del self._wanted[name]
            if self._ask_peer(self._peers[name], round_num, now):
                return
        if now >= self._ask_at and self.is_behind:
            self._ask_at = now + ASK_SECONDS
            round_num = round_num_of(self._chain.irreversible_num + 1, self._chain.params)
            for peer in sorted(self._peers.values(), key=lambda peer: self._asked_at.get(peer.name, float("-inf"))):
                if self._ask_peer(peer, round_num, now):
                    return

    def _ask_peer(self, peer: Peer, round_num: int, now: float) -> bool:
        question = GetCertificates(round_num, CERTIFICATES_MAX)
        if peer.is_stalling(GetCertificates) or not peer.ask(question, self, now):
            return False
        self._asked = peer.name
        self._asked_at[peer.name] = now
        return True

    def unanswered(self, peer: Peer, question: Message, now: float) -> None:
        del question, now
        if self._asked == peer.name:
            self._asked = None

    def answered(self, peer: Peer, question: Message, answer: Message, now: float) -> None:
        """Keep them in order until their blocks have come. They must be of consecutive rounds, or they could wait for ever."""
        assert isinstance(question, GetCertificates)
        assert isinstance(answer, messages.Certificates)
        if self._asked == peer.name:
            self._asked = None
        if self._waiting:
            return
        for round_num, data in enumerate(answer.certificates, question.first_round):
            try:
                certificate = Certificate.decode(data)
            except InvalidInput as error:
                peer.penalise(Offence.INVALID_VOTE, str(error))
                break
            if certificate.round_num != round_num or not self._is_in_round(certificate):
                peer.penalise(Offence.INVALID_VOTE, f"asked for certificates from round {question.first_round} on")
                break
            self._waiting.append((certificate, peer.name))
        if self._waiting:
            self._ask_at = now

    def _is_in_round(self, certificate: Certificate) -> bool:
        return round_num_of(certificate.block_num, self._chain.params) == certificate.round_num

    def work(self) -> bool:
        """Hand in the next certificate whose block has come; returns whether there was one."""
        if not self._waiting or self._waiting[0][0].block_num > self._chain.head_num:
            return False
        certificate, source = self._waiting.popleft()
        self._handle(HearCertificate(certificate, source))
        return True


def _read(message: Message, source: str) -> tuple[bytes, Input]:
    """The bytes of a statement, and what the core is to hear. Raises InvalidInput."""
    match message:
        case messages.FinalityVote(data):
            return data, HearVote(Vote.decode(data), source)
        case messages.Certificate(data):
            return data, HearCertificate(Certificate.decode(data), source)
        case messages.Evidence(data):
            return data, HearEvidence(decode_evidence(data), source)
        case messages.StateAttestation(data):
            return data, HearAttestation(Attestation.decode(data), source)
    raise AssertionError(message)


def _written(effect: Gossip) -> tuple[Message, bytes]:
    match effect:
        case effects.GossipVote(vote):
            data = vote.encode()
            return messages.FinalityVote(data), data
        case effects.GossipCertificate(certificate):
            data = certificate.encode()
            return messages.Certificate(data), data
        case effects.GossipEvidence(evidence):
            data = evidence.encode()
            return messages.Evidence(data), data
        case effects.GossipAttestation(attestation):
            data = attestation.encode()
            return messages.StateAttestation(data), data


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=DIGEST_BYTES).digest()
