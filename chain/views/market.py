"""Orders of the internal market and what came of them (protocol.md §8.10)."""

from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Any

from chain.asset import HBD, HIVE, Symbol
from chain.asset_wire import PRICE
from chain.jsonform import write_value
from chain.rows import LimitOrder, MarketBucket, Trade
from chain.state import State
from chain.types import time_text
from chain.views.amounts import amounts
from chain.wire import Form
from rewards.market import worth


def order_view(state: State, row: LimitOrder, form: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "created": time_text(row.created),
        "expiration": time_text(row.expiration),
        "seller": row.seller,
        "orderid": row.orderid,
        "for_sale": row.for_sale,
        "sell_price": write_value(PRICE, row.sell_price, form, state.params.dialect),
    }


def offers(state: State, sold: Symbol, limit: int) -> Iterator[LimitOrder]:
    """Of HIVE for HBD, or of HBD for HIVE: the cheapest first, of equally cheap ones the oldest."""
    pair = (sold, HBD if sold == HIVE else HIVE)
    found = state.limit_orders.by_price.scan((-pair[0].number, -pair[1].number))
    return islice(
        takewhile(lambda row: (row.sell_price.base.symbol, row.sell_price.quote.symbol) == pair, found), limit
    )


def offer_view(state: State, row: LimitOrder, form: Form) -> dict[str, Any]:
    """An order as the order book shows it: what is left, in HIVE and in HBD."""
    base, quote = row.sell_price
    wanted = worth(row.for_sale, base.amount, quote.amount)
    hive, hbd = (row.for_sale, wanted) if base.symbol == HIVE else (wanted, row.for_sale)
    return {
        "order_price": write_value(PRICE, row.sell_price, form, state.params.dialect),
        "hive": hive,
        "hbd": hbd,
        "created": time_text(row.created),
    }


def trade_view(state: State, row: Trade, form: Form) -> dict[str, Any]:
    write = amounts(form, state.params.dialect)
    return {
        "date": time_text(row.time),
        "current_pays": write.of(row.taker_pays),
        "open_pays": write.of(row.maker_pays),
        "taker": row.taker,
        "maker": row.maker,
    }


def bucket_view(row: MarketBucket) -> dict[str, Any]:
    marks = {"high": row.high, "low": row.low, "open": row.open, "close": row.close, "volume": row.volume}
    return {
        "id": row.id,
        "open": time_text(row.opens),
        "seconds": row.seconds,
        "hive": {name: hive for name, (hive, _) in marks.items()},
        "non_hive": {name: hbd for name, (_, hbd) in marks.items()},
    }
