"""Money on its way, as clients ask for it: savings."""

from typing import Any

import pytest

from tests.node.rpc_world import Refused, RpcWorld


@pytest.fixture
def world() -> RpcWorld:
    """Four withdrawals: two of alice arrive first, then one of each at once."""
    world = RpcWorld()
    world.produce()
    for saver in ("alice", "bob"):
        world.send(saver, "transfer_to_savings", from_=saver, to=saver, amount="5.000 HIVE", memo="")
    world.produce()
    for giver, request_id, receiver in (("alice", 9, "carol"), ("alice", 2, "bob")):
        take_out(world, giver, request_id, receiver)
    world.produce()
    for giver, request_id, receiver in (("bob", 7, "carol"), ("alice", 4, "alice")):
        take_out(world, giver, request_id, receiver)
    world.produce()
    return world


def take_out(world: RpcWorld, giver: str, request_id: int, receiver: str) -> None:
    fields = {"from_": giver, "to": receiver, "memo": f"to {receiver}"}
    world.send(giver, "transfer_from_savings", request_id=request_id, amount="1.000 HIVE", **fields)


def listed(world: RpcWorld, order: str, start: Any = None, limit: int = 10) -> list[tuple[str, int]]:
    params = {"start": start, "limit": limit, "order": order}
    rows = world.ask("database_api.list_savings_withdrawals", params)["withdrawals"]
    return [(row["from"], row["request_id"]) for row in rows]


def test_savings_withdrawals_of_an_account(world: RpcWorld) -> None:
    rows = world.ask("database_api.find_savings_withdrawals", {"account": "alice"})["withdrawals"]
    assert [row["request_id"] for row in rows] == [2, 4, 9]
    assert rows[0] == {
        "id": 1,
        "from": "alice",
        "to": "bob",
        "memo": "to bob",
        "request_id": 2,
        "amount": {"amount": "1000", "precision": 3, "nai": "@@000000021"},
        "complete": rows[2]["complete"],
    }
    legacy = world.ask("condenser_api.get_savings_withdraw_from", ["alice"])
    assert legacy == [row | {"amount": "1.000 HIVE"} for row in rows]
    to_carol = world.ask("condenser_api.get_savings_withdraw_to", ["carol"])
    assert [(row["from"], row["request_id"]) for row in to_carol] == [("alice", 9), ("bob", 7)]
    assert world.ask("condenser_api.get_savings_withdraw_to", ["dave"]) == []
    assert world.ask("database_api.find_savings_withdrawals", {"account": "nobody"}) == {"withdrawals": []}


def test_savings_withdrawals_in_every_order(world: RpcWorld) -> None:
    by_account = [("alice", 2), ("alice", 4), ("alice", 9), ("bob", 7)]
    assert listed(world, "by_from_id") == by_account
    assert listed(world, "by_from_id", ["alice", 4], 2) == by_account[1:3]
    assert listed(world, "by_from_id", ["alice", 5]) == by_account[2:]
    by_time = [("alice", 2), ("alice", 9), ("alice", 4), ("bob", 7)]
    assert listed(world, "by_complete_from_id") == by_time
    row = world.ask("database_api.find_savings_withdrawals", {"account": "bob"})["withdrawals"][0]
    assert listed(world, "by_complete_from_id", [row["complete"], "alice", 5]) == by_time[3:]
    assert listed(world, "by_complete_from_id", [row["complete"], "", 0]) == by_time[2:]
    by_receiver = [("alice", 4), ("alice", 2), ("alice", 9), ("bob", 7)]
    assert listed(world, "by_to_complete") == by_receiver
    assert listed(world, "by_to_complete", ["carol", "1970-01-01T00:00:00", 0]) == by_receiver[2:]
    assert listed(world, "by_to_complete", ["carol", row["complete"], row["id"]]) == by_receiver[3:]


def test_invalid_starts_and_orders_of_savings_withdrawals(world: RpcWorld) -> None:
    for order, words in (
        ("by_name", "Unknown or unsupported sort order"),
        ("by_complete_from_id", "by_complete_from_id start requires 3 values"),
        ("by_to_complete", "by_to_complete start requires 3 values"),
    ):
        with pytest.raises(Refused, match=words):
            listed(world, order, ["alice", 0])
    with pytest.raises(Refused, match="limit not set or too big"):
        listed(world, "by_from_id", limit=1001)
