"""What a node keeps of finality: the newest certificate of each round, and evidence against those who contradicted themselves.

    01 f + round number         certificate
    01 e + SHA-256              evidence
    01 v + block number         the voters of the round above it (chain.finality.rounds)
    01 r + block number         root certificate of a checkpoint (chain.finality.attestations)

A certificate makes its block and all before it final, so the newest one of a round is enough: from one a round, each checked against
the voters that the one before it has made certain, a late joiner gets as far as everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from chain.finality.attestations import RootCertificate
from chain.finality.evidence import Evidence, decode_evidence
from chain.finality.rounds import round_above, voters_key
from chain.finality.votes import NUMBER_MAX, Certificate, Round
from chain.past import CHECKPOINTS_KEPT

if TYPE_CHECKING:
    from chain.params import Params
    from chain.store import Put, Store

CERTIFICATE_PREFIX: Final = b"\x01f"
CERTIFICATE_PREFIX_END: Final = b"\x01g"
EVIDENCE_PREFIX: Final = b"\x01e"
ROOT_PREFIX: Final = b"\x01r"
ROOT_PREFIX_END: Final = b"\x01s"
EVIDENCE_MAX: Final = 1_000
"""Kept, some 500 bytes each: more than people will look through, and nothing that a witness could fill a disk with."""


def certificate_key(round_num: int) -> bytes:
    return CERTIFICATE_PREFIX + round_num.to_bytes(8, "big")


def root_key(num: int) -> bytes:
    return ROOT_PREFIX + num.to_bytes(8, "big")


class FinalityArchive:
    """Records beside the state, in the same database."""

    def __init__(self, store: Store, params: Params) -> None:
        self._store = store
        self._params = params
        self._evidence_count = sum(1 for _ in store.backend.scan(EVIDENCE_PREFIX, CERTIFICATE_PREFIX))

    # certificates

    def certificate(self, round_num: int) -> Certificate | None:
        """The newest one of a round."""
        data = self._store.backend.get(certificate_key(round_num)) if round_num <= NUMBER_MAX else None
        return None if data is None else Certificate.decode(data)

    def certificates(self, first_round: int, count: int) -> list[Certificate]:
        """The newest ones of up to `count` rounds from the first on, without gaps: none where the first is not here (any more)."""
        scanned = self._store.backend.scan(certificate_key(first_round), certificate_key(first_round + count))
        found: list[Certificate] = []
        for round_num, (_, data) in enumerate(scanned, first_round):
            certificate = Certificate.decode(data)
            if certificate.round_num != round_num:
                break
            found.append(certificate)
        return found

    def newest(self) -> Certificate | None:
        """Of the last final block."""
        for _, data in self._store.backend.scan(CERTIFICATE_PREFIX, CERTIFICATE_PREFIX_END, reverse=True):
            return Certificate.decode(data)
        return None

    @staticmethod
    def put(certificate: Certificate) -> Put:
        """What a certificate adds to the batch that makes its block final."""
        return certificate_key(certificate.round_num), certificate.encode()

    # rounds

    def round_above(self, num: int) -> Round | None:
        """The round that begins above block `num` of our branch; None where none begins there, or the block is not applied."""
        record = self._store.backend.get(voters_key(num))
        return None if record is None else round_above(num, record, self._params)

    # roots

    def root_certificates(self) -> list[RootCertificate]:
        """Those of the newest checkpoints, the newest first."""
        scanned = self._store.backend.scan(ROOT_PREFIX, ROOT_PREFIX_END, reverse=True)
        return [RootCertificate.decode(data) for _, data in scanned]

    def record_root(self, certificate: RootCertificate) -> None:
        """Keep a verified root certificate, and of the older ones as many as there are checkpoints whose state can still be told."""
        older = [one for one in self.root_certificates() if one.checkpoint.num != certificate.checkpoint.num]
        gone = [(root_key(one.checkpoint.num), None) for one in older[CHECKPOINTS_KEPT - 1 :]]
        self._store.backend.write([(root_key(certificate.checkpoint.num), certificate.encode()), *gone], sync=False)

    # evidence

    def record(self, evidence: Evidence) -> bool:
        """Keep verified evidence. Returns whether it is new."""
        data = evidence.encode()
        key = EVIDENCE_PREFIX + sha256(data).digest()
        if self._evidence_count >= EVIDENCE_MAX or self._store.backend.get(key) is not None:
            return False
        self._store.backend.write([(key, data)], sync=False)
        self._evidence_count += 1
        return True

    def evidence(self) -> Iterator[Evidence]:
        """All that is kept."""
        for _, data in self._store.backend.scan(EVIDENCE_PREFIX, CERTIFICATE_PREFIX):
            yield decode_evidence(data)
