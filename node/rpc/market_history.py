"""market_history_api and its twins in condenser_api: what is offered on the internal market, and what was traded.

Only a node that keeps rows for readers knows of trades; another one answers as if there had been none.
"""

from itertools import islice, takewhile
from typing import Any, Final

from chain.market_history import BUCKET_SECONDS
from chain.rows import MarketBucket
from chain.state import State
from chain.views.amounts import amounts
from chain.views.market import bucket_view, offer_view, offers, trade_view
from chain.wire import HF26, LEGACY, Form
from node.rpc.arguments import QUERY_MAX, U32, Time
from node.rpc.context import Context
from node.rpc.errors import require
from node.rpc.market import SIDES, real, real_price
from node.rpc.registry import Namespace

BOOK_MAX: Final = 500
DAY_SECONDS: Final = 86_400

api = Namespace("market_history_api")
condenser = Namespace("condenser_api", positional=True)


# --- what is offered -------------------------------------------------------------------------------------------------


@api.method
def get_order_book(context: Context, limit: U32 = BOOK_MAX) -> Any:
    """Up to 500 orders of each side, the cheapest first."""
    return order_book(context.state, limit, HF26)


@condenser.method(name="get_order_book")
def get_condenser_order_book(context: Context, limit: U32 = BOOK_MAX) -> Any:
    """The same with amounts as texts."""
    return order_book(context.state, limit, LEGACY)


def order_book(state: State, limit: int, form: Form) -> dict[str, Any]:
    require(0 < limit <= BOOK_MAX, "0 < args.limit && args.limit <= 500", "")
    return {
        side: [
            offer_view(state, row, form) | {"real_price": real(real_price(row.sell_price))}
            for row in offers(state, sold, limit)
        ]
        for side, sold in SIDES
    }


# --- the last day ----------------------------------------------------------------------------------------------------


@api.method
def get_ticker(context: Context) -> Any:
    """Price now, its change over a day, the best offers, and the volume of a day."""
    return ticker(context.state, HF26)


@condenser.method(name="get_ticker")
def get_condenser_ticker(context: Context) -> Any:
    """The same with amounts as texts."""
    return ticker(context.state, LEGACY)


def ticker(state: State, form: Form) -> dict[str, Any]:
    latest = percent_change = 0.0
    first = next(state.market_buckets.scan(start=_day_ago(state)), None)  # of whatever size, as in hived
    if first is not None:
        last = next(state.market_buckets.scan(reverse=True))
        opened, latest = _ratio(first.open), _ratio(last.close)
        percent_change = (latest - opened) / opened * 100 if opened else 0.0
    best = {side: next(offers(state, sold, 1), None) for side, sold in SIDES}
    prices = {side: real(real_price(row.sell_price)) if row else real(0) for side, row in best.items()}
    return {
        "latest": real(latest),
        "lowest_ask": prices["asks"],
        "highest_bid": prices["bids"],
        "percent_change": real(percent_change),
        **volume(state, form),
    }


@api.method
def get_volume(context: Context) -> Any:
    """What was traded within a day."""
    return volume(context.state, HF26)


@condenser.method(name="get_volume")
def get_condenser_volume(context: Context) -> Any:
    """The same with amounts as texts."""
    return volume(context.state, LEGACY)


def volume(state: State, form: Form) -> dict[str, Any]:
    buckets = list(state.market_buckets.scan(BUCKET_SECONDS[0], start=_day_ago(state)))
    write = amounts(form, state.params.dialect)
    return {
        "hive_volume": write.hive(sum(bucket.volume[0] for bucket in buckets)),
        "hbd_volume": write.hbd(sum(bucket.volume[1] for bucket in buckets)),
    }


def _day_ago(state: State) -> tuple[int, int]:
    return BUCKET_SECONDS[0], max(state.globals.time - DAY_SECONDS, 0)


def _ratio(mark: tuple[int, int]) -> float:
    """HBD for a HIVE; 0 where rounding left no HIVE."""
    hive, hbd = mark
    return hbd / hive if hive else 0.0


# --- trades ----------------------------------------------------------------------------------------------------------


@api.method(heavy=True)
def get_trade_history(context: Context, start: Time = 0, end: Time = 0, limit: U32 = QUERY_MAX) -> Any:
    """Up to 1000 trades from one time to another, the oldest first."""
    return {"trades": trades_between(context.state, start, end, limit, HF26)}


@condenser.method(name="get_trade_history", heavy=True)
def get_condenser_trade_history(context: Context, start: Time, end: Time, limit: U32 = QUERY_MAX) -> Any:
    """The same as a list, with amounts as texts."""
    return trades_between(context.state, start, end, limit, LEGACY)


def trades_between(state: State, start: int, end: int, limit: int, form: Form) -> list[dict[str, Any]]:
    _check_trades(limit)
    rows = takewhile(lambda row: row.time <= end, state.trades.scan(start=(start, 0)))
    return [trade_view(state, row, form) for row in islice(rows, limit)]


@api.method(heavy=True)
def get_recent_trades(context: Context, limit: U32 = QUERY_MAX) -> Any:
    """Up to 1000 trades, the newest first."""
    return {"trades": recent_trades(context.state, limit, HF26)}


@condenser.method(name="get_recent_trades", heavy=True)
def get_condenser_recent_trades(context: Context, limit: U32 = QUERY_MAX) -> Any:
    """The same as a list, with amounts as texts."""
    return recent_trades(context.state, limit, LEGACY)


def recent_trades(state: State, limit: int, form: Form) -> list[dict[str, Any]]:
    _check_trades(limit)
    return [trade_view(state, row, form) for row in islice(state.trades.scan(reverse=True), limit)]


def _check_trades(limit: int) -> None:
    require(0 < limit <= QUERY_MAX, "0 < args.limit && args.limit <= 1000", "")


# --- sums over spans of time -----------------------------------------------------------------------------------------


@api.method(heavy=True)
def get_market_history(context: Context, bucket_seconds: U32 = 0, start: Time = 0, end: Time = 0) -> Any:
    """Sums over spans of so many seconds that began from one time to just before another."""
    return {"buckets": buckets_between(context.state, bucket_seconds, start, end)}


@condenser.method(name="get_market_history", heavy=True)
def get_condenser_market_history(context: Context, bucket_seconds: U32, start: Time, end: Time) -> Any:
    """The same as a list."""
    return buckets_between(context.state, bucket_seconds, start, end)


def buckets_between(state: State, seconds: int, start: int, end: int) -> list[dict[str, Any]]:
    def is_before(bucket: MarketBucket) -> bool:
        return bucket.opens < end

    return list(map(bucket_view, takewhile(is_before, state.market_buckets.scan(seconds, start=(seconds, start)))))


@api.method
def get_market_history_buckets(_context: Context) -> Any:
    """The spans that there are sums of, in seconds."""
    return {"bucket_sizes": list(BUCKET_SECONDS)}


@condenser.method(name="get_market_history_buckets")
def get_condenser_market_history_buckets(_context: Context) -> Any:
    """The same as a list."""
    return list(BUCKET_SECONDS)
