"""Orders of the internal market (protocol.md §8.10)."""

from typing import Any

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HBD, HIVE, Asset, InvalidPrice, Price, Symbol
from chain.balances import InsufficientFunds, NotMoney
from chain.checks import AmountNotPositive, WrongSymbol
from chain.events import FillOrder, LimitOrderCancelled, VirtualOperation
from chain.invariants import check_money
from chain.market import OrderExists, OrderExpired, OrderNotFilled, OrderTooLong, WrongMarket
from chain.operations.limit_order_cancel import UnknownOrder
from chain.processes.expired_orders import process_expired_orders
from chain.rows import LimitOrder
from chain.types import InvalidAccountName
from tests.helpers.world import World

DAY = 86_400
GENERIC = Symbol.of_nai("@@100000006", 3)


class Exchange(World):
    """alice, bob and sam have 1000.000 HIVE and 1000.000 HBD each."""

    def __init__(self) -> None:
        super().__init__(processes=(process_expired_orders,))
        for name in ("alice", "bob", "sam"):
            self.account(name, hive="1000.000 HIVE", hbd="1000.000 HBD")

    def sell(
        self, owner: str, orderid: int, offer: str, receive: str, *, at_once: bool = False, seconds: int = DAY
    ) -> list[VirtualOperation]:
        amounts = {"amount_to_sell": offer, "min_to_receive": receive}
        return self._order("limit_order_create", owner, orderid, seconds, at_once=at_once, **amounts)

    def sell_at(
        self, owner: str, orderid: int, offer: str, base: str, quote: str, *, at_once: bool = False, seconds: int = DAY
    ) -> list[VirtualOperation]:
        price = Price(self.amount(base), self.amount(quote))
        amounts = {"amount_to_sell": offer, "exchange_rate": price}
        return self._order("limit_order_create2", owner, orderid, seconds, at_once=at_once, **amounts)

    def _order(
        self, name: str, owner: str, orderid: int, seconds: int, *, at_once: bool, **amounts: Any
    ) -> list[VirtualOperation]:
        number = {"orderid": orderid, "expiration": self.state.now + seconds}
        return self.do(name, owner=owner, fill_or_kill=at_once, **number, **amounts)

    def cancel(self, owner: str, orderid: int) -> list[VirtualOperation]:
        return self.do("limit_order_cancel", owner=owner, orderid=orderid)

    def fill(self, taker: tuple[str, int], pays: str, maker: tuple[str, int], maker_pays: str) -> FillOrder:
        return FillOrder(*taker, self.amount(pays), *maker, self.amount(maker_pays))

    def cancelled(self, seller: str, orderid: int, rest: str) -> LimitOrderCancelled:
        return LimitOrderCancelled(seller, orderid, self.amount(rest))

    def left(self, owner: str, orderid: int) -> int | None:
        order = self.state.limit_orders.find((owner, orderid))
        return None if order is None else order.for_sale

    def money(self, name: str) -> tuple[int, int]:
        return self[name].balance, self[name].hbd_balance


@pytest.fixture
def world() -> Exchange:
    return Exchange()


# orders that wait


def test_an_order_locks_what_it_offers(world: Exchange) -> None:
    assert world.sell("alice", 1, "10.000 HIVE", "15.000 HBD") == []
    assert world.money("alice") == (990_000, 1_000_000)
    now = world.state.now
    assert world.state.limit_orders.get(("alice", 1)) == LimitOrder(
        "alice", 1, 0, now, now + DAY, 10_000, Price(Asset(10_000, HIVE), Asset(15_000, HBD))
    )
    check_money(world.state)


def test_orders_that_do_not_cross_wait_beside_each_other(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "15.000 HBD")
    assert world.sell("bob", 1, "14.999 HBD", "10.000 HIVE") == []
    assert (world.left("alice", 1), world.left("bob", 1)) == (10_000, 14_999)


def test_a_cancelled_order_gives_back_what_was_not_sold(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "15.000 HBD")
    world.sell("bob", 1, "6.000 HBD", "4.000 HIVE")
    assert world.cancel("alice", 1) == [world.cancelled("alice", 1, "6.000 HIVE")]
    assert world.money("alice") == (996_000, 1_006_000)
    assert world.left("alice", 1) is None
    check_money(world.state)


def test_expired_orders_go_by_time_then_age(world: Exchange) -> None:
    world.sell("alice", 3, "1.000 HIVE", "15.000 HBD", seconds=60)
    world.sell("bob", 2, "1.000 HIVE", "15.000 HBD", seconds=60)
    world.sell("sam", 1, "1.000 HIVE", "15.000 HBD", seconds=30)
    assert world.advance(seconds=60) == [world.cancelled("sam", 1, "1.000 HIVE")]
    assert world.advance(seconds=3) == [
        world.cancelled("alice", 3, "1.000 HIVE"),
        world.cancelled("bob", 2, "1.000 HIVE"),
    ]
    assert world.money("alice") == (1_000_000, 1_000_000)
    check_money(world.state)


def test_an_order_may_stand_for_four_weeks(world: Exchange) -> None:
    world.sell("alice", 1, "1.000 HIVE", "1.000 HBD", seconds=28 * DAY)
    world.sell("alice", 2, "1.000 HIVE", "1.000 HBD", seconds=1)


# orders that meet


def test_the_steps_of_hiveds_own_test(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "15.000 HBD")
    assert world.sell("bob", 1, "7.500 HBD", "5.000 HIVE") == [
        world.fill(("bob", 1), "7.500 HBD", ("alice", 1), "5.000 HIVE")
    ]
    assert (world.left("alice", 1), world.left("bob", 1)) == (5_000, None)
    assert world.sell("bob", 1, "15.000 HBD", "10.000 HIVE") == [
        world.fill(("bob", 1), "7.500 HBD", ("alice", 1), "5.000 HIVE")
    ]
    assert (world.left("alice", 1), world.left("bob", 1)) == (None, 7_500)
    assert world.sell("alice", 3, "5.000 HIVE", "7.500 HBD") == [
        world.fill(("alice", 3), "5.000 HIVE", ("bob", 1), "7.500 HBD")
    ]
    assert list(world.state.limit_orders.scan()) == []
    world.sell("alice", 4, "10.000 HIVE", "11.000 HBD")
    world.sell("bob", 4, "12.000 HBD", "10.000 HIVE")
    assert (world.left("alice", 4), world.left("bob", 4)) == (None, 1_000)
    world.cancel("bob", 4)
    world.sell("alice", 5, "20.000 HIVE", "22.000 HBD")
    assert world.sell("bob", 5, "12.000 HBD", "10.000 HIVE") == [
        world.fill(("bob", 5), "12.000 HBD", ("alice", 5), "10.909 HIVE")
    ]
    assert (world.left("alice", 5), world.left("bob", 5)) == (9_091, None)
    check_money(world.state)


def test_the_cheapest_offer_comes_first_and_of_equal_ones_the_oldest(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "3.000 HBD")
    world.sell("bob", 7, "5.000 HIVE", "1.250 HBD")
    world.sell("alice", 2, "10.000 HIVE", "2.500 HBD")  # the same price in other terms
    assert world.sell("sam", 1, "4.500 HBD", "10.000 HIVE") == [
        world.fill(("sam", 1), "1.250 HBD", ("bob", 7), "5.000 HIVE"),
        world.fill(("sam", 1), "2.500 HBD", ("alice", 2), "10.000 HIVE"),
        world.fill(("sam", 1), "0.750 HBD", ("alice", 1), "2.500 HIVE"),
    ]
    assert world.money("sam") == (1_017_500, 995_500)
    assert world.left("alice", 1) == 7_500
    check_money(world.state)


def test_the_taker_pays_the_makers_price_not_its_own(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "2.000 HBD")
    world.sell("bob", 1, "5.000 HBD", "10.000 HIVE")
    assert world.money("bob") == (1_010_000, 995_000)
    assert world.left("bob", 1) == 3_000


def test_one_may_meet_oneself(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "2.500 HBD")
    world.sell("alice", 2, "2.500 HBD", "10.000 HIVE")
    assert world.money("alice") == (1_000_000, 1_000_000)
    assert list(world.state.limit_orders.scan()) == []


def test_a_price_instead_of_a_least_amount(world: Exchange) -> None:
    world.sell_at("alice", 1, "10.000 HIVE", "1.000 HIVE", "0.250 HBD")
    assert world.sell_at("bob", 1, "1.000 HBD", "0.250 HBD", "1.000 HIVE") == [
        world.fill(("bob", 1), "1.000 HBD", ("alice", 1), "4.000 HIVE")
    ]


# rests


def test_a_rest_that_would_buy_nothing_goes_back_to_its_owner(world: Exchange) -> None:
    """Of the maker: what is left of 0.010 HIVE for 0.003 HBD is not worth a unit of HBD."""
    world.sell("alice", 1, "0.010 HIVE", "0.003 HBD")
    assert world.sell("bob", 1, "0.002 HBD", "0.006 HIVE") == [
        world.fill(("bob", 1), "0.002 HBD", ("alice", 1), "0.006 HIVE"),
    ]
    assert world.left("alice", 1) == 4
    assert world.sell("bob", 2, "0.001 HBD", "0.003 HIVE") == [
        world.fill(("bob", 2), "0.001 HBD", ("alice", 1), "0.003 HIVE"),
        world.cancelled("alice", 1, "0.001 HIVE"),
    ]
    assert world.left("alice", 1) is None
    check_money(world.state)


def test_a_takers_rest_is_told_before_the_makers(world: Exchange) -> None:
    world.sell("alice", 1, "0.003 HBD", "0.010 HIVE")
    events = world.sell("bob", 1, "0.012 HIVE", "0.003 HBD")
    assert events == [
        world.fill(("bob", 1), "0.010 HIVE", ("alice", 1), "0.003 HBD"),
        world.cancelled("bob", 1, "0.002 HIVE"),
    ]
    check_money(world.state)


def test_what_is_over_a_whole_unit_is_the_makers(world: Exchange) -> None:
    """Three units of HIVE would have bought the unit of HBD; five do not buy two."""
    world.sell("alice", 1, "1.000 HBD", "3.000 HIVE")
    world.sell("bob", 1, "0.005 HIVE", "0.001 HBD")
    assert world.left("bob", 1) is None
    assert world.money("bob") == (999_995, 1_000_001)
    check_money(world.state)


# at once or not at all


def test_an_order_that_is_filled_at_once(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "2.500 HBD")
    assert len(world.sell("bob", 1, "2.500 HBD", "10.000 HIVE", at_once=True)) == 1


def test_invalid_order_that_is_not_filled_at_once(world: Exchange) -> None:
    world.sell("alice", 1, "10.000 HIVE", "2.500 HBD")
    with pytest.raises(OrderNotFilled, match="Cancelling order because it was not filled"):
        world.sell("bob", 1, "2.501 HBD", "10.000 HIVE", at_once=True)
    with pytest.raises(OrderNotFilled):
        world.sell_at("bob", 1, "3.000 HBD", "0.250 HBD", "1.000 HIVE", at_once=True)
    assert world.left("alice", 1) == 10_000
    assert world.money("bob") == (1_000_000, 1_000_000)


# refusals


def test_invalid_order_without_funds(world: Exchange) -> None:
    with pytest.raises(InsufficientFunds):
        world.sell("alice", 1, "1000.001 HIVE", "1.000 HBD")


def test_invalid_order_of_an_unknown_account(world: Exchange) -> None:
    with pytest.raises(UnknownAccount):
        world.sell("nobody", 1, "1.000 HIVE", "1.000 HBD")


def test_invalid_order_with_a_number_in_use(world: Exchange) -> None:
    world.sell("alice", 1, "1.000 HIVE", "1.000 HBD")
    with pytest.raises(OrderExists):
        world.sell("alice", 1, "1.000 HIVE", "1.000 HBD")
    world.sell("bob", 1, "1.000 HIVE", "1.000 HBD")


@pytest.mark.parametrize(("seconds", "error"), [(0, OrderExpired), (-5, OrderExpired), (28 * DAY + 1, OrderTooLong)])
def test_invalid_expiration_of_an_order(world: Exchange, seconds: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        world.sell("alice", 1, "1.000 HIVE", "1.000 HBD", seconds=seconds)
    with pytest.raises(error):
        world.sell_at("alice", 1, "1.000 HIVE", "1.000 HIVE", "1.000 HBD", seconds=seconds)


def test_invalid_cancellation_of_an_order_there_is_not(world: Exchange) -> None:
    world.sell("alice", 1, "1.000 HIVE", "1.000 HBD")
    for owner, orderid in (("alice", 2), ("bob", 1)):
        with pytest.raises(UnknownOrder, match=f"'name' {owner} 'order_id' {orderid} doesn't exist"):
            world.cancel(owner, orderid)


def test_invalid_shape_of_an_order(world: Exchange) -> None:
    with pytest.raises(InvalidAccountName):
        world.sell("A", 1, "1.000 HIVE", "1.000 HBD")
    with pytest.raises(WrongMarket):
        world.sell("alice", 1, "1.000 HIVE", "1.000 HIVE")
    with pytest.raises(WrongMarket):
        world.sell("alice", 1, "1.000000 VESTS", "1.000 HIVE")
    with pytest.raises(InvalidPrice):
        world.sell("alice", 1, "1.000 HIVE", "0.000 HBD")
    with pytest.raises(InvalidPrice):
        world.sell_at("alice", 1, "1.000 HIVE", "0.000 HIVE", "1.000 HBD")
    with pytest.raises(WrongSymbol):
        world.sell_at("alice", 1, "1.000 HIVE", "1.000 HBD", "1.000 HIVE")
    with pytest.raises(AmountNotPositive):
        world.sell_at("alice", 1, "0.003 HIVE", "1.000 HIVE", "0.250 HBD")


def test_invalid_offer_of_an_asset_that_nobody_has(world: Exchange) -> None:
    with pytest.raises(NotMoney):
        world.sell("alice", 1, Asset(5, GENERIC), "1.000 HIVE")  # type: ignore[arg-type]  # not an amount in words


def test_an_order_for_an_asset_that_nobody_has_waits_in_vain(world: Exchange) -> None:
    world.sell("alice", 1, "1.000 HIVE", Asset(1, GENERIC))  # type: ignore[arg-type]  # as above
    world.sell("alice", 2, "1.000 HIVE", "9.000 HBD")
    assert world.sell("bob", 1, "1.000 HBD", "1.000 HIVE") == []
    check_money(world.state)
    assert world.cancel("alice", 1) == [world.cancelled("alice", 1, "1.000 HIVE")]
