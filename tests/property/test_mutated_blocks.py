"""Blocks with bytes changed at random: by a peer, who cannot sign, and by a witness, who can (reliability C11, T3).

The long form: python -m tests.property.test_mutated_blocks --blocks 200000
"""

import random
from collections import Counter
from dataclasses import replace

import click
import pytest

from chain.block import Block, BlockHeader
from chain.errors import ChainError
from chain.memory import MemoryBackend
from chain.transaction import Transaction
from tests.helpers.forge import trace_of
from tests.property.random_chain import RandomChain


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Some bytes flipped, set to a border, left out, put in or cut off."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        place = chance.randrange(len(found))
        match chance.randrange(6):
            case 0:
                found[place] ^= 1 << chance.randrange(8)
            case 1:
                found[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, 0xED))
            case 2:
                del found[place : place + chance.choice((1, 1, 4, 20))]
            case 3:
                found[place:place] = chance.randbytes(chance.choice((1, 1, 4, 20)))
            case 4:
                del found[max(place, 1) :]
            case _:
                found[place : place + 8] = chance.choice(
                    (b"\xff" * 8, bytes(8), b"\x7f" + b"\xff" * 7, b"\xff" * 7 + b"\x7f")
                )
        if not found:
            return b"\0"
    return bytes(found)


class Mutations(RandomChain):
    """Every block is first tried in many changed forms."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, pretends=False, transactions_mean=4.0)
        strict = replace(self.genesis.params, strict_signatures=True)  # or a flipped bit makes another signature
        self.genesis = replace(self.genesis, params=strict)
        self.backend = MemoryBackend()
        self.chain = self.open(self.backend)
        self.tried = 0
        self.outcomes: Counter[str] = Counter()

    def try_block(self, data: bytes, signed: bytes) -> None:
        """Only the very bytes that a witness signed may be taken."""
        self.tried += 1
        chain = self.chain
        is_whole = self.tried % 100 == 0
        before = trace_of(chain) if is_whole else (chain.head_id, chain.digest, len(chain.mempool))
        try:
            block = Block.decode(data, chain.params.dialect)
            chain.push_block(block)
        except ChainError as error:
            self.outcomes[error.code] += 1
            after = trace_of(chain) if is_whole else (chain.head_id, chain.digest, len(chain.mempool))
            assert after == before
            return
        self.outcomes["taken"] += 1
        assert data == signed
        if chain.irreversible_num < chain.head_num:  # where hardly any witness is left a block is final at once
            chain.pop_block()
            assert chain.head_id == block.header.previous

    def of_a_peer(self, block: Block) -> bytes:
        return mutated(self.chance, block.packed_bytes)

    def of_a_witness(self, block: Block) -> bytes | None:
        """A transaction changed, and all made to fit."""
        transactions = list(block.transactions)
        if not transactions:
            return None
        place = self.chance.randrange(len(transactions))
        try:
            changed = mutated(self.chance, transactions[place].packed_bytes)
            transactions[place] = Transaction.decode(changed, self.chain.params.dialect)
        except ChainError as error:
            self.outcomes[f"transaction: {error.code}"] += 1
            return None
        header = block.header
        made = BlockHeader.build(
            previous=header.previous, timestamp=header.timestamp, witness=header.witness, transactions=transactions
        )
        row = self.chain.state.witnesses.committed(header.witness)
        assert row is not None
        signed = made.signed(self.keyring.keys[row.signing_key].sign(made.signing_digest))
        return Block.build(signed, transactions).packed_bytes

    def push(self, block: Block) -> None:
        for _ in range(12):
            self.try_block(self.of_a_peer(block), signed=block.packed_bytes)
            by_witness = self.of_a_witness(block)
            if by_witness is not None:
                self.try_block(by_witness, signed=by_witness)
            if self.chain.head_id != block.header.previous:
                return
        super().push(block)


def run(seed: int, blocks: int) -> Mutations:
    chain = Mutations(seed)
    while chain.tried < blocks:
        chain.advance()
    return chain


def test_changed_blocks_are_refused_and_leave_no_trace() -> None:
    print("seed 301")
    chain = run(seed=301, blocks=2_000)
    assert len(chain.outcomes) > 15
    assert chain.outcomes["wrong_merkle_root"] > 100
    assert chain.outcomes["missing_active_authority"] > 0


@pytest.mark.parametrize("form", ["block", "transaction"])
def test_every_cut_is_refused(form: str) -> None:
    """Wherever the bytes end too early, or go on."""
    chain = RandomChain(302, pretends=False)
    while chain.chain.head_num < 60:
        block = chain.advance()
    while not block.transactions:
        block = chain.advance()
    whole = block.packed_bytes if form == "block" else block.transactions[0].packed_bytes
    read = Block.decode if form == "block" else Transaction.decode
    for data in (*(whole[:size] for size in range(len(whole))), whole + b"\0"):
        with pytest.raises(ChainError):
            read(data, chain.chain.params.dialect)


EPISODE_BLOCKS = 10_000  # on one chain: comparing all rows of a longer one takes ever longer


@click.command()
@click.option("--blocks", default=200_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(blocks: int, seed: int) -> None:
    """Try so many changed blocks; a traceback names the first that is a bug."""
    outcomes: Counter[str] = Counter()
    for episode in range(0, blocks, EPISODE_BLOCKS):
        click.echo(f"seed {seed + episode}")
        outcomes += run(seed + episode, min(EPISODE_BLOCKS, blocks - episode)).outcomes
    for outcome, count in outcomes.most_common():
        click.echo(f"{count:8} {outcome}")


if __name__ == "__main__":
    main()
