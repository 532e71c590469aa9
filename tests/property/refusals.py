"""Refusals at random: whatever is sent, only a ChainError may come of it, and a refusal leaves nothing behind (reliability C6, C11).

    python -m tests.property.refusals --transactions 100000 [--seed 1]

Transactions are those of a random chain (tests/property/random_chain.py), every second one spoiled in some fields. Blocks of a
careless witness hold what nobody has tried before. Rows are compared packed: those that waiting transactions have touched after
every refusal, all there are after every fiftieth and after every refused block.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import fields, replace
from typing import Any

import click

from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.errors import ChainError
from chain.fields import struct_of
from chain.operation import OPERATIONS, Operation
from chain.transaction import Transaction
from tests.helpers.forge import Trace, trace_of
from tests.property.intents import Intents
from tests.property.noise import draw
from tests.property.random_chain import RandomChain

SPOILED = 0.5  # of all operations
CARELESS = 0.2  # of all blocks
WHOLE_TRACE_INTERVAL = 50
BLOCK_INTERVAL_TRANSACTIONS = 20


def touched(chain: Chain) -> dict[tuple[bytes, Any], bytes | None]:
    """What waiting transactions have made of the rows that they touched."""
    found = {}
    for layer in chain.store.layers:
        for table, key, *_ in layer.journal:
            row = table.find(key)
            found[table.prefix, key] = None if row is None else table.pack(row)
    return found


class Spoiler:
    """Draws what people want, with noise in some of it."""

    def __init__(self, intents: Intents) -> None:
        self.intents = intents
        self.kinds = list(OPERATIONS.values())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.intents, name)

    def draw(self, chain: Chain) -> Operation:
        chance = self.intents.chance
        if chance.random() >= SPOILED:
            return self.intents.draw(chain)
        if chance.random() < 0.2:
            operation: Operation = self.intents.noise.record(chance.choice(self.kinds))
            return operation
        return self.spoiled(self.intents.draw(chain))

    def spoiled(self, operation: Operation) -> Operation:
        chance = self.intents.chance
        names = [field.name for field in fields(operation)]  # type: ignore[arg-type]  # every operation is a dataclass
        types = dict(zip(names, struct_of(type(operation)).types, strict=True))
        for name in chance.sample(names, min(len(names), chance.choice((1, 1, 1, 2, 3)))):
            if name != "block_signing_key":  # or soon no witness could sign any more
                operation = replace(operation, **{name: draw(types[name], self.intents.noise)})
        return operation


class Refusals(RandomChain):
    """`tried` counts transactions; `bad_blocks` those of careless witnesses that were refused."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, transactions_mean=BLOCK_INTERVAL_TRANSACTIONS)
        self.intents = Spoiler(self.intents)  # type: ignore[assignment]  # draws as they do
        self.tried = self.bad_blocks = 0

    def how_many(self) -> int:
        return BLOCK_INTERVAL_TRANSACTIONS

    def send(self, transaction: Transaction | None) -> None:
        if transaction is None:
            return
        self.tried += 1
        is_whole = self.tried % WHOLE_TRACE_INTERVAL == 0
        before = self.trace(is_whole=is_whole)
        waiting = len(self.chain.mempool)
        super().send(transaction)
        if len(self.chain.mempool) == waiting:
            assert self.trace(is_whole=is_whole) == before, transaction.operations

    def trace(self, *, is_whole: bool) -> Trace | tuple[Any, ...]:
        if is_whole:
            return trace_of(self.chain)
        mempool = self.chain.mempool
        return touched(self.chain), len(mempool), mempool.size_bytes, dict(mempool.custom_counts)

    def push(self, block: Block) -> None:
        if self.chance.random() < CARELESS and self.push_careless(block):
            return
        super().push(block)

    def push_careless(self, block: Block) -> bool:
        """A block for the same slot with untried transactions among the others; whether it was good after all."""
        extra = [self.transaction() for _ in range(self.chance.choice((1, 1, 2, 3)))]
        transactions = [*block.transactions, *(found for found in extra if found is not None)]
        self.chance.shuffle(transactions)
        header = BlockHeader.build(
            previous=block.header.previous,
            timestamp=block.header.timestamp,
            witness=block.header.witness,
            transactions=transactions,
        )
        row = self.chain.state.witnesses.committed(header.witness)
        assert row is not None
        signature = self.keyring.keys[row.signing_key].sign(header.signing_digest)
        made = Block.build(header.signed(signature), transactions)
        before = trace_of(self.chain)
        try:
            super().push(Block.decode(made.packed_bytes, self.chain.params.dialect))
        except ChainError as error:
            reason = error.code
        else:
            return True
        self.bad_blocks += 1
        self.refusals[f"block: {reason}"] += 1
        assert trace_of(self.chain) == before, reason
        return False


def run(seed: int, transactions: int) -> Refusals:
    chain = Refusals(seed)
    while chain.tried < transactions:
        chain.advance()
    return chain


EPISODE_TRANSACTIONS = 5_000  # on one chain: comparing all rows of a longer one takes ever longer


@click.command()
@click.option("--transactions", default=100_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of the first chain; the next ones count on from it.")
def main(transactions: int, seed: int) -> None:
    """Try so many transactions; a traceback names the first that is a bug, after the seed that repeats it."""
    started = time.monotonic()
    refusals: Counter[str] = Counter()
    operations: Counter[tuple[str, str]] = Counter()
    tried = 0
    while tried < transactions:
        click.echo(f"seed {seed}")
        chain = run(seed, min(EPISODE_TRANSACTIONS, transactions - tried))
        refusals += chain.refusals
        operations += chain.counts
        tried += chain.tried
        seed += 1
    for code, count in refusals.most_common():
        click.echo(f"{count:8} {code}")
    for (name, outcome), count in sorted(operations.items()):
        click.echo(f"{count:8} {name} {outcome}")
    click.echo(f"{tried} transactions in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
