"""Who makes a block applies it while making it, and ends where everybody ends who applies it as it came."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from chain.block import Block
from chain.chain import Chain, Laid
from chain.fork_choice import Switched
from chain.memory import MemoryBackend
from chain.params import Params
from chain.producer import produce_block, turn_of
from chain.slots import slot_time
from chain.state import AppliedOperation
from chain.transaction import Transaction
from chain.undo import Undo, undo_key
from tests.helpers.forge import Forge
from tests.property.random_chain import RandomChain, random_genesis

BLOCK_BYTES_MAX = 1_500  # a handful of transactions
LOOKS_EVERY_BLOCKS = 10


def told(applied: Iterable[AppliedOperation]) -> list[tuple[object, ...]]:
    return [
        (entry.operation, entry.transaction_id, entry.trx_in_block, entry.op_in_trx, entry.virtual) for entry in applied
    ]


class Producer(RandomChain):
    """Makes its blocks as a node does, from a mempool in disorder, and shows each to an importer."""

    def __init__(self, seed: int, params: Params) -> None:
        print(f"seed {seed}")
        super().__init__(seed, transactions_mean=5.0, genesis=replace(random_genesis(), params=params))
        self.importer = self.open(MemoryBackend())
        self.refused: list[Transaction] = []
        self.left_out = self.full = self.drafts = self.switches = 0

    def send(self, transaction: Transaction | None) -> None:
        super().send(transaction)
        if transaction is not None and transaction.id not in self.chain.mempool:
            self.refused = [*self.refused[-5:], transaction]

    def step(self) -> None:
        self.submit(self.how_many())
        if self.chance.random() < 0.5:
            self.disorder()
        if self.chance.random() < 0.1 and self.chain.head_num > self.importer.irreversible_num + 2:
            self.lose_a_block()
        block, applied = self.produce()
        assert told(self.importer.push_block(block)) == told(applied)
        assert self.importer.digest == self.chain.digest
        if self.chain.head_num % LOOKS_EVERY_BLOCKS == 0:
            assert content_of(self.importer, self.chain) == content_of(self.chain, self.importer)

    def disorder(self) -> None:
        """What waits fails here and there: on what came before it in another order, or because it never was admitted."""
        self.chain.mempool.suspend()
        waiting = [*self.chain.mempool, *self.refused]
        self.chance.shuffle(waiting)
        self.chain.mempool.waiting = {transaction.id: transaction for transaction in waiting}

    def produce(self) -> Laid:
        waiting, turn = len(self.chain.mempool), self.turn()
        self.drafts += self.chain.mempool.is_draft(turn[0], BLOCK_BYTES_MAX) and waiting > 0
        block, applied = produce_block(self.chain, *turn)
        self.left_out += waiting > len(block.transactions)
        self.full += len(block.packed_bytes) > BLOCK_BYTES_MAX - 400
        for entry in applied:
            self.events[entry.operation.name] += entry.virtual
        return Block.decode(block.packed_bytes, self.chain.params.dialect), applied

    def lose_a_block(self) -> None:
        """Two blocks of the importer win over one of ours; what that held waits again."""
        self.produce()
        ours, self.chain = self.chain, self.importer
        theirs = [produce_block(self.chain, *self.turn())[0] for _ in range(2)]
        self.chain = ours
        for block in theirs:
            received = ours.receive_block(Block.decode(block.packed_bytes, ours.params.dialect))
            self.switches += isinstance(received, Switched)
        assert ours.head_id == theirs[-1].id


def content_of(chain: Chain, other: Chain) -> dict[bytes, Any]:
    """Rows of the state and of readers, histories, blocks and undo records, in whose rows no order is of account."""
    assert isinstance(chain.backend, MemoryBackend)
    content: dict[bytes, Any] = dict(chain.backend.pairs)
    for num in range(1, chain.head_num + 1):
        undo = content.pop(undo_key(num), None)
        if undo is not None and num > max(chain.irreversible_num, other.irreversible_num):
            record = Undo.read(undo)
            content[undo_key(num)] = record.previous, dict(record.rows()), record.records
    return content


def grown(seed: int, blocks: int, **changed: object) -> Producer:
    chain = Producer(seed, replace(random_genesis().params, irreversible_threshold_bp=10_000, **changed))
    while chain.chain.head_num < blocks:
        chain.step()
    return chain


@pytest.mark.parametrize("seed", [401, 402])
def test_maker_and_importer_of_a_block_agree_in_every_row(seed: int) -> None:
    chain = grown(seed, 120)
    assert chain.left_out > 20
    assert chain.drafts > 20
    assert chain.switches > 3
    assert {"author_reward", "curation_reward"} <= chain.events.keys()


def test_so_they_do_where_blocks_are_full() -> None:
    size = BLOCK_BYTES_MAX
    chain = grown(
        403,
        100,
        maximum_block_size_bytes_min=size,
        maximum_block_size_bytes_default=size,
        maximum_block_size_bytes_max=size,
    )
    assert chain.full > 10


def test_so_they_do_where_the_rules_change() -> None:
    start = random_genesis().params.genesis_time
    chain = grown(404, 130, hardfork_times=(*(start + 3,) * 27, start + 300), hardfork_witnesses_min=4)
    assert chain.events["hardfork"] >= 28
    assert chain.chain.state.hardforks.last_hardfork == 28


def test_so_they_do_in_the_first_block_of_a_chain_without_histories() -> None:
    """Where what waits for its first slot has nothing of what a chain begins with."""
    forge = Forge()
    maker, importer = (Chain(MemoryBackend(), forge.genesis, with_history=False) for _ in range(2))
    time = slot_time(maker.state, 1)
    witness = turn_of(maker, time)
    assert witness is not None
    importer.push_block(produce_block(maker, time, witness, forge.key(witness, "witness"))[0])
    assert importer.digest == maker.digest
