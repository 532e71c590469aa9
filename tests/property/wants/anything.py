"""Any operation at all."""

from chain.operation import OPERATIONS, Operation
from chain.operations import AccountUpdate, AccountUpdate2, DeclineVotingRights
from tests.property.intents import Intents, Wants


def senseless(people: Intents) -> Operation:
    """Any operation of the register with values of its declared types, no more."""
    made: Operation = people.noise.record(OPERATIONS[people.chance.randrange(len(OPERATIONS))])
    if isinstance(made, AccountUpdate | AccountUpdate2 | DeclineVotingRights) and made.account in people.core:
        made.account = "no-such-body"
    return made


WANTS: Wants = ((senseless, 5),)
"""With how often each is drawn."""
