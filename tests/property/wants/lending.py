"""Resource credits lent, changed and taken back."""

import json

from chain.delegate_rc import CUSTOM_ID
from chain.operation import Operation
from chain.operations import CustomJson
from tests.property.intents import Intents, Wants


def delegate_rc(people: Intents) -> Operation:
    actor = people.somebody()
    names = [people.somebody() for _ in range(people.mostly(1, 1, 2, 5, bad=(0,)))]
    members = {
        "from": people.mostly(actor, bad=(people.somebody(),)),
        "delegatees": names,
        "max_rc": people.mostly(0, 10**7, 10**9, 3 * 10**12, bad=(1, -1, 1 << 60)),
        "extensions": [],
    }
    return CustomJson((), (actor,), CUSTOM_ID, json.dumps(["delegate_rc", members]))


WANTS: Wants = ((delegate_rc, 6),)
