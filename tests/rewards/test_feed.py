"""Medians of the price feed, and the haircut."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rewards.feed import FeedMedians, compare, feed_medians, haircut_price, median_price
from rewards.price import NO_PRICE, Price, hbd_to_hive, hive_to_hbd
from tests.rewards.cases import cases, repeatable

amounts = st.integers(1, 10**15)
prices = st.builds(Price, amounts, amounts)


@cases("feed_median")
def test_median_of_the_upstream_test(case):
    assert median_price([Price(*price) for price in case["prices"]]) == Price(*case["median"])


@repeatable
@given(prices, prices)
def test_prices_compare_as_fractions(one, other):
    difference = Fraction(*one) - Fraction(*other)
    assert (compare(one, other) > 0, compare(one, other) < 0) == (difference > 0, difference < 0)


@repeatable
@given(st.integers(-(10**15), 10**15), prices)
def test_there_and_back_never_gains(amount, price):
    assert abs(hbd_to_hive(hive_to_hbd(amount, price), price)) <= abs(amount)


def test_without_a_price_nothing_is_worth_anything():
    assert hive_to_hbd(1_000, NO_PRICE) == hbd_to_hive(1_000, NO_PRICE) == 0


HISTORY = [Price(300, 1_000), Price(250, 1_000), Price(200, 1_000)]


def test_a_history_without_a_floor():
    expected = FeedMedians(HISTORY[1], HISTORY[1], HISTORY[2], HISTORY[0], is_corrected=False)
    assert feed_medians(HISTORY, None) == expected
    assert feed_medians(HISTORY, Price(1, 1_000)) == expected


def test_the_haircut_raises_the_median_but_not_the_markets():
    assert feed_medians(HISTORY, Price(280, 1_000)) == FeedMedians(
        Price(280, 1_000), HISTORY[1], HISTORY[2], HISTORY[0], is_corrected=True
    )


def test_a_haircut_above_all_prices_is_the_highest_price():
    assert feed_medians(HISTORY, Price(500, 1_000)) == FeedMedians(
        Price(500, 1_000), HISTORY[1], HISTORY[2], Price(500, 1_000), is_corrected=True
    )


def test_the_haircut_price_is_not_reduced():
    assert haircut_price(1_000, 0, 5_000, 30) == Price(70_000, 150_000)


def test_the_treasurys_hbd_is_no_debt():
    assert haircut_price(1_000, 1_000, 5_000, 30) is None
    assert haircut_price(1_000, 400, 5_000, 30) == Price(42_000, 150_000)


@repeatable
@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_at_the_haircut_price_hbd_is_exactly_the_limit(hbd, hive):
    price = haircut_price(hbd, 0, hive, 30)
    assert price is not None
    assert Fraction(hbd) / (hbd + hive * Fraction(*price)) == Fraction(30, 100)
