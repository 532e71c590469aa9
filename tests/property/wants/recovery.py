"""Recovery: accounts asked for, taken back, and in other hands from some day on."""

from chain.authority import Authority
from chain.operation import Operation
from chain.operations import ChangeRecoveryAccount, RecoverAccount, RequestAccountRecovery
from tests.property.intents import Intents, Wants


def request_account_recovery(people: Intents) -> Operation:
    """Mostly by who may, and for an account that has changed hands; sometimes it takes a request back."""
    changed = [row.account for row in people.chain.state.owner_history.scan()]
    name = people.chance.choice(changed) if changed and people.often(0.8) else people.somebody()
    keys = people.chain.state.account_keys.find(name)
    top = people.chain.state.witnesses.by_votes.first()
    partner = "" if keys is None else keys.recovery_account
    helper = partner or ("" if top is None else top.owner)
    authority = Authority(0) if people.often(0.15) else people.authority(name)
    return RequestAccountRecovery(people.mostly(helper, bad=(people.somebody(),)), name, authority, ())


def recover_account(people: Intents) -> Operation:
    """By what was asked for and a former owner, if there are both."""
    state = people.chain.state
    asked = list(state.recovery_requests.scan())
    request = people.chance.choice(asked) if asked else None
    name = people.somebody() if request is None else request.account
    former = [row.authority for row in state.owner_history.scan(name)] or [people.authority()]
    new = people.authority() if request is None else request.new_owner_authority
    return RecoverAccount(
        name, people.mostly(new, bad=(people.authority(),)), people.mostly(*former, bad=(people.authority(), new)), ()
    )


def change_recovery_account(people: Intents) -> Operation:
    return ChangeRecoveryAccount(people.somebody(), people.somebody(), ())


WANTS: Wants = (
    (request_account_recovery, 2),
    (recover_account, 1),
    (change_recovery_account, 1),
)
"""With how often each is drawn."""
