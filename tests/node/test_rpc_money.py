"""Money on its way, as clients ask for it: out of savings, in escrows, again and again."""

from typing import Any

import pytest

from chain.types import time_text
from tests.node.rpc_world import Refused, RpcWorld


@pytest.fixture
def saved() -> RpcWorld:
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


def test_savings_withdrawals_of_an_account(saved: RpcWorld) -> None:
    rows = saved.ask("database_api.find_savings_withdrawals", {"account": "alice"})["withdrawals"]
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
    legacy = saved.ask("condenser_api.get_savings_withdraw_from", ["alice"])
    assert legacy == [row | {"amount": "1.000 HIVE"} for row in rows]
    to_carol = saved.ask("condenser_api.get_savings_withdraw_to", ["carol"])
    assert [(row["from"], row["request_id"]) for row in to_carol] == [("alice", 9), ("bob", 7)]
    assert saved.ask("condenser_api.get_savings_withdraw_to", ["dave"]) == []
    assert saved.ask("database_api.find_savings_withdrawals", {"account": "nobody"}) == {"withdrawals": []}


def test_savings_withdrawals_in_every_order(saved: RpcWorld) -> None:
    by_account = [("alice", 2), ("alice", 4), ("alice", 9), ("bob", 7)]
    assert listed(saved, "by_from_id") == by_account
    assert listed(saved, "by_from_id", ["alice", 4], 2) == by_account[1:3]
    assert listed(saved, "by_from_id", ["alice", 5]) == by_account[2:]
    by_time = [("alice", 2), ("alice", 9), ("alice", 4), ("bob", 7)]
    assert listed(saved, "by_complete_from_id") == by_time
    row = saved.ask("database_api.find_savings_withdrawals", {"account": "bob"})["withdrawals"][0]
    assert listed(saved, "by_complete_from_id", [row["complete"], "alice", 5]) == by_time[3:]
    assert listed(saved, "by_complete_from_id", [row["complete"], "", 0]) == by_time[2:]
    by_receiver = [("alice", 4), ("alice", 2), ("alice", 9), ("bob", 7)]
    assert listed(saved, "by_to_complete") == by_receiver
    assert listed(saved, "by_to_complete", ["carol", "1970-01-01T00:00:00", 0]) == by_receiver[2:]
    assert listed(saved, "by_to_complete", ["carol", row["complete"], row["id"]]) == by_receiver[3:]


def test_invalid_starts_and_orders_of_savings_withdrawals(saved: RpcWorld) -> None:
    for order, words in (
        ("by_name", "Unknown or unsupported sort order"),
        ("by_complete_from_id", "by_complete_from_id start requires 3 values"),
        ("by_to_complete", "by_to_complete start requires 3 values"),
    ):
        with pytest.raises(Refused, match=words):
            listed(saved, order, ["alice", 0])
    with pytest.raises(Refused, match="limit not set or too big"):
        listed(saved, "by_from_id", limit=1001)


# --- escrows


@pytest.fixture
def locked() -> RpcWorld:
    """Three escrows of alice and bob; the one of bob is approved."""
    world = RpcWorld()
    world.produce()
    now = world.chain.state.globals.time
    for giver, escrow_id, minutes in (("alice", 7, 30), ("alice", 3, 40), ("bob", 5, 20)):
        world.send(
            giver,
            "escrow_transfer",
            from_=giver,
            to="carol",
            agent="dave",
            escrow_id=escrow_id,
            hive_amount="1.000 HIVE",
            hbd_amount="0.500 HBD",
            fee="0.010 HBD",
            json_meta="",
            ratification_deadline=time_text(now + 60 * minutes),
            escrow_expiration=time_text(now + 7_200),
        )
    for who in ("carol", "dave"):
        fields = {"from_": "bob", "to": "carol", "agent": "dave", "who": who, "escrow_id": 5, "approve": True}
        world.send(who, "escrow_approve", **fields)
    world.produce()
    return world


def test_escrows_of_an_account(locked: RpcWorld) -> None:
    rows = locked.ask("database_api.find_escrows", {"from": "alice"})["escrows"]
    assert [row["escrow_id"] for row in rows] == [3, 7]
    legacy = locked.ask("condenser_api.get_escrow", ["bob", 5])
    start = locked.chain.params.genesis_time + 3
    assert legacy == {
        "id": 2,
        "escrow_id": 5,
        "from": "bob",
        "to": "carol",
        "agent": "dave",
        "ratification_deadline": time_text(start + 1_200),
        "escrow_expiration": time_text(start + 7_200),
        "hbd_balance": "0.500 HBD",
        "hive_balance": "1.000 HIVE",
        "pending_fee": "0.000 HBD",
        "to_approved": True,
        "agent_approved": True,
        "disputed": False,
    }
    assert rows[0] == legacy | {
        "id": 1,
        "escrow_id": 3,
        "from": "alice",
        "ratification_deadline": time_text(start + 2_400),
        "hbd_balance": {"amount": "500", "precision": 3, "nai": "@@000000013"},
        "hive_balance": {"amount": "1000", "precision": 3, "nai": "@@000000021"},
        "pending_fee": {"amount": "10", "precision": 3, "nai": "@@000000013"},
        "to_approved": False,
        "agent_approved": False,
    }
    assert locked.ask("condenser_api.get_escrow", ["alice", 4]) is None
    assert locked.ask("database_api.find_escrows", {"from": "carol"}) == {"escrows": []}


def test_escrows_in_every_order(locked: RpcWorld) -> None:
    def listed(order: str, start: Any = None, limit: int = 10) -> list[tuple[str, int]]:
        params = {"start": start, "limit": limit, "order": order}
        rows = locked.ask("database_api.list_escrows", params)["escrows"]
        return [(row["from"], row["escrow_id"]) for row in rows]

    assert listed("by_from_id") == [("alice", 3), ("alice", 7), ("bob", 5)]
    assert listed("by_from_id", ["alice", 4], 1) == [("alice", 7)]
    by_deadline = [("alice", 7), ("alice", 3), ("bob", 5)]
    assert listed("by_ratification_deadline") == by_deadline, "those that are approved come last"
    deadline = locked.ask("condenser_api.get_escrow", ["alice", 3])["ratification_deadline"]
    assert listed("by_ratification_deadline", [False, deadline, 0]) == by_deadline[1:]
    assert listed("by_ratification_deadline", [False, deadline, 2]) == by_deadline[2:]
    assert listed("by_ratification_deadline", [True, "1970-01-01T00:00:00", 0]) == by_deadline[2:]
    with pytest.raises(Refused, match="by_ratification_deadline start requires 3 values"):
        listed("by_ratification_deadline", [False, deadline])
    with pytest.raises(Refused, match="Unknown or unsupported sort order"):
        listed("by_name")


# --- recurrent transfers


def test_recurrent_transfers_of_an_account() -> None:
    world = RpcWorld()
    world.produce()
    for receiver, pair_id in (("carol", 3), ("bob", 0), ("carol", 0)):
        extensions = [[1, {"pair_id": pair_id}]] if pair_id else []
        fields = {"from_": "alice", "to": receiver, "amount": "1.000 HIVE", "memo": "rent"}
        world.send("alice", "recurrent_transfer", recurrence=24, executions=3, extensions=extensions, **fields)
    world.produce()
    rows = world.ask("database_api.find_recurrent_transfers", {"from": "alice"})["recurrent_transfers"]
    assert [(row["id"], row["to"], row["pair_id"]) for row in rows] == [(0, "carol", 3), (1, "bob", 0), (2, "carol", 0)]
    legacy = world.ask("condenser_api.find_recurrent_transfers", ["alice"])
    assert legacy == [row | {"amount": "1.000 HIVE"} for row in rows]
    assert legacy[0] == {
        "id": 0,
        "trigger_date": time_text(world.chain.params.genesis_time + 3 + 86_400),
        "from": "alice",
        "to": "carol",
        "amount": "1.000 HIVE",
        "memo": "rent",
        "recurrence": 24,
        "consecutive_failures": 0,
        "remaining_executions": 2,
        "pair_id": 3,
    }
    assert world.ask("condenser_api.find_recurrent_transfers", ["bob"]) == []
    with pytest.raises(Refused, match="Given 'from' account does not exist"):
        world.ask("condenser_api.find_recurrent_transfers", ["nobody"])
