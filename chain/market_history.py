"""What was traded on the internal market, kept for readers beside consensus: every trade, and sums over spans of time.

A bucket sums up the trades of one span: 15 seconds, a minute, five minutes, an hour, a day. Of each size as many are kept as fill a
day with the shortest ones; older ones go when a newer one of their size gets another trade, as in hived.
"""

from typing import Final

from chain.asset import HIVE, Asset
from chain.rows import MarketBucket, MarketTotals, Trade
from chain.state import State

BUCKET_SECONDS: Final = (15, 60, 300, 3_600, 86_400)
BUCKETS_MAX: Final = 5_760


def note_trade(state: State, taker: str, taker_pays: Asset, maker: str, maker_pays: Asset) -> None:
    """Remember a trade under the time of the head that it met."""
    if "" not in state.market_totals:
        state.market_totals.insert(MarketTotals())
    totals = state.market_totals.edit("")
    state.trades.insert(Trade(state.now, totals.trades, taker, taker_pays, maker, maker_pays))
    totals.trades += 1
    hive, hbd = (taker_pays, maker_pays) if taker_pays.symbol == HIVE else (maker_pays, taker_pays)
    for seconds in BUCKET_SECONDS:
        _count(state, totals, seconds, hive.amount, hbd.amount)


def _count(state: State, totals: MarketTotals, seconds: int, hive: int, hbd: int) -> None:
    key = (seconds, state.now - state.now % seconds)
    if key not in state.market_buckets:
        state.market_buckets.insert(MarketBucket(*key, totals.buckets, *[(hive, hbd)] * 5))
        totals.buckets += 1
        return
    bucket = state.market_buckets.edit(key)
    bucket.volume = (bucket.volume[0] + hive, bucket.volume[1] + hbd)
    bucket.close = (hive, hbd)
    if bucket.high[1] * hive < hbd * bucket.high[0]:
        bucket.high = (hive, hbd)
    if bucket.low[1] * hive > hbd * bucket.low[0]:
        bucket.low = (hive, hbd)
    _forget(state, seconds)


def _forget(state: State, seconds: int) -> None:
    oldest = state.now - seconds * BUCKETS_MAX
    for bucket in state.market_buckets.scan(seconds):
        if bucket.opens >= oldest:
            return
        state.market_buckets.remove((seconds, bucket.opens))
