"""HBD and HIVE turned into each other, by the chain and among people."""

from chain.asset import HBD, HIVE, INT64_MAX, VESTS, Asset, Price
from chain.operation import Operation
from chain.operations import (
    CollateralizedConvert,
    Convert,
    LimitOrderCancel,
    LimitOrderCreate,
    LimitOrderCreate2,
)
from tests.property.intents import Intents, Wants


def number(people: Intents) -> int:
    """Few, so that they meet."""
    return int(people.mostly(people.chance.randrange(12), bad=(0, 2**32 - 1)))


def convert(people: Intents) -> Operation:
    name = people.somebody()
    return Convert(name, number(people), people.mostly(people.hbd, bad=(people.hive,))(name))


def collateralized_convert(people: Intents) -> Operation:
    name = people.somebody()
    return CollateralizedConvert(name, number(people), people.mostly(people.hive, bad=(people.hbd,))(name))


def offer(people: Intents, name: str) -> tuple[Asset, Asset]:
    """An amount, and what is wanted for it, about the price of the feed."""
    hive_each = people.chance.randint(3_700, 4_300)
    if people.often(0.5):
        hive = people.hive(name)
        return hive, Asset(people.mostly(hive.amount * 1_000 // hive_each, bad=(0, 1, 2**62)), HBD)
    hbd = people.hbd(name)
    wanted = Asset(min(people.mostly(hbd.amount * hive_each // 1_000, bad=(0, 1, 2**62)), INT64_MAX), HIVE)
    return hbd, people.mostly(wanted, bad=(Asset(1, VESTS), Asset(1, HBD)))


def expiration(people: Intents) -> int:
    lifetime = int(people.mostly(30, 120, 600, 86_400, bad=(0, -3, 2_419_201)))
    return max(people.chain.state.globals.time + lifetime, 0)


def limit_order_create(people: Intents) -> Operation:
    name = people.somebody()
    return LimitOrderCreate(name, number(people), *offer(people, name), people.often(0.1), expiration(people))


def limit_order_create2(people: Intents) -> Operation:
    name = people.somebody()
    base, quote = offer(people, name)
    sold = people.mostly(base, Asset(base.amount >> 1, base.symbol), bad=(quote,))
    return LimitOrderCreate2(name, number(people), sold, Price(base, quote), people.often(0.1), expiration(people))


def limit_order_cancel(people: Intents) -> Operation:
    name, orderid = people.somebody(), number(people)
    orders = list(people.chain.state.limit_orders.scan(name))
    return LimitOrderCancel(name, people.chance.choice(orders).orderid if orders and people.often(0.8) else orderid)


WANTS: Wants = (
    (convert, 3),
    (collateralized_convert, 3),
    (limit_order_create, 5),
    (limit_order_create2, 4),
    (limit_order_cancel, 2),
)
"""With how often each is drawn."""
