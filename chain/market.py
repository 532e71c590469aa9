"""The internal market between HIVE and HBD: an order meets those that were there, at their prices (protocol.md §8.10)."""

from chain.asset import HBD, HIVE, Asset, Price, Symbol
from chain.balances import adjust_balance
from chain.errors import InvalidOperation, OperationFailed
from chain.events import FillOrder, LimitOrderCancelled
from chain.market_history import note_trade
from chain.params import SECONDS_PER_DAY
from chain.rows import LimitOrder, price_key
from chain.state import State
from chain.types import time_text
from rewards import market


class WrongMarket(InvalidOperation):
    code = "wrong_market"
    text = "An order must be between HIVE and HBD, not {sell} and {receive}"


class OrderExpired(OperationFailed):
    code = "order_expired"
    text = "Limit order has to expire after head block time {now}, not at {expiration}"


class OrderTooLong(OperationFailed):
    code = "order_too_long"
    text = "Limit Order Expiration must not be more than {days} days in the future, not at {expiration}"


class OrderExists(OperationFailed):
    code = "order_exists"
    text = "{owner} has an order numbered {orderid} already. Choose another number, or cancel that order"


class OrderNotFilled(OperationFailed):
    code = "order_not_filled"
    text = "Cancelling order because it was not filled: nobody asks so little for all of it now"


def check_market(sell: Symbol, receive: Symbol) -> None:
    """HIVE against HBD. HIVE against a generic asset passes here as in hived; such an order waits in vain, or finds no balance."""
    pair = (sell, receive)
    if pair in {(HIVE, HBD), (HBD, HIVE)}:
        return
    if not ((sell == HIVE and not receive.is_core) or (receive == HIVE and not sell.is_core)):
        raise WrongMarket(sell=sell, receive=receive)


def open_order(
    state: State, owner: str, orderid: int, offer: Asset, price: Price, *, expiration: int, fill_or_kill: bool
) -> None:
    """Lock the offer, let it meet what there is, and leave the rest standing."""
    _check_expiration(state, expiration)
    amount, symbol = offer
    adjust_balance(state, owner, Asset(-amount, symbol))
    key = (owner, orderid)
    if key in state.limit_orders:
        raise OrderExists(owner=owner, orderid=orderid)
    order_id = state.next_id("limit_order")
    state.limit_orders.insert(LimitOrder(owner, orderid, order_id, state.now, expiration, amount, price))
    _meet(state, key)
    if fill_or_kill and key in state.limit_orders:
        raise OrderNotFilled


def _check_expiration(state: State, expiration: int) -> None:
    seconds_max = state.params.limit_order_seconds_max
    if expiration <= state.now:
        raise OrderExpired(now=time_text(state.now), expiration=time_text(expiration))
    if expiration > state.now + seconds_max:
        raise OrderTooLong(days=seconds_max // SECONDS_PER_DAY, expiration=time_text(expiration))


def _meet(state: State, key: tuple[str, int]) -> None:
    """Trade with the best counteroffer while there is one: after each trade, one of the two has sold all it had."""
    while (taker := state.limit_orders.find(key)) is not None:
        maker = best_counteroffer(state, taker.sell_price)
        if maker is None:
            return
        _trade(state, taker, maker)


def best_counteroffer(state: State, price: Price) -> LimitOrder | None:
    """The cheapest offer of what is wanted, of equally cheap ones the oldest; None where none is cheap enough."""
    base, quote = price
    counterprice = price_key(price.inverted())
    best = state.limit_orders.by_price.first(counterprice[:2])
    if best is None or price_key(best.sell_price)[:2] != counterprice[:2]:
        return None
    offered, wanted = best.sell_price
    return best if market.meets((base.amount, quote.amount), (offered.amount, wanted.amount)) else None


def _trade(state: State, taker: LimitOrder, maker: LimitOrder) -> None:
    offered, wanted = maker.sell_price
    fill = market.fill(taker.for_sale, maker.for_sale, offered.amount, wanted.amount)
    taker_pays, maker_pays = Asset(fill.taker_pays, wanted.symbol), Asset(fill.maker_pays, offered.symbol)
    state.emit(FillOrder(taker.seller, taker.orderid, taker_pays, maker.seller, maker.orderid, maker_pays))
    if state.tells:
        note_trade(state, taker.seller, taker_pays, maker.seller, maker_pays)
    _settle(state, taker, taker_pays, maker_pays)
    _settle(state, maker, maker_pays, taker_pays)


def _settle(state: State, order: LimitOrder, pays: Asset, receives: Asset) -> None:
    """The part of one side in a trade. What is left goes back to its owner where it would not buy a single unit."""
    key = (order.seller, order.orderid)
    adjust_balance(state, order.seller, receives)
    if pays.amount == order.for_sale:
        state.limit_orders.remove(key)
        return
    order = state.limit_orders.edit(key)
    order.for_sale -= pays.amount
    offered, wanted = order.sell_price
    if not market.worth(order.for_sale, offered.amount, wanted.amount):
        cancel_order(state, order)


def cancel_order(state: State, order: LimitOrder) -> None:
    """Give back what was not sold."""
    rest = Asset(order.for_sale, order.sell_price.base.symbol)
    adjust_balance(state, order.seller, rest)
    state.emit(LimitOrderCancelled(order.seller, order.orderid, rest))
    state.limit_orders.remove((order.seller, order.orderid))
