"""What a snapshot proves beyond that its bytes belong together.

Steps, each on the one before:

1. *Whole.* Blocks and headers are a chain, and the state names the checkpoint as its head.
2. *Attested.* A quorum of the voters that the file names have signed the state root, and made the checkpoint final.
3. *Proven.* Those voters are the chain's. For this the user names a block that he trusts. The headers of the file lead from it back to
   before the checkpoint, each naming the one before by its id, so all of them are of the user's chain. Each is signed with the key
   that its witness had in that chain. The root, and what makes blocks final, must be signed with those keys, by a quorum of as many
   as made the blocks of a round, and of as many as the file names.
4. *In accord.* Who votes from here on is whom the state names.

Headers in Hive's form hold no state root. That is why the voters have to be found by their signatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chain.block import Block, BlockHeader, num_of_id
from chain.branch_header import check_body, witnesses_changed
from chain.errors import InvalidBlock, InvalidInput
from chain.finality.attestations import Checkpoint, RootCertificate
from chain.finality.reading import VOTERS_MAX, unpack_array
from chain.finality.rounds import is_round_end, round_above, round_num_of
from chain.finality.votes import PRECOMMIT, Certificate, Round, quorum_of
from chain.keys import PUBLIC_KEY_BYTES, InvalidSignature, signature_key
from chain.params import Params
from chain.state import State
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

Signatures = tuple[tuple[int, bytes], ...]
Keys = dict[tuple[str, bytes], None]  # (witness, key it has signed a block with)


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
        final_num = max((one.block_num for one in self._certificates), default=0)
        attested_by = self._attested_by(final_num) if self.manifest.root_certificate else ()
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

    @cached_property
    def _certificates(self) -> tuple[Certificate, ...]:
        """What makes blocks of the file's chain final, by the voters that the file names."""
        found = []
        for data in self.manifest.certificates:
            try:
                certificate = Certificate.decode(data)
                round = self.evidence.rounds.get(certificate.round_num)
                if round is None or certificate.step != PRECOMMIT or not self.evidence.holds(certificate.block_id):
                    raise self._unproven("a certificate is not of its chain")
                certificate.verify(self.params.chain_id, round)
            except InvalidInput as error:
                raise self._unproven(str(error)) from None
            found.append(certificate)
        return tuple(found)

    def _attested_by(self, final_num: int) -> tuple[str, ...]:
        round, checkpoint = self._round, self.evidence.checkpoint
        try:
            certificate = self._root_certificate
            if certificate.checkpoint != checkpoint:
                raise self._unproven("its root certificate is of another state")
            certificate.verify(self.params.chain_id, round)
        except InvalidInput as error:
            raise self._unproven(str(error)) from None
        if final_num < checkpoint.num:
            raise self._unproven("no certificate makes the checkpoint final")
        return tuple(round.voters[place].name for place, _ in certificate.signatures)

    # proven

    def _prove(self, trusted_id: bytes) -> None:
        evidence, num = self.evidence, num_of_id(trusted_id)
        if not evidence.checkpoint.num <= num <= evidence.last_num:
            first, last = evidence.checkpoint.num, evidence.last_num
            raise TrustedBlockOutside(path=self.path, first=first, last=last, num=num)
        if not evidence.holds(trusted_id):
            raise WrongTrustedBlock(path=self.path, block_id=trusted_id.hex())
        keys = self._keys_until(num)
        self._prove_signers("attested its state", self._round, self._root_certificate.signatures, keys)
        for certificate in self._certificates:
            round = evidence.rounds[certificate.round_num]
            self._prove_signers("made its blocks final", round, certificate.signatures, keys)

    def _prove_signers(self, did: str, round: Round, signatures: Signatures, keys: Keys) -> None:
        known = [place for place, _ in signatures if tuple(round.voters[place]) in keys]
        needed = quorum_of(max(len(round.voters), self._producers_of(round)))
        if len(known) < needed:
            raise self._unproven(
                f"only {len(known)} of those who {did} have made blocks of its chain, and {needed} are needed"
            )

    def _keys_until(self, num: int) -> Keys:
        """Witnesses with the keys that they have signed with, up to the trusted block."""
        found: Keys = {}
        for header in self.evidence.headers.values():
            if header.num <= num:
                try:
                    key = signature_key(header.signing_digest, header.witness_signature)
                except InvalidSignature:
                    raise self._unproven(f"header {header.num} is not signed") from None
                found[header.witness, key] = None
        return found

    def _producers_of(self, round: Round) -> int:
        """How many made the blocks of a round or of the one before it: as many as vote, but for those asleep.

        Only up to the checkpoint, so that its own round may have few.
        """
        headers, first, blocks = self.evidence.headers, round.first_num, self.params.witnesses_max
        limit = min(first + blocks, self.evidence.checkpoint.num + 1)
        return max(
            len({headers[num].witness for num in nums if num in headers})
            for nums in (range(first - blocks, first), range(first, limit))
        )

    # in accord

    def check_voters(self, state: State) -> None:
        """Who votes above the checkpoint must be whom its state names; where a round ends, the state alone does. Raises UnprovenSnapshot."""
        is_round_over = is_round_end(self.evidence.checkpoint.num, self.params)
        if self.params.finality_votes and not is_round_over and not self._is_round_of(state):
            raise self._unproven("those whom it calls voters are not those of its state")

    def _is_round_of(self, state: State) -> bool:
        """Keys are those at the round's beginning: who may have changed his since then is told by the round's blocks."""
        round, evidence = self._round, self.evidence
        changed: set[str] = set()
        for block in evidence.blocks:
            if block.num >= round.first_num:
                changed.update(witnesses_changed(block))
        began = evidence.headers.get(round.first_num - 1)
        return (
            [voter.name for voter in round.voters] == list(dict.fromkeys(state.schedule.shuffled))
            and (began is None or began.timestamp == round.began_at)
            and all(
                voter.name in changed or state.witnesses.get(voter.name).signing_key == voter.key
                for voter in round.voters
            )
        )


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
