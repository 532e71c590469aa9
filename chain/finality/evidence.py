"""Proof that a witness said two things where an honest one says one: anybody can check it, and nobody can forge it.

    two votes     [0, vote, vote]        for two blocks in one view and step of a round
    two blocks    [1, header, header]    for one slot, whatever they stand on

Members are bytes: votes as in chain.finality.votes, signed headers in Hive's binary form. The lesser bytes come first, so that one
fault has one form. A header's digest holds no chain id (protocol.md §3.2): a key that also signs on another chain can be framed with
a header of that chain. Whoever punishes must know the block that each header names as previous.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgpack

from chain.block import BlockHeader
from chain.errors import InvalidInput
from chain.finality.reading import unpack_array
from chain.finality.votes import BadVote, SignatureKey, Vote
from chain.keys import InvalidSignature, signature_key
from chain.wire import reading

TWO_VOTES: Final = 0
TWO_BLOCKS: Final = 1
EVIDENCE_BYTES_MAX: Final = 2_048  # two headers with all extensions need less than a quarter

_PACK = msgpack.Packer(use_bin_type=True, autoreset=True).pack


class BadEvidence(InvalidInput):
    code = "bad_evidence"
    text = "This proves no fault: {reason}"


@dataclass(frozen=True, slots=True)
class TwoVotes:
    """A witness voted for two blocks in one view and step."""

    first: Vote
    second: Vote

    @classmethod
    def of(cls, one: Vote, other: Vote) -> TwoVotes:
        return cls(*sorted((one, other), key=Vote.encode))

    @property
    def culprit(self) -> str:
        return self.first.voter

    def verify(self, chain_id: bytes, key: bytes, *, key_of: SignatureKey = signature_key) -> None:
        """Against the culprit's signing key in that round. Raises BadEvidence."""
        if self.first.place != self.second.place or self.first.voter != self.second.voter:
            raise BadEvidence(reason="the votes differ in round, view, step or voter")
        if self.first.block_id == self.second.block_id:
            raise BadEvidence(reason="both votes are for the same block")
        _check_signers(self.culprit, key, lambda vote: vote.signer(chain_id, key_of), self.first, self.second)

    def encode(self) -> bytes:
        packed: bytes = _PACK((TWO_VOTES, self.first.encode(), self.second.encode()))
        return packed


@dataclass(frozen=True, slots=True)
class TwoBlocks:
    """A witness signed two blocks for one slot."""

    first: BlockHeader
    second: BlockHeader

    @classmethod
    def of(cls, one: BlockHeader, other: BlockHeader) -> TwoBlocks:
        return cls(*sorted((one, other), key=lambda header: header.packed_bytes))

    @property
    def culprit(self) -> str:
        return self.first.witness

    def verify(self, chain_id: bytes, key: bytes, *, key_of: SignatureKey = signature_key) -> None:
        """Against the culprit's signing key at that time. Raises BadEvidence. `chain_id` goes into no header."""
        del chain_id
        if self.first.timestamp != self.second.timestamp or self.first.witness != self.second.witness:
            raise BadEvidence(reason="the blocks are of different slots or witnesses")
        if self.first.unsigned_bytes == self.second.unsigned_bytes:
            raise BadEvidence(reason="both blocks say the same")
        _check_signers(
            self.culprit,
            key,
            lambda header: key_of(header.signing_digest, header.witness_signature),
            self.first,
            self.second,
        )

    def encode(self) -> bytes:
        packed: bytes = _PACK((TWO_BLOCKS, self.first.packed_bytes, self.second.packed_bytes))
        return packed


Evidence = TwoVotes | TwoBlocks


def decode_evidence(data: bytes) -> Evidence:
    """Raises BadEvidence. Only the shape is sound until `verify` was called."""
    fields = unpack_array(data) if len(data) <= EVIDENCE_BYTES_MAX else None
    if fields is None or len(fields) != 3 or not all(isinstance(part, bytes) for part in fields[1:]):
        raise BadEvidence(reason="not an array of a kind and two byte strings in the shortest form")
    kind, one, other = fields
    if type(kind) is not int or kind not in {TWO_VOTES, TWO_BLOCKS}:
        raise BadEvidence(reason="its kind is neither 0 (votes) nor 1 (blocks)")
    if one >= other:
        raise BadEvidence(reason="the lesser of two different parts comes first")
    if kind == TWO_BLOCKS:
        return TwoBlocks(_header(one), _header(other))
    try:
        return TwoVotes(Vote.decode(one), Vote.decode(other))
    except BadVote as error:
        raise BadEvidence(reason=f"a part is no vote ({error.data['reason']})") from None


def _header(data: bytes) -> BlockHeader:
    try:
        with reading():
            header, end = BlockHeader.read(data, 0)
        if end == len(data) and header.packed_bytes == data:
            return header
    except InvalidInput:
        pass
    raise BadEvidence(reason="a part is no header of a block")


def _check_signers(culprit: str, key: bytes, signer: Any, *parts: Any) -> None:
    for part in parts:
        try:
            found = signer(part)
        except InvalidSignature:
            found = None
        if found != key:
            raise BadEvidence(reason=f"a signature is not by the signing key of {culprit}")
