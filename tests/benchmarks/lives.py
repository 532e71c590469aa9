"""What a transaction costs a node from its arrival until it is in the chain, step by step, without sockets and without its signature.

*Admitted* from its bytes into the mempool; *produced*: chosen for a block and applied once more; *imported* with that block, as
everybody takes it in; and *renewed*: applied anew over a head that went without it. Each of them applies it once. The signatures were
verified before, as by workers; what verifying costs is the floor.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from chain.block import Block
from chain.producer import make_block
from chain.slots import slot_time
from chain.transaction import Transaction
from node.runner import quieten_collector
from tests.benchmarks.crowd import Crowd, on_disk
from tests.benchmarks.imports import KINDS, TRANSACTIONS_EACH, packed_block
from tests.benchmarks.measuring import Figure, Verify, cpu_microseconds

GROUP = "a transaction's way, without its signature"
STEPS = ("admitted", "renewed", "produced", "imported")


def measure_lives(folder: Path, repeats: int) -> Iterator[Figure]:
    crowd = Crowd(on_disk(folder / "lives"), accounts=20_000, posts=5_000)
    quieten_collector()
    chance, verify = random.Random(11), Verify()
    for kind in KINDS:
        figures = {step: Figure(GROUP, f"{kind}, {step}", floor_name="libsodium verify") for step in STEPS}
        for number in range(repeats + 1):
            spent = _live(crowd, kind, chance)
            if number:  # the first round warms up
                for step, figure in figures.items():
                    figure.add(spent[step], verify.microseconds())
        yield from figures.values()
    crowd.chain.close()


def _live(crowd: Crowd, kind: str, chance: random.Random) -> dict[str, float]:
    """Microseconds a transaction of each step, for a block full of them."""
    chain, dialect = crowd.chain, crowd.chain.params.dialect
    arriving = [
        transaction.packed_bytes
        for transaction in Block.decode(packed_block(crowd, KINDS[kind], chance, None), dialect).transactions
    ]
    for data in arriving:
        crowd.signers.transaction_signers(Transaction.decode(data, dialect), chain.params.chain_id)
    made: list[Block] = []

    def admit() -> None:
        for data in arriving:
            chain.mempool.add(Transaction.decode(data, dialect))

    def renew() -> None:
        chain.mempool.suspend()
        chain.mempool.resume(())

    def produce() -> None:
        time = slot_time(chain.state, 1)
        witness = crowd.witness_at(time)
        made.append(make_block(chain, time, witness, crowd.witness_keys[witness]))

    steps = {"admitted": admit, "renewed": renew, "produced": produce, "imported": lambda: chain.push_block(made[0])}
    spent = {step: cpu_microseconds(work) / TRANSACTIONS_EACH for step, work in steps.items()}
    spent["produced"] -= spent["renewed"]  # `make_block` gives the mempool back as it was
    assert len(made[0].transactions) == TRANSACTIONS_EACH, "all that was admitted is in the block"
    assert not len(chain.mempool)
    return spent
