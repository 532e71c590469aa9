"""Importing blocks into a chain on disk: decoded from their bytes, applied, committed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chain.asset import HIVE, Asset
from chain.block import Block
from chain.keys import Scheme
from chain.operation import Operation
from chain.operations.comment import Comment
from chain.operations.transfer import Transfer
from chain.operations.vote import Vote
from chain.signatures import RememberedSigners
from tests.benchmarks.crowd import SIGNERS, Crowd, account_name, on_disk, permlink
from tests.benchmarks.floors import plain_batches
from tests.benchmarks.measure import Figure, Ratio, cpu_us

BLOCK_TRANSACTIONS = 1_000
BODY = "Words about something that people care about. " * 22  # about a kilobyte

Make = Callable[[int, int, random.Random], Operation]


def a_vote(signer: int, post: int, _: random.Random) -> Operation:
    return Vote(account_name(signer), account_name(post), permlink(post), 10_000)


def a_transfer(signer: int, other: int, chance: random.Random) -> Operation:
    return Transfer(account_name(signer), account_name(other), Asset(chance.randrange(1, 1_000), HIVE), "thanks")


def a_comment(signer: int, post: int, chance: random.Random) -> Operation:
    mine = f"re-{chance.randrange(10**12):012d}"
    return Comment(account_name(post), permlink(post), account_name(signer), mine, "", BODY, '{"app":"bench"}')


KINDS: dict[str, Make] = {"transfer": a_transfer, "vote": a_vote, "comment": a_comment}


class Importer:
    """Blocks of one kind of operation after the other, on one crowd. No signer appears twice in a kind's blocks."""

    def __init__(self, crowd: Crowd, chance: random.Random) -> None:
        self.crowd = crowd
        self.chance = chance
        self.signers = self._strangers()

    def _strangers(self) -> Iterator[int]:
        while True:
            order = list(range(min(SIGNERS, self.crowd.accounts)))
            self.chance.shuffle(order)
            yield from order

    def raw_block(self, make: Make) -> bytes:
        posts = min(self.crowd.posts, self.crowd.accounts)
        transactions = []
        for _ in range(BLOCK_TRANSACTIONS):
            signer = next(self.signers)
            operation = make(signer, self.chance.randrange(posts), self.chance)
            transactions.append(self.crowd.signed(signer, operation))
        return self.crowd.block(transactions).packed_bytes

    def import_us(self, make: Make, *, is_cached: bool) -> float:
        """CPU a transaction of the import of one block; with verdicts known from its transactions' admission, or without."""
        raw = self.raw_block(make)
        chain, dialect = self.crowd.chain, self.crowd.chain.params.dialect
        signers = self.crowd.signers
        signers.verdicts.clear()
        if is_cached:
            for transaction in Block.decode(raw, dialect).transactions:
                signers.transaction_signers(transaction, chain.params.chain_id)
        return cpu_us(lambda: chain.push_block(Block.decode(raw, dialect)), BLOCK_TRANSACTIONS)


def import_ratios(folder: Path, verify: Figure, recover: Figure, blocks: int, accounts: int) -> Iterator[Ratio]:
    """Per kind: cached and live, with the history tables off (a witness) and on."""
    for with_history in (False, True):
        words = "with history" if with_history else "witness profile"
        crowd = Crowd(on_disk(folder / f"imports-{with_history}"), accounts=accounts, with_history=with_history)
        importer = Importer(crowd, random.Random(7))
        for kind, make in KINDS.items():
            cached_target = {False: 0.45, True: 0.9}[with_history] if kind == "vote" else None
            importer.import_us(make, is_cached=True)
            figure = Figure.of([importer.import_us(make, is_cached=True) for _ in range(blocks)])
            yield Ratio("import, verdicts known", f"{kind}, {words}", figure, verify, cached_target)
            figure = Figure.of([importer.import_us(make, is_cached=False) for _ in range(max(3, blocks // 2))])
            live_target = 1.7 if kind == "vote" and not with_history else None
            yield Ratio("import, live (secp256k1)", f"{kind}, {words}", figure, verify, live_target)
        crowd.chain.close()
    crowd = Crowd(on_disk(folder / "imports-ed25519"), accounts=accounts, scheme=Scheme.ED25519)
    importer = Importer(crowd, random.Random(8))
    importer.import_us(a_vote, is_cached=False)
    figure = Figure.of([importer.import_us(a_vote, is_cached=False) for _ in range(max(3, blocks // 2))])
    yield Ratio("import, live (ed25519)", "vote, witness profile", figure, verify)
    crowd.chain.close()
    yield Ratio("floors", "secp256k1 recovery over libsodium's verify", recover, verify)


class Recorder:
    """A backend that remembers the batches, and the CPU that writing them took."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self.batches: list[list[tuple[bytes, bytes | None]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def write(self, puts: Any, *, sync: bool) -> None:
        puts = list(puts)
        self.batches.append(puts)
        self.backend.write(puts, sync=sync)


def commit_ratio(folder: Path, blocks: int, accounts: int) -> Iterator[Ratio]:
    """A record of a block's batch through the backend, over the same record in a bare plyvel batch."""
    recorder = Recorder(on_disk(folder / "commits"))
    crowd = Crowd(recorder, accounts=accounts)  # type: ignore[arg-type]  # stands for the backend it wraps
    importer = Importer(crowd, random.Random(9))
    crowd.signers = crowd.chain.signers = RememberedSigners()
    recorder.batches.clear()
    for _ in range(blocks):
        importer.import_us(a_vote, is_cached=True)
    batches = list(recorder.batches)
    backend = on_disk(folder / "again")
    ours = Figure.of(
        [cpu_us(lambda puts=puts: backend.write(puts, sync=False), len(puts)) for puts in batches]  # type: ignore[misc]
    )
    backend.close()
    yield Ratio(
        "storage", "commit per record over a plain plyvel batch", ours, plain_batches(folder / "plain", batches)
    )
    crowd.chain.close()


def growth(folder: Path, sizes: list[int], blocks: int) -> Iterator[Ratio]:
    """The same vote on larger and larger chains, over the smallest."""
    smallest: Figure | None = None
    for accounts in sizes:
        crowd = Crowd(on_disk(folder / f"growth-{accounts}"), accounts=accounts, posts=min(10_000, accounts))
        importer = Importer(crowd, random.Random(10))
        importer.import_us(a_vote, is_cached=True)
        figure = Figure.of([importer.import_us(a_vote, is_cached=True) for _ in range(blocks)])
        smallest = smallest or figure
        yield Ratio("growth", f"vote at {accounts:,} accounts, over {sizes[0]:,}", figure, smallest, 3.0)
        crowd.chain.close()
