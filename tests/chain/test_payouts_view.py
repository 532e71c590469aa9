"""Our own view of payouts: what it shows of a waiting post is what the payout then does, and what it shows of a paid one did."""

from typing import Any

import pytest

from chain.asset import VESTS
from chain.events import AuthorReward, CommentBenefactorReward, CurationReward, VirtualOperation
from chain.processes.cashout import process_comment_cashout
from chain.views.payouts import account_payouts_view, payout_view
from chain.wire import HF26, LEGACY
from tests.helpers.world import World

PLACE = ("alice", "hello")


@pytest.fixture
def world() -> World:
    world = World(processes=(process_comment_cashout,))
    world.accounts("alice", "bob")
    world.accounts("fan", "friend", vests="10000000.000000 VESTS")
    world.fund(hive=800_000_000, recent_claims=10**15)
    world.post(*PLACE)
    world.options(*PLACE, {"bob": 1_000})
    world.vote("fan", *PLACE)
    world.vote("friend", *PLACE, 2_500)
    return world


def view_of(world: World, form: Any = LEGACY) -> dict[str, Any]:
    view = payout_view(world.state, *PLACE, form)
    assert view is not None
    return view


def pay(world: World) -> list[VirtualOperation]:
    return world.advance(days=7)


def shown(view: dict[str, Any]) -> list[tuple[str, Any]]:
    shares = [*view["curators"], *view["beneficiaries"], view["author_share"]]
    return [(share["account"], share["vests"]) for share in shares]


def told(world: World, events: list[VirtualOperation]) -> list[tuple[str, Any]]:
    text = [(event.curator, event.reward) for event in events if isinstance(event, CurationReward)]
    text += [(event.benefactor, event.vesting_payout) for event in events if isinstance(event, CommentBenefactorReward)]
    text += [(event.author, event.vesting_payout) for event in events if isinstance(event, AuthorReward)]
    return [(name, amount.text(world.state.params.dialect)) for name, amount in text]


def test_a_paid_post_shows_what_its_events_told(world: World) -> None:
    events = pay(world)
    view = view_of(world)
    assert view["status"] == "paid"
    assert shown(view) == told(world, events)


def test_a_waiting_post_shows_what_it_would_be_paid_now(world: World) -> None:
    before = view_of(world)
    assert before["status"] == "pending"
    world.state.cashouts.edit(PLACE).cashout_time = world.state.now
    world.state.now -= 3
    events = world.advance()
    assert shown(before) == told(world, events)
    after = view_of(world)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"status", "cashout_time"}


def test_every_step_is_told_in_the_form_asked_for(world: World) -> None:
    steps = {step["step"]: step["result"] for step in view_of(world)["arithmetic"]}
    assert list(steps) == [
        *("claim", "share", "value", "cap", "reward", "curation_part", "curators", "returned", "author_part"),
        *("beneficiaries", "author", "author_hbd", "author_hive", "author_vests"),
    ]
    assert steps["claim"] == str(199_950_000_000 + 49_950_000_000)
    assert steps["cap"] == "4000000.000 HIVE"
    view = view_of(world, HF26)
    assert view["claimed"]["nai"] == "@@000000021"


def test_dust_ends_after_the_first_steps(world: World) -> None:
    world.fund(hive=0, recent_claims=10**20)
    view = view_of(world)
    assert [step["step"] for step in view["arithmetic"]][-1] == "reward"
    assert (view["reward"], view["author_share"], view["curators"]) == ("0.000 HIVE", None, [])


def test_an_unknown_post_has_no_payout(world: World) -> None:
    assert payout_view(world.state, "bob", "nothing", LEGACY) is None


def test_an_account_sees_its_posts_votes_and_unclaimed_rewards(world: World) -> None:
    author = account_payouts_view(world.state, world["alice"], LEGACY)
    assert [post["permlink"] for post in author["pending_posts"]] == ["hello"]
    assert (author["paid_posts"], author["pending_votes"]) == ([], [])
    voter = account_payouts_view(world.state, world["friend"], LEGACY)
    (vote,) = voter["pending_votes"]
    view = view_of(world)
    assert vote["share"] == next(curator["share"] for curator in view["curators"] if curator["account"] == "friend")

    reward = next(event for event in pay(world) if isinstance(event, AuthorReward))
    author = account_payouts_view(world.state, world["alice"], LEGACY)
    assert author["pending_posts"] == []
    (paid,) = author["paid_posts"]
    assert paid["author_share"] == author["posting_rewards"]
    assert author["unclaimed"]["vests"] == reward.vesting_payout.text(world.state.params.dialect)
    assert reward.vesting_payout.symbol == VESTS
    assert account_payouts_view(world.state, world["friend"], LEGACY)["pending_votes"] == []


def test_posts_are_paged_by_permlink(world: World) -> None:
    for number in range(3):
        world.state.now += 301
        world.post("alice", f"p{number}")
    page = account_payouts_view(world.state, world["alice"], LEGACY, start_permlink="p0", limit=2)
    assert [post["permlink"] for post in page["pending_posts"]] == ["p0", "p1"]
