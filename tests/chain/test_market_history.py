"""What readers are told of the internal market: trades, and sums over spans of time."""

from typing import Any

import pytest

from chain.asset import HBD, HIVE, Asset
from chain.market_history import BUCKET_SECONDS, BUCKETS_MAX, note_trade
from chain.rows import MarketBucket, Trade
from tests.chain.test_market import Exchange
from tests.helpers.world import START


@pytest.fixture
def world() -> Exchange:
    return Exchange()


def trade(world: Exchange, hive: int, hbd: int) -> None:
    note_trade(world.state, "alice", Asset(hive, HIVE), "bob", Asset(hbd, HBD))


def buckets(world: Exchange, seconds: int) -> list[MarketBucket]:
    return list(world.state.market_buckets.scan(seconds))


def test_the_trades_of_hiveds_own_test(world: Exchange) -> None:
    """Suite "market", case "fill history": each trade with what the taker and the maker paid."""
    world.sell("alice", 0, "1.000 HBD", "2.000 HIVE")
    world.sell("bob", 0, "1.500 HIVE", "0.750 HBD")
    world.advance(seconds=60)
    world.sell("sam", 1, "1.000 HIVE", "0.500 HBD")
    world.sell("alice", 1, "0.500 HBD", "0.900 HIVE")
    world.sell("bob", 1, "0.450 HIVE", "0.250 HBD")
    world.sell("sam", 2, "0.550 HIVE", "0.250 HBD")
    trades = list(world.state.trades.scan())
    assert [(row.time - START, row.id, row.taker, row.taker_pays, row.maker, row.maker_pays) for row in trades] == [
        (0, 0, "bob", Asset(1_500, HIVE), "alice", Asset(750, HBD)),
        (60, 1, "sam", Asset(500, HIVE), "alice", Asset(250, HBD)),
        (60, 2, "alice", Asset(250, HBD), "sam", Asset(500, HIVE)),
        (60, 3, "bob", Asset(450, HIVE), "alice", Asset(250, HBD)),
    ]


def test_a_span_remembers_first_last_dearest_cheapest_and_all_together(world: Exchange) -> None:
    for hive, hbd in ((100, 25), (100, 30), (200, 40), (100, 24)):
        trade(world, hive, hbd)
    assert buckets(world, 60) == [
        MarketBucket(60, START, 1, high=(100, 30), low=(200, 40), open=(100, 25), close=(100, 24), volume=(500, 119))
    ]


def test_of_equal_prices_the_first_is_the_dearest_and_the_cheapest(world: Exchange) -> None:
    trade(world, 100, 25)
    trade(world, 4, 1)
    bucket = buckets(world, 15)[0]
    assert bucket.high == bucket.low == (100, 25)


def test_a_trade_counts_in_the_span_of_each_size(world: Exchange) -> None:
    world.advance(seconds=3_700)
    trade(world, 100, 25)
    world.advance(seconds=20)
    trade(world, 100, 25)
    opened = {seconds: [bucket.opens - START for bucket in buckets(world, seconds)] for seconds in BUCKET_SECONDS}
    assert opened == {15: [3_690, 3_720], 60: [3_660, 3_720], 300: [3_600], 3_600: [3_600], 86_400: [0]}
    ids = [bucket.id for seconds in BUCKET_SECONDS for bucket in buckets(world, seconds)]
    assert sorted(ids) == list(range(7))


def test_old_spans_are_forgotten_when_a_newer_one_gets_its_second_trade(world: Exchange) -> None:
    trade(world, 100, 25)
    world.advance(seconds=15 * BUCKETS_MAX)
    trade(world, 100, 25)
    trade(world, 100, 25)
    assert len(buckets(world, 15)) == 2
    world.advance(seconds=15)
    trade(world, 100, 25)
    assert len(buckets(world, 15)) == 3
    trade(world, 100, 25)
    assert [bucket.opens - START for bucket in buckets(world, 15)] == [86_400, 86_415]
    assert len(buckets(world, 60)) == 2


def test_a_trade_that_is_taken_back_leaves_no_trace(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "2.500 HBD")
    world.sell("bob", 1, "1.000 HBD", "4.000 HIVE")

    def remembered() -> list[Any]:
        state = world.state
        tables: tuple[Any, ...] = (state.trades, state.market_buckets, state.market_totals)
        return [table.pack(row) for table in tables for row in table.scan()]

    before = remembered()
    world.store.begin()
    world.sell("bob", 2, "1.000 HBD", "4.000 HIVE")
    assert remembered() != before
    world.store.rollback()
    assert remembered() == before


def test_a_witness_without_readers_remembers_nothing(world: Exchange) -> None:
    world.state.tells = False
    world.sell("alice", 1, "10.000 HIVE", "2.500 HBD")
    world.sell("bob", 1, "1.000 HBD", "4.000 HIVE")
    assert list(world.state.trades.scan()) == buckets(world, 15) == []
    assert world.left("alice", 1) == 6_000


def test_a_trade_keeps_who_came_and_who_was_there(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "2.500 HBD")
    world.sell("bob", 1, "1.000 HBD", "4.000 HIVE")
    assert list(world.state.trades.scan()) == [Trade(START, 0, "bob", Asset(1_000, HBD), "alice", Asset(4_000, HIVE))]
