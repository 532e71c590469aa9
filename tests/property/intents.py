"""What people of a random chain want: one function for each kind of operation, sensible more often than not.

Each draws from the chain's state and its `random.Random` alone. What is out of range, not one's own, too soon or too much is drawn
as well: the chain has to refuse it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from chain.asset import HBD, HIVE, VESTS, Asset, Price
from chain.authority import Authority
from chain.chain import Chain
from chain.operation import OPERATIONS, Operation
from chain.operations import (
    AccountCreate,
    AccountUpdate,
    AccountUpdate2,
    AccountWitnessProxy,
    AccountWitnessVote,
    ClaimAccount,
    ClaimRewardBalance,
    Comment,
    CommentOptions,
    CreateClaimedAccount,
    Custom,
    CustomJson,
    DeclineVotingRights,
    DelegateVestingShares,
    DeleteComment,
    FeedPublish,
    SetWithdrawVestingRoute,
    Transfer,
    TransferToVesting,
    Vote,
    WithdrawVesting,
    WitnessSetProperties,
    WitnessUpdate,
)
from chain.operations.comment_options import Beneficiary, CommentPayoutBeneficiaries
from chain.rows import Account
from chain.wire import HF26, Packing
from chain.witness_properties import ChainProperties, pack_property
from tests.property.keyring import Keyring
from tests.property.noise import ODD_TEXTS, Noise

ACCOUNTS_MAX: Final = 48  # more would only make each block's check of the invariants dearer
POSTS_REMEMBERED: Final = 60
WITNESSES_MAX: Final = 26
NULL_KEY: Final = bytes(33)


class Intents:
    """Draws operations. `names` are the accounts there are, `posts` the newest posts and replies.

    The first accounts, the `core`, neither lose their voting rights nor let go of all keys: without them a long chain would fall silent.
    """

    def __init__(self, chance: random.Random, keyring: Keyring, names: Sequence[str], witnesses: Sequence[str]) -> None:
        self.chance = chance
        self.keyring = keyring
        self.core = tuple(names)
        self.names = list(names)
        self.witnesses = list(witnesses)
        self.posts: list[tuple[str, str]] = []
        self.named = 0
        self.noise = Noise(chance, self.names)
        self.chain: Chain

    def draw(self, chain: Chain) -> Operation:
        self.chain = chain
        (make,) = self.chance.choices(KINDS, WEIGHTS)
        return make(self)

    def note(self, operation: Operation) -> None:
        """It was accepted: remember what it made."""
        if isinstance(operation, Comment):
            place = (operation.author, operation.permlink)
            if place not in self.posts:
                self.posts.append(place)
                del self.posts[:-POSTS_REMEMBERED]
        elif isinstance(operation, AccountCreate | CreateClaimedAccount):
            self.names.append(operation.new_account_name)
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

    # accounts

    def account_create(self) -> Operation:
        return AccountCreate(
            self.fee(), self.somebody(), self.new_name(), *self.authorities(), self.keyring.new(), self.json()
        )

    def authorities(self) -> tuple[Authority, Authority, Authority]:
        return self.authority(), self.authority(), self.authority()

    def claim_account(self) -> Operation:
        return ClaimAccount(self.somebody(), Asset(0, HIVE) if self.often(0.3) else self.fee(), ())

    def create_claimed_account(self) -> Operation:
        return CreateClaimedAccount(
            self.somebody(), self.new_name(), *self.authorities(), self.keyring.new(), self.json(), ()
        )

    def maybe(self, make: Callable[[], Any], probability: float = 0.25) -> Any:
        return make() if self.often(probability) else None

    def account_update(self) -> Operation:
        name = self.somebody()
        return AccountUpdate(
            name,
            self.maybe(lambda: self.authority(name)),
            self.maybe(lambda: self.authority(name)),
            self.maybe(lambda: self.authority(name)),
            self.keyring.new(),
            self.json(),
        )

    def account_update2(self) -> Operation:
        name = self.somebody()
        return AccountUpdate2(
            name,
            self.maybe(lambda: self.authority(name), 0.1),
            self.maybe(lambda: self.authority(name), 0.1),
            self.maybe(lambda: self.authority(name), 0.2),
            self.maybe(self.keyring.new, 0.2),
            self.json(),
            self.json(),
            (),
        )

    def decline_voting_rights(self) -> Operation:
        """For ever, so rarely: people without a voice make a dull chain."""
        others = [name for name in self.names[-8:] if name not in self.core] or ["no-such-body"]
        return DeclineVotingRights(self.chance.choice(others), decline=self.often(0.2))

    # money and stake

    def transfer(self) -> Operation:
        giver = self.somebody()
        receiver = self.chance.choice(("null", "hive.fund", "temp", giver)) if self.often(0.15) else self.somebody()
        amount = self.mostly(self.hive, self.hbd, bad=(self.vests,))(giver)
        return Transfer(giver, receiver, amount, self.mostly("", "thanks", "#secret", bad=("x" * 2_048, "\udcff")))

    def transfer_to_vesting(self) -> Operation:
        giver = self.somebody()
        return TransferToVesting(
            giver, self.mostly("", giver, self.somebody(), bad=("hive.fund", "null")), self.hive(giver)
        )

    def withdraw_vesting(self) -> Operation:
        name = self.somebody()
        return WithdrawVesting(name, Asset(0, VESTS) if self.often(0.1) else self.vests(name))

    def set_withdraw_vesting_route(self) -> Operation:
        percent = self.mostly(0, 1, 1_000, 2_500, 3_333, bad=(5_000, 10_000, 10_001))
        return SetWithdrawVestingRoute(self.somebody(), self.somebody(), percent, auto_vest=self.often(0.5))

    def delegate_vesting_shares(self) -> Operation:
        name = self.somebody()
        return DelegateVestingShares(name, self.somebody(), Asset(0, VESTS) if self.often(0.3) else self.vests(name))

    def claim_reward_balance(self) -> Operation:
        names = [name for name in self.names if (found := self.account(name)) and found.reward_vesting_balance]
        name = self.chance.choice(names) if names and self.often(0.9) else self.somebody()
        account = self.account(name)
        hive, hbd, vests = 0, 1, 0
        if account:
            hive, hbd, vests = account.reward_hive_balance, account.reward_hbd_balance, account.reward_vesting_balance
        if self.often(0.3):
            hive, hbd, vests = self.part(hive), self.part(hbd), self.part(vests)
        return ClaimRewardBalance(name, Asset(hive, HIVE), Asset(hbd, HBD), Asset(vests, VESTS))

    # content

    def comment(self) -> Operation:
        if self.posts and self.often(0.15):
            author, permlink = self.chance.choice(self.posts)  # an edit, mostly
        else:
            self.named += 1
            author, permlink = self.somebody(), f"post-{self.named}"
        parent = self.place() if self.often(0.5) else ("", "skald")
        body = self.mostly("words", "many words " * 20, bad=("", "\udcff"))
        return Comment(*parent, author, permlink, self.mostly("", "A title", bad=("x" * 256,)), body, self.json())

    def comment_options(self) -> Operation:
        extensions: tuple[CommentPayoutBeneficiaries, ...] = ()
        if self.often(0.5):
            count = self.mostly(1, 2, 3, 8, bad=(0, 9, 20))
            names = sorted({self.mostly(self.somebody(), bad=("hive.fund", "null")) for _ in range(count)})
            if self.often(0.05):
                names.reverse()
            shares = tuple(Beneficiary(name, self.mostly(1, 1_000, bad=(2_500, 5_000, 10_000))) for name in names)
            extensions = (CommentPayoutBeneficiaries(shares),)
        return CommentOptions(
            *self.place(),
            Asset(self.mostly(10**9, 10**9, 10**6, 1_000, bad=(0, 1, -1, 10**10)), HBD),
            self.mostly(0, 1, 5_000, 10_000, bad=(10_001,)),
            self.often(0.95),
            self.often(0.95),
            extensions,
        )

    def delete_comment(self) -> Operation:
        return DeleteComment(*self.place())

    def vote(self) -> Operation:
        any_weight = self.chance.randint(-10_000, 10_000)
        weight = self.mostly(10_000, 10_000, 5_000, 100, any_weight, bad=(1, 0, -1, -10_000, 10_001, -10_001))
        return Vote(self.somebody(), *self.place(), weight)

    def custom(self) -> Operation:
        names = tuple(sorted({self.somebody() for _ in range(self.mostly(1, 2, bad=(0,)))}))
        return Custom(names, self.chance.randrange(65_536), self.chance.randbytes(self.mostly(0, 10, bad=(8_193,))))

    def custom_json(self) -> Operation:
        active = tuple(sorted({self.somebody() for _ in range(self.chance.choice((0, 0, 1)))}))
        posting = tuple(sorted({self.somebody() for _ in range(self.mostly(1, 2, bad=(0,)))}))
        return CustomJson(
            active, posting, self.chance.choice(("follow", "rc", "x" * 32)), self.mostly("{}", bad=("", "{"))
        )

    # witnesses

    def witness(self) -> str:
        return self.chance.choice(self.witnesses) if self.often(0.95) else self.somebody()

    def signing_key(self, owner: str) -> bytes:
        """Rarely none, and never for the first witness: somebody has to make blocks."""
        return NULL_KEY if owner != self.witnesses[0] and self.often(0.05) else self.keyring.new()

    def witness_update(self) -> Operation:
        owner = self.witness() if len(self.witnesses) >= WITNESSES_MAX else self.somebody()
        props = ChainProperties(
            Asset(self.mostly(0, 1, 10, 100, 3_000, bad=(-1, 10**10)), HIVE),
            self.mostly(65_536, 131_072, 1_000_000, 2_097_152, bad=(100, 2**32 - 1)),
            self.mostly(0, 1_000, 2_000, 10_000, bad=(10_001,)),
        )
        url = self.mostly("https://example.org", "x", bad=("x" * 2_049, "", "\udcff"))
        return WitnessUpdate(owner, url, self.signing_key(owner), props, self.fee())

    def witness_set_properties(self) -> Operation:
        owner = self.witness()
        row = self.chain.state.witnesses.find(owner)
        key = row.signing_key if row is not None and self.often(0.9) else self.keyring.new()
        choices: dict[str, Any] = {
            "account_creation_fee": Asset(self.mostly(0, 1, 50, 3_000, bad=(-1,)), HIVE),
            "maximum_block_size": self.mostly(65_536, 131_072, 2_097_152, bad=(7,)),
            "hbd_interest_rate": self.mostly(0, 500, bad=(10_001,)),
            "hbd_exchange_rate": self.price(),
            "url": self.mostly("https://example.org", bad=("",)),
            "account_subsidy_budget": self.mostly(797, 1, 10_000, 268_435_455, bad=(-5,)),
            "account_subsidy_decay": self.chance.choice((347_321, 64, 4_294_967_295)),
            "new_signing_key": self.keyring.new(),
        }
        props = {"key": key} | {
            name: choices[name] for name in self.chance.sample(sorted(choices), self.chance.randrange(4))
        }
        packing = Packing(self.chain.params.dialect, HF26)
        packed = tuple((name, pack_property(name, value, packing)) for name, value in sorted(props.items()))
        return WitnessSetProperties(owner, packed, ())

    def price(self) -> Price:
        """Around a quarter of a dollar, sometimes far off."""
        hbd = self.mostly(self.chance.randint(150, 400), bad=(1, 10, 5_000, 10**6, 0, -1))
        return Price(Asset(hbd, HBD), Asset(self.chance.choice((1_000, 1_000, 1_001)), HIVE))

    def feed_publish(self) -> Operation:
        price = self.price()
        return FeedPublish(self.witness(), price if self.often(0.97) else Price(price.quote, price.base))

    def account_witness_vote(self) -> Operation:
        return AccountWitnessVote(self.somebody(), self.witness(), approve=self.often(0.7))

    def account_witness_proxy(self) -> Operation:
        return AccountWitnessProxy(self.somebody(), "" if self.often(0.4) else self.somebody())

    # anything at all

    def senseless(self) -> Operation:
        """Any operation of the register with values of its declared types, no more."""
        made: Operation = self.noise.record(OPERATIONS[self.chance.randrange(len(OPERATIONS))])
        if isinstance(made, AccountUpdate | AccountUpdate2 | DeclineVotingRights) and made.account in self.core:
            made.account = "no-such-body"
        return made


_WEIGHTED: Final[tuple[tuple[Callable[[Intents], Operation], int], ...]] = (
    (Intents.vote, 20),
    (Intents.comment, 14),
    (Intents.transfer, 12),
    (Intents.claim_reward_balance, 5),
    (Intents.transfer_to_vesting, 5),
    (Intents.withdraw_vesting, 3),
    (Intents.set_withdraw_vesting_route, 3),
    (Intents.delegate_vesting_shares, 4),
    (Intents.comment_options, 5),
    (Intents.delete_comment, 3),
    (Intents.custom_json, 3),
    (Intents.custom, 1),
    (Intents.account_create, 2),
    (Intents.claim_account, 2),
    (Intents.create_claimed_account, 2),
    (Intents.account_update, 1),
    (Intents.account_update2, 2),
    (Intents.decline_voting_rights, 1),
    (Intents.witness_update, 1),
    (Intents.witness_set_properties, 2),
    (Intents.feed_publish, 4),
    (Intents.account_witness_vote, 4),
    (Intents.account_witness_proxy, 3),
    (Intents.senseless, 5),
)
KINDS: Final = [make for make, _ in _WEIGHTED]
WEIGHTS: Final = [weight for _, weight in _WEIGHTED]
