"""People of a random chain: who they are, what they have posted, and the pieces that operations are drawn from.

All follows from the chain's state and one `random.Random`. What they want stands in `tests.property.wants`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from chain.asset import HBD, HIVE, VESTS, Asset, Price
from chain.authority import Authority
from chain.chain import Chain
from chain.operation import Operation
from chain.operations import AccountCreate, Comment, CreateClaimedAccount, TransferToVesting, WitnessUpdate
from chain.rows import Account
from tests.property.keyring import Keyring
from tests.property.noise import ODD_TEXTS, Noise

ACCOUNTS_MAX: Final = 48  # more would only make each block's check of the invariants dearer
POSTS_REMEMBERED: Final = 60
WITNESSES_MAX: Final = 26
NULL_KEY: Final = bytes(33)

Want = Callable[["Intents"], Operation]
Wants = tuple[tuple[Want, int], ...]


class Intents:
    """Draws from `wants`, by their weights. `names` are the accounts there are, `posts` the newest posts and replies.

    The first accounts, the `core`, neither lose their voting rights nor let go of all keys: without them a long chain would fall silent.
    """

    def __init__(
        self, chance: random.Random, keyring: Keyring, names: Sequence[str], witnesses: Sequence[str], wants: Wants
    ) -> None:
        self.chance = chance
        self.wants = [want for want, _ in wants]
        self.weights = [weight for _, weight in wants]
        self.keyring = keyring
        self.core = tuple(names)
        self.names = list(names)
        self.witnesses = list(witnesses)
        self.newcomers: list[str] = []  # who have no power yet, and so no credits
        self.posts: list[tuple[str, str]] = []
        self.named = 0
        self.noise = Noise(chance, self.names)
        self.chain: Chain

    def draw(self, chain: Chain) -> Operation:
        self.chain = chain
        if self.newcomers and self.often(0.7):
            return self.help_up(self.newcomers.pop())
        (make,) = self.chance.choices(self.wants, self.weights)
        return make(self)

    def help_up(self, name: str) -> Operation:
        """Power for somebody who could not do a thing without it."""
        giver = self.chance.choice(self.core)
        account = self.account(giver)
        return TransferToVesting(giver, name, Asset(max(1, (account.balance if account else 0) >> 6), HIVE))

    def note(self, operation: Operation) -> None:
        """It was accepted: remember what it made."""
        if isinstance(operation, Comment):
            place = (operation.author, operation.permlink)
            if place not in self.posts:
                self.posts.append(place)
                del self.posts[:-POSTS_REMEMBERED]
        elif isinstance(operation, AccountCreate | CreateClaimedAccount):
            self.names.append(operation.new_account_name)
            self.newcomers.append(operation.new_account_name)
        elif isinstance(operation, WitnessUpdate) and operation.owner not in self.witnesses:
            self.witnesses.append(operation.owner)

    # pieces

    def mostly(self, *good: Any, bad: Sequence[Any]) -> Any:
        """One of the good values, and one time in twelve one of the bad."""
        return self.chance.choice(bad if self.chance.random() < 0.08 else good)

    def often(self, probability: float) -> bool:
        return self.chance.random() < probability

    def somebody(self) -> str:
        luck = self.chance.random()
        return self.chance.choice(self.core if luck < 0.5 else self.names if luck < 0.98 else ODD_TEXTS)

    def account(self, name: str) -> Account | None:
        return self.chain.state.accounts.find(name)

    def part(self, whole: int) -> int:
        """Some of what there is: a little, a lot, all, one too many."""
        little, some = self.chance.randrange((whole >> 6) + 1) + 1, self.chance.randrange((whole >> 3) + 1) + 1
        return int(self.mostly(little, little, some, 1, bad=(whole, whole + 1, whole >> 1, 0, -1, 2**63 - 1)))

    def hive(self, name: str) -> Asset:
        account = self.account(name)
        return Asset(self.part(account.balance if account else 1_000), HIVE)

    def hbd(self, name: str) -> Asset:
        account = self.account(name)
        return Asset(self.part(account.hbd_balance if account else 1_000), HBD)

    def vests(self, name: str) -> Asset:
        account = self.account(name)
        return Asset(self.part(account.vesting_shares if account else 10**6), VESTS)

    def authority(self, name: str = "") -> Authority:
        """Usually one key; sometimes several, somebody else, or what nobody can satisfy."""
        kind = self.chance.random() if name not in self.core else 0.0
        if kind < 0.6:
            return Authority.of_key(self.keyring.new())
        if kind < 0.75:
            keys = [(self.keyring.new(), self.chance.randrange(3)) for _ in range(self.chance.randrange(1, 4))]
            return Authority.build(self.chance.randrange(1, 4), (), keys)
        if kind < 0.9:
            return Authority.build(1, [(self.somebody(), 1)], [(self.keyring.new(), 1)])
        if kind < 0.97:
            return Authority.build(2, [(self.somebody(), 1), (self.somebody(), 1)], [(self.keyring.new(), 1)])
        return self.noise.record(Authority)

    def new_name(self) -> str:
        if len(self.names) >= ACCOUNTS_MAX or self.often(0.1):
            return self.somebody()
        self.named += 1
        return f"person-{self.named}"

    def fee(self) -> Asset:
        fee = self.chain.state.schedule.median_account_creation_fee
        return Asset(fee if self.often(0.9) else self.chance.choice((0, 1, fee + 1, -1, 10**12)), HIVE)

    def json(self) -> str:
        good = ("", '{"profile":{"name":"somebody"}}', '{"a":[1,2,3]}')
        return str(self.mostly(*good, bad=("{", "nonsense", "\udcff", "[" * 300)))

    def place(self) -> tuple[str, str]:
        """A post, most likely one of the newest."""
        if self.posts and self.often(0.97):
            return self.chance.choice(self.posts[-8:] if self.often(0.8) else self.posts)
        return self.somebody(), self.chance.choice(("no-such-post", "", "x" * 256, "\udcff", "UPPER"))

    def authorities(self) -> tuple[Authority, Authority, Authority]:
        return self.authority(), self.authority(), self.authority()

    def maybe(self, make: Callable[[], Any], probability: float = 0.25) -> Any:
        return make() if self.often(probability) else None

    def witness(self) -> str:
        return self.chance.choice(self.witnesses) if self.often(0.95) else self.somebody()

    def signing_key(self, owner: str) -> bytes:
        """Rarely none, and never for the first witness: somebody has to make blocks."""
        return NULL_KEY if owner != self.witnesses[0] and self.often(0.05) else self.keyring.new()

    def price(self) -> Price:
        """Around a quarter of a dollar, sometimes far off."""
        hbd = self.mostly(self.chance.randint(150, 400), bad=(1, 10, 5_000, 10**6, 0, -1))
        return Price(Asset(hbd, HBD), Asset(self.chance.choice((1_000, 1_000, 1_001)), HIVE))
