"""Snapshots: what comes out is what went in, and nothing else comes in."""

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zstandard

import chain.state_root
from chain.asset import HIVE, Asset
from chain.block import BlockHeader
from chain.chain import Chain, UntrustedChain
from chain.directory import RESTORING, DirectoryNotEmpty, UnfinishedRestore
from chain.finality.votes import PRECOMMIT, Certificate, Place, Vote, Voter
from chain.history import HistoryMissing
from chain.keys import PrivateKey
from chain.leveldb import create_data_directory
from chain.memory import MemoryBackend
from chain.presets import preset
from chain.state_root import Chunk, RootBuilder, state_root
from chain.witness_properties import ChainProperties
from node.blocklog import EarlierBlocksMissing, export_blocks
from node.core import HearCertificate, NodeCore, PushBlock, SubmitTransaction
from node.producing import Production
from node.snapshot.errors import (
    DamagedSnapshot,
    DivergedState,
    NothingToSave,
    SnapshotOfAnotherChain,
    TrustedBlockOutside,
    UnprovenSnapshot,
    WrongTrustedBlock,
)
from node.snapshot.file import Frame, SnapshotReader
from node.snapshot.making import create_snapshot
from tests.helpers.forge import Forge
from tests.helpers.mesh import Mesh, final_by_votes
from tests.helpers.play import Play, signing_keys
from tests.helpers.snapshots import (
    CHECKPOINT,
    HEAD,
    attested_chain,
    believed,
    certificate_of,
    checkpoint_of,
    judged,
    opened,
    quiet,
    restored,
    rewritten,
    round_of,
    saved,
    written,
)

SEED = 20_261_127


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Any:
    """A dozen chunks of a state that would fit into one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain.state_root, "CHUNK_BYTES", 1_500)
        yield


@pytest.fixture(scope="module")
def source() -> Chain:
    return attested_chain()


@pytest.fixture(scope="module")
def file(source: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(source, tmp_path_factory.mktemp("snapshots") / "state.skald")


# --- there and back


def test_a_restored_chain_goes_on_as_the_original(source: Chain, file: Path, tmp_path: Path) -> None:
    chain = restored(file, source.origin, tmp_path)
    assert (chain.head_num, chain.irreversible_num) == (CHECKPOINT, CHECKPOINT)
    assert chain.head_id == source.id_of(CHECKPOINT)
    for block in source.blocks(CHECKPOINT + 1, HEAD):
        chain.push_block(block)
    assert (chain.head_id, chain.digest) == (source.head_id, source.digest)
    assert state_root(chain.backend.view()) == state_root(source.backend.view())
    for table in chain.store.tables:
        original = next(other for other in source.store.tables if other.prefix == table.prefix)
        for index, other in zip(table.indexes, original.indexes, strict=True):
            table.settle()
            original.settle()
            assert list(index.entries) == list(other.entries), index.prefix
            assert dict(chain.backend.scan(index.prefix, index.prefix + b"\xff")) == dict(
                source.backend.scan(index.prefix, index.prefix + b"\xff")
            )
    chain.close()
    again = opened(tmp_path, source.origin)
    assert again.digest == source.digest
    again.close()


def catch_up(chain: Chain, source: Chain) -> None:
    """What a node of a witness hears of a peer after its start: blocks, some of which it has, and certificates."""
    core = NodeCore(chain, Production(("witness-1",), signing_keys(source.origin)))
    core.production.recognise(chain, 0)
    for block in source.blocks(max(1, chain.head_num - 10), source.head_num):
        core.handle(PushBlock(block, "peer"), block.header.timestamp)
    for certificate in source.finality.certificates(0, 64):
        core.handle(HearCertificate(certificate, "peer"), source.state.globals.time)


def test_a_restored_node_learns_what_is_final_from_its_peers(source: Chain, file: Path, tmp_path: Path) -> None:
    chain = restored(file, source.origin, tmp_path)
    catch_up(chain, source)
    assert chain.head_num == HEAD
    assert chain.final_num == source.final_num > CHECKPOINT
    chain.close()


def test_a_restored_chain_can_be_saved_again(source: Chain, file: Path, tmp_path: Path) -> None:
    chain = restored(file, source.origin, tmp_path / "data")
    made = create_snapshot(chain, tmp_path / "again", quiet)
    assert made.state_root == checkpoint_of(source).state_root
    assert made.moment.num == CHECKPOINT
    chain.close()


def test_blocks_of_before_the_snapshot_are_not_known(source: Chain, file: Path, tmp_path: Path) -> None:
    chain = restored(file, source.origin, tmp_path)
    assert 1 < chain.first_num <= CHECKPOINT
    assert not chain.holds(source.id_of(1))
    assert chain.holds(source.id_of(CHECKPOINT - 1))
    with pytest.raises(EarlierBlocksMissing):
        export_blocks(chain, tmp_path / "log", quiet)
    chain.close()
    opened(tmp_path, source.origin, trusted_id=source.id_of(1)).close()
    with pytest.raises(UntrustedChain):
        opened(tmp_path, source.origin, trusted_id=source.id_of(CHECKPOINT)[:-1] + b"\x00")


def test_without_an_attested_checkpoint_the_last_irreversible_block_is_saved(tmp_path: Path) -> None:
    chain = attested_chain(is_attested=False)
    made = create_snapshot(chain, tmp_path / "file", quiet)
    assert (made.moment.num, made.is_attested) == (chain.irreversible_num, False)
    verdict = judged(tmp_path / "file", chain.origin)
    assert (verdict.attested_by, verdict.is_proven) == ((), False)
    with pytest.raises(UnprovenSnapshot, match="no quorum"):
        judged(tmp_path / "file", chain.origin, chain.head_id)
    again = restored(tmp_path / "file", chain.origin, tmp_path / "data")
    assert again.digest == chain.digest
    again.close()


def test_a_chain_by_hives_rule_can_be_saved_too(tmp_path: Path) -> None:
    forge = Forge(finality_votes=False, witness_voting_start_block_num=1_000_000)
    forge.grow(40)
    again = restored(saved(forge.chain, tmp_path / "file"), forge.genesis, tmp_path / "data")
    assert again.head_num == forge.chain.irreversible_num < forge.chain.head_num
    for block in forge.chain.blocks(again.head_num + 1, forge.chain.head_num):
        again.push_block(block)
    assert again.digest == forge.chain.digest
    again.close()


@pytest.mark.parametrize(("interval", "where"), [(42, "at the end of a round"), (10, "in the first round")])
def test_a_checkpoint_may_lie_anywhere(interval: int, where: str, tmp_path: Path) -> None:
    mesh = Mesh(1, final_by_votes(state_root_interval_blocks=interval))
    mesh.produce(interval + 7)
    chain = mesh[0].chain
    made = create_snapshot(chain, tmp_path / "file", quiet)
    assert (made.moment.num, made.is_attested) == (interval, True)
    assert judged(tmp_path / "file", mesh.genesis, chain.head_id).is_proven
    again = restored(tmp_path / "file", mesh.genesis, tmp_path / "data")
    catch_up(again, chain)
    assert (again.digest, again.final_num) == (chain.digest, chain.final_num)
    again.close()


def test_a_witness_may_change_its_key_in_the_round_of_the_checkpoint(tmp_path: Path) -> None:
    mesh = Mesh(1, final_by_votes(state_root_interval_blocks=50))
    mesh.produce(90)
    pen = Play(witnesses=[])
    pen.chain = mesh[0].chain
    update = pen.operation(
        "witness_update",
        owner="witness-3",
        url="https://example.org",
        block_signing_key=PrivateKey.from_seed("a new key").public_key,
        props=ChainProperties(Asset(0, HIVE), 65_536, 0),
        fee="0.000 HIVE",
    )
    mesh.give(mesh[0], SubmitTransaction(pen.sign(update, by="witness-3")))
    mesh.produce(25)
    chain = mesh[0].chain
    assert chain.state.witnesses.get("witness-3").signing_key != dict(round_of(chain).voters)["witness-3"]
    assert create_snapshot(chain, tmp_path / "file", quiet).is_attested
    assert judged(tmp_path / "file", mesh.genesis, chain.head_id).is_proven


def test_a_chain_without_blocks_has_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(NothingToSave):
        create_snapshot(Chain(MemoryBackend(), preset("devnet")), tmp_path / "file", quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_is_not_the_attested_one_is_not_saved(tmp_path: Path) -> None:
    chain = attested_chain()
    key, value = next(iter(chain.backend.scan(b"ao", b"zz")))
    chain.backend.write([(key + b"\x00", value)], sync=False)
    with pytest.raises(DivergedState):
        create_snapshot(chain, tmp_path / "file", quiet)
    assert list(tmp_path.iterdir()) == []


# --- damage


def read_all(path: Path) -> None:
    with SnapshotReader(path) as reader:
        for _ in reader.chunks():
            pass


def test_one_flipped_byte_is_refused_wherever_it_is(source: Chain, file: Path, tmp_path: Path) -> None:
    """Whoever is trusted: before anything is judged."""
    whole = file.read_bytes()
    chance = random.Random(SEED)
    places = {*range(100), *range(len(whole) - 200, len(whole)), *chance.sample(range(len(whole)), 1_000)}
    damaged = tmp_path / "damaged"
    read_all(file)
    for place in sorted(places):
        data = bytearray(whole)
        data[place] ^= 1 << chance.randrange(8)
        damaged.write_bytes(data)
        with pytest.raises(DamagedSnapshot):
            read_all(damaged)


def test_a_file_that_is_cut_or_longer_is_refused(source: Chain, file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    damaged = tmp_path / "damaged"
    for size in [0, 1, 17, 53, *random.Random(SEED).sample(range(len(whole)), 60), len(whole) - 1]:
        damaged.write_bytes(whole[:size])
        with pytest.raises(DamagedSnapshot):
            judged(damaged, source.origin)
    for more in (b"\x00", whole):
        damaged.write_bytes(whole + more)
        with pytest.raises(DamagedSnapshot):
            judged(damaged, source.origin)


def test_a_snapshot_of_another_format_is_refused(file: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.write_bytes(file.read_bytes().replace(b"skald snapshot 2\n", b"skald snapshot 1\n", 1))
    with pytest.raises(DamagedSnapshot, match="not begin as a snapshot of format 2"):
        read_all(older)


def test_nothing_of_a_damaged_file_stays_behind(source: Chain, file: Path, tmp_path: Path) -> None:
    data = bytearray(file.read_bytes())
    with SnapshotReader(file) as reader:
        data[17 + sum(frame.size for frame in reader.manifest.frames) - 5] ^= 1  # in the last chunk
    (tmp_path / "damaged").write_bytes(data)
    with pytest.raises(DamagedSnapshot):
        restored(tmp_path / "damaged", source.origin, tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def frames_of(reader: SnapshotReader, rows: list[list[tuple[bytes, bytes]]]) -> tuple[bytes, dict[str, Any]]:
    """Frames that hold these rows, and what a manifest says of them."""
    tree, packed, frames = RootBuilder(), b"", []
    for chunk in rows:
        data = b"".join(msgpack.packb(pair) for pair in chunk)
        tree.add(Chunk(data, len(chunk), b""))
        frame = zstandard.compress(data)
        packed += frame
        frames.append(Frame(len(frame), sha256(frame).digest(), len(chunk), tree.leaves[-1]))
    return packed, {"frames": tuple(frames), "state_root": tree.root(), "row_count": tree.row_count}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows[::-1],
        lambda rows: [*rows, rows[-1]],
        lambda rows: [*rows, [(b"zz", b"\x90")]],
        lambda rows: [[(b"\x00head", b"\x90")], *rows],
        lambda rows: [[pair for pair in chunk if pair[0] != b"gl\x00"] for chunk in rows],
        lambda rows: [[(key, b"\xc0" if key == b"gl\x00" else value) for key, value in chunk] for chunk in rows],
    ],
    ids=["out of order", "twice", "no table", "not a row", "no head", "a head that cannot be read"],
)
def test_rows_that_do_not_belong_there_are_refused(source: Chain, file: Path, tmp_path: Path, spoil: Callable) -> None:
    with SnapshotReader(file) as reader:
        packed, changes = frames_of(reader, spoil(list(reader.chunks())))
        made = written(tmp_path / "made", packed, replace(reader.manifest, **changes, root_certificate=b""))
    with pytest.raises(DamagedSnapshot):
        judged(made, source.origin)


# --- trust


def test_a_block_that_the_user_trusts_proves_it(source: Chain, file: Path) -> None:
    for num in (CHECKPOINT, CHECKPOINT + 7, HEAD):
        verdict = judged(file, source.origin, source.id_of(num))
        assert verdict.is_proven
        assert len(verdict.attested_by) == 7
    assert not judged(file, source.origin).is_proven


def test_another_block_proves_nothing(source: Chain, file: Path) -> None:
    foreign = source.id_of(110)[:-1] + b"\x00"
    with pytest.raises(WrongTrustedBlock):
        judged(file, source.origin, foreign)
    for num in (1, CHECKPOINT - 1, HEAD + 1):
        with pytest.raises(TrustedBlockOutside, match=f"{CHECKPOINT} to {HEAD}"):
            judged(file, source.origin, num.to_bytes(4, "big") + bytes(16))


def test_another_chains_snapshot_is_refused(source: Chain, file: Path) -> None:
    other = replace(source.origin, params=replace(source.origin.params, chain_id=bytes(32)))
    with pytest.raises(SnapshotOfAnotherChain):
        judged(file, other)


class Liar:
    """Has a state of his own, and witnesses of his own who sign it."""

    def __init__(self, source: Chain, file: Path, voters: list[tuple[str, PrivateKey]]) -> None:
        self.source, self.file = source, file
        self.keys = {key.public_key: key for _, key in voters}
        self.round = replace(round_of(source), voters=tuple(Voter(name, key.public_key) for name, key in voters))

    def lie(self, to: Path, *, headers: tuple[bytes, ...] | None = None) -> Path:
        """A richer alice, attested and final by these voters, in the chain of the real headers (or others)."""
        with SnapshotReader(self.file) as reader:
            manifest = reader.manifest
            rows = [
                [(key, value + b"" if key != b"ab" + b"alice\x00" else _richer(value)) for key, value in chunk]
                for chunk in reader.chunks()
            ]
            packed, changes = frames_of(reader, rows)
        checkpoint = checkpoint_of(self.source)._replace(state_root=changes["state_root"])
        records = dict(manifest.voters)
        num = self.round.first_num - 1
        records[num] = msgpack.packb([self.round.began_at, [list(voter) for voter in self.round.voters]])
        certificates = (manifest.certificates[0], self.final().encode())
        changes |= {
            "voters": tuple(records.items()),
            "certificates": certificates,
            "root_certificate": certificate_of(self.source, checkpoint, self.round, self.keys).encode(),
            "headers": manifest.headers if headers is None else headers,
        }
        return written(to, packed, replace(manifest, **changes))

    def final(self) -> Certificate:
        place, block_id = Place(self.round.num, 0, PRECOMMIT), self.source.id_of(CHECKPOINT)
        chain_id = self.source.params.chain_id
        votes = [
            (at, Vote.signed(chain_id, place, block_id, voter.name, self.keys[voter.key]).signature)
            for at, voter in enumerate(self.round.voters)
            if voter.key in self.keys
        ]
        return Certificate(*place, block_id, tuple(votes))


def _richer(value: bytes) -> bytes:
    fields = msgpack.unpackb(value)
    fields[1] += 1_000_000
    packed: bytes = msgpack.packb(fields)
    return packed


def test_made_up_witnesses_convince_only_those_who_trust_nothing_else(
    source: Chain, file: Path, tmp_path: Path
) -> None:
    names = [voter.name for voter in round_of(source).voters]
    liar = Liar(source, file, [(name, PrivateKey.from_seed(f"liar {name}")) for name in names])
    lie = liar.lie(tmp_path / "lie")
    verdict = believed(lie, source.origin)
    assert len(verdict.attested_by) == 7
    assert not verdict.is_proven
    with pytest.raises(UnprovenSnapshot, match="only 0 of those"):
        believed(lie, source.origin, source.id_of(CHECKPOINT))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_few_real_witnesses_cannot_call_themselves_all(source: Chain, file: Path, tmp_path: Path, count: int) -> None:
    """Fewer than a quorum of those who make blocks, whatever number of voters the file names."""
    keys = signing_keys(source.origin)
    real = [(voter.name, keys[voter.key]) for voter in round_of(source).voters][:count]
    lie = Liar(source, file, real).lie(tmp_path / "lie")
    assert len(believed(lie, source.origin).attested_by) == count
    with pytest.raises(UnprovenSnapshot, match=f"only {count} of those"):
        believed(lie, source.origin, source.id_of(HEAD))


def test_real_names_with_other_keys_beside_real_ones_are_no_quorum(source: Chain, file: Path, tmp_path: Path) -> None:
    keys = signing_keys(source.origin)
    voters = [(voter.name, keys[voter.key]) for voter in round_of(source).voters]
    mixed = [(name, key if place < 4 else PrivateKey.from_seed(name)) for place, (name, key) in enumerate(voters)]
    lie = Liar(source, file, mixed).lie(tmp_path / "lie")
    with pytest.raises(UnprovenSnapshot, match="only 4 of those"):
        believed(lie, source.origin, source.id_of(HEAD))


def test_a_quorum_of_real_witnesses_would_be_believed(source: Chain, file: Path, tmp_path: Path) -> None:
    """So the lies above are refused for who tells them, and not for something else that is wrong with them."""
    keys = signing_keys(source.origin)
    lie = Liar(source, file, [(voter.name, keys[voter.key]) for voter in round_of(source).voters])
    assert judged(lie.lie(tmp_path / "lie"), source.origin, source.id_of(HEAD)).is_proven


def test_whoever_attests_cannot_slip_in_other_voters(source: Chain, file: Path, tmp_path: Path) -> None:
    """Five of seven are a quorum, and sign the true root; the file names others beside them, who would vote from here on."""
    keys = signing_keys(source.origin)
    voters = [(voter.name, keys[voter.key]) for voter in round_of(source).voters]
    mixed = [(name, key if place < 5 else PrivateKey.from_seed(name)) for place, (name, key) in enumerate(voters)]
    liar = Liar(source, file, mixed)
    liar.keys = {key.public_key: key for _, key in voters[:5]}
    lie = liar.lie(tmp_path / "lie")
    assert believed(lie, source.origin, source.id_of(HEAD)).is_proven
    for attempt in (lambda: judged(lie, source.origin), lambda: restored(lie, source.origin, tmp_path / "data")):
        with pytest.raises(UnprovenSnapshot, match="not those of its state"):
            attempt()
    assert list((tmp_path / "data").iterdir()) == []


def unsigned_chain(headers: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The headers of somebody who has none of the keys, in a chain of his own that begins like the real one."""
    made: list[BlockHeader] = []
    for data in headers:
        header, _ = BlockHeader.read(data, 0)
        previous = made[-1].id if made else header.previous
        mine = BlockHeader(previous, header.timestamp, header.witness, bytes(20))
        made.append(mine.signed(PrivateKey.from_seed("liar").sign(mine.signing_digest)))
    return tuple(header.packed_bytes for header in made)


CHANGES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "another digest": lambda m: {"state_digest": bytes(32)},
    "no headers": lambda m: {"headers": ()},
    "headers of a chain that is not signed": lambda m: {"headers": unsigned_chain(m.headers)},
    "a header is missing": lambda m: {"headers": m.headers[:30] + m.headers[31:]},
    "a header with something behind it": lambda m: {"headers": (m.headers[0] + b"\x00", *m.headers[1:])},
    "a header that cannot be read": lambda m: {"headers": (b"\x01", *m.headers[1:])},
    "only the last block": lambda m: {"blocks": m.blocks[-2:-1]},
    "a block is missing": lambda m: {"blocks": m.blocks[:3] + m.blocks[4:]},
    "a block that cannot be read": lambda m: {"blocks": (b"\x01", *m.blocks[1:])},
    "a padded block": lambda m: {"blocks": (*m.blocks[:-1], m.blocks[-1][:-1] + b"\x80\x00")},
    "no voters": lambda m: {"voters": ()},
    "voters that cannot be read": lambda m: {"voters": ((m.voters[0][0], b"\xc0"), *m.voters[1:])},
    "a voter without a name": lambda m: {"voters": ((84, msgpack.packb([0, [["", bytes(33)]]])),)},
    "no certificate of finality": lambda m: {"certificates": ()},
    "a certificate that cannot be read": lambda m: {"certificates": (b"\xc0",)},
    "only the certificate of the round before": lambda m: {"certificates": m.certificates[:1]},
    "a root certificate that cannot be read": lambda m: {"root_certificate": b"\xc0"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_does_not_fit_together_is_refused(source: Chain, file: Path, tmp_path: Path, what: str) -> None:
    with SnapshotReader(file) as reader:
        changes = CHANGES[what](reader.manifest)
    with pytest.raises(UnprovenSnapshot):
        judged(rewritten(file, tmp_path / "other", **changes), source.origin)


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": b""},
        {"blocks": ()},
        {"frames": ()},
        {"row_count": 1},
        {"row_count": -1},
        {"state_root": bytes(32)},
        {"voters": ((-1, b""),)},
        {"voters": (7,)},
        {"headers": (7,)},
        {"certificates": 7},
        {"root_certificate": None},
        {"frames": (Frame(0, bytes(32), 0, bytes(32)),)},
    ],
)
def test_a_manifest_has_its_shape(source: Chain, file: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(DamagedSnapshot):
        judged(rewritten(file, tmp_path / "other", **changes), source.origin)


# --- the directory


def test_a_chain_is_never_written_over(source: Chain, file: Path, tmp_path: Path) -> None:
    create_data_directory(tmp_path, source.params.chain_id)
    with pytest.raises(DirectoryNotEmpty):
        restored(file, source.origin, tmp_path)
    opened(tmp_path, source.origin).close()


def test_a_snapshot_has_no_histories(source: Chain, file: Path, tmp_path: Path) -> None:
    chain = restored(file, source.origin, tmp_path)
    chain.close()
    with pytest.raises(HistoryMissing):
        opened(tmp_path, source.origin, with_history=True)


KILLED = """
import os, signal, sys
from pathlib import Path
import chain.state_root
from tests.helpers.mesh import final_by_votes
from tests.helpers.snapshots import restored

def progress(done):
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

restored(Path(sys.argv[1]), final_by_votes(state_root_interval_blocks=50), Path(sys.argv[2]), progress)
"""


def test_a_killed_restoration_is_no_chain_and_can_be_begun_anew(source: Chain, file: Path, tmp_path: Path) -> None:
    with SnapshotReader(file) as reader:
        count = len(reader.manifest.frames)
    assert count > 5
    for chunk in (1, count):
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, str(file), str(tmp_path), str(chunk)],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL
        with pytest.raises(UnfinishedRestore):
            opened(tmp_path, source.origin)
        with pytest.raises(DirectoryNotEmpty):
            create_data_directory(tmp_path, source.params.chain_id)
    chain = restored(file, source.origin, tmp_path)
    assert chain.digest == checkpoint_of(source).state_digest
    chain.close()


def test_a_failing_disk_leaves_no_chain_that_is_not_whole(
    source: Chain, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sync is made to fail in turn. Only when RESTORING is gone may the directory be opened, and then all is there."""
    left = 0
    real = os.fsync

    def failing(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError("the power is gone")
        real(descriptor)

    monkeypatch.setattr("chain.directory.os.fsync", failing)
    monkeypatch.setattr("chain.leveldb.RestoredDirectory.abandon", lambda _: None)  # a dead process does not tidy up
    refused = 0
    while True:
        left = refused + 1
        with contextlib.suppress(OSError):
            restored(file, source.origin, tmp_path).close()
        if not (tmp_path / RESTORING).exists():
            break
        refused += 1
        with pytest.raises(UnfinishedRestore):
            opened(tmp_path, source.origin)
    assert refused > 8
    chain = opened(tmp_path, source.origin)
    assert chain.digest == checkpoint_of(source).state_digest
    chain.close()
