"""How two orders meet."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rewards.market import RANK_BYTES, Fill, fill, meets, price_rank, worth
from tests.rewards.cases import repeatable

AMOUNT_MAX = 2**63 - 1
amounts = st.integers(1, AMOUNT_MAX)
prices = st.tuples(amounts, amounts)


def test_a_smaller_taker_sells_all_at_the_makers_price():
    assert fill(5_000, 10_000, offered=10_000, wanted=15_000) == Fill(5_000, 3_333)


def test_a_larger_taker_buys_all_at_the_makers_price():
    assert fill(12_000, 10_000, offered=10_000, wanted=11_000) == Fill(11_000, 10_000)


def test_a_taker_that_offers_just_what_is_asked_sells_all():
    assert fill(11_000, 10_000, offered=10_000, wanted=11_000) == Fill(11_000, 10_000)


def test_orders_meet_up_to_the_very_price():
    assert meets((15_000, 10_000), (10_000, 15_000))
    assert meets((15_001, 10_000), (10_000, 15_000))
    assert not meets((14_999, 10_000), (10_000, 15_000))


@repeatable
@given(st.integers(1, 10**15), st.integers(1, 10**15), st.integers(1, 10**15), st.integers(1, 10**15))
def test_one_side_sells_all_it_has_and_neither_pays_more_than_the_price(taker, maker, offered, wanted):
    trade = fill(taker, maker, offered, wanted)
    assert trade.taker_pays == taker or trade.maker_pays == maker
    assert 0 <= trade.taker_pays <= taker
    assert 0 <= trade.maker_pays <= maker
    if trade.taker_pays == taker:  # then the maker's part was rounded, by less than a unit
        assert 0 <= taker * Fraction(offered, wanted) - trade.maker_pays < 1
    else:
        assert 0 <= maker * Fraction(wanted, offered) - trade.taker_pays < 1


@repeatable
@given(prices, prices)
def test_ranks_sort_as_the_cost_of_a_unit(one, other):
    costs = [Fraction(wanted, offered) for offered, wanted in (one, other)]
    ranks = [price_rank(*price) for price in (one, other)]
    assert [len(rank) for rank in ranks] == [RANK_BYTES] * 2
    assert (ranks[0] < ranks[1], ranks[0] == ranks[1]) == (costs[0] < costs[1], costs[0] == costs[1])


def test_the_closest_prices_there_are_rank_apart():
    close = [(AMOUNT_MAX, AMOUNT_MAX - 1), (AMOUNT_MAX - 1, AMOUNT_MAX - 2), (1, AMOUNT_MAX), (AMOUNT_MAX, 1)]
    ranks = [price_rank(*price) for price in close]
    assert ranks[3] < ranks[1] < ranks[0] < ranks[2]


def test_equal_prices_in_other_terms_rank_alike():
    assert price_rank(250, 1_000) == price_rank(1, 4)


def test_what_is_left_may_be_worth_nothing():
    assert worth(3, offered=4, wanted=1) == 0
    assert worth(4, offered=4, wanted=1) == 1
