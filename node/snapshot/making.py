"""A snapshot of a data directory: of the newest checkpoint that witnesses have attested, or else of the last irreversible block."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chain.chain import Chain
from chain.finality.attestations import RootCertificate
from chain.finality.rounds import round_num_of, voters_key
from chain.past import Moment, PastForgotten, moment_at
from chain.state_root import chunks
from node.snapshot.errors import DivergedState, NothingToSave
from node.snapshot.file import Manifest, SnapshotWriter

KEY_ROUNDS = 10
"""Of headers before the checkpoint's round: every witness that is awake has made a block in them, which shows its key."""

Progress = Callable[[int], None]


class Made(NamedTuple):
    """What a new file holds."""

    moment: Moment
    state_root: bytes
    row_count: int
    chunk_count: int
    size_bytes: int
    is_attested: bool


def create_snapshot(chain: Chain, path: Path, progress: Progress) -> Made:
    """Write a new file; it has its name only once it is whole. `progress` hears how many rows were written.

    Raises FileExistsError, NothingToSave, or DivergedState where our state is not the attested one.
    """
    if path.exists():
        raise FileExistsError(path)
    moment, certificate = _newest_moment(chain)
    draft = path.with_name(f"{path.name}.new")
    try:
        with closing(moment.rows), draft.open("wb") as file:
            writer = SnapshotWriter(file)
            for chunk in chunks(moment.rows):
                writer.add(chunk)
                progress(writer.tree.row_count)
            root = writer.tree.root()
            if certificate is not None and certificate.checkpoint.state_root != root:
                theirs = certificate.checkpoint.state_root
                raise DivergedState(path=path, num=moment.num, ours=root.hex(), theirs=theirs.hex())
            writer.finish(_manifest(chain, moment, writer, certificate))
            size_bytes = file.tell()
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    tree = writer.tree
    return Made(moment, root, tree.row_count, len(tree.leaves), size_bytes, is_attested=certificate is not None)


def _newest_moment(chain: Chain) -> tuple[Moment, RootCertificate | None]:
    """The newest state that is attested and can still be told; else the last that will not be undone."""
    for certificate in chain.finality.root_certificates():
        try:
            moment = moment_at(chain.backend.view(), certificate.checkpoint.num)
        except PastForgotten:
            break
        if moment.block_id == certificate.checkpoint.block_id:
            return moment, certificate
    if not chain.irreversible_num:
        raise NothingToSave
    return moment_at(chain.backend.view(), chain.irreversible_num), None


def _manifest(chain: Chain, moment: Moment, writer: SnapshotWriter, certificate: RootCertificate | None) -> Manifest:
    """Blocks from the last one of the round before, so that the next node can vote; headers of more rounds, so that it can be sure."""
    params, tree = chain.params, writer.tree
    round_num = round_num_of(moment.num, params)
    round_nums = [num for num in (round_num - 1, round_num) if num >= 0]
    above = [num * params.witnesses_max for num in round_nums]
    certificates = [chain.finality.certificate(num) for num in round_nums]
    records = [(num, chain.backend.get(voters_key(num))) for num in above]
    oldest = (round_num - KEY_ROUNDS) * params.witnesses_max + 1
    first, last = max(1, chain.first_num, oldest), max(moment.num, chain.irreversible_num)
    first_block = max(first, round_num * params.witnesses_max)
    return Manifest(
        chain_id=params.chain_id,
        state_root=tree.root(),
        state_digest=moment.digest,
        row_count=tree.row_count,
        frames=tuple(writer.frames),
        blocks=tuple(block.packed_bytes for block in chain.blocks(first_block, moment.num)),
        headers=tuple(block.header.packed_bytes for block in chain.blocks(first, last)),
        voters=tuple((num, record) for num, record in records if record is not None),
        certificates=tuple(one.encode() for one in certificates if one is not None),
        root_certificate=b"" if certificate is None else certificate.encode(),
    )
