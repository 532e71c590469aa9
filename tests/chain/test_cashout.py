"""Payouts: every unit where the rule book wants it, every event in hived's order (protocol.md §6.3, §6.4)."""

from random import Random
from typing import Any

import pytest

from chain.asset import HBD, HIVE, VESTS, Asset
from chain.earnings import earnings_of
from chain.events import (
    AuthorReward,
    CommentBenefactorReward,
    CommentPayoutUpdate,
    CommentReward,
    CurationReward,
    VirtualOperation,
)
from chain.processes.cashout import process_comment_cashout
from chain.state import State
from tests.helpers.world import World, check_stake
from tests.rewards import oracle

PLACE = ("alice", "hello")
DAY = 86_400
WEEK = 7 * DAY
VOTERS = ("fan", "friend", "critic")


@pytest.fixture
def world() -> World:
    world = World(processes=(process_comment_cashout,))
    world.accounts("alice", "bob", "carol")
    world.accounts(*VOTERS, vests="10000000.000000 VESTS")
    world.fund(hive=800_000_000, recent_claims=10**15)
    world.post(*PLACE)
    return world


def at_payout(world: World) -> list[VirtualOperation]:
    """End the block at which the first post falls due."""
    return world.advance(seconds=WEEK)


def reward_of(world: World, name: str) -> tuple[int, int, int, int]:
    earned = earnings_of(world.state, name)
    return earned.hbd, earned.hive, earned.vests, earned.vesting_hive


def kinds(events: list[VirtualOperation]) -> list[str]:
    return [event.name for event in events]


def fund_of(world: World) -> tuple[int, int]:
    return world.state.reward_fund.reward_balance, world.state.reward_fund.recent_claims


# when


def test_claims_decay_in_fifteen_days(world: World) -> None:
    world.advance(seconds=DAY)
    assert fund_of(world) == (800_000_000, 10**15 - 10**15 // 15)
    assert world.state.reward_fund.last_update == world.state.now


def test_nothing_is_paid_a_second_too_early(world: World) -> None:
    world.vote("fan", *PLACE)
    assert world.advance(seconds=WEEK - 1) == []
    assert PLACE in world.state.cashouts


def test_a_post_without_votes_is_closed_with_one_event(world: World) -> None:
    assert at_payout(world) == [CommentPayoutUpdate(*PLACE)]
    assert PLACE not in world.state.cashouts
    assert PLACE in world.state.posts


def test_a_post_with_more_downvotes_is_closed_and_claims_nothing(world: World) -> None:
    world.vote("critic", *PLACE, -10_000)
    before = fund_of(world)[0]
    assert kinds(at_payout(world)) == ["comment_payout_update"]
    assert fund_of(world) == (before, 10**15 - 10**15 * WEEK // (15 * DAY))
    assert list(world.state.votes.scan()) == []


# one post


def test_events_come_in_the_order_of_hived(world: World) -> None:
    world.options(*PLACE, {"bob": 1_000, "hive.fund": 500})
    world.vote("fan", *PLACE, 5_000)
    world.vote("friend", *PLACE)
    events = at_payout(world)
    assert kinds(events) == [
        *("curation_reward", "curation_reward"),
        *("comment_benefactor_reward", "comment_benefactor_reward"),
        *("author_reward", "comment_reward", "comment_payout_update"),
    ]
    assert [event.curator for event in events if isinstance(event, CurationReward)] == ["friend", "fan"]


def test_equal_weights_are_paid_in_the_order_of_account_numbers() -> None:
    world = World(processes=(process_comment_cashout,))
    world.account("alice")
    world.accounts("zoe", "adam", vests="10000000.000000 VESTS")
    world.fund(hive=800_000_000, recent_claims=10**15)
    world.post(*PLACE)
    world.vote("adam", *PLACE)
    world.vote("zoe", *PLACE)
    curators = [event.curator for event in at_payout(world) if isinstance(event, CurationReward)]
    assert curators == ["zoe", "adam"]


def test_all_of_a_payout(world: World) -> None:
    """One full vote: 199.95·10^9 rshares of 533,533,283,333,334 claims in a fund of 800,000 HIVE."""
    world.options(*PLACE, {"bob": 1_000})
    world.vote("fan", *PLACE)
    events = at_payout(world)
    reward = 800_000_000 * 199_950_000_000 // fund_of(world)[1]
    assert reward == 299_812
    assert fund_of(world)[0] == 800_000_000 - reward
    curation, whole = reward // 2, reward - reward // 2
    part = whole // 10
    author = whole - part
    assert events[0] == CurationReward("fan", Asset(curation * 1_000_000, VESTS), *PLACE, payout_must_be_claimed=True)
    money = Asset(part // 2 // 4, HBD), Asset(0, HIVE), Asset((part - part // 2) * 1_000_000, VESTS)
    assert events[1] == CommentBenefactorReward("bob", *PLACE, *money, payout_must_be_claimed=True)
    money = Asset(author // 2 // 4, HBD), Asset(0, HIVE), Asset((author - author // 2) * 1_000_000, VESTS)
    assert events[2] == AuthorReward(*PLACE, *money, Asset(curation * 1_000_000, VESTS), payout_must_be_claimed=True)
    values = (reward // 4, author // 2 // 4 + (author - author // 2) // 4, curation // 4, part // 4)
    assert events[3] == CommentReward(*PLACE, Asset(values[0], HBD), author, *(Asset(hbd, HBD) for hbd in values[1:]))
    assert reward_of(world, "fan") == (0, 0, curation * 1_000_000, curation)
    assert earnings_of(world.state, "fan").curation_hive == curation
    assert earnings_of(world.state, "alice").posting_hive == author
    check_stake(world)


def test_declined_curation_stays_in_the_fund(world: World) -> None:
    world.options(*PLACE, allow_curation_rewards=False)
    world.vote("fan", *PLACE)
    events = at_payout(world)
    assert kinds(events) == ["author_reward", "comment_reward", "comment_payout_update"]
    assert reward_of(world, "fan") == (0, 0, 0, 0)
    assert fund_of(world)[0] == 800_000_000 - (299_812 - 299_812 // 2)


def test_dust_is_not_paid(world: World) -> None:
    world.fund(hive=0, recent_claims=10**19)
    world.vote("fan", *PLACE)
    assert kinds(at_payout(world)) == ["comment_payout_update"]
    assert fund_of(world)[0] == 800_000_000


def test_a_payout_stops_at_what_the_author_accepts(world: World) -> None:
    world.options(*PLACE, max_accepted_payout="5.000 HBD")
    world.vote("fan", *PLACE)
    at_payout(world)
    assert fund_of(world)[0] == 800_000_000 - 20_000


def test_a_declined_payout_pays_nobody(world: World) -> None:
    world.options(*PLACE, max_accepted_payout="0.000 HBD")
    world.vote("fan", *PLACE)
    assert kinds(at_payout(world)) == ["comment_payout_update"]


def test_the_treasury_is_paid_at_once_in_hbd(world: World) -> None:
    world.options(*PLACE, {"hive.fund": 10_000})
    world.vote("fan", *PLACE)
    events = at_payout(world)
    share = 299_812 - 299_812 // 2
    money = Asset(share // 4, HBD), Asset(0, HIVE), Asset(0, VESTS)
    assert events[1] == CommentBenefactorReward("hive.fund", *PLACE, *money, payout_must_be_claimed=False)
    assert world["hive.fund"].hbd_balance == share // 4
    assert reward_of(world, "alice") == (0, 0, 0, 0)
    check_stake(world)


def test_without_a_price_nothing_is_paid(world: World) -> None:
    world.state.edit_feed().current_median = (0, 0)
    world.vote("fan", *PLACE)
    assert kinds(at_payout(world)) == ["comment_payout_update"]


def test_while_no_hbd_is_printed_half_is_paid_in_hive(world: World) -> None:
    world.state.edit_globals().hbd_print_rate = 0
    world.vote("fan", *PLACE)
    at_payout(world)
    share = 299_812 - 299_812 // 2
    assert reward_of(world, "alice")[:2] == (0, share // 2)
    check_stake(world)


# several posts


def test_all_posts_of_a_block_share_one_price(world: World) -> None:
    world.post("bob", "same")
    world.vote("fan", *PLACE)
    world.vote("friend", "bob", "same")
    events = at_payout(world)
    first, second = (event.payout for event in events if isinstance(event, CommentReward))
    assert first == second
    check_stake(world)


def test_posts_are_paid_in_the_order_of_their_time_and_number(world: World) -> None:
    world.post("carol", "third")
    world.advance(seconds=301)
    world.post("bob", "fourth")
    world.reply("alice", "fifth", ("bob", "fourth"))
    events = world.advance(seconds=WEEK)
    assert [event.permlink for event in events if isinstance(event, CommentPayoutUpdate)] == [
        *("hello", "third", "fourth", "fifth")
    ]


@pytest.mark.parametrize("seed", range(12))
def test_payouts_agree_with_the_accountant(seed: int) -> None:
    print(f"seed {seed}")
    case = RandomBlock(Random(seed))
    settled = oracle.settle(case.fund, case.prices, case.posts)
    events = case.pay()
    state = case.world.state
    assert (state.reward_fund.reward_balance, state.reward_fund.recent_claims) == (
        settled.fund_hive,
        settled.recent_claims,
    )
    for account in state.accounts.scan():
        booked = settled.rewards.get(account.name, {})
        if account.name == "hive.fund":
            assert account.hbd_balance == booked.get("hbd_at_once", 0)
        names = ("hbd", "hive", "vests", "vesting_hive")
        assert reward_of(case.world, account.name) == tuple(booked.get(name, 0) for name in names), account.name
    told = [event for event in events if isinstance(event, CommentReward)]
    expected = [post for post in settled.posts if post]
    assert [
        (event.payout.amount, event.author_rewards, event.total_payout_value.amount, event.curator_payout_value.amount)
        for event in told
    ] == [
        (post["payout"], post["author_rewards"], post["total_payout_value"], post["curator_payout_value"])
        for post in expected
    ]
    check_stake(case.world)


class RandomBlock:
    """Posts of one block with random votes and terms, for the chain and for the accountant."""

    def __init__(self, random: Random) -> None:
        self.world = world = World(processes=(process_comment_cashout,))
        names = [f"person{number}" for number in range(12)]
        random.shuffle(names)
        for name in names:
            world.account(name, vests=f"{random.randrange(1_000, 50_000_000)}.000000 VESTS")
        world.fund(hive=random.randrange(10**6, 10**9), recent_claims=random.randrange(10**12, 10**17))
        state = world.state
        state.edit_feed().current_median = random.choice([(250, 1000), (1, 1), (333, 1000), (4_001, 1_000)])
        state.edit_globals().hbd_print_rate = random.choice([10_000, 10_000, 5_000, 0])
        self.places = [(author, "post") for author in names[:4]]
        for place in self.places:
            world.post(*place)
            world.options(*place, _some_beneficiaries(random, names), **_some_terms(random))
        self._vote(random, names)
        state.now = state.cashouts.get(self.places[0]).created
        self.fund = oracle.Fund(state.reward_fund.reward_balance, state.reward_fund.recent_claims, elapsed=WEEK)
        self.prices = _prices(state)
        self.posts = [self._for_the_accountant(place) for place in self.places]

    def _vote(self, random: Random, names: list[str]) -> None:
        state = self.world.state
        for _ in range(40):
            state.now += random.randrange(0, 12_000)
            voter, place = random.choice(names), random.choice(self.places)
            before = state.votes.find((state.cashouts.get(place).id, voter))
            weight = random.choice([10_000, 10_000, 10_000, random.randrange(1, 10_000), -random.randrange(1, 10_000)])
            if before is None or before.percent != weight:
                self.world.vote(voter, *place, weight)

    def _for_the_accountant(self, place: tuple[str, str]) -> oracle.Post:
        state = self.world.state
        row = state.cashouts.get(place)
        votes = [
            oracle.Vote(vote.voter, state.accounts.get(vote.voter).id, vote.rshares, vote.last_update - row.created)
            for vote in state.votes.scan(row.id)
        ]
        return oracle.Post(
            row.author,
            votes,
            row.max_accepted_payout,
            row.percent_hbd,
            row.allow_curation_rewards,
            list(row.beneficiaries),
        )

    def pay(self) -> list[VirtualOperation]:
        return self.world.advance(seconds=WEEK)


def _prices(state: State) -> oracle.Prices:
    globals_ = state.globals
    return oracle.Prices(
        state.feed.current_median,
        globals_.hbd_print_rate,
        globals_.total_vesting_shares,
        globals_.total_vesting_fund_hive,
        globals_.pending_rewarded_vesting_shares,
        globals_.pending_rewarded_vesting_hive,
    )


def _some_beneficiaries(random: Random, names: list[str]) -> dict[str, int] | None:
    chosen = sorted(random.sample([*names, "hive.fund"], random.randrange(4)))
    return {name: random.randrange(0, 3_400) for name in chosen} or None


def _some_terms(random: Random) -> dict[str, Any]:
    return {
        "percent_hbd": random.choice([10_000, 10_000, 2_500, 0]),
        "max_accepted_payout": random.choice(["1000000.000 HBD", "1000000.000 HBD", "25.000 HBD"]),
        "allow_curation_rewards": random.random() < 0.8,
    }


# what is left


def test_a_receipt_keeps_what_readers_ask_for(world: World) -> None:
    world.options(*PLACE, {"bob": 1_000}, percent_hbd=5_000)
    world.vote("fan", *PLACE)
    world.vote("critic", *PLACE, -100)
    at_payout(world)
    receipt = world.state.receipts.get(PLACE)
    assert (receipt.percent_hbd, receipt.beneficiaries, receipt.net_votes) == (5_000, (("bob", 1_000),), 0)
    assert [vote[0] for vote in receipt.votes] == ["critic", "fan"]
    assert (receipt.fund_balance, receipt.median) == (800_000_000, (250, 1000))


def test_a_witness_without_readers_keeps_no_receipt(world: World) -> None:
    world.state.for_readers = False
    world.vote("fan", *PLACE)
    at_payout(world)
    assert PLACE not in world.state.receipts
    assert PLACE not in world.state.cashouts
