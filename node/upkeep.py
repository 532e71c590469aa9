"""What can be done with the data directory of a node that is stopped: check it, and make it smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chain.chain import Chain
from chain.errors import ChainError
from chain.leveldb import LevelDbBackend
from chain.memory import MemoryBackend
from chain.presets import Genesis
from chain.state_audit import Audited, Check
from chain.store import Store
from node.blocklog import prefetched
from node.config import Config
from node.data_directory import origin_of
from node.verify.pool import workers_for

Progress = Callable[[int], None]

REPLAY = "replay"


class Compacted(NamedTuple):
    before_bytes: int
    after_bytes: int


def compact(config: Config, progress: Progress) -> Compacted:
    """Let LevelDB drop what was overwritten and deleted; `progress` hears how many key ranges are done. Raises StorageError."""
    path = config.data_dir / "state"
    with closing(LevelDbBackend(config.data_dir, origin_of(config).params.chain_id)) as backend:
        bare = Store(backend)
        bare.load()
        backend.check_mark(bare.head.num)
        before_bytes = size_of(path)
        for done, _ in enumerate(backend.compact(), 1):
            progress(done)
    return Compacted(before_bytes, size_of(path))


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())


def opened_for_audit(config: Config) -> Audited:
    """The data directory, opened without reading more than its head. Raises StorageError."""
    params = origin_of(config).params
    backend = LevelDbBackend(config.data_dir, params.chain_id)
    try:
        audited = Audited(backend, params)
        backend.check_mark(audited.head[0])
    except BaseException:
        backend.close()
        raise
    return audited


def replayed(audited: Audited, origin: Genesis, workers: int | None) -> Iterator[Check]:
    """Apply all blocks anew, in memory and with every signature checked, and compare the digest with the head's."""
    check = Check(REPLAY)
    yield check
    if audited.first_num != 1:
        check.blame("the chain here began with a snapshot: the blocks before it are not here")
        yield check
        return
    memory = MemoryBackend()
    chain = Chain(memory, origin, with_history=False)
    with closing(workers_for(chain, workers)) as verifier:
        try:
            for block in prefetched(audited.blocks(), verifier):
                chain.push_block(block)
                check.looked_at += 1
                yield check
        except ChainError as error:
            check.blame(f"block {chain.head_num + 1} cannot be applied: {error}")
            yield check
            return
    if (chain.head_num, chain.head_id, chain.digest) != audited.head:
        check.blame(
            f"the blocks lead to the state digest {chain.digest.hex()}, and the head has {audited.head[2].hex()}"
        )
    for key in audited.differing_rows(memory):
        check.blame(f"the row {key.hex()} is not what the blocks have made of it")
    yield check
