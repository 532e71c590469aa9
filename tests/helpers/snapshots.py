"""A chain with an attested checkpoint, and snapshots of it: honest ones, and those of liars."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from chain.chain import Chain
from chain.finality.attestations import Attestation, AttestationBook, Checkpoint, RootCertificate
from chain.finality.rounds import round_num_of
from chain.finality.votes import PRECOMMIT, Certificate, Place, Round, Vote
from chain.keys import PrivateKey
from chain.leveldb import LevelDbBackend
from chain.past import moment_at
from chain.presets import Genesis
from chain.state_root import state_root
from node.snapshot.file import MAGIC, Manifest, SnapshotReader
from node.snapshot.making import create_snapshot
from node.snapshot.restoring import restore_snapshot, verified_chunks
from node.snapshot.trust import Judge, Verdict
from tests.helpers.mesh import Mesh, final_by_votes
from tests.helpers.play import signing_keys

CHECKPOINT = 100
HEAD = 130


def attested_chain(*, is_attested: bool = True) -> Chain:
    """130 blocks, all final but the last few, and block 100 attested by all of its round."""
    mesh = Mesh(1, final_by_votes(state_root_interval_blocks=50))
    mesh.does_spare_work = False  # nobody computes a root
    mesh.produce(HEAD)
    chain = mesh[0].chain
    if is_attested:
        attest(chain, CHECKPOINT, signing_keys(chain.origin))
    return chain


def round_of(chain: Chain, num: int = CHECKPOINT) -> Round:
    round = chain.finality.round_above(round_num_of(num, chain.params) * chain.params.witnesses_max)
    assert round is not None
    return round


def checkpoint_of(chain: Chain, num: int = CHECKPOINT) -> Checkpoint:
    moment = moment_at(chain.backend.view(), num)
    return Checkpoint(moment.block_id, state_root(moment.rows), moment.digest)


def certificate_of(
    chain: Chain, checkpoint: Checkpoint, round: Round, keys: dict[bytes, PrivateKey]
) -> RootCertificate:
    """What all voters of a round whose keys are at hand say."""
    chain_id = chain.params.chain_id
    book = AttestationBook(chain_id, round, checkpoint.block_id)
    for voter in round.voters:
        if voter.key in keys:
            book.add(Attestation.signed(chain_id, checkpoint, voter.name, keys[voter.key]))
    certificate = book.certificate()
    assert certificate is not None
    return certificate


def make_final(chain: Chain, keys: dict[bytes, PrivateKey]) -> None:
    """As if all voters of its round had voted for the head."""
    round = round_of(chain, chain.head_num)
    place = Place(round.num, 0, PRECOMMIT)
    votes = [
        Vote.signed(chain.params.chain_id, place, chain.head_id, voter.name, keys[voter.key]) for voter in round.voters
    ]
    certificate = Certificate(*place, chain.head_id, tuple((seat, vote.signature) for seat, vote in enumerate(votes)))
    certificate.verify(chain.params.chain_id, round)
    chain.finalise(certificate)


def attest(chain: Chain, num: int, keys: dict[bytes, PrivateKey]) -> None:
    """As if all voters of its round had attested the state at a block."""
    chain.finality.record_root(certificate_of(chain, checkpoint_of(chain, num), round_of(chain, num), keys))


def quiet(_done: int) -> None:
    """Nobody watches the progress."""


def saved(chain: Chain, path: Path) -> Path:
    create_snapshot(chain, path, quiet)
    return path


def believed(path: Path, genesis: Genesis, trusted_id: bytes | None = None) -> Verdict:
    """What is made of those who signed, without a look at the rows."""
    with SnapshotReader(path) as reader:
        return Judge(reader, genesis.params).verdict(trusted_id)


def judged(path: Path, genesis: Genesis, trusted_id: bytes | None = None) -> Verdict:
    """Read all of a file, as `skald snapshot verify` does."""
    with SnapshotReader(path) as reader:
        judge = Judge(reader, genesis.params)
        verdict = judge.verdict(trusted_id)
        for _ in verified_chunks(reader, judge):
            pass
    return verdict


def restored(path: Path, genesis: Genesis, data_dir: Path, progress: Callable[[int], None] = quiet) -> Chain:
    """The chain of a directory made of a file, without asking who signed it."""
    with SnapshotReader(path) as reader:
        judge = Judge(reader, genesis.params)
        judge.verdict(None)
        restore_snapshot(reader, judge, data_dir, progress)
    return opened(data_dir, genesis)


def opened(data_dir: Path, genesis: Genesis, **options: Any) -> Chain:
    backend = LevelDbBackend(data_dir, genesis.params.chain_id)
    return Chain(backend, genesis, **{"with_history": False, "mark": backend, **options})


def rewritten(path: Path, to: Path, **changes: Any) -> Path:
    """The same file with another manifest, all checksums put right: as somebody would who knows the format."""
    with SnapshotReader(path) as reader:
        manifest = reader.manifest
    data = path.read_bytes()
    frames = data[len(MAGIC) : len(MAGIC) + sum(frame.size for frame in manifest.frames)]
    return written(to, frames, replace(manifest, **changes))


def written(to: Path, frames: bytes, manifest: Manifest) -> Path:
    packed = manifest.encode()
    packed += len(packed).to_bytes(4, "big")
    to.write_bytes(MAGIC + frames + packed + sha256(packed).digest())
    return to
