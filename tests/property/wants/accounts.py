"""Accounts: made, claimed, changed, and without a voice for ever."""

from chain.asset import HIVE, Asset
from chain.operation import Operation
from chain.operations import (
    AccountCreate,
    AccountUpdate,
    AccountUpdate2,
    ClaimAccount,
    CreateClaimedAccount,
    DeclineVotingRights,
)
from tests.property.intents import Intents, Wants


def account_create(people: Intents) -> Operation:
    return AccountCreate(
        people.fee(), people.somebody(), people.new_name(), *people.authorities(), people.keyring.new(), people.json()
    )


def claim_account(people: Intents) -> Operation:
    return ClaimAccount(people.somebody(), Asset(0, HIVE) if people.often(0.3) else people.fee(), ())


def create_claimed_account(people: Intents) -> Operation:
    return CreateClaimedAccount(
        people.somebody(), people.new_name(), *people.authorities(), people.keyring.new(), people.json(), ()
    )


def account_update(people: Intents) -> Operation:
    name = people.somebody()
    return AccountUpdate(
        name,
        people.maybe(lambda: people.authority(name)),
        people.maybe(lambda: people.authority(name)),
        people.maybe(lambda: people.authority(name)),
        people.keyring.new(),
        people.json(),
    )


def account_update2(people: Intents) -> Operation:
    name = people.somebody()
    return AccountUpdate2(
        name,
        people.maybe(lambda: people.authority(name), 0.1),
        people.maybe(lambda: people.authority(name), 0.1),
        people.maybe(lambda: people.authority(name), 0.2),
        people.maybe(people.keyring.new, 0.2),
        people.json(),
        people.json(),
        (),
    )


def decline_voting_rights(people: Intents) -> Operation:
    """For ever, so rarely: people without a voice make a dull chain."""
    others = [name for name in people.names[-8:] if name not in people.core] or ["no-such-body"]
    return DeclineVotingRights(people.chance.choice(others), decline=people.often(0.2))


WANTS: Wants = (
    (account_create, 2),
    (claim_account, 2),
    (create_claimed_account, 2),
    (account_update, 1),
    (account_update2, 2),
    (decline_voting_rights, 1),
)
"""With how often each is drawn."""
