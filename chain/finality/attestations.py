"""What the voters of a round say about the state at a checkpoint, and what a quorum of them proves.

A *checkpoint* is a final block whose number is a multiple of `state_root_interval_blocks`. Who is a voter of its round signs the root of
its state (chain.state_root), and the state digest beside it, with the key that its votes are signed with. A quorum of equal
attestations is a *root certificate*: a copy of the state that has this root is the state.

    attestation         [block id, state root, state digest, voter, signature]
    root certificate    [block id, state root, state digest, [[place in the round's voters, signature] …]]
    signed              SHA-256 of ["skald state attestation", chain id, block id, state root, state digest, voter]

This is apart from the votes: a root that is late, or wrong on one node, holds up no block.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple

from chain.block import BLOCK_ID_BYTES, num_of_id
from chain.errors import InvalidInput
from chain.finality.reading import PACK, check_signature, read_signatures, unpack_fields
from chain.finality.votes import (
    CERTIFICATE_BYTES_MAX,
    VOTE_BYTES_MAX,
    Round,
    SignatureKey,
)
from chain.keys import (
    NULL_KEY,
    InvalidSignature,
    PrivateKey,
    signature_key,
)
from chain.types import is_account_name

ATTESTATION_DOMAIN: Final = "skald state attestation"
ATTESTATION_BYTES_MAX: Final = VOTE_BYTES_MAX
HASH_BYTES: Final = 32


class BadAttestation(InvalidInput):
    code = "bad_state_attestation"
    text = "This attests no state: {reason}"


class BadRootCertificate(InvalidInput):
    code = "bad_root_certificate"
    text = "The root certificate proves nothing: {reason}"


class Checkpoint(NamedTuple):
    """A block with the state that it left: what is attested."""

    block_id: bytes
    state_root: bytes
    state_digest: bytes

    @property
    def num(self) -> int:
        return num_of_id(self.block_id)


def attestation_digest(chain_id: bytes, checkpoint: Checkpoint, voter: str) -> bytes:
    """What a voter signs."""
    return sha256(PACK((ATTESTATION_DOMAIN, chain_id, *checkpoint, voter))).digest()


@dataclass(frozen=True, slots=True)
class Attestation:
    """One voter's word. Only its shape is sound until the signer was compared with the voter's key."""

    checkpoint: Checkpoint
    voter: str
    signature: bytes

    @classmethod
    def signed(cls, chain_id: bytes, checkpoint: Checkpoint, voter: str, key: PrivateKey) -> Attestation:
        return cls(checkpoint, voter, key.sign(attestation_digest(chain_id, checkpoint, voter)))

    def encode(self) -> bytes:
        packed: bytes = PACK((*self.checkpoint, self.voter, self.signature))
        return packed

    @classmethod
    def decode(cls, data: bytes) -> Attestation:
        """Raises BadAttestation."""
        fields = _unpack(data, 5, ATTESTATION_BYTES_MAX, BadAttestation)
        voter, signature = fields[3:]
        if not isinstance(voter, str) or not is_account_name(voter):
            raise BadAttestation(reason="its voter is no account name")
        check_signature(signature, BadAttestation)
        return cls(Checkpoint(*fields[:3]), voter, signature)


@dataclass(frozen=True, slots=True)
class RootCertificate:
    """A quorum of equal attestations; `signatures` in order of places. Only its shape is sound until `verify` was called."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[int, bytes], ...]

    def verify(self, chain_id: bytes, round: Round, *, key_of: SignatureKey = signature_key) -> None:
        """Raises BadRootCertificate unless a quorum of the voters of the checkpoint's round signed this."""
        if not round.holds(self.checkpoint.block_id):
            raise BadRootCertificate(reason=f"its block does not belong to round {round.num}")
        if len(self.signatures) < round.quorum:
            raise BadRootCertificate(
                reason=f"{len(self.signatures)} attestations are no quorum, {round.quorum} are needed"
            )
        if self.signatures[-1][0] >= len(round.voters):
            raise BadRootCertificate(reason=f"round {round.num} has {len(round.voters)} voters")
        for seat, signature in self.signatures:
            name, key = round.voters[seat]
            if not is_signed_by(key, attestation_digest(chain_id, self.checkpoint, name), signature, key_of):
                raise BadRootCertificate(reason=f"the signature for {name} is not by its signing key")

    def encode(self) -> bytes:
        packed: bytes = PACK((*self.checkpoint, self.signatures))
        return packed

    @classmethod
    def decode(cls, data: bytes) -> RootCertificate:
        """Raises BadRootCertificate."""
        fields = _unpack(data, 4, CERTIFICATE_BYTES_MAX, BadRootCertificate)
        return cls(Checkpoint(*fields[:3]), read_signatures(fields[3], BadRootCertificate))


class AttestationBook:
    """The attestations of one checkpoint: of each voter the first. Bounded by the number of voters."""

    def __init__(self, chain_id: bytes, round: Round, block_id: bytes, *, key_of: SignatureKey = signature_key) -> None:
        self.chain_id = chain_id
        self.round = round
        self.block_id = block_id
        self.key_of = key_of
        self.heard: dict[int, Attestation] = {}  # by the voter's place

    def add(self, attestation: Attestation) -> bool:
        """Whether this is news. Raises BadAttestation for one that its voter did not sign, or that is no voter's."""
        voter = attestation.voter
        place = self.round.places.get(voter)
        if place is None or attestation.checkpoint.block_id != self.block_id:
            raise BadAttestation(reason=f"{voter} does not attest the state at this block")
        if place in self.heard:
            return False
        digest = attestation_digest(self.chain_id, attestation.checkpoint, voter)
        if not is_signed_by(self.round.voters[place].key, digest, attestation.signature, self.key_of):
            raise BadAttestation(reason=f"it is not signed by the signing key of {voter}")
        self.heard[place] = attestation
        return True

    def certificate(self) -> RootCertificate | None:
        """Of what a quorum agrees on, if it does."""
        seats: dict[Checkpoint, list[int]] = {}
        for place in sorted(self.heard):
            seats.setdefault(self.heard[place].checkpoint, []).append(place)
        for checkpoint, places in seats.items():
            if len(places) >= self.round.quorum:
                return RootCertificate(checkpoint, tuple((place, self.heard[place].signature) for place in places))
        return None


def is_signed_by(key: bytes, digest: bytes, signature: bytes, key_of: SignatureKey) -> bool:
    try:
        return key != NULL_KEY and key_of(digest, signature) == key
    except InvalidSignature:
        return False


# --- reading


def _unpack(data: bytes, count: int, bytes_max: int, error: type[InvalidInput]) -> list[Any]:
    fields = unpack_fields(data, count, bytes_max, error)
    for value, size in zip(fields, (BLOCK_ID_BYTES, HASH_BYTES, HASH_BYTES), strict=False):
        if not isinstance(value, bytes) or len(value) != size:
            raise error(reason="block id, root and digest have 20, 32 and 32 bytes")
    return fields
