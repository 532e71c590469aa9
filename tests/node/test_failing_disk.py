"""A read that meets damage, anybody's: it is answered with an error, and the node ends before it signs anything more."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import plyvel
import pytest

from chain.directory import DamagedDirectory, DiskRefuses
from chain.errors import StorageError
from chain.leveldb import LevelDbBackend
from chain.presets import preset
from node.core import PushBlock, Tick
from node.data_directory import open_chain
from node.runner import Node
from tests.node.test_runner import START, Driven, devnet_config, drive

BLOCKS = 120
DAMAGED = 60  # the block whose bytes are changed


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Some blocks, all of them in tables; a bit of one is flipped."""
    node = Node(devnet_config(tmp_path))
    with closing(node):
        for number in range(BLOCKS):
            node.handle(Tick(), START + 3 * number)
        packed = node.chain.block(DAMAGED).packed_bytes
    with closing(LevelDbBackend(tmp_path, preset("devnet").params.chain_id)) as backend:
        for _ in backend.compact():
            pass
    (table,) = [file for file in tmp_path.glob("state/*.ldb") if packed in file.read_bytes()]
    data = bytearray(table.read_bytes())
    data[data.index(packed) + 20] ^= 1
    table.write_bytes(data)
    return tmp_path


def test_damage_that_a_reader_meets_ends_the_node_before_it_makes_another_block(data_dir: Path) -> None:
    heads: list[int] = []

    async def scenario(driven: Driven) -> None:
        heads.append(driven.node.chain.head_num)
        assert "result" in await driven.ask("block_api.get_block", {"block_num": BLOCKS})
        assert (await driven.client.get("/health")).status_code == 200
        reply = await driven.ask("block_api.get_block", {"block_num": DAMAGED})
        assert reply["error"]["code"] == -32603
        assert "result" in await driven.ask(
            "block_api.get_block", {"block_num": BLOCKS}
        )  # who asks is answered to the end
        health = await driven.client.get("/health")
        assert health.status_code == 503
        assert "is damaged" in health.json()["reason"]
        driven.clock.advance(3)
        await driven.until(lambda: driven.node.is_stopping)
        heads.append(driven.node.chain.head_num)

    with pytest.raises(DamagedDirectory):
        drive(devnet_config(data_dir), scenario, now=START + 3 * BLOCKS)
    assert heads[0] == heads[1]


def test_a_node_that_has_met_damage_takes_nothing_in(data_dir: Path) -> None:
    node = Node(devnet_config(data_dir))
    with closing(node):
        block = node.chain.block(BLOCKS)
        with pytest.raises(DamagedDirectory) as met:
            node.chain.block(DAMAGED)
        for input in (Tick(), PushBlock(block)):
            with pytest.raises(DamagedDirectory) as refused:
                node.handle(input, START + 3 * BLOCKS + 3)
            assert refused.value is met.value
        assert node.is_stopping


class Refusing:
    """A database whose disk gives nothing back any more."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get(self, _key: bytes, **_options: object) -> bytes:
        raise self.error

    def iterator(self, **_options: object) -> object:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (plyvel.IOError(b"000005.ldb: Input/output error"), DiskRefuses),
        (plyvel.IOError(b"000005.ldb: Too many open files"), DiskRefuses),
        (plyvel.IOError(b"000005.ldb: Invalid argument"), DamagedDirectory),  # it is shorter than it should be
        (plyvel.CorruptionError(b"block checksum mismatch"), DamagedDirectory),
    ],
)
@pytest.mark.parametrize(
    "read",
    [lambda backend: backend.get(b"key"), lambda backend: list(backend.scan(b"a", b"b"))],
)
def test_a_disk_that_gives_nothing_back_is_told_from_damage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: type[StorageError],
    read: Callable[[LevelDbBackend], object],
) -> None:
    heard: list[StorageError] = []
    config = devnet_config(tmp_path)
    open_chain(config, preset("devnet")).close()
    backend = LevelDbBackend(tmp_path, preset("devnet").params.chain_id, on_failure=heard.append)
    with closing(backend):
        monkeypatch.setattr(backend, "db", Refusing(error))
        with pytest.raises(kind) as met:
            read(backend)
        assert heard == [met.value]
        monkeypatch.undo()


def test_damage_met_in_a_thread_ends_the_node_as_well(data_dir: Path) -> None:
    async def scenario(driven: Driven) -> None:
        chain = driven.node.chain
        with pytest.raises(DamagedDirectory):
            await asyncio.to_thread(lambda: chain.block(DAMAGED))
        driven.clock.advance(3)
        await driven.until(lambda: driven.node.is_stopping)

    with pytest.raises(DamagedDirectory):
        drive(devnet_config(data_dir), scenario, now=START + 3 * BLOCKS)
