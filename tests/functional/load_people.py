"""What a crowd sends to a network: everybody writes, votes, pays, follows and plays, in the proportions of a busy social chain.

All of it is drawn from one seed and signed before the first is sent, so that signing costs nothing while the network is measured.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from chain.asset import HIVE, Asset
from chain.keys import PrivateKey
from chain.operation import Operation
from chain.operations import Comment, CustomJson, Transfer, TransferToVesting, Vote
from chain.presets import Genesis
from chain.transaction import Transaction
from chain.wire import HF26, Packing

BODY_WORDS = 150  # about a thousand bytes
POSTS_PER_WRITER = 4  # how many of the newest posts are kept to be voted on, for each that is written in a second
WORDS = ("bread", "rivers", "chains", "winter", "songs", "letters", "stones", "lamps")


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the chain stands: what a transaction refers to, and from when it counts its life."""

    num: int
    block_id: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Signed:
    """One transaction, ready to be sent."""

    kind: str
    transaction_id: str
    body: bytes


class People:
    """The accounts of a genesis file whose names begin with `person-`, with the keys that its login password gives them."""

    def __init__(self, genesis: Genesis, count: int, seed: int) -> None:
        self.genesis = genesis
        self.chance = random.Random(seed)
        self.names = [person(number) for number in range(count)]
        self.keys = {
            (name, role): PrivateKey.from_login(name, role, genesis.login_password or "")
            for name in self.names
            for role in ("posting", "active")
        }
        self.posts: list[tuple[str, str]] = []
        self.voted: set[tuple[str, str, str]] = set()
        self._serial = 0

    def first_posts(self, anchor: Anchor) -> Iterator[Signed]:
        """One of everybody, for the votes that come first."""
        for _ in self.names:
            yield self._signed("comment", self._write(), anchor)

    def live(self, count: int, per_second: int, anchor: Anchor) -> Iterator[Signed]:
        """So many transactions. A vote is for a post that was written some seconds before it, and is not paid yet."""
        kinds, weights = list(MIX), [weight for weight, _ in MIX.values()]
        for kind in self.chance.choices(kinds, weights, k=count):
            operation = MIX[kind][1](self, self.chance.choice(self.names))
            yield self._signed(kind, operation, anchor)
            newest = max(per_second * POSTS_PER_WRITER, len(self.names))
            if len(self.posts) > 2 * newest:
                del self.posts[:-newest]

    def _signed(self, kind: str, operation: Operation, anchor: Anchor) -> Signed:
        params = self.genesis.params
        unsigned = Transaction(
            anchor.num & 0xFFFF,
            int.from_bytes(anchor.block_id[4:8], "little"),
            anchor.time + params.expiration_seconds_max,
            (operation,),
        ).with_packing(Packing(params.dialect, HF26))
        wanted = operation.authorities()
        role, name = ("posting", min(wanted.posting)) if wanted.posting else ("active", min(wanted.active))
        signed = unsigned.with_signatures([self.keys[name, role].sign(unsigned.digest(params.chain_id))])
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "network_broadcast_api.broadcast_transaction",
            "params": {"trx": signed.to_json(HF26, params.dialect)},
        }
        return Signed(kind, signed.id.hex(), orjson.dumps(call))

    # what somebody does

    def _write(self, _: str = "") -> Operation:
        """Everybody in turn: nobody may write twice in three seconds."""
        self._serial += 1
        place = (self.names[self._serial % len(self.names)], f"words-{self._serial}")
        self.posts.append(place)
        body = " ".join(self.chance.choices(WORDS, k=BODY_WORDS))
        return Comment("", "skald", *place, f"Words {self._serial}", body, '{"tags":["skald","load"]}')

    def _vote(self, name: str) -> Operation:
        """Nobody votes twice for a post: whoever has voted for what was drawn, or finds nothing, pays instead."""
        if not self.posts:
            return self._pay(name)
        author, permlink = self.posts[self.chance.randrange(max(len(self.posts) * 3 // 4, 1))]
        if (name, author, permlink) in self.voted:
            return self._pay(name)
        self.voted.add((name, author, permlink))
        return Vote(name, author, permlink, self.chance.randint(1, 100))

    def _pay(self, name: str) -> Operation:
        self._serial += 1
        return Transfer(name, self.chance.choice(self.names), Asset(1, HIVE), f"thank you {self._serial}")

    def _play(self, name: str) -> Operation:
        self._serial += 1
        return CustomJson((), (name,), "load", f'{{"move":{self._serial},"by":"{name}"}}')

    def _follow(self, name: str) -> Operation:
        self._serial += 1
        other = self.chance.choice(self.names)
        what = '"blog"' if self._serial % 5 else ""
        return CustomJson(
            (), (name,), "follow", f'["follow",{{"follower":"{name}","following":"{other}","what":[{what}]}}]'
        )

    def _power_up(self, name: str) -> Operation:
        self._serial += 1
        return TransferToVesting(name, self.chance.choice(self.names), Asset(1 + self._serial % 1_000, HIVE))


Deed = Callable[[People, str], Operation]

# How many in a hundred, after the operations of a usual day on Hive without its custom_json of games, which would drown all others.
MIX: dict[str, tuple[int, Deed]] = {
    "vote": (50, People._vote),  # a table of its own class
    "custom_json": (20, People._play),
    "transfer": (14, People._pay),
    "comment": (10, People._write),
    "follow": (4, People._follow),
    "power up": (2, People._power_up),
}


def person(number: int) -> str:
    return f"person-{number:05d}"
