"""Conversions and the internal market through JSON-RPC."""

from typing import Any

import pytest

from chain.types import time_text
from tests.node.rpc_world import Refused, RpcWorld

NEVER = "2038-01-01T00:00:00"
EPOCH = "1970-01-01T00:00:00"


@pytest.fixture
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    return world


def sell(world: RpcWorld, owner: str, orderid: int, offer: str, receive: str) -> None:
    world.send(
        owner,
        "limit_order_create",
        owner=owner,
        orderid=orderid,
        amount_to_sell=offer,
        min_to_receive=receive,
        fill_or_kill=False,
        expiration=time_text(world.chain.state.globals.time + 3_600),
    )


def trade(world: RpcWorld) -> None:
    """alice offers 10.000 HIVE at 0.250, bob takes 4.000 and bids 0.200 for more, in two blocks."""
    sell(world, "alice", 1, "10.000 HIVE", "2.500 HBD")
    sell(world, "alice", 2, "1.000 HIVE", "0.500 HBD")
    world.produce()
    sell(world, "bob", 1, "1.000 HBD", "4.000 HIVE")
    sell(world, "bob", 2, "2.000 HBD", "10.000 HIVE")
    world.produce()


def nai(amount: int, symbol: str) -> dict[str, Any]:
    return {"amount": str(amount), "precision": 3, "nai": {"HIVE": "@@000000021", "HBD": "@@000000013"}[symbol]}


def test_orders_of_an_account(world: RpcWorld) -> None:
    trade(world)
    orders = world.ask("database_api.find_limit_orders", {"account": "alice"})["orders"]
    assert [(row["orderid"], row["for_sale"]) for row in orders] == [(1, 6_000), (2, 1_000)]
    assert orders[0]["sell_price"] == {"base": nai(10_000, "HIVE"), "quote": nai(2_500, "HBD")}
    legacy = world.ask("condenser_api.get_open_orders", ["alice"])
    assert legacy[0] == orders[0] | {
        "sell_price": {"base": "10.000 HIVE", "quote": "2.500 HBD"},
        "real_price": "0.25000000000000000",
        "rewarded": False,
    }
    assert world.ask("condenser_api.get_open_orders", ["bob"])[0]["real_price"] == "0.20000000000000001"
    assert world.ask("database_api.find_limit_orders", {"account": "nobody"}) == {"orders": []}


def test_orders_are_listed_from_any_place_on(world: RpcWorld) -> None:
    trade(world)

    def listed(order: str, start: Any, limit: int = 100) -> list[tuple[str, int]]:
        params = {"start": start, "limit": limit, "order": order}
        rows = world.ask("database_api.list_limit_orders", params)["orders"]
        return [(row["seller"], row["orderid"]) for row in rows]

    assert listed("by_account", None) == [("alice", 1), ("alice", 2), ("bob", 2)]
    assert listed("by_account", ["alice", 2]) == [("alice", 2), ("bob", 2)]
    assert listed("by_price", None) == [("alice", 1), ("alice", 2), ("bob", 2)]
    dear = {"base": nai(1, "HIVE"), "quote": nai(1, "HBD")}
    middle = {"base": nai(1_000, "HIVE"), "quote": nai(250, "HBD")}
    assert listed("by_price", [dear, 0]) == [("bob", 2)]
    assert listed("by_price", [middle, 0]) == [("alice", 1), ("alice", 2), ("bob", 2)]
    assert listed("by_price", [middle, 1]) == [("alice", 2), ("bob", 2)]
    assert listed("by_price", None, limit=1) == [("alice", 1)]
    for order, start in (("by_name", None), ("by_price", [{"base": nai(0, "HIVE"), "quote": nai(1, "HBD")}, 0])):
        with pytest.raises(Refused):
            listed(order, start)


def test_the_order_book(world: RpcWorld) -> None:
    trade(world)
    book = world.ask("market_history_api.get_order_book", {"limit": 10})
    assert [(row["hive"], row["hbd"], row["real_price"][:8]) for row in book["asks"]] == [
        (6_000, 1_500, "0.250000"),
        (1_000, 500, "0.500000"),
    ]
    assert [(row["hive"], row["hbd"], row["real_price"][:8]) for row in book["bids"]] == [(10_000, 2_000, "0.200000")]
    legacy = world.ask("condenser_api.get_order_book", [1])
    assert [row["order_price"] for row in legacy["asks"]] == [{"base": "10.000 HIVE", "quote": "2.500 HBD"}]
    plain = world.ask("database_api.get_order_book", {"limit": 10})
    assert plain["asks"][0] == book["asks"][0] | {"real_price": "0.00000000000000000"}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("market_history_api.get_order_book", {"limit": 501}),
        ("market_history_api.get_order_book", {"limit": 0}),
        ("condenser_api.get_order_book", [501]),
        ("database_api.get_order_book", {"limit": 0}),
        ("market_history_api.get_recent_trades", {"limit": 1_001}),
        ("market_history_api.get_trade_history", {"start": EPOCH, "end": NEVER, "limit": 0}),
        ("condenser_api.get_recent_trades", [0]),
    ],
)
def test_invalid_limit(world: RpcWorld, method: str, params: Any) -> None:
    with pytest.raises(Refused):
        world.ask(method, params)


def test_trades_forwards_and_backwards(world: RpcWorld) -> None:
    trade(world)
    at = time_text(world.chain.state.globals.time - 3)
    sell(world, "bob", 3, "0.250 HBD", "1.000 HIVE")
    world.produce()
    first = {
        "date": at,
        "current_pays": nai(1_000, "HBD"),
        "open_pays": nai(4_000, "HIVE"),
        "taker": "bob",
        "maker": "alice",
    }
    trades = world.ask("market_history_api.get_trade_history", {"start": EPOCH, "end": NEVER})["trades"]
    assert len(trades) == 2
    assert trades[0] == first
    assert world.ask("market_history_api.get_recent_trades", {"limit": 1000})["trades"] == trades[::-1]
    assert world.ask("market_history_api.get_recent_trades", {"limit": 1})["trades"] == trades[1:]
    assert world.ask("market_history_api.get_trade_history", {"start": at, "end": at})["trades"] == [first]
    legacy = world.ask("condenser_api.get_trade_history", [EPOCH, NEVER, 1])
    assert legacy == [first | {"current_pays": "1.000 HBD", "open_pays": "4.000 HIVE"}]
    assert world.ask("condenser_api.get_recent_trades", [])[-1] == legacy[0]


def test_ticker_and_volume(world: RpcWorld) -> None:
    nothing = world.ask("market_history_api.get_ticker")
    assert nothing["latest"] == nothing["percent_change"] == "0.00000000000000000"
    trade(world)
    sell(world, "bob", 3, "0.750 HBD", "2.000 HIVE")
    sell(world, "bob", 4, "0.750 HBD", "3.000 HIVE")
    world.produce()
    sell(world, "bob", 5, "0.500 HBD", "1.000 HIVE")
    world.produce()
    ticker = world.ask("market_history_api.get_ticker")
    assert {name: str(ticker[name])[:5] for name in ("latest", "lowest_ask", "highest_bid", "percent_change")} == {
        "latest": "0.500",
        "lowest_ask": "0.000",
        "highest_bid": "0.200",
        "percent_change": "100.0",
    }
    volume = {"hive_volume": nai(11_000, "HIVE"), "hbd_volume": nai(3_000, "HBD")}
    assert {name: ticker[name] for name in volume} == volume
    assert world.ask("market_history_api.get_volume") == volume
    assert world.ask("condenser_api.get_volume", []) == {"hive_volume": "11.000 HIVE", "hbd_volume": "3.000 HBD"}
    assert world.ask("condenser_api.get_ticker", [])["latest"] == ticker["latest"]


def test_sums_over_spans(world: RpcWorld) -> None:
    trade(world)
    sizes = world.ask("market_history_api.get_market_history_buckets")
    assert sizes == {"bucket_sizes": [15, 60, 300, 3_600, 86_400]}
    assert world.ask("condenser_api.get_market_history_buckets", []) == sizes["bucket_sizes"]
    for seconds in sizes["bucket_sizes"]:
        params = {"bucket_seconds": seconds, "start": EPOCH, "end": NEVER}
        (bucket,) = world.ask("market_history_api.get_market_history", params)["buckets"]
        assert bucket["seconds"] == seconds
        assert bucket["hive"] == dict.fromkeys(("high", "low", "open", "close", "volume"), 4_000)
        assert bucket["non_hive"] == dict.fromkeys(("high", "low", "open", "close", "volume"), 1_000)
        assert world.ask("condenser_api.get_market_history", [seconds, EPOCH, NEVER]) == [bucket]
        assert world.ask("condenser_api.get_market_history", [seconds, EPOCH, bucket["open"]]) == []
        assert world.ask("condenser_api.get_market_history", [seconds, bucket["open"], NEVER]) == [bucket]
    assert world.ask("condenser_api.get_market_history", [7, EPOCH, NEVER]) == []


def test_conversions_that_wait(world: RpcWorld) -> None:
    world.send("alice", "convert", owner="alice", requestid=7, amount="1.000 HBD")
    world.send("bob", "convert", owner="bob", requestid=1, amount="2.000 HBD")
    world.send("alice", "collateralized_convert", owner="alice", requestid=9, amount="10.000 HIVE")
    world.produce()
    (plain,) = world.ask("database_api.find_hbd_conversion_requests", {"account": "alice"})["requests"]
    assert (plain["owner"], plain["requestid"], plain["amount"]) == ("alice", 7, nai(1_000, "HBD"))
    (secured,) = world.ask("database_api.find_collateralized_conversion_requests", {"account": "alice"})["requests"]
    assert secured["collateral_amount"] == nai(10_000, "HIVE")
    assert world.ask("condenser_api.get_conversion_requests", ["alice"]) == [plain | {"amount": "1.000 HBD"}]
    amounts = {"collateral_amount": "10.000 HIVE", "converted_amount": "4.761 HBD"}
    assert world.ask("condenser_api.get_collateralized_conversion_requests", ["alice"]) == [secured | amounts]
    for method in ("database_api.find_hbd_conversion_requests", "database_api.find_collateralized_conversion_requests"):
        with pytest.raises(Refused, match="Given account does not exist"):
            world.ask(method, {"account": "nobody"})
    for method in ("database_api.list_hbd_conversion_requests", "database_api.list_collateralized_conversion_requests"):
        with pytest.raises(Refused, match="Unknown or unsupported sort order"):
            world.ask(method, {"start": None, "limit": 10, "order": "by_name"})


def test_conversions_are_listed_by_their_day_and_by_account(world: RpcWorld) -> None:
    """Accounts in the order in which they were made: alice, bob, carol."""
    for owner, requestid in (("bob", 1), ("alice", 9), ("bob", 0), ("alice", 2)):
        world.send(owner, "convert", owner=owner, requestid=requestid, amount="1.000 HBD")
        world.send(owner, "collateralized_convert", owner=owner, requestid=requestid, amount="1.000 HIVE")
        world.produce()
    for kind in ("hbd", "collateralized"):

        def listed(order: str, start: Any, limit: int = 10, kind: str = kind) -> list[tuple[str, int]]:
            params = {"start": start, "limit": limit, "order": order}
            rows = world.ask(f"database_api.list_{kind}_conversion_requests", params)["requests"]
            return [(row["owner"], row["requestid"]) for row in rows]

        by_account = [("alice", 2), ("alice", 9), ("bob", 0), ("bob", 1)]
        assert listed("by_account", None) == listed("by_account", ["", 0]) == by_account
        assert listed("by_account", ["alice", 3]) == by_account[1:]
        assert listed("by_account", ["bob", 1]) == by_account[3:]
        assert listed("by_account", None, limit=3) == by_account[:3]
        by_day = [("bob", 1), ("alice", 9), ("bob", 0), ("alice", 2)]
        assert listed("by_conversion_date", None) == by_day
        table = world.chain.state.conversions if kind == "hbd" else world.chain.state.collateralized_conversions
        third = table.get(("bob", 0))
        assert listed("by_conversion_date", [time_text(third.conversion_date), third.id]) == by_day[2:]
        assert listed("by_conversion_date", [time_text(third.conversion_date), third.id + 1]) == by_day[3:]
        with pytest.raises(Refused, match="Given account does not exist"):
            listed("by_account", ["nobody", 0])
