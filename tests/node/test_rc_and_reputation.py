"""What wallets ask about an account before it does anything: resource credits and reputation."""

from typing import Any

import pytest

from tests.node.rpc_world import Refused, RpcWorld


@pytest.fixture
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    return world


def bar(world: RpcWorld, name: str) -> dict[str, Any]:
    (found,) = world.ask("rc_api.find_rc_accounts", {"accounts": [name, "nobody-there"]})["rc_accounts"]
    return found


def test_a_bar_is_as_large_as_stake_and_creation_allow_and_pays_for_transactions(world: RpcWorld) -> None:
    full = bar(world, "alice")
    row = world.chain.state.accounts.get("alice")
    assert int(full["max_rc"]) == row.vesting_shares + row.rc_adjustment
    assert full["rc_manabar"]["current_mana"] == full["max_rc"]
    assert full["max_rc_creation_adjustment"] == {"amount": "2020748973", "precision": 6, "nai": "@@000000037"}
    world.send("alice", "transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="")
    (sent,) = (transaction.id.hex() for transaction in world.chain.mempool)
    world.produce()
    status = world.ask("transaction_status_api.find_transaction", {"transaction_id": sent})
    spent = bar(world, "alice")
    assert int(spent["rc_manabar"]["current_mana"]) == int(full["max_rc"]) - int(status["rc_cost"])


def test_delegated_vests_carry_their_credits(world: RpcWorld) -> None:
    alice, bob = bar(world, "alice"), bar(world, "bob")
    delegated = 5_000_000
    world.send("alice", "delegate_vesting_shares", delegator="alice", delegatee="bob", vesting_shares="5.000000 VESTS")
    world.produce()
    assert int(alice["max_rc"]) - int(bar(world, "alice")["max_rc"]) == delegated
    richer = bar(world, "bob")
    assert int(richer["max_rc"]) - int(bob["max_rc"]) == delegated
    assert richer["rc_manabar"]["current_mana"] == richer["max_rc"], "to be used at once"


def test_reputation_of_whoever_was_voted_for(world: RpcWorld) -> None:
    world.post("alice", "hello")
    world.produce()
    world.send("bob", "vote", voter="bob", author="alice", permlink="hello", weight=10_000)
    world.produce()
    params = {"account_lower_bound": "alice", "limit": 2}
    alice, bob = world.ask("reputation_api.get_account_reputations", params)["reputations"]
    assert alice["account"] == "alice"
    assert int(alice["reputation"]) > 0
    assert bob == {"account": "bob", "reputation": 0}
    assert world.ask("condenser_api.get_account_reputations", ["alice", 2]) == [alice, bob]


def test_invalid_too_many_at_a_time(world: RpcWorld) -> None:
    with pytest.raises(Refused, match="more than 1000 account reputations"):
        world.ask("reputation_api.get_account_reputations", {"limit": 1001})
    with pytest.raises(Refused, match="RC_API_SINGLE_QUERY_LIMIT"):
        world.ask("rc_api.find_rc_accounts", {"accounts": ["alice"] * 1001})
