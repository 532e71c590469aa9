"""One place of the determinism matrix: `python -m tests.functional.matrix_replay record|replay FILE`.

`record` plays a random chain and writes its blocks down; `replay` pushes them into an empty chain and tells as lines of JSON what state
that gives. What differs from place to place is the interpreter and its environment.
"""

from __future__ import annotations

import json
import locale
import sys
from collections.abc import Iterator
from pathlib import Path

import msgpack

from chain.block import Block
from chain.chain import Chain
from chain.compiled import IS_COMPILED
from chain.memory import MemoryBackend
from chain.presets import Genesis
from tests.property.random_chain import RandomChain, content_digest, random_genesis

LENGTH_BYTES = 4
TRANSACTIONS_MEAN = 6.0
TOLD_INTERVAL_BLOCKS = 100


def record(path: Path, seed: int, blocks: int) -> None:
    """With real signatures: they are part of what must be the same everywhere."""
    played = RandomChain(seed, pretends=False, transactions_mean=TRANSACTIONS_MEAN)
    while played.chain.head_num < blocks:
        played.advance()
    with path.open("wb") as file:
        for block in played.chain.blocks(1, blocks):
            file.write(len(block.packed_bytes).to_bytes(LENGTH_BYTES, "big") + block.packed_bytes)


def recorded(path: Path, genesis: Genesis) -> Iterator[Block]:
    with path.open("rb") as file:
        while size := file.read(LENGTH_BYTES):
            yield Block.decode(file.read(int.from_bytes(size, "big")), genesis.params.dialect)


def replay(path: Path) -> Iterator[dict[str, str | int]]:
    """The state digest now and then, and at the end a digest over all that the backend holds, histories included."""
    genesis, backend = random_genesis(), MemoryBackend()
    replayed = Chain(backend, genesis, check_every_block=False)
    for block in recorded(path, genesis):
        replayed.push_block(block)
        if block.num % TOLD_INTERVAL_BLOCKS == 0:
            yield {"block": block.num, "digest": replayed.digest.hex()}
    yield {"block": replayed.head_num, "digest": replayed.digest.hex(), "content": content_digest(backend)}


def about() -> dict[str, str]:
    """What this place is, as the interpreter itself sees it."""
    locale.setlocale(locale.LC_ALL, "")
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "msgpack": "pure" if msgpack.Packer.__module__.endswith("fallback") else "C",
        "locale": str(locale.setlocale(locale.LC_CTYPE)),
        "build": "compiled" if IS_COMPILED else "pure",
    }


def main() -> None:
    what, path = sys.argv[1], Path(sys.argv[2])
    if what == "record":
        record(path, int(sys.argv[3]), int(sys.argv[4]))
        return
    print(json.dumps(about()), flush=True)
    for told in replay(path):
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
