"""Conversions between HBD and HIVE whose day has come (protocol.md §8.7, §8.8)."""

from chain.asset import HBD, HIVE, Asset
from chain.balances import adjust_hbd_supply, adjust_hive, adjust_hive_supply
from chain.events import FillCollateralizedConvertRequest, FillConvertRequest
from chain.processes.price_feed import median_price
from chain.rows import CollateralizedConversion, Conversion
from chain.state import State
from chain.warnings import insufficient_collateral
from rewards.conversion import settle
from rewards.price import NO_PRICE, Price, hbd_to_hive


def process_conversions(state: State) -> None:
    """First HBD into HIVE, then those against collateral; each by time, then age."""
    if median_price(state) == NO_PRICE:
        return
    for row in state.conversions.by_conversion_date.until((state.now,)):
        _convert(state, row)
    for secured in state.collateralized_conversions.by_conversion_date.until((state.now,)):
        _settle(state, secured)


def _convert(state: State, row: Conversion) -> None:
    """At the median as the haircut left it."""
    hive = hbd_to_hive(row.hbd, median_price(state))
    adjust_hive(state, row.owner, hive)
    adjust_hive_supply(state, hive)
    adjust_hbd_supply(state, -row.hbd)
    state.emit(FillConvertRequest(row.owner, row.requestid, Asset(row.hbd, HBD), Asset(hive, HIVE)))
    state.conversions.remove((row.owner, row.requestid))


def _settle(state: State, row: CollateralizedConversion) -> None:
    """At the median of the market: the haircut's price is no price at which HIVE can be had."""
    market = Price(*state.feed.market_median)
    used, excess, shortfall = settle(
        row.collateral, row.given_hbd, market, state.params.collateralized_conversion_fee_bp
    )
    if shortfall:
        state.emit(insufficient_collateral(row.owner, row.requestid, shortfall))
    adjust_hive(state, row.owner, excess)
    adjust_hive_supply(state, -used)
    state.emit(
        FillCollateralizedConvertRequest(
            row.owner, row.requestid, Asset(used, HIVE), Asset(row.given_hbd, HBD), Asset(excess, HIVE)
        )
    )
    state.collateralized_conversions.remove((row.owner, row.requestid))
