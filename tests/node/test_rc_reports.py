"""rc_api for whoever watches the market of resource credits: all bars, what is lent, and what a day's operations cost."""

import json
from typing import Any

import pytest

from chain import credit_report
from tests.node.rpc_world import Refused, RpcWorld

BLOCKS_A_DAY = 10


@pytest.fixture
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    return world


@pytest.fixture
def short_days(monkeypatch: pytest.MonkeyPatch) -> RpcWorld:
    """A chain whose reports cover so many blocks; days of 28,800 blocks are too long for a test."""
    monkeypatch.setattr(credit_report, "SECONDS_PER_DAY", BLOCKS_A_DAY * 3)
    return RpcWorld()


def lend(world: RpcWorld, receivers: list[str], max_rc: int) -> None:
    action = ["delegate_rc", {"from": "alice", "delegatees": receivers, "max_rc": max_rc}]
    fields = {"required_auths": [], "required_posting_auths": ["alice"], "id": "rc", "json": json.dumps(action)}
    world.send("alice", "custom_json", **fields)
    world.produce()


def pay(world: RpcWorld, *memos: str) -> list[int]:
    """A transaction for each memo; what they cost."""
    costs = []
    for memo in memos:
        fields = {"from": "alice", "to": "bob", "amount": "0.001 HIVE", "memo": memo}
        answer = world.ask(
            "condenser_api.broadcast_transaction_synchronous", [world.sign("alice", ("transfer", fields))]
        )
        costs.append(int(answer["rc_cost"]))
    return costs


def end_of_day(world: RpcWorld) -> None:
    world.produce(BLOCKS_A_DAY - world.chain.head_num % BLOCKS_A_DAY)


# --- bars ------------------------------------------------------------------------------------------------------------


def test_all_bars_page_by_page(world: RpcWorld) -> None:
    names = world.ask("condenser_api.lookup_accounts", ["", 1000])
    listed: list[dict[str, Any]] = []
    start = ""
    while len(listed) < len(names):
        page = world.ask("rc_api.list_rc_accounts", {"start": start, "limit": 3})["rc_accounts"]
        listed += page[1 if start else 0 :]
        start = page[-1]["account"]
    assert [row["account"] for row in listed] == names
    assert listed == world.ask("rc_api.find_rc_accounts", {"accounts": names})["rc_accounts"]
    assert world.ask("rc_api.list_rc_accounts", {"start": "zzz", "limit": 3}) == {"rc_accounts": []}


def test_bars_of_condenser_have_amounts_as_texts(world: RpcWorld) -> None:
    modern = world.ask("rc_api.list_rc_accounts", {"start": "alice", "limit": 2})["rc_accounts"]
    legacy = world.ask("condenser_api.list_rc_accounts", ["alice", 2])
    assert [row["account"] for row in legacy] == ["alice", "bob"]
    text = {"max_rc_creation_adjustment": "2020.748973 VESTS"}
    assert legacy == [row | text for row in modern]
    assert world.ask("condenser_api.find_rc_accounts", [["bob", "nobody", "alice"]]) == legacy[::-1]


@pytest.mark.parametrize("limit", [0, 1001])
@pytest.mark.parametrize("method", ["list_rc_accounts", "list_rc_direct_delegations"])
def test_invalid_limits(world: RpcWorld, method: str, limit: int) -> None:
    start = ["alice", ""] if "direct" in method else ""
    for name, params in (
        (f"rc_api.{method}", {"start": start, "limit": limit}),
        (f"condenser_api.{method}", [start, limit]),
    ):
        with pytest.raises(Refused, match="limit not set or too big"):
            world.ask(name, params)


# --- what is lent ----------------------------------------------------------------------------------------------------


def test_what_is_lent_by_the_receivers_ids(world: RpcWorld) -> None:
    lend(world, ["dave", "bob"], 1_000)
    lend(world, ["carol"], 2_000)

    def lent(*start: str, limit: int = 10) -> list[tuple[str, int]]:
        params = {"start": list(start), "limit": limit}
        rows = world.ask("rc_api.list_rc_direct_delegations", params)["rc_direct_delegations"]
        assert rows == world.ask("condenser_api.list_rc_direct_delegations", [list(start), limit])
        assert {row["from"] for row in rows} <= {"alice"}
        return [(row["to"], row["delegated_rc"]) for row in rows]

    whole = [("bob", 1_000), ("carol", 2_000), ("dave", 1_000)]
    assert lent("alice", "") == whole
    assert lent("alice", "", limit=2) == whole[:2]
    assert lent("alice", "carol") == whole[1:]
    assert lent("bob", "") == []
    lend(world, ["carol"], 0)
    assert lent("alice", "") == [whole[0], whole[2]]
    bars = {row["account"]: row for row in world.ask("condenser_api.find_rc_accounts", [["alice", "bob", "carol"]])}
    assert [bars[name]["received_delegated_rc"] for name in bars] == [0, 1_000, 0]
    assert bars["alice"]["delegated_rc"] == 2_000


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (["nobody", ""], "Account nobody does not exist"),
        (["alice", "nobody"], "Account nobody does not exist"),
        (["alice"], "by_from start requires 2 value"),
        ("alice", "Invalid cast from string_type to array"),
    ],
)
def test_invalid_starts_of_what_is_lent(world: RpcWorld, start: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        world.ask("rc_api.list_rc_direct_delegations", {"start": start, "limit": 10})


# --- a day's report --------------------------------------------------------------------------------------------------


def test_the_first_day_has_no_report_yet(short_days: RpcWorld) -> None:
    short_days.produce()
    pay(short_days, "one")
    stats = short_days.ask("rc_api.get_rc_stats")["rc_stats"]
    assert (stats["block"], stats["ops"], stats["payers"]) == (0, {}, [])


def test_a_day_ends_with_what_was_spent_on_what(short_days: RpcWorld) -> None:
    world = short_days
    end_of_day(world)
    begun = world.chain.head_num
    costs = pay(world, "one", "a longer memo than the first one has")
    both = [("transfer", {"from": "alice", "to": "bob", "amount": "0.001 HIVE", "memo": memo}) for memo in ("a", "b")]
    answer = world.ask("condenser_api.broadcast_transaction_synchronous", [world.sign("alice", *both)])
    end_of_day(world)
    pay(world, "tomorrow's")  # counts to the next day
    stats = world.ask("rc_api.get_rc_stats")["rc_stats"]
    assert stats["block"] == begun
    assert stats["ops"] == {
        "transfer_operation": {"count": 2, "avg_cost": sum(costs) // 2},
        "multiop": {"count": 1, "avg_cost": int(answer["rc_cost"])},
    }
    assert len(stats["budget"]) == len(stats["pool"]) == len(stats["share"]) == 5
    assert len(stats["stamp"]) == 64
    assert sum(payer["count"] for payer in stats["payers"]) == 3


def test_averages_of_one_kind_of_operation(short_days: RpcWorld) -> None:
    world = short_days
    end_of_day(world)
    costs = pay(world, "one", "two")
    end_of_day(world)
    stats = world.ask("rc_api.get_rc_operation_stats", {"operation": "transfer_operation"})
    assert (stats["count"], stats["avg_cost_rc"]) == (2, sum(costs) // 2)
    spent = stats["resource_cost"]
    assert 0 <= stats["avg_cost_rc"] - sum(spent.values()) < len(spent), "each is rounded down"
    assert sum(stats["resource_cost_share"].values()) <= 10_000
    assert stats["resource_usage"]["history_bytes"] > 100
    for same in ("transfer", "2"):
        assert world.ask("rc_api.get_rc_operation_stats", {"operation": same}) == stats
    none = world.ask("rc_api.get_rc_operation_stats", {"operation": "multiop"})
    assert (none["count"], none["avg_cost_rc"], set(none["resource_cost"].values())) == (0, 0, {0})


@pytest.mark.parametrize("operation", ["", "no_such", "999", "-1"])
def test_invalid_kinds_of_operations(world: RpcWorld, operation: str) -> None:
    with pytest.raises(Refused, match="bad_enum_cast") as refusal:
        world.ask("rc_api.get_rc_operation_stats", {"operation": operation})
    assert refusal.value.code == -32000
