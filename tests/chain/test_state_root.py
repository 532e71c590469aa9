"""The root of the state: the same on every backend and by every way, another for any other state, also for states of before."""

import random
from hashlib import sha256
from pathlib import Path

import msgpack
import pytest

from chain.chain import Chain
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.memory import MemoryBackend
from chain.past import PAST_PREFIX, PastForgotten, moment_at
from chain.stage import Stage
from chain.state_root import CHUNK_BYTES, chunks, consensus_prefixes, leaf, root_of, state_root
from chain.store import META_HEAD
from chain.undo import undo_key
from tests.helpers.forge import Forge
from tests.helpers.mesh import Mesh, final_by_votes

INTERVAL = 40
REVERSIBLE = {"witness_voting_start_block_num": 1_000_000}  # until then, the last round of blocks can be taken back


def lively(forge: Forge, blocks: int, seed: int = 1) -> None:
    """Blocks in which people pay each other."""
    chance = random.Random(seed)
    people = [account.name for account in forge.genesis.accounts if account.hive][:6]
    for _ in range(blocks):
        giver, receiver = chance.sample(people, 2)
        forge.push(forge.pay(giver, receiver, f"0.{chance.randrange(1, 999):03d} HIVE"))


def root_at_head(chain: Chain) -> bytes:
    return state_root(chain.backend.view())


def test_a_root_is_the_same_on_disk_and_in_memory(tmp_path: Path) -> None:
    forge = Forge()
    lively(forge, 45)
    create_data_directory(tmp_path, forge.params.chain_id)
    backend = LevelDbBackend(tmp_path, forge.params.chain_id)
    disk = Chain(backend, forge.genesis, with_history=False)
    for block in forge.chain.blocks(1, forge.chain.head_num):
        disk.push_block(block)
    assert root_at_head(disk) == root_at_head(forge.chain)
    assert list(chunks(backend.view())) == list(chunks(forge.chain.backend.view()))
    disk.close()


def test_a_root_tells_nothing_of_the_way_to_the_state() -> None:
    forge = Forge(**REVERSIBLE)
    lively(forge, 30)
    blocks = list(forge.chain.blocks(forge.chain.head_num - 4, forge.chain.head_num))
    expected = root_at_head(forge.chain)
    for _ in blocks:
        forge.chain.pop_block()
    assert root_at_head(forge.chain) != expected
    for block in blocks:
        forge.chain.push_block(block)
    assert root_at_head(forge.chain) == expected


def test_every_consensus_row_counts_and_no_other() -> None:
    forge = Forge()
    lively(forge, 30)
    backend = forge.chain.backend
    expected = root_at_head(forge.chain)
    assert isinstance(backend, MemoryBackend)
    for prefix in consensus_prefixes():
        rows = list(backend.scan(prefix, prefix + b"\xff"))
        for key, value in rows[:1]:
            for put in ((key, None), (key, value + b"\x00"), (key + b"\x00", value)):
                backend.write([put], sync=False)
                assert root_at_head(forge.chain) != expected, put
                backend.write([(key, value), (key + b"\x00", None)], sync=False)
                assert root_at_head(forge.chain) == expected
    for key in (META_HEAD, undo_key(1), b"\x02aa", b"ir\x00", b"raalice\x00", b"\x01b" + bytes(8)):
        backend.write([(key, b"something else")], sync=False)
    assert root_at_head(forge.chain) == expected


def test_a_view_is_of_its_moment(tmp_path: Path) -> None:
    forge = Forge()
    create_data_directory(tmp_path, forge.params.chain_id)
    disk = LevelDbBackend(tmp_path, forge.params.chain_id)
    for backend in (forge.chain.backend, disk):
        backend.write([(b"aa1", b"old"), (b"aa2", b"gone")], sync=False)
        view = backend.view()
        backend.write([(b"aa1", b"new"), (b"aa2", None), (b"aa3", b"late")], sync=False)
        assert list(view.scan(b"aa1", b"aa4")) == [(b"aa1", b"old"), (b"aa2", b"gone")]
        assert [view.get(key) for key in (b"aa1", b"aa2", b"aa3")] == [b"old", b"gone", None]
        view.close()
    disk.close()


def test_a_stage_has_a_view_of_its_own() -> None:
    forge = Forge(**REVERSIBLE)
    lively(forge, 25)
    chain = forge.chain
    before = root_at_head(chain)
    chain.mempool.suspend()
    with Stage(chain.store) as stage:
        block = chain.block(chain.head_num)
        chain.store.pop()
        below = state_root(stage.view())
        chain.apply_staged(block)
        assert state_root(stage.view()) == before != below
        stage.abandon()
    chain.mempool.resume(())


# --- the tree


def test_the_tree_is_built_as_described() -> None:
    first, second, third = (leaf(text) for text in (b"a", b"b", b"c"))
    assert first == sha256(b"\x00a").digest()

    def top(count: int, rows: int, node: bytes) -> bytes:
        return sha256(b"\x02" + count.to_bytes(8, "big") + rows.to_bytes(8, "big") + node).digest()

    pair = sha256(b"\x01" + first + second).digest()
    assert root_of([first], 1) == top(1, 1, first)
    assert root_of([first, second], 5) == top(2, 5, pair)
    assert root_of([first, second, third], 9) == top(3, 9, sha256(b"\x01" + pair + third).digest())


def test_chunks_are_cut_by_their_size_alone() -> None:
    backend = MemoryBackend()
    rows = {b"aa" + number.to_bytes(3, "big"): bytes(1_000 + number % 7) for number in range(1_000)}
    backend.write(rows.items(), sync=False)
    found = list(chunks(backend))
    assert len(found) > 3
    assert all(CHUNK_BYTES <= len(chunk.data) < CHUNK_BYTES + 1_020 for chunk in found[:-1])
    assert sum(chunk.row_count for chunk in found) == 1_000
    unpacker = msgpack.Unpacker()
    unpacker.feed(b"".join(chunk.data for chunk in found))
    assert dict(unpacker) == rows


# --- the past


@pytest.fixture(scope="module")
def long_chain() -> tuple[Chain, dict[int, tuple[bytes, bytes, bytes]]]:
    """A chain on which votes made all blocks final but for the last ones; and what each block left: root, digest and id."""
    mesh = Mesh(2, final_by_votes(state_root_interval_blocks=INTERVAL))
    chain = mesh[0].chain
    left = {}
    for number in range(4 * INTERVAL + 10):
        if number == 4 * INTERVAL:
            mesh.sides = [{"node-0"}, {"node-1"}]  # no quorum any more
        mesh.produce()
        left[chain.head_num] = (root_at_head(chain), chain.digest, chain.head_id)
    return chain, left


def test_the_state_of_before_can_be_read_back_to_the_second_newest_checkpoint(long_chain: tuple[Chain, dict]) -> None:
    chain, left = long_chain
    assert chain.irreversible_num == 4 * INTERVAL < chain.head_num
    oldest = 3 * INTERVAL
    for num in range(oldest, chain.head_num + 1):
        moment = moment_at(chain.backend.view(), num)
        assert (state_root(moment.rows), moment.digest, moment.block_id) == left[num]
    with pytest.raises(PastForgotten):
        moment_at(chain.backend.view(), oldest - 1)


def test_no_more_of_the_past_is_kept(long_chain: tuple[Chain, dict]) -> None:
    chain, _ = long_chain
    kept = [int.from_bytes(key[2:], "big") for key, _ in chain.backend.scan(PAST_PREFIX, PAST_PREFIX + b"\xff")]
    assert kept == list(range(3 * INTERVAL + 1, 4 * INTERVAL + 1))
    assert Chain(chain.backend, chain.origin).undo_floor == chain.undo_floor == 4 * INTERVAL
