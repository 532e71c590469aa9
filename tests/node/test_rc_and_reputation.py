"""What wallets ask about an account before it does anything: resource credits and reputation."""

import pytest

from tests.node.rpc_world import Refused, RpcWorld


@pytest.fixture
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    return world


def test_resource_credits_are_full_and_as_many_as_the_vests_allow(world: RpcWorld) -> None:
    (alice,) = world.ask("rc_api.find_rc_accounts", {"accounts": ["alice", "nobody-there"]})["rc_accounts"]
    row = world.chain.state.accounts.get("alice")
    assert int(alice["max_rc"]) == row.vesting_shares + row.rc_adjustment
    assert alice["rc_manabar"] == {
        "current_mana": alice["max_rc"],
        "last_update_time": world.chain.state.globals.time,
    }
    assert alice["max_rc_creation_adjustment"]["amount"] == str(row.rc_adjustment)
    delegated = 5_000_000
    world.send("alice", "delegate_vesting_shares", delegator="alice", delegatee="bob", vesting_shares="5.000000 VESTS")
    world.produce()
    poorer, richer = world.ask("rc_api.find_rc_accounts", {"accounts": ["alice", "bob"]})["rc_accounts"]
    assert int(alice["max_rc"]) - int(poorer["max_rc"]) == delegated
    assert int(richer["max_rc"]) - int(alice["max_rc"]) == delegated


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
