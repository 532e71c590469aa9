"""Several blocks as one batch: published whole, or as if they had never been."""

import pytest

from chain.memory import MemoryBackend
from chain.stage import Stage
from chain.store import BrokenStore
from tests.helpers.forge import Forge, trace_of


@pytest.fixture
def forge() -> Forge:
    forge = Forge()
    forge.grow(25)
    return forge


def pairs(forge: Forge) -> dict[bytes, bytes]:
    assert isinstance(forge.chain.backend, MemoryBackend)
    return dict(forge.chain.backend.pairs)


def test_reads_see_what_was_staged_and_the_backend_does_not(forge: Forge) -> None:
    base = forge.chain.backend
    base.write([(bytes([9, key]), b"below") for key in (1, 3, 5)], sync=True)
    forge.chain.mempool.suspend()
    with Stage(forge.chain.store) as stage:
        stage.write(
            [(b"\x09\x00", b"new"), (b"\x09\x03", None), (b"\x09\x05", b"changed"), (b"\x09\x06", None)], sync=True
        )
        staged = [(b"\x09\x00", b"new"), (b"\x09\x01", b"below"), (b"\x09\x05", b"changed")]
        assert list(stage.scan(b"\x09", b"\x0a")) == staged
        assert list(stage.scan(b"\x09", b"\x0a", reverse=True)) == staged[::-1]
        assert list(stage.scan(b"\x09\x01", b"\x09\x05")) == staged[1:2]
        assert [stage.get(bytes([9, key])) for key in (0, 1, 3, 5)] == [b"new", b"below", None, b"changed"]
        assert [base.get(bytes([9, key])) for key in (0, 3, 5)] == [None, b"below", b"below"]
        stage.publish(sync=True)
    assert list(base.scan(b"\x09", b"\x0a")) == staged


def test_an_abandoned_stage_leaves_no_trace(forge: Forge) -> None:
    """Rows that came, went, changed and moved to another place of an index, in memory and on the disk."""
    chain = forge.chain
    before, rows = pairs(forge), trace_of(chain)
    chain.mempool.suspend()
    with Stage(chain.store) as stage:
        popped = chain.block(chain.head_num)
        chain.store.pop()
        chain.apply_staged(popped)
        chain.mempool.begin()  # only for the forge, which makes a block of it
        block = forge.block(forge.pay("alice", "bob", "1.000 HIVE"))
        chain.mempool.suspend()
        chain.apply_staged(block)
        assert chain.head_id == block.id
        stage.abandon()
    chain.mempool.resume(())
    assert pairs(forge) == before
    assert trace_of(chain) == rows
    forge.grow(3)


def test_a_published_stage_is_what_single_commits_would_have_been(forge: Forge) -> None:
    chain = forge.chain
    popped = chain.block(chain.head_num)
    before, rows = pairs(forge), trace_of(chain)
    chain.mempool.suspend()
    with Stage(chain.store) as stage:
        chain.store.pop()
        chain.apply_staged(popped)
        chain.publish(stage)
    chain.mempool.resume(())
    assert pairs(forge) == before
    assert trace_of(chain) == rows


def test_whoever_leaves_a_stage_half_done_cannot_go_on(forge: Forge) -> None:
    before = pairs(forge)
    forge.chain.mempool.suspend()
    stage = Stage(forge.chain.store)
    with stage:
        forge.chain.store.pop()
    assert pairs(forge) == before
    with pytest.raises(BrokenStore):
        forge.chain.store.begin()
