"""What witnesses say about blocks, and what a quorum of them proves.

A *round* is the blocks produced under one schedule: `witnesses_max` of them, so round r holds the blocks r·w + 1 … r·w + w. The
scheduled witnesses of a round vote on its blocks and no others. A *view* is one attempt to agree, counted from 0 within a round.
In each view a witness gives at most one *prevote* ("I would have this block") and at most one *precommit* ("I saw a quorum of
prevotes for it, and am locked on it").

    vote          [round, view, step, block id, voter, signature]
    certificate   [round, view, step, block id, [[place in the round's voters, signature] …]]
    signed        SHA-256 of ["skald finality vote", chain id, round, view, step, block id, voter]

All are msgpack arrays in the shortest form; what does not encode to the same bytes again is refused. A certificate of precommits
makes its block and all before it final; one of prevotes proves a lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, NamedTuple

from chain.block import BLOCK_ID_BYTES, num_of_id
from chain.errors import InvalidInput
from chain.finality.reading import PACK, check_signature, read_signatures, unpack_fields
from chain.keys import (
    NULL_KEY,
    InvalidSignature,
    PrivateKey,
    signature_key,
)
from chain.types import is_account_name

PREVOTE: Final = 0
PRECOMMIT: Final = 1
STEPS: Final = (PREVOTE, PRECOMMIT)

VOTE_DOMAIN: Final = "skald finality vote"
NUMBER_MAX: Final = 2**32 - 1  # of a round or view: at a view a second, 136 years
VOTE_BYTES_MAX: Final = 256  # the longest name, the longest signature, and the numbers
CERTIFICATE_BYTES_MAX: Final = 8_192  # 64 signatures of the longer kind

SignatureKey = Callable[[bytes, bytes], bytes]
"""Who signed a digest: chain.keys.signature_key, or something that remembers its answers."""


class BadVote(InvalidInput):
    code = "bad_finality_vote"
    text = "This is no vote on finality: {reason}"


class BadCertificate(InvalidInput):
    code = "bad_certificate"
    text = "The certificate proves nothing: {reason}"


class Voter(NamedTuple):
    """A scheduled witness, and its signing key (33 raw bytes) when the round began."""

    name: str
    key: bytes


def quorum_of(voter_count: int) -> int:
    """More than two thirds: 15 of 21. Any two quorums share more voters than may be faulty."""
    return voter_count * 2 // 3 + 1


@dataclass(frozen=True)
class Round:
    """Blocks `first_num` to `last_num`, and who votes on them: the schedule they are produced under, each witness once.

    Both follow from the last block of the round before, which is final before anybody votes here. `began_at` is that block's
    time in seconds.
    """

    num: int
    first_num: int
    last_num: int
    voters: tuple[Voter, ...]
    began_at: int = 0

    @property
    def faulty_max(self) -> int:
        """How many voters may do anything at all: f of 3f + 1."""
        return (len(self.voters) - 1) // 3

    @property
    def quorum(self) -> int:
        """So many equal votes prove something."""
        return quorum_of(len(self.voters))

    def leader_place(self, view: int) -> int:
        """The place of the voter that the others follow in a view, if they can."""
        return (self.num + view) % len(self.voters)

    @cached_property
    def places(self) -> dict[str, int]:
        """Places among the voters by name."""
        return {voter.name: place for place, voter in enumerate(self.voters)}

    def holds(self, block_id: bytes) -> bool:
        """Whether the number of a block lies in this round."""
        return self.first_num <= num_of_id(block_id) <= self.last_num


class Place(NamedTuple):
    """Where a witness may say one thing only."""

    round_num: int
    view: int
    step: int


@dataclass(frozen=True, slots=True)
class Vote:
    """One witness's vote. Only its shape is sound until `check` was called."""

    round_num: int
    view: int
    step: int
    block_id: bytes
    voter: str
    signature: bytes

    @property
    def place(self) -> Place:
        return Place(self.round_num, self.view, self.step)

    @classmethod
    def signed(cls, chain_id: bytes, place: Place, block_id: bytes, voter: str, key: PrivateKey) -> Vote:
        """The caller has made sure that a crash cannot forget this vote (`Ballot`)."""
        return cls(*place, block_id, voter, key.sign(vote_digest(chain_id, place, block_id, voter)))

    def signer(self, chain_id: bytes, key_of: SignatureKey = signature_key) -> bytes:
        """The raw key behind the signature. Raises InvalidSignature."""
        return key_of(vote_digest(chain_id, self.place, self.block_id, self.voter), self.signature)

    def encode(self) -> bytes:
        packed: bytes = PACK((self.round_num, self.view, self.step, self.block_id, self.voter, self.signature))
        return packed

    @classmethod
    def decode(cls, data: bytes) -> Vote:
        """Raises BadVote."""
        fields = unpack_fields(data, 6, VOTE_BYTES_MAX, BadVote)
        _check_place(fields, BadVote)
        voter, signature = fields[4:]
        if not isinstance(voter, str) or not is_account_name(voter):
            raise BadVote(reason="its voter is no account name")
        check_signature(signature, BadVote)
        return cls(*fields)


def vote_digest(chain_id: bytes, place: Place, block_id: bytes, voter: str) -> bytes:
    """What a voter signs. The name goes in, so that two witnesses with one key cannot be counted for each other."""
    return sha256(PACK((VOTE_DOMAIN, chain_id, *place, block_id, voter))).digest()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A quorum of equal votes; `signatures` are (place in the round's voters, signature) in order of places.

    Only its shape is sound until `verify` was called.
    """

    round_num: int
    view: int
    step: int
    block_id: bytes
    signatures: tuple[tuple[int, bytes], ...]

    @property
    def block_num(self) -> int:
        return num_of_id(self.block_id)

    def verify(self, chain_id: bytes, round: Round, *, key_of: SignatureKey = signature_key) -> None:
        """Raises BadCertificate unless a quorum of the round's voters signed this (15 signatures: about 2 ms)."""
        if self.round_num != round.num or not round.holds(self.block_id):
            raise BadCertificate(reason=f"its block does not belong to round {round.num}")
        if len(self.signatures) < round.quorum:
            raise BadCertificate(reason=f"{len(self.signatures)} votes are no quorum, {round.quorum} are needed")
        if self.signatures[-1][0] >= len(round.voters):
            raise BadCertificate(reason=f"round {round.num} has {len(round.voters)} voters")
        place = Place(self.round_num, self.view, self.step)
        for seat, signature in self.signatures:
            name, key = round.voters[seat]
            try:
                signer = key_of(vote_digest(chain_id, place, self.block_id, name), signature)
            except InvalidSignature:
                signer = NULL_KEY
            if signer != key or key == NULL_KEY:
                raise BadCertificate(reason=f"the signature for {name} is not by its signing key")

    def votes(self, round: Round) -> tuple[Vote, ...]:
        """The votes it was made of. The certificate must have been verified."""
        return tuple(
            Vote(self.round_num, self.view, self.step, self.block_id, round.voters[seat].name, signature)
            for seat, signature in self.signatures
        )

    def encode(self) -> bytes:
        packed: bytes = PACK((self.round_num, self.view, self.step, self.block_id, self.signatures))
        return packed

    @classmethod
    def decode(cls, data: bytes) -> Certificate:
        """Raises BadCertificate."""
        fields = unpack_fields(data, 5, CERTIFICATE_BYTES_MAX, BadCertificate)
        _check_place(fields, BadCertificate)
        round_num, view, step, block_id, pairs = fields
        return cls(round_num, view, step, block_id, read_signatures(pairs, BadCertificate))


# --- reading


Reason = type[BadVote] | type[BadCertificate]


def _check_place(fields: list[Any], error: Reason) -> None:
    round_num, view, step, block_id = fields[:4]
    if any(type(number) is not int or not 0 <= number <= NUMBER_MAX for number in (round_num, view)):
        raise error(reason=f"round and view are whole numbers up to {NUMBER_MAX}")
    if type(step) is not int or step not in STEPS:
        raise error(reason="its step is neither 0 (prevote) nor 1 (precommit)")
    if not isinstance(block_id, bytes) or len(block_id) != BLOCK_ID_BYTES:
        raise error(reason=f"a block id has {BLOCK_ID_BYTES} bytes")
