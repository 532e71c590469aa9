"""What it costs to take a block in: decode it from its bytes, apply it, commit it to LevelDB.

*Cached*: the signatures were verified when the transactions came, as is usual. *Live*: nobody has seen them before. Each with the
tables for readers, and without them, as a witness runs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from chain.asset import HIVE, Asset
from chain.block import Block
from chain.compiled import IS_COMPILED
from chain.keys import Scheme
from chain.operation import Operation
from chain.operations import Comment, Transfer, Vote
from node.runner import quieten_collector
from tests.benchmarks.crowd import SIGNERS, Crowd, account_name, on_disk, permlink
from tests.benchmarks.measuring import Figure, Verify, cpu_microseconds

TRANSACTIONS_EACH = 1_000
BODY_BYTES = 1_000

Maker = Callable[[Crowd, random.Random, int], Operation]


def vote(crowd: Crowd, chance: random.Random, number: int) -> Operation:
    post = chance.randrange(crowd.posts)
    return Vote(account_name(number), account_name(post), permlink(post), chance.randrange(1, 10_001))


def transfer(crowd: Crowd, chance: random.Random, number: int) -> Operation:
    receiver = account_name(chance.randrange(crowd.accounts))
    return Transfer(account_name(number), receiver, Asset(chance.randrange(1, 1_000), HIVE), "thank you")


def comment(_: Crowd, chance: random.Random, number: int) -> Operation:
    body = chance.randbytes(BODY_BYTES // 2).hex()
    return Comment(
        "", "skald", account_name(number), f"new-{chance.randrange(10**12)}", "A title", body, '{"tags":["skald"]}'
    )


KINDS: dict[str, Maker] = {"vote": vote, "transfer": transfer, "comment": comment}

WAYS: dict[str, Scheme | None] = {
    "cached": None,  # both schemes: who has checked does not matter
    "live secp256k1": Scheme.SECP256K1,
    "live ed25519": Scheme.ED25519,
}

# Per libsodium verify. What is live holds a verification, so little is left for all the rest.
TARGETS = {
    ("vote", "cached", False): 0.25 if IS_COMPILED else 0.35,
    ("vote", "cached", True): 0.6,
    ("vote", "live secp256k1", False): 1.35,
    ("vote", "live ed25519", False): 1.35,
}


def packed_block(crowd: Crowd, make: Maker, chance: random.Random, scheme: Scheme | None) -> bytes:
    """A block of signed operations by as many people; of one scheme, or of both for None."""
    people = [number for number in range(min(SIGNERS, crowd.accounts)) if scheme in {None, crowd.scheme_of(number)}]
    signed = [crowd.signed(number, make(crowd, chance, number)) for number in chance.sample(people, TRANSACTIONS_EACH)]
    return crowd.block(signed).packed_bytes


def take_in(crowd: Crowd, packed: bytes) -> None:
    crowd.chain.push_block(Block.decode(packed, crowd.chain.params.dialect))


def remember_signers(crowd: Crowd, packed: bytes) -> None:
    """As if the transactions had come one by one before their block."""
    for transaction in Block.decode(packed, crowd.chain.params.dialect).transactions:
        crowd.signers.transaction_signers(transaction, crowd.chain.params.chain_id)


def measure_imports(folder: Path, repeats: int, accounts: int = 50_000, posts: int = 10_000) -> Iterator[Figure]:
    for with_history in (False, True):
        crowd = Crowd(
            on_disk(folder / f"imports-{with_history}"), accounts=accounts, posts=posts, with_history=with_history
        )
        quieten_collector()
        chance = random.Random(7)
        for kind in KINDS:
            yield from _measure_kind(crowd, kind, chance, repeats)
        crowd.chain.close()


def _measure_kind(crowd: Crowd, kind: str, chance: random.Random, repeats: int) -> Iterator[Figure]:
    verify, with_history = Verify(), crowd.chain.history.enabled
    figures = {
        way: Figure(
            "import of a block, per operation",
            f"{kind}, {way}, history {'on' if with_history else 'off'}",
            floor_name="libsodium verify",
            target=TARGETS.get((kind, way, with_history)),
        )
        for way in WAYS
    }
    for number in range(repeats + 1):
        for way, scheme in WAYS.items():
            packed = packed_block(crowd, KINDS[kind], chance, scheme)
            if way == "cached":
                remember_signers(crowd, packed)
            spent = cpu_microseconds(lambda packed=packed: take_in(crowd, packed)) / TRANSACTIONS_EACH
            if number:  # the first round warms up
                figures[way].add(spent, verify.microseconds())
    yield from figures.values()
