"""Toys for playing finality through: keys, blocks, and which things go wrong in a world."""

from __future__ import annotations

import random
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from chain.keys import InvalidSignature

CHAIN_ID = bytes(32)
SLOT_MS = 3_000


class Violation(AssertionError):
    """Something happened that never may."""


class Crash(Exception):
    """The power goes."""


# --- keys: as fast as the real ones are slow


class ToyKey:
    def __init__(self, name: str) -> None:
        self.public_key = b"\xed" + blake2b(name.encode(), digest_size=32).digest()

    def sign(self, digest: bytes) -> bytes:
        return self.public_key + blake2b(digest, key=self.public_key, digest_size=64).digest()


def toy_key_of(digest: bytes, signature: bytes) -> bytes:
    key = signature[:33]
    if signature[33:] != blake2b(digest, key=key, digest_size=64).digest():
        raise InvalidSignature(reason="forged")
    return key


# --- blocks


class ToyBlock:
    """`path` are the ids from genesis to itself, so `path[num]` is its ancestor."""

    __slots__ = ("id", "num", "path", "producer", "slot")

    def __init__(self, parent: ToyBlock | None, slot: int, producer: str, salt: int = 0) -> None:
        self.num = parent.num + 1 if parent else 0
        above = parent.id if parent else b""
        body = blake2b(above + f"{slot} {producer} {salt}".encode(), digest_size=16).digest()
        self.id = self.num.to_bytes(4, "big") + body
        self.path: tuple[bytes, ...] = (*parent.path, self.id) if parent else (self.id,)
        self.slot = slot
        self.producer = producer

    @property
    def time(self) -> int:
        return self.slot * SLOT_MS // 1_000


# --- what a seed draws

MOVES = ("two blocks", "echo", "two leaders", "late", "lies", "reveal", "fight")


@dataclass
class Faults:
    """Which things go wrong in the first phase, and how badly. Delays in milliseconds."""

    delay_ms: int = 300
    delay_max_ms: int = 600
    loss: float = 0.0
    doubled: float = 0.0
    partitions: float = 0.0  # chance per slot that one begins
    partition_slots_max: int = 20
    deafness: float = 0.0  # chance per slot that some nodes stop hearing one kind of message
    crashes: float = 0.0  # chance per node and slot
    crashes_at_votes: float = 0.0  # chance at each vote
    crashes_after_precommits: float = 0.0  # chance, when the vote has just left
    byzantine: int = 0
    moves: frozenset[str] = frozenset()  # of the cabal
    lonely_quorums: float = 0.0  # share of precommits lost to all but one node, which is then cut off
    round_blocks: int = 0  # 0: as many as voters
    reserves: int = 0  # witnesses beside those of the first round: schedules change
    chaos_slots: int = 60
    is_cabal_silent_after_heal: bool = False

    @classmethod
    def drawn(cls, rng: random.Random, nodes: int) -> Faults:
        """Each kind of fault with one chance in two, then of random strength."""

        def sometimes(value: Any, otherwise: Any) -> Any:
            return value if rng.random() < 0.5 else otherwise

        mean = sometimes(int(rng.choice((0.5, 1, 2, 3)) * SLOT_MS), rng.choice((100, 400, 1_000)))
        return cls(
            delay_ms=mean,
            delay_max_ms=6 * SLOT_MS,
            loss=sometimes(rng.uniform(0, 0.3), 0.0),
            doubled=sometimes(rng.uniform(0, 0.5), 0.0),
            partitions=sometimes(rng.uniform(0.02, 0.2), 0.0),
            partition_slots_max=rng.choice((5, 20, 40)),
            deafness=sometimes(rng.uniform(0.1, 0.5), 0.0),
            crashes=sometimes(rng.uniform(0, 0.02), 0.0),
            crashes_at_votes=sometimes(rng.uniform(0, 0.2), 0.0),
            crashes_after_precommits=sometimes(rng.uniform(0.1, 0.6), 0.0),
            byzantine=sometimes((nodes - 1) // 3, rng.randint(0, (nodes - 1) // 3)),
            moves=frozenset(move for move in MOVES if rng.random() < 0.6),
            lonely_quorums=sometimes(rng.uniform(0.5, 0.9), 0.0),
            round_blocks=rng.choice((0, 21)),
            reserves=sometimes(rng.randint(1, 3), 0),
            chaos_slots=rng.choice((40, 60, 80)),
            is_cabal_silent_after_heal=rng.random() < 0.5,
        )
