"""Trading and converting from the command line, against a devnet whose chain is real. A HIVE is worth one HBD there."""

import pytest

from cli.inputs import PRICE, Quote


def test_sellers_and_buyers_stand_in_the_book_with_its_depth(world, answer, skald):
    answer("market", "sell", "100 HIVE", "--at", "1.25", "--from", "alice")
    answer("market", "sell", "50 HIVE", "--at", "1.1005", "--from", "bob")
    answer("market", "buy", "10 HIVE", "--at", "0.9", "--from", "carol")
    book = answer("market", "book")
    assert [row["order_price"] for row in book["asks"]] == [
        {"base": "10.000 HIVE", "quote": "11.005 HBD"},
        {"base": "1.000 HIVE", "quote": "1.250 HBD"},
    ]
    lines = skald("market", "book").stdout.splitlines()
    rows = [line.split() for line in lines]
    assert [row[:4] for row in rows if row and row[0][0].isdigit()] == [
        ["1.250000", "100.000", "125.000", "180.025"],
        ["1.100500", "50.000", "55.025", "55.025"],
        ["0.900000", "10.000", "9.000", "9.000"],
    ]
    depth = [line.count("█") for line in lines if "." in line]
    assert depth == [40, 12, 1]
    assert len(answer("market", "book", "--limit", "1")["asks"]) == 1


def test_an_empty_book(world, skald):
    assert "Nobody offers anything" in skald("market", "book").stdout
    assert "no trades" in skald("market", "trades").stdout
    assert "no orders" in skald("market", "orders", "alice").stdout


def test_a_purchase_meets_what_is_offered(world, answer, skald):
    answer("market", "sell", "100 HIVE", "--at", "0.25", "--from", "alice")
    bought = answer("market", "buy", "40 HIVE", "--at", "0.26", "--from", "bob", "--id", "7")
    assert bought["what"] == "bob offers 10.400 HBD for 40.000 HIVE or more: order 7"
    assert bought["number"] == 7
    (trade,) = answer("market", "trades")
    assert (trade["current_pays"], trade["open_pays"]) == ("10.400 HBD", "41.600 HIVE")
    assert "bob bought from alice" in skald("market", "trades").stdout
    ticker = skald("market", "ticker").stdout
    assert "0.250000 HBD" in ticker
    assert "41.600 HIVE for 10.400 HBD" in ticker


def test_amounts_may_be_what_is_spent_or_earned(world, answer):
    spent = answer("market", "buy", "10 HBD", "--at", "0.3", "--from", "alice", "--no-broadcast")
    assert spent["transaction"]["operations"][0][1] | {"orderid": 0, "expiration": ""} == {
        "owner": "alice",
        "orderid": 0,
        "amount_to_sell": "10.000 HBD",
        "exchange_rate": {"base": "0.300 HBD", "quote": "1.000 HIVE"},
        "fill_or_kill": False,
        "expiration": "",
    }
    earned = answer("market", "sell", "10 HBD", "--at", "0.3", "--from", "alice", "--at-once", "--no-broadcast")
    ((_, fields),) = earned["transaction"]["operations"]
    assert (fields["amount_to_sell"], fields["fill_or_kill"]) == ("33.334 HIVE", True)


def test_a_purchase_pays_for_all_it_names(world, answer):
    """Rounded up, so that not a unit less is bought."""
    bought = answer("market", "buy", "0.003 HIVE", "--at", "0.5", "--from", "alice", "--no-broadcast")
    assert bought["transaction"]["operations"][0][1]["amount_to_sell"] == "0.002 HBD"


def test_orders_are_taken_back(world, answer, skald):
    for number in (1, 2, 3):
        answer("market", "sell", "10 HIVE", "--at", "9", "--from", "alice", "--id", str(number), "--for", "1d")
    listed = skald("market", "orders", "alice").stdout
    assert listed.count("sells HIVE") == 3
    assert answer("market", "cancel", "2", "--from", "alice")["what"] == "alice took back order 2"
    assert answer("market", "cancel", "all", "--from", "alice")["what"] == "alice took back 2 orders"
    assert answer("market", "orders", "alice") == []
    failed = skald("market", "cancel", "all", "--from", "alice")
    assert (failed.exit_code, "alice has no orders" in failed.stderr) == (1, True)


def test_invalid_order_that_the_chain_refuses_comes_with_advice(world, skald):
    refused = skald("market", "buy", "10 HIVE", "--at", "0.1", "--from", "alice", "--at-once")
    assert refused.exit_code == 4
    assert "it was not filled" in refused.stderr
    assert "market book" in refused.stderr
    unknown = skald("market", "cancel", "99", "--from", "alice")
    assert "skald market orders alice" in unknown.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("market", "buy", "10 VESTS", "--at", "1"), "takes HIVE or HBD"),
        (("market", "buy", "10 HIVE", "--at", "free"), "is not a price"),
        (("market", "buy", "10 HIVE", "--at", "0.000"), "more than nothing"),
        (("market", "sell", "0.001 HIVE", "--at", "0.5"), "cannot be traded at 0.500 HBD"),
        (("convert", "10 HIVE"), "Add --collateral"),
        (("convert", "10 HBD", "--collateral"), "Leave --collateral out"),
    ],
)
def test_invalid_words(world, skald, words, said):
    result = skald(*words, "--from", "alice")
    assert result.exit_code == 2
    assert said in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("1", Quote(1_000, 1_000)),
        ("0.25", Quote(250, 1_000)),
        ("0.2505", Quote(2_505, 10_000)),
        ("0.250 HBD", Quote(250, 1_000)),
        ("12.000001", Quote(12_000_001, 1_000_000)),
    ],
)
def test_prices_are_exact(text, price):
    assert PRICE.parse(text) == price


def test_conversions_and_what_they_would_bring(world, answer, skald):
    assert "converts nothing" in skald("conversions", "alice").stdout
    started = answer("convert", "10 HBD", "--from", "alice", "--id", "5")
    assert started["what"] == "alice turns 10.000 HBD into HIVE"
    answer("convert", "100 HIVE", "--collateral", "--from", "alice", "--id", "6")
    waiting = answer("conversions", "alice")
    assert waiting["to_hive"][0]["would_bring"] == "10.000 HIVE"
    assert waiting["to_hbd"][0]["converted_amount"] == "47.619 HBD"
    assert (waiting["to_hbd"][0]["would_cost"], waiting["to_hbd"][0]["would_return"]) == ("49.999 HIVE", "50.001 HIVE")
    text = skald("conversions", "alice").stdout
    assert "100.000 HIVE held for 47.619 HBD" in text
    assert "(in " in text
    answer("devnet", "advance", "10m")
    assert "converts nothing" in skald("conversions", "alice").stdout
