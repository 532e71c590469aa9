"""What hived's command-line wallet asks: the answers of the other APIs under its names, its parameters within another array."""

from typing import Any, TypeAlias

import pytest

from chain.keys import public_key_text
from node.rpc.apis import make_registry
from tests.node.populated import populated_world
from tests.node.rpc_world import Refused, RpcWorld

Same: TypeAlias = tuple[str, list[Any], str, dict[str, Any], str]

SAME: list[Same] = [
    # wallet_bridge_api's method and arguments; whose answer it is; the member of it
    ("get_version", [], "database_api.get_version", {}, ""),
    ("get_dynamic_global_properties", [], "database_api.get_dynamic_global_properties", {}, ""),
    ("get_chain_properties", [], "database_api.get_witness_schedule", {}, "median_props"),
    ("get_witness_schedule", [True], "database_api.get_witness_schedule", {"include_future": True}, ""),
    ("get_active_witnesses", [True], "database_api.get_active_witnesses", {"include_future": True}, ""),
    ("get_current_median_history_price", [], "database_api.get_current_price_feed", {}, ""),
    ("get_hardfork_version", [], "database_api.get_hardfork_properties", {}, "current_hardfork_version"),
    ("get_feed_history", [], "database_api.get_feed_history", {}, ""),
    ("get_reward_fund", ["post"], "database_api.get_reward_funds", {}, "funds.0"),
    ("get_block", [5], "block_api.get_block", {"block_num": 5}, ""),
    ("get_block", [999], "block_api.get_block", {"block_num": 999}, ""),
    ("get_ops_in_block", ["5", False], "account_history_api.get_ops_in_block", {"block_num": 5}, ""),
    ("get_account_history", ["bob", -1, 5], "account_history_api.get_account_history", {"account": "bob", "limit": 5}, "history"),
    ("get_account", ["alice"], "database_api.find_accounts", {"accounts": ["alice"]}, "accounts.0"),
    ("get_accounts", [["bob", "nobody"]], "database_api.find_accounts", {"accounts": ["bob"]}, "accounts"),
    ("get_withdraw_routes", ["alice", "outgoing"], "database_api.find_withdraw_vesting_routes", {"account": "alice", "order": "by_withdraw_route"}, "routes"),
    ("get_withdraw_routes", ["bob", "incoming"], "database_api.find_withdraw_vesting_routes", {"account": "bob", "order": "by_destination"}, "routes"),
    ("list_witnesses", ["", 10], "database_api.list_witnesses", {"start": "", "limit": 10, "order": "by_name"}, ""),
    ("get_witness", ["initminer"], "database_api.find_witnesses", {"owners": ["initminer"]}, "witnesses.0"),
    ("get_conversion_requests", ["alice"], "database_api.find_hbd_conversion_requests", {"account": "alice"}, "requests"),
    ("get_collateralized_conversion_requests", ["alice"], "database_api.find_collateralized_conversion_requests", {"account": "alice"}, "requests"),
    ("get_order_book", [50], "market_history_api.get_order_book", {"limit": 50}, ""),
    ("get_open_orders", ["bob"], "database_api.find_limit_orders", {"account": "bob"}, "orders"),
    ("get_owner_history", ["alice"], "database_api.find_owner_histories", {"owner": "alice"}, ""),
    ("list_proposals", [[""], 10, "by_creator", "ascending", "all"], "database_api.list_proposals", {"start": [""], "limit": 10, "order": "by_creator"}, ""),
    ("find_proposals", [["0"]], "database_api.find_proposals", {"proposal_ids": [0]}, ""),
    ("list_proposal_votes", [["bob"], 10, "by_voter_proposal", "ascending", "all"], "database_api.list_proposal_votes", {"start": ["bob"], "limit": 10, "order": "by_voter_proposal"}, ""),
    ("find_recurrent_transfers", ["alice"], "database_api.find_recurrent_transfers", {"from": "alice"}, "recurrent_transfers"),
    ("find_rc_accounts", [["alice"]], "rc_api.find_rc_accounts", {"accounts": ["alice"]}, "rc_accounts"),
    ("list_rc_accounts", ["alice", 2], "rc_api.list_rc_accounts", {"start": "alice", "limit": 2}, "rc_accounts"),
    ("list_rc_direct_delegations", [["alice", ""], 2], "rc_api.list_rc_direct_delegations", {"start": ["alice", ""], "limit": 2}, "rc_direct_delegations"),
    ("list_accounts", ["bob", 2], "condenser_api.lookup_accounts", {"lower_bound_name": "bob", "limit": 2}, ""),
]  # fmt: skip

ELSEWHERE = {
    "broadcast_transaction",
    "broadcast_transaction_synchronous",
    "get_transaction",
    "is_known_transaction",
    "list_my_accounts",
}
"""Methods that have a test of their own."""


@pytest.fixture(scope="module")
def world() -> RpcWorld:
    return populated_world()


def ask(world: RpcWorld, method: str, *arguments: Any) -> Any:
    """As the wallet sends it: the arguments, then its lock."""
    return world.ask(f"wallet_bridge_api.{method}", [list(arguments), False])


def member(value: Any, path: str) -> Any:
    for name in path.split(".") if path else []:
        value = value[int(name)] if name.isdigit() else value[name]
    return value


def test_every_method_of_the_wallet_is_asked_here() -> None:
    served = {name.partition(".")[2] for name in make_registry().methods if name.startswith("wallet_bridge_api.")}
    assert served == {row[0] for row in SAME} | ELSEWHERE


@pytest.mark.parametrize("case", SAME, ids=lambda case: case[0])
def test_the_answer_is_that_of_another_api(world: RpcWorld, case: Same) -> None:
    method, arguments, other, params, path = case
    answer = ask(world, method, *arguments)
    assert answer or case[:2] == ("get_block", [999]), "nothing to compare"
    assert answer == member(world.ask(other, params), path)


def test_what_is_heavy_elsewhere_is_heavy_here() -> None:
    methods = make_registry().methods
    for method, _, other, _, _ in SAME:
        assert methods[f"wallet_bridge_api.{method}"].is_heavy >= methods[other].is_heavy, method


def test_nobody_is_null(world: RpcWorld) -> None:
    assert ask(world, "get_account", "nobody") is None
    assert ask(world, "get_witness", "nobody") is None


def test_accounts_of_keys(world: RpcWorld) -> None:
    keys = [public_key_text(world.key(name, "active").public_key) for name in ("bob", "alice", "nobody")]
    assert [row["name"] for row in ask(world, "list_my_accounts", keys)] == ["alice", "bob"]


def test_a_transaction_is_sent_and_found_again() -> None:
    world = RpcWorld()
    world.produce(2)
    transfer = ("transfer", {"from": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": ""})
    answer = ask(world, "broadcast_transaction_synchronous", world.sign("alice", transfer))
    assert (answer["block_num"], answer["trx_num"], answer["expired"]) == (3, 0, False)
    assert ask(world, "is_known_transaction", answer["id"]) is True
    assert ask(world, "get_transaction", answer["id"])["block_num"] == 3
    transfer[1]["memo"] = "again"
    assert ask(world, "broadcast_transaction", world.sign("alice", transfer)) == {}
    world.produce()
    assert len(world.ask("block_api.get_block", {"block_num": 4})["block"]["transactions"]) == 1


def test_invalid_parameters_are_refused_in_the_words_of_hived(world: RpcWorld) -> None:
    for params, words in (
        (["alice"], "get_account needs at least one argument"),
        ([], "get_account needs at least one argument"),
        ([[]], "Array is of invalid size: 0. Required: 1"),
    ):
        with pytest.raises(Refused, match=words) as refusal:
            world.ask("wallet_bridge_api.get_account", params)
        assert refusal.value.code == -32003


def test_arguments_too_many_are_ignored(world: RpcWorld) -> None:
    assert ask(world, "get_account", "alice", "bob")["name"] == "alice"
    assert ask(world, "get_hardfork_version", 1, 2) == ask(world, "get_hardfork_version")
    assert world.ask("wallet_bridge_api.get_account", {"account": "bob"})["name"] == "bob"
