"""Witnesses: their keys, properties and feeds, and who votes for them."""

from typing import Any

from chain.asset import HIVE, Asset, Price
from chain.operation import Operation
from chain.operations import AccountWitnessProxy, AccountWitnessVote, FeedPublish, WitnessSetProperties, WitnessUpdate
from chain.wire import HF26, Packing
from chain.witness_properties import ChainProperties, pack_property
from tests.property.intents import WITNESSES_MAX, Intents, Wants


def witness_update(people: Intents) -> Operation:
    owner = people.witness() if len(people.witnesses) >= WITNESSES_MAX else people.somebody()
    props = ChainProperties(
        Asset(people.mostly(0, 1, 10, 100, 3_000, bad=(-1, 10**10)), HIVE),
        people.mostly(65_536, 131_072, 1_000_000, 2_097_152, bad=(100, 2**32 - 1)),
        people.mostly(0, 1_000, 2_000, 10_000, bad=(10_001,)),
    )
    url = people.mostly("https://example.org", "x", bad=("x" * 2_049, "", "\udcff"))
    return WitnessUpdate(owner, url, people.signing_key(owner), props, people.fee())


def witness_set_properties(people: Intents) -> Operation:
    owner = people.witness()
    row = people.chain.state.witnesses.find(owner)
    key = row.signing_key if row is not None and people.often(0.9) else people.keyring.new()
    choices: dict[str, Any] = {
        "account_creation_fee": Asset(people.mostly(0, 1, 50, 3_000, bad=(-1,)), HIVE),
        "maximum_block_size": people.mostly(65_536, 131_072, 2_097_152, bad=(7,)),
        "hbd_interest_rate": people.mostly(0, 500, bad=(10_001,)),
        "hbd_exchange_rate": people.price(),
        "url": people.mostly("https://example.org", bad=("",)),
        "account_subsidy_budget": people.mostly(797, 1, 10_000, 268_435_455, bad=(-5,)),
        "account_subsidy_decay": people.chance.choice((347_321, 64, 4_294_967_295)),
        "new_signing_key": people.keyring.new(),
    }
    props = {"key": key} | {
        name: choices[name] for name in people.chance.sample(sorted(choices), people.chance.randrange(4))
    }
    packing = Packing(people.chain.params.dialect, HF26)
    packed = tuple((name, pack_property(name, value, packing)) for name, value in sorted(props.items()))
    return WitnessSetProperties(owner, packed, ())


def feed_publish(people: Intents) -> Operation:
    price = people.price()
    return FeedPublish(people.witness(), price if people.often(0.97) else Price(price.quote, price.base))


def account_witness_vote(people: Intents) -> Operation:
    return AccountWitnessVote(people.somebody(), people.witness(), approve=people.often(0.7))


def account_witness_proxy(people: Intents) -> Operation:
    return AccountWitnessProxy(people.somebody(), "" if people.often(0.4) else people.somebody())


WANTS: Wants = (
    (witness_update, 1),
    (witness_set_properties, 2),
    (feed_publish, 4),
    (account_witness_vote, 4),
    (account_witness_proxy, 3),
)
"""With how often each is drawn."""
