"""What a flood of readers is set upon: one node that makes all blocks of 21 witnesses, with some content behind it.

The content is written before the node starts, at slots just gone by, so it is there at once and the same for the same seed.
"""

import random
import time
from pathlib import Path

from chain.operation import OPERATIONS_BY_NAME, Operation
from chain.presets import read_genesis
from chain.transaction import Transaction
from node.core import SubmitTransaction, Tick
from node.effects import TransactionAccepted
from node.runner import Node
from tests.functional.network import WITNESSES, TestNetwork
from tests.helpers.play import Play

PEOPLE = ("alice", "bob", "carol", "dave", "erin")
TRANSFERS_EACH = 4  # by everybody in every block
BLOCKS_BETWEEN_POSTS = 3  # of one author
POSTING = frozenset({"comment", "vote", "custom_json"})


class FloodNetwork(TestNetwork):
    """A network of one. `posts` are those that it begins with."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, nodes=1)
        self.chance = random.Random(seed)
        self.posts: list[tuple[str, str]] = []
        self.refused_count = 0
        self._pen = Play(witnesses=[])
        self._pen.params = read_genesis(self.genesis.read_text(encoding="utf-8")).params

    def begin_chain(self, rounds: int) -> None:
        """Whole rounds of blocks, in which everybody writes, votes, follows and pays."""
        with self._chain_of_all_keys() as node:
            now = time.time()
            for slot in range(rounds * WITNESSES, 0, -1):
                at = now - slot * self.interval_seconds
                if node.chain.head_num:
                    for person in PEOPLE:
                        self._live(node, person, at)
                node.handle(Tick(), at)
            assert node.chain.head_num == rounds * WITNESSES

    def _live(self, node: Node, person: str, at: float) -> None:
        """What somebody does between two blocks."""
        chance, num, others = self.chance, node.chain.head_num, [one for one in PEOPLE if one != person]
        for number in range(TRANSFERS_EACH):
            amount, memo = f"0.00{chance.randint(1, 9)} HIVE", f"block {num}, number {number}"
            self._send(node, person, at, self._pen.transfer(person, chance.choice(others), amount, memo))
        if num == 1:
            follows = [f'["follow",{{"follower":"{person}","following":"{one}","what":["blog"]}}]' for one in others]
            for follow in follows:
                self._send_named(
                    node, person, at, "custom_json", required_posting_auths=[person], id="follow", json=follow
                )
        if num % BLOCKS_BETWEEN_POSTS != PEOPLE.index(person) % BLOCKS_BETWEEN_POSTS:
            return
        parent = chance.choice(self.posts) if self.posts and chance.random() < 0.6 else ("", "skald")
        place = (person, f"words-{num}-of-{person}")
        words = " ".join(chance.choice(("bread", "rivers", "chains", "winter", "songs")) for _ in range(200))
        self._send_named(
            node,
            person,
            at,
            "comment",
            parent_author=parent[0],
            parent_permlink=parent[1],
            author=person,
            permlink=place[1],
            title="" if parent[0] else f"Words of block {num}",
            body=words,
            json_metadata='{"tags":["skald","flood"]}',
        )
        if self.posts:
            author, permlink = self.posts[-1]
            self._send_named(
                node,
                person,
                at,
                "vote",
                voter=person,
                author=author,
                permlink=permlink,
                weight=chance.randint(1, 10_000),
            )
        self.posts.append(place)

    def _send_named(self, node: Node, person: str, at: float, name: str, **fields: object) -> None:
        defaults = {"required_auths": []} if name == "custom_json" else {}
        self._send(node, person, at, OPERATIONS_BY_NAME[name](**defaults, **fields))

    def _send(self, node: Node, person: str, at: float, operation: Operation) -> None:
        head_id, role = node.chain.head_id, "posting" if operation.name in POSTING else "active"
        expiration = node.chain.state.globals.time + 60
        place = node.chain.head_num & 0xFFFF, int.from_bytes(head_id[4:8], "little")
        signed = self._pen.endorse(Transaction(*place, expiration, [operation]), person, role)
        effects = node.handle(SubmitTransaction(signed), at)
        self.refused_count += not isinstance(effects[0], TransactionAccepted)
