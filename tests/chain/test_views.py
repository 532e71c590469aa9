"""What the state looks like from outside, against members as hived prints them (parity chains, clients.md §7)."""

from typing import Any

import pytest

from chain.params import MAINNET
from chain.processes.cashout import process_comment_cashout
from chain.rows import Content, Reputation, Witness
from chain.views.accounts import account_view, extended_account_view, voting_power
from chain.views.amounts import amounts
from chain.views.content import (
    PostFacts,
    active_votes_view,
    cashout_info_view,
    comment_view,
    find_post,
    pending_payout_view,
    vote_view,
    votes_of,
)
from chain.views.globals import (
    chain_properties_view,
    dynamic_global_properties_view,
    feed_history_view,
    reward_fund_view,
)
from chain.views.stake import delegation_view
from chain.views.witnesses import witness_schedule_view, witness_view
from chain.wire import HF26, LEGACY
from tests.helpers.world import START, World

PLACE = ("alice", "hello")
NEVER = "1969-12-31T23:59:59"
START_TEXT = "2026-01-01T00:00:00"


def words(text: str) -> list[str]:
    return text.split()


ACCOUNT_MEMBERS = words(
    """
    active balance can_vote comment_count created curation_rewards delayed_votes delegated_vesting_shares downvote_manabar
    governance_vote_expiration_ts hbd_balance hbd_last_interest_payment hbd_seconds hbd_seconds_last_update id json_metadata
    last_account_recovery last_account_update last_owner_update last_post last_root_post last_vote_time lifetime_vote_count
    memo_key mined name next_vesting_withdrawal open_recurrent_transfers owner pending_claimed_accounts pending_transfers
    post_bandwidth post_count post_voting_power posting posting_json_metadata posting_rewards previous_owner_update
    proxied_vsf_votes proxy received_vesting_shares recovery_account reset_account reward_hbd_balance reward_hive_balance
    reward_vesting_balance reward_vesting_hive savings_balance savings_hbd_balance savings_hbd_last_interest_payment
    savings_hbd_seconds savings_hbd_seconds_last_update savings_withdraw_requests to_withdraw vesting_shares
    vesting_withdraw_rate voting_manabar withdraw_routes withdrawn witnesses_voted_for
    """
)
DATABASE_ONLY = ["is_smt", "last_post_edit"]
CONDENSER_ONLY = words(
    """
    guest_bloggers market_history other_history post_history reputation tags_usage transfer_history vesting_balance
    vote_history voting_power witness_votes
    """
)


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice", hive="1.250 HIVE", hbd="0.007 HBD", vests="10000000.000000 VESTS")
    world.account("bob", vests="10000000.000000 VESTS")
    world.state.contents.insert(Content(*PLACE, title="Hello", body="Good day", category="life", last_update=START))
    return world


# amounts


def test_amounts_have_two_forms() -> None:
    legacy, nai = amounts(LEGACY, MAINNET.dialect), amounts(HF26, MAINNET.dialect)
    assert (legacy.hive(1_250), legacy.hbd(7), legacy.vests(1)) == ("1.250 HIVE", "0.007 HBD", "0.000001 VESTS")
    assert legacy.hive(-1_250) == "-1.250 HIVE"
    assert nai.vests(-1) == {"amount": "-1", "precision": 6, "nai": "@@000000037"}


# accounts


def test_an_account_of_database_api(world: World) -> None:
    view = account_view(world.state, world["alice"], HF26)
    assert sorted(view) == sorted(ACCOUNT_MEMBERS + DATABASE_ONLY)
    assert view["balance"] == {"amount": "1250", "precision": 3, "nai": "@@000000021"}
    assert view["voting_manabar"] == {"current_mana": 10**13, "last_update_time": START}
    assert view["next_vesting_withdrawal"] == view["governance_vote_expiration_ts"] == NEVER
    assert view["savings_hbd_seconds"] == "0"
    assert view["proxied_vsf_votes"] == [0, 0, 0, 0]
    assert view["created"] == START_TEXT


def test_an_account_of_condenser_api(world: World) -> None:
    world.state.reputations.insert(Reputation("alice", -5))
    world.approve("alice", "witness")
    world.state.bars.edit("alice").last_vote_time = START
    view = extended_account_view(world.state, world["alice"])
    assert sorted(view) == sorted(ACCOUNT_MEMBERS + CONDENSER_ONLY)
    assert (view["hbd_balance"], view["vesting_balance"]) == ("0.007 HBD", "0.000 HIVE")
    assert (view["reputation"], view["witness_votes"], view["voting_power"]) == (-5, ["witness"], 10_000)


def test_delayed_votes_are_left_out_on_demand(world: World) -> None:
    world.state.accounts.edit("alice").delayed_votes = ((START, 5),)
    assert account_view(world.state, world["alice"], HF26)["delayed_votes"] == [{"time": START_TEXT, "val": 5}]
    assert "delayed_votes" not in account_view(world.state, world["alice"], LEGACY, delayed_votes=False)


@pytest.mark.parametrize(
    ("mana", "shown"), [(2**53 - 1, 9_007_199_254_740_991), (2**53, "9007199254740992")], ids=["number", "text"]
)
def test_numbers_that_a_double_cannot_hold_are_text(world: World, mana: int, shown: Any) -> None:
    world.state.bars.edit("alice").voting_mana = mana
    assert account_view(world.state, world["alice"], HF26)["voting_manabar"]["current_mana"] == shown


def test_voting_power_is_that_of_the_last_vote(world: World) -> None:
    row, bars = world.state.accounts.edit("alice"), world.state.bars.edit("alice")
    bars.voting_mana, bars.last_vote_time = 9 * 10**12, START - 43_200
    assert voting_power(world.state, row) == 9_000 - 1_000
    row.vesting_shares = 0
    assert voting_power(world.state, row) == 0


def test_effective_stake_is_less_by_the_next_withdrawal(world: World) -> None:
    world.power_down("alice", "1300.000000 VESTS")
    assert account_view(world.state, world["alice"], LEGACY)["post_voting_power"] == "9999900.000000 VESTS"


# one of each


def test_global_properties_differ_by_the_id_and_the_amounts(world: World) -> None:
    database = dynamic_global_properties_view(world.state, 0, HF26)
    condenser = dynamic_global_properties_view(world.state, 0, LEGACY)
    assert set(database) - set(condenser) == {"id"}
    assert database["init_hbd_supply"] == {"amount": "0", "precision": 3, "nai": "@@000000013"}
    assert condenser["init_hbd_supply"] == "0.000 HBD"
    assert condenser["total_pow"] == "18446744073709551615"
    assert condenser["recent_slots_filled"] == "340282366920938463463374607431768211455"
    assert (condenser["time"], condenser["head_block_number"]) == (START_TEXT, 5_000_000)


def test_the_reward_fund(world: World) -> None:
    world.fund(hive=5, recent_claims=10**20)
    view = reward_fund_view(world.state, LEGACY)
    assert (view["reward_balance"], view["recent_claims"]) == ("0.005 HIVE", "100000000000000000000")
    assert view["author_reward_curve"] == view["curation_reward_curve"] == "linear"


def test_the_feed(world: World) -> None:
    world.state.edit_feed().price_history = ((1, 2),)
    view = feed_history_view(world.state, LEGACY)
    assert view["current_median_history"] == {"base": "0.250 HBD", "quote": "1.000 HIVE"}
    assert view["price_history"] == [{"base": "0.001 HBD", "quote": "0.002 HIVE"}]


def test_chain_properties(world: World) -> None:
    assert chain_properties_view(world.state, LEGACY) == {
        "account_creation_fee": "3.000 HIVE",
        "maximum_block_size": 131_072,
        "hbd_interest_rate": 1_000,
        "account_subsidy_budget": 797,
        "account_subsidy_decay": 347_321,
    }


# witnesses


def test_a_witness_without_a_price_shows_hive_twice(world: World) -> None:
    row = world.state.witnesses.get("witness")
    assert witness_view(world.state, row, LEGACY)["hbd_exchange_rate"] == {"base": "0.000 HIVE", "quote": "0.000 HIVE"}


def test_a_witness_with_a_price(world: World) -> None:
    row = world.state.witnesses.insert(
        Witness("bob", 7, hbd_exchange_rate=(250, 1000), running_version=1 << 24 | 28 << 16)
    )
    view = witness_view(world.state, row, LEGACY)
    assert view["hbd_exchange_rate"] == {"base": "0.250 HBD", "quote": "1.000 HIVE"}
    assert (view["running_version"], view["id"]) == ("1.28.0", 7)
    assert view["virtual_scheduled_time"] == "340282366920938463463374607431768211455"


def test_the_schedule_tells_what_will_change_only_on_demand(world: World) -> None:
    world.state.schedules.edit("current").shuffled = ("bob", "alice")
    future = world.state.schedules.edit("future")
    future.median_maximum_block_size, future.shuffled = 65_536, ("alice", "bob")
    view = witness_schedule_view(world.state, HF26, include_future=True)
    assert view["future_changes"] == {"median_props": {"maximum_block_size": 65_536}}
    assert view["current_shuffled_witnesses"] == ["bob", "alice", *[""] * 19]
    assert view["num_scheduled_witnesses"] == 2
    plain = witness_schedule_view(world.state, HF26)
    assert set(view) - set(plain) == {"future_changes", "future_shuffled_witnesses"}


# stake


def test_a_delegation(world: World) -> None:
    world.delegate("alice", "bob", "1000.000000 VESTS")
    row = world.state.delegations.get(("alice", "bob"))
    assert delegation_view(world.state, row, LEGACY) == {
        "id": row.id,
        "delegator": "alice",
        "delegatee": "bob",
        "vesting_shares": "1000.000000 VESTS",
        "min_delegation_time": START_TEXT,
    }


# content

COMMENT_MEMBERS = words(
    """
    abs_rshares allow_curation_rewards allow_replies allow_votes author author_rewards beneficiaries body cashout_time category
    children children_abs_rshares created curator_payout_value depth id json_metadata last_payout last_update
    max_accepted_payout max_cashout_time net_rshares net_votes parent_author parent_permlink percent_hbd permlink
    reward_weight root_author root_permlink title total_payout_value total_vote_weight vote_rshares
    """
)
FRONT_END_MEMBERS = words(
    """
    active_votes author_reputation body_length pending_payout_value reblogged_by replies root_title
    total_pending_payout_value url
    """
)


def found(world: World) -> PostFacts:
    facts = find_post(world.state, *PLACE)
    assert facts is not None
    return facts


def test_a_post_has_the_members_of_hivemind(world: World) -> None:
    world.post(*PLACE)
    assert sorted(comment_view(world.state, found(world), HF26)) == sorted(COMMENT_MEMBERS)
    view = comment_view(world.state, found(world), LEGACY)
    assert sorted(view) == sorted(COMMENT_MEMBERS + FRONT_END_MEMBERS)
    assert (view["url"], view["root_title"], view["body_length"]) == ("/life/@alice/hello", "Hello", 8)
    assert (view["created"], view["cashout_time"], view["last_payout"]) == (START_TEXT, "2026-01-08T00:00:00", NEVER)
    assert view["max_accepted_payout"] == "1000000.000 HBD"


def test_a_reply_is_found_on_the_page_of_its_root(world: World) -> None:
    world.post(*PLACE)
    world.reply("bob", "re", PLACE)
    world.state.contents.insert(Content("bob", "re", category="life"))
    facts = find_post(world.state, "bob", "re")
    assert facts is not None
    view = comment_view(world.state, facts, LEGACY)
    assert (view["url"], view["root_title"]) == ("/life/@alice/hello#@bob/re", "Hello")


def test_an_unknown_post_is_not_found(world: World) -> None:
    assert find_post(world.state, "bob", "nothing") is None
    assert list(votes_of(world.state, "bob", "nothing")) == []


def test_votes_before_and_after_the_payout_look_alike(world: World) -> None:
    world.processes = (process_comment_cashout,)
    world.post(*PLACE)
    world.fund(hive=800_000_000, recent_claims=10**15)
    world.vote("bob", *PLACE)
    before = active_votes_view(world.state, *PLACE)
    assert before == [
        {
            "voter": "bob",
            "weight": 199_950_000_000,
            "rshares": 199_950_000_000,
            "percent": 10_000,
            "reputation": 0,
            "time": START_TEXT,
        }
    ]
    waiting = comment_view(world.state, found(world), LEGACY)
    assert (waiting["net_rshares"], waiting["net_votes"]) == (199_950_000_000, 1)
    assert waiting["pending_payout_value"] == "39.990 HBD"
    world.advance(days=7)
    assert active_votes_view(world.state, *PLACE) == before
    paid = comment_view(world.state, found(world), LEGACY)
    assert (paid["net_rshares"], paid["net_votes"], paid["cashout_time"]) == (0, 1, NEVER)
    assert paid["pending_payout_value"] == "0.000 HBD"
    assert pending_payout_view(world.state, found(world).post) == {"author": "alice", "permlink": "hello"}


def test_a_vote_of_list_votes(world: World) -> None:
    world.post(*PLACE)
    world.vote("bob", *PLACE, -50)
    (vote,) = votes_of(world.state, *PLACE)
    assert vote_view(*PLACE, vote) == {
        "voter": "bob",
        "author": "alice",
        "permlink": "hello",
        "weight": 0,
        "rshares": -950_000_000,
        "vote_percent": -50,
        "last_update": START_TEXT,
        "num_changes": 0,
    }


def test_what_waits_for_a_payout(world: World) -> None:
    world.post(*PLACE)
    world.options(*PLACE, percent_hbd=0)
    world.vote("bob", *PLACE, 1)
    view = cashout_info_view(world.state, world.state.cashouts.get(PLACE))
    assert (view["was_voted_on"], view["net_rshares"], view["percent_hbd"]) == (True, 0, 0)
    assert (view["allow_replies"], view["last_payout"], view["max_cashout_time"]) == (
        False,
        "1970-01-01T00:00:00",
        NEVER,
    )
