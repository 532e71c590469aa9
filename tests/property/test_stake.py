"""Whatever people do with their stake, nothing is made, lost or voted twice (protocol.md §1.5)."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from chain.errors import InvalidOperation, OperationFailed
from chain.params import MAINNET
from tests.helpers.world import World, check_stake

PEOPLE = ("ann", "ben", "cat", "dan", "eve", "fay", "gus", "hal")
WITNESSES = ("wit-one", "wit-two", "wit-three")
STEPS = 600

# A fast chain, so that everything comes due many times.
QUICK = replace(
    MAINNET,
    power_down_interval_seconds=3_600,
    delegation_return_seconds=7_200,
    delayed_voting_seconds=36_000,
    delayed_voting_bucket_seconds=3_600,
    governance_vote_expiration_seconds=86_400,
    decline_voting_rights_seconds=86_400,
)


class Crowd:
    """People who do random things, most of them sensible."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = World(QUICK)
        for name in PEOPLE:
            self.world.account(name, hive="5000.000 HIVE", hbd="1000.000 HBD", vests="1000000.000000 VESTS")
        for name in WITNESSES:
            self.world.witness(name)
        self.acts: tuple[Callable[[], object], ...] = (
            self.transfer,
            self.power_up,
            self.power_down,
            self.route,
            self.delegate,
            self.reward_and_claim,
            self.vote,
            self.vote,
            self.proxy,
            self.decline,
            self.make_account,
            self.wait,
            self.wait,
        )

    def somebody(self) -> str:
        return self.chance.choice(PEOPLE)

    def amount(self, symbol: str, maximum: int) -> str:
        value = self.chance.choice((self.chance.randrange(maximum + 1), self.chance.randrange(10)))
        decimals = 6 if symbol == "VESTS" else 3
        return f"{value // 10**decimals}.{value % 10**decimals:0{decimals}d} {symbol}"

    def transfer(self) -> None:
        receiver = self.chance.choice((*PEOPLE, "null", "hive.fund"))
        self.world.transfer(self.somebody(), receiver, self.amount(self.chance.choice(("HIVE", "HBD")), 500_000))

    def power_up(self) -> None:
        self.world.power_up(self.somebody(), self.amount("HIVE", 800_000), self.chance.choice((*PEOPLE, "", "null")))

    def power_down(self) -> None:
        self.world.power_down(self.somebody(), self.amount("VESTS", 10**12))

    def route(self) -> None:
        percent = self.chance.choice((0, 1, 3_333, 5_000, 10_000))
        self.world.route(self.somebody(), self.somebody(), percent, auto_vest=self.chance.random() < 0.5)

    def delegate(self) -> None:
        self.world.delegate(self.somebody(), self.somebody(), self.amount("VESTS", 3 * 10**11))

    def reward_and_claim(self) -> None:
        name = self.somebody()
        self.world.reward(
            name, hive=self.chance.randrange(9), hbd=self.chance.randrange(9), vests=2_000_777, vested_hive=2
        )
        self.world.claim(name, self.amount("HIVE", 5), self.amount("HBD", 5), self.amount("VESTS", 2_000_777))

    def vote(self) -> None:
        choose = self.chance.choice((self.world.approve, self.world.approve, self.world.disapprove))
        choose(self.somebody(), self.chance.choice(WITNESSES))

    def proxy(self) -> None:
        self.world.proxy(self.somebody(), self.chance.choice((*PEOPLE, "", "")))

    def decline(self) -> None:
        if self.chance.random() < 0.1:
            self.world.decline_voting(self.somebody(), decline=self.chance.random() < 0.3)

    def make_account(self) -> None:
        self.world.create_account(self.somebody(), f"child{self.chance.randrange(10**6)}")

    def wait(self) -> None:
        self.world.advance(seconds=self.chance.choice((3, 600, 4_000, 20_000)))


@pytest.mark.parametrize("seed", range(6))
def test_stake_is_conserved(seed: int) -> None:
    print(f"seed {seed}")
    crowd = Crowd(seed)
    outcomes: Counter[str] = Counter()
    for _ in range(STEPS):
        act = crowd.chance.choice(crowd.acts)
        try:
            act()
            outcomes["done"] += 1
        except (OperationFailed, InvalidOperation) as refusal:
            outcomes[refusal.code] += 1
        check_stake(crowd.world)
    assert outcomes["done"] > STEPS // 3, outcomes


def test_a_refused_operation_leaves_no_trace() -> None:
    crowd = Crowd(99)
    world = crowd.world
    for _ in range(STEPS):
        before = {a.name: world.state.accounts.values(a) for a in world.state.accounts.scan()}
        votes = [(w.owner, w.votes, w.virtual_scheduled_time) for w in world.state.witnesses.scan()]
        totals = world.state.globals_.values(world.state.globals)
        act = crowd.chance.choice([act for act in crowd.acts if act != crowd.reward_and_claim])
        try:
            act()
        except (OperationFailed, InvalidOperation):
            assert {a.name: world.state.accounts.values(a) for a in world.state.accounts.scan()} == before
            assert [(w.owner, w.votes, w.virtual_scheduled_time) for w in world.state.witnesses.scan()] == votes
            assert world.state.globals_.values(world.state.globals) == totals
