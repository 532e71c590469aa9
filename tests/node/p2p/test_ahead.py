"""Blocks that are prepared before they are applied: in their order, once each, and none is taken that somebody still looks at."""

from collections.abc import Sequence

import pytest

from chain.block import Block
from chain.chain import Chain
from chain.errors import InvalidInput
from chain.signatures import RememberedSigners
from node.p2p import ahead as module
from node.p2p import messages as m
from node.p2p.ahead import AHEAD_BLOCKS, AHEAD_BYTES, WORTH_BLOCKS, Ahead
from node.p2p.conduct import Offence
from node.p2p.hub import Hub
from node.verify.pool import SignatureWorkers
from tests.helpers.network import Network, Node, Puppet, copy_of

LONG = 400


@pytest.fixture(scope="module")
def history() -> Chain:
    """To be copied."""
    node = Network().node("source")
    for _ in range(LONG):
        node.make_block()
    return node.chain


@pytest.fixture(scope="module")
def packed(history: Chain) -> list[bytes]:
    return [block.packed_bytes for block in history.blocks(1, LONG)]


class Slow:
    """A verifier that is ready with as many blocks as a test says."""

    def __init__(self, ready_num: int = 0) -> None:
        self.asked: list[int] = []
        self.ready_num = ready_num

    def prefetch(self, blocks: Sequence[Block]) -> None:
        self.asked += [block.num for block in blocks]

    def is_ready(self, block: Block) -> bool:
        return block.num <= self.ready_num


def taken(ahead: Ahead, packed: list[bytes]) -> list[int]:
    """Take all, and look before each, as a synchronisation does."""
    nums = []
    for at, data in enumerate(packed):
        ahead.look(iter(packed[at:]))
        assert ahead.is_ready(data)
        nums.append(ahead.take(data).num)
    return nums


def test_every_block_is_asked_about_once_and_early(history: Chain, packed: list[bytes]) -> None:
    verifier = Slow(LONG)
    ahead = Ahead(history.params.dialect, verifier)
    ahead.look(packed)
    assert verifier.asked == list(range(1, AHEAD_BLOCKS + 1))
    assert taken(ahead, packed) == verifier.asked == list(range(1, LONG + 1))


def test_no_more_is_decoded_at_a_time_than_others_can_wait_for(history: Chain, packed: list[bytes]) -> None:
    verifier = Slow(LONG)
    large = packed[0] + bytes(AHEAD_BYTES // 4)  # not a block; what is looked at, is looked at in order
    ahead = Ahead(history.params.dialect, verifier)
    ahead.look([*packed[:20], large, large, large, large, *packed[20:]])
    assert verifier.asked == list(range(1, 21))


def test_few_blocks_are_not_worth_it(history: Chain, packed: list[bytes]) -> None:
    verifier = Slow(LONG)
    ahead = Ahead(history.params.dialect, verifier)
    assert taken(ahead, packed[: WORTH_BLOCKS - 1]) == list(range(1, WORTH_BLOCKS))
    assert verifier.asked == []


def test_few_blocks_are_worth_it_where_they_are_large(
    history: Chain, packed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = Slow(LONG)
    monkeypatch.setattr(module, "WORTH_BYTES", sum(map(len, packed[:3])))
    ahead = Ahead(history.params.dialect, verifier)
    ahead.look(packed[:2])
    assert verifier.asked == []
    ahead.look(packed[:3])
    assert verifier.asked == [1, 2, 3]


def test_without_a_verifier_nothing_is_waited_for(history: Chain, packed: list[bytes]) -> None:
    assert taken(Ahead(history.params.dialect, None), packed) == list(range(1, LONG + 1))


def test_what_cannot_be_read_is_left_to_who_takes_it(history: Chain, packed: list[bytes]) -> None:
    verifier = Slow(LONG)
    ahead = Ahead(history.params.dialect, verifier)
    ahead.look([*packed[:30], b"no block", *packed[30:]])
    assert verifier.asked == list(range(1, 31))
    assert ahead.is_ready(b"no block")
    with pytest.raises(InvalidInput):
        ahead.take(b"no block")


def test_blocks_that_came_by_another_way_are_forgotten(history: Chain, packed: list[bytes]) -> None:
    ahead = Ahead(history.params.dialect, Slow(LONG))
    ahead.look(packed)
    for data in packed[AHEAD_BLOCKS // 2 : AHEAD_BLOCKS]:
        ahead.take(data)
    ahead.look(packed[AHEAD_BLOCKS:])  # the first half was never taken
    assert len(ahead._prepared) == LONG - AHEAD_BLOCKS


# --- in a hub


def catching_up(net: Network, verifier: Slow | SignatureWorkers, history: Chain) -> Node:
    empty = net.node("empty")
    empty.hub = Hub(empty.core, empty.handle, None, verifier)
    net.link(empty, net.node("donor", backend=copy_of(history)))
    return empty


def test_a_hub_waits_for_its_verifier(history: Chain) -> None:
    net, verifier = Network(), Slow()
    empty = catching_up(net, verifier, history)
    net.run(2)
    assert empty.chain.head_num == 0
    assert len(verifier.asked) >= WORTH_BLOCKS
    verifier.ready_num = 10
    net.run(2)
    assert empty.chain.head_num == 10
    verifier.ready_num = LONG
    assert net.run(5, until=lambda: empty.chain.head_id == history.head_id)
    assert empty.chain.digest == history.digest
    assert verifier.asked == sorted(set(verifier.asked))


def test_a_block_that_cannot_be_read_is_its_givers_fault(packed: list[bytes], history: Chain) -> None:
    net, verifier = Network(), Slow(LONG)
    empty = net.node("empty")
    empty.hub = Hub(empty.core, empty.handle, None, verifier)
    liar = Puppet("liar", head_id=history.head_id)
    spoiled = [*packed[:20], packed[20][:50], *packed[21:]]
    liar.answers = lambda asked: (
        m.Blocks(tuple(spoiled[asked.first_num - 1 :][: asked.count])) if isinstance(asked, m.GetBlocks) else None
    )
    wire, _ = net.link(empty, liar)
    net.run(2)
    assert empty.chain.head_num == 20
    assert Offence.INVALID_BLOCK in [offence for offence, _ in wire.offences]


class Patient(SignatureWorkers):
    """Real workers in a network whose time is not that of the machine."""

    def is_ready(self, block: Block) -> bool:
        while not super().is_ready(block):
            self._wait()
        return True


def test_a_chain_is_caught_up_with_by_what_workers_have_found(history: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network()
    empty = net.node("empty")
    signers = empty.chain.signers
    assert isinstance(signers, RememberedSigners)
    workers = Patient(signers, net.genesis.params.chain_id, 1)
    try:
        empty.hub = Hub(empty.core, empty.handle, None, workers)
        net.link(empty, net.node("donor", backend=copy_of(history)))
        here: list[bytes] = []
        monkeypatch.setattr("chain.signatures.signature_key", lambda digest, signature: here.append(digest))
        assert net.run(5, until=lambda: empty.chain.head_num == LONG)
    finally:
        workers.close()
    assert here == []
    assert empty.chain.digest == history.digest
