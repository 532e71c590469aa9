"""HBD and HIVE turned into each other."""

from chain.operation import Operation
from chain.operations import CollateralizedConvert, Convert
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


WANTS: Wants = (
    (convert, 3),
    (collateralized_convert, 3),
)
"""With how often each is drawn."""
