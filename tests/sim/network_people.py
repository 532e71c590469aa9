"""People with wallets: transactions of all sorts, some of them nonsense, at whichever node is up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chain.asset import HIVE, Asset
from node.core import SubmitTransaction
from tests.sim.network_chain import MONEY, PEOPLE, SLOT_SECONDS, operation, signed

if TYPE_CHECKING:
    from chain.operation import Operation
    from chain.transaction import Transaction
    from tests.sim.network_node import Node
    from tests.sim.network_sim import World

NONSENSE = 0.3


class People:
    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.rng
        self.count = 0
        self.sent: list[Transaction] = []

    def act(self) -> None:
        """In this slot, some of them do something."""
        wanted = self.world.faults.transactions
        if self.world.is_healed or not wanted:
            return
        count = int(wanted) + (self.rng.random() < wanted % 1)
        for _ in range(count):
            self.world.at(self.world.now + self.rng.randrange(SLOT_SECONDS * 1_000), self.send)

    def send(self) -> None:
        up = [node for node in self.world.honest if node.is_up and node.chain.head_num]
        if not up:
            return
        node = self.rng.choice(up)
        transaction = self.make(node)
        node.guarded(partial(node.handle, SubmitTransaction(transaction)))

    def make(self, node: Node) -> Transaction:
        rng, start = self.rng, self.world.start
        if self.sent and rng.random() < 0.05:
            return rng.choice(self.sent)  # once more
        who = rng.choice(PEOPLE)
        wanted = self.vote_for_witness() if rng.random() < self.world.faults.turnover else self.deed(who)
        by = getattr(wanted, "account", who)
        made = signed(node.chain, start, wanted, by=by)
        if rng.random() < NONSENSE:
            made = self.spoilt(node, wanted, by, made)
        self.sent.append(made)
        return made

    def deed(self, who: str) -> Operation:
        rng = self.rng
        self.count += 1
        whom = rng.choice(PEOPLE)
        match rng.randrange(4):
            case 0:
                return operation("transfer_to_vesting", from_=who, to=whom, amount=Asset(rng.randint(1, 1_000), HIVE))
            case 1:
                permlink = f"post-{self.count}"
                texts = {"title": "t", "body": "text", "json_metadata": ""}
                place = {"parent_author": "", "parent_permlink": "life", "author": who, "permlink": permlink}
                return operation("comment", **place, **texts)
            case 2:
                permlink = f"post-{rng.randint(1, self.count)}"
                return operation("vote", voter=who, author=whom, permlink=permlink, weight=10_000)
        return operation(
            "transfer", from_=who, to=whom, amount=Asset(rng.randint(1, 1_000), HIVE), memo=str(self.count)
        )

    def vote_for_witness(self) -> Operation:
        rng, start = self.rng, self.world.start
        names = (*start.witnesses, *start.reserves)
        voter = rng.choice((*start.witnesses, *PEOPLE))
        return operation("account_witness_vote", account=voter, witness=rng.choice(names), approve=rng.random() < 0.6)

    def spoilt(self, node: Node, wanted: Operation, by: str, made: Transaction) -> Transaction:
        rng, start = self.rng, self.world.start
        match rng.randrange(4):
            case 0:
                return signed(node.chain, start, wanted, by=by, key=start.keys["founder"])
            case 1:
                return signed(node.chain, start, wanted, by=by, expires_in=-SLOT_SECONDS)
            case 2:
                much = operation("transfer", from_=by, to="dave", amount=Asset(100 * MONEY, HIVE), memo="")
                return signed(node.chain, start, much, by=by)
        return made.with_signatures([made.signatures[0][:-1] + b"\x00"])
