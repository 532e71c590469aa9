"""A witness's price of HIVE (protocol.md §1.6)."""

from typing import Any

import pytest

from chain.asset import HBD, HIVE, Asset, Price
from chain.errors import ChainError
from chain.operations.feed_publish import ReversedFeed
from chain.witnesses import UnknownWitness
from tests.helpers.world import START, World

QUARTER = Price(Asset(250, HBD), Asset(1_000, HIVE))


@pytest.fixture
def world() -> World:
    return World()


def test_a_price_is_noted_with_its_time(world: World) -> None:
    world.witness("anna")
    world.do("feed_publish", publisher="anna", exchange_rate=QUARTER)
    row = world.state.witnesses.get("anna")
    assert row.hbd_exchange_rate == (250, 1_000)
    assert row.last_hbd_exchange_update == START


@pytest.mark.parametrize(
    ("publisher", "price", "error"),
    [
        ("anna", Price(QUARTER.quote, QUARTER.base), ReversedFeed),
        ("whale", QUARTER, UnknownWitness),
        ("nobody", QUARTER, UnknownWitness),
    ],
)
def test_invalid_feed(world: World, publisher: str, price: Any, error: type[ChainError]) -> None:
    world.witness("anna")
    with pytest.raises(error):
        world.do("feed_publish", publisher=publisher, exchange_rate=price)
    assert world.state.witnesses.get("anna").hbd_exchange_rate == (0, 0)
