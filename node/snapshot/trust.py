"""What a snapshot proves beyond that its bytes belong together.

Three steps, each on the one before:

1. *Whole.* Blocks and headers are a chain, and the state names the checkpoint as its head.
2. *Attested.* A quorum of the voters that the file names have signed the state root, and made the checkpoint final.
3. *Proven.* Those voters are the chain's. For this the user names a block that he trusts. The headers of the file lead from it back to
   before the checkpoint, each naming the one before by its id, so all of them are of the user's chain. Each is signed with the key
   that its witness had in that chain. The root must be signed with those keys, by a quorum of as many as made the blocks of the round
   before the checkpoint, and of as many as the file names.

Headers in Hive's form hold no state root. That is why the voters have to be found by their signatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chain.block import Block, BlockHeader, num_of_id
from chain.branch_header import check_body
from chain.errors import InvalidBlock, InvalidInput
from chain.finality.attestations import Checkpoint, RootCertificate
from chain.finality.rounds import round_above, round_num_of
from chain.finality.votes import PRECOMMIT, VOTERS_MAX, Certificate, Round, quorum_of, unpack_array
from chain.keys import PUBLIC_KEY_BYTES, InvalidSignature, signature_key
from chain.params import Params
from chain.types import is_account_name
from chain.wire import reading
from node.snapshot.errors import (
    NotTrusted,
    SnapshotOfAnotherChain,
    TrustedBlockOutside,
    UnprovenSnapshot,
    WrongTrustedBlock,
)
from node.snapshot.file import Manifest, SnapshotReader


@dataclass(frozen=True)
class Evidence:
    """The chain that a snapshot tells of: `headers` by number, and the blocks up to the checkpoint."""

    headers: dict[int, BlockHeader]
    blocks: tuple[Block, ...]
    rounds: dict[int, Round]
    checkpoint: Checkpoint

    @property
    def last_num(self) -> int:
        return max(self.headers)

    def holds(self, block_id: bytes) -> bool:
        header = self.headers.get(num_of_id(block_id))
        return header is not None and header.id == block_id


@dataclass(frozen=True)
class Verdict:
    """How far a snapshot was proved. `attested_by` are the witnesses that have signed its root, as the file tells it."""

    evidence: Evidence
    attested_by: tuple[str, ...]
    is_proven: bool

    @property
    def checkpoint(self) -> Checkpoint:
        return self.evidence.checkpoint

    @property
    def words(self) -> str:
        """What is shown, or not, about who signed."""
        if self.is_proven:
            return "yes: by keys that made blocks of the chain that your trusted block belongs to"
        first, last = self.checkpoint.num, self.evidence.last_num
        if not self.attested_by:
            return "no: nothing ties this state to a chain but the file itself"
        return f"no: only the file says who the witnesses are. Give the id of a block from {first} to {last} with --trusted-block"

    def not_trusted(self, path: Path) -> NotTrusted:
        return NotTrusted(path=path, first=self.checkpoint.num, last=self.evidence.last_num)


class Judge:
    """Judges one snapshot by the rules of one chain."""

    def __init__(self, reader: SnapshotReader, params: Params) -> None:
        """Raises SnapshotOfAnotherChain."""
        self.path = reader.path
        self.manifest: Manifest = reader.manifest
        self.params = params
        if self.manifest.chain_id != params.chain_id:
            found, expected = self.manifest.chain_id.hex(), params.chain_id.hex()
            raise SnapshotOfAnotherChain(path=self.path, found=found, expected=expected)

    def verdict(self, trusted_id: bytes | None) -> Verdict:
        """Raises UnprovenSnapshot, WrongTrustedBlock or TrustedBlockOutside."""
        attested_by = self._attested_by() if self.manifest.root_certificate else ()
        if trusted_id is not None:
            if not attested_by:
                raise self._unproven("no quorum of witnesses has attested its state, so no block speaks for it")
            self._prove(trusted_id)
        return Verdict(self.evidence, attested_by, trusted_id is not None)

    def _unproven(self, reason: str) -> UnprovenSnapshot:
        return UnprovenSnapshot(path=self.path, reason=reason)

    # whole

    @cached_property
    def evidence(self) -> Evidence:
        """Raises UnprovenSnapshot where blocks and headers are no chain."""
        headers = self._headers()
        blocks = self._blocks(headers)
        digests = self.manifest.state_root, self.manifest.state_digest
        return Evidence(headers, blocks, self._rounds(), Checkpoint(blocks[-1].id, *digests))

    def _headers(self) -> dict[int, BlockHeader]:
        headers: dict[int, BlockHeader] = {}
        previous: BlockHeader | None = None
        for data in self.manifest.headers:
            header = self._header(data)
            if previous is not None and header.previous != previous.id:
                raise self._unproven(f"header {header.num} does not follow the one before it")
            headers[header.num] = previous = header
        return headers

    def _header(self, data: bytes) -> BlockHeader:
        try:
            with reading():
                header, end = BlockHeader.read(data, 0)
        except InvalidInput as error:
            raise self._unproven(f"a header cannot be read: {error}") from None
        if end != len(data):
            raise self._unproven("something follows a header")
        return header

    def _blocks(self, headers: dict[int, BlockHeader]) -> tuple[Block, ...]:
        blocks: list[Block] = []
        for data in self.manifest.blocks:
            try:
                block = Block.decode(data, self.params.dialect)
                check_body(block, self.params.maximum_block_size_bytes_max)
            except (InvalidInput, InvalidBlock) as error:
                raise self._unproven(f"a block is not valid: {error}") from None
            header = headers.get(block.num)
            if header is None or header.id != block.id or (blocks and block.num != blocks[-1].num + 1):
                raise self._unproven(f"block {block.num} is not the one of the header")
            blocks.append(block)
        return tuple(blocks)

    def _rounds(self) -> dict[int, Round]:
        rounds = {}
        for num, record in self.manifest.voters:
            if not _is_voters_record(record):
                raise self._unproven("a list of voters cannot be read")
            found = round_above(num, record, self.params)
            rounds[found.num] = found
        return rounds

    # attested

    @cached_property
    def _round(self) -> Round:
        found = self.evidence.rounds.get(round_num_of(self.evidence.checkpoint.num, self.params))
        if found is None:
            raise self._unproven("it does not name the voters of the checkpoint's round")
        return found

    @cached_property
    def _root_certificate(self) -> RootCertificate:
        return RootCertificate.decode(self.manifest.root_certificate)

    def _attested_by(self) -> tuple[str, ...]:
        round, checkpoint = self._round, self.evidence.checkpoint
        try:
            certificate = self._root_certificate
            if certificate.checkpoint != checkpoint:
                raise self._unproven("its root certificate is of another state")
            certificate.verify(self.params.chain_id, round)
            finals = [self._final_num(Certificate.decode(data)) for data in self.manifest.certificates]
        except InvalidInput as error:
            raise self._unproven(str(error)) from None
        if max(finals, default=0) < checkpoint.num:
            raise self._unproven("no certificate makes the checkpoint final")
        return tuple(round.voters[place].name for place, _ in certificate.signatures)

    def _final_num(self, certificate: Certificate) -> int:
        """How far a certificate makes this chain final. Raises InvalidInput where it does not."""
        round = self.evidence.rounds.get(certificate.round_num)
        if round is None or certificate.step != PRECOMMIT or not self.evidence.holds(certificate.block_id):
            raise self._unproven("a certificate is not of its chain")
        certificate.verify(self.params.chain_id, round)
        return certificate.block_num

    # proven

    def _prove(self, trusted_id: bytes) -> None:
        evidence, num = self.evidence, num_of_id(trusted_id)
        if not evidence.checkpoint.num <= num <= evidence.last_num:
            first, last = evidence.checkpoint.num, evidence.last_num
            raise TrustedBlockOutside(path=self.path, first=first, last=last, num=num)
        if not evidence.holds(trusted_id):
            raise WrongTrustedBlock(path=self.path, block_id=trusted_id.hex())
        keys = self._keys_until(num)
        voters = self._round.voters
        known = [place for place, _ in self._root_certificate.signatures if tuple(voters[place]) in keys]
        needed = quorum_of(max(len(voters), self._producers_before()))
        if len(known) < needed:
            raise self._unproven(
                f"only {len(known)} of those who attested its state have made blocks of its chain, and {needed} are needed"
            )

    def _keys_until(self, num: int) -> dict[tuple[str, bytes], None]:
        """Witnesses with the keys that they have signed with, up to the trusted block."""
        found: dict[tuple[str, bytes], None] = {}
        for header in self.evidence.headers.values():
            if header.num <= num:
                try:
                    key = signature_key(header.signing_digest, header.witness_signature)
                except InvalidSignature:
                    raise self._unproven(f"header {header.num} is not signed") from None
                found[header.witness, key] = None
        return found

    def _producers_before(self) -> int:
        """How many made the blocks of the round before the checkpoint's: hardly more than its voters, and as many if none was missing."""
        headers, round = self.evidence.headers, self._round
        before = range(round.first_num - self.params.witnesses_max, round.first_num)
        return len({headers[num].witness for num in before if num in headers})


def _is_voters_record(record: bytes) -> bool:
    values = unpack_array(record)
    if values is None or len(values) != 2 or type(values[0]) is not int or not isinstance(values[1], list):
        return False
    return 0 < len(values[1]) <= VOTERS_MAX and all(
        isinstance(voter, list)
        and len(voter) == 2
        and isinstance(voter[0], str)
        and is_account_name(voter[0])
        and isinstance(voter[1], bytes)
        and len(voter[1]) == PUBLIC_KEY_BYTES
        for voter in values[1]
    )
