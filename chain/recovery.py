"""A stolen account given back to its owner: who may ask for it, and what proves the owner (protocol.md §2.7).

The thief has changed the owner authority. The account's recovery account, who knows the owner from elsewhere, proposes a new one; the
owner confirms it with the new keys and with an owner authority that the account had within the last 30 days. Neither can do it alone.
"""

from chain.authority import Authority
from chain.errors import InvalidOperation, OperationFailed
from chain.state import State


class ImpossibleAuthority(InvalidOperation):
    code = "impossible_authority"
    text = "Nobody can satisfy the {which} owner authority"


class OpenAuthority(InvalidOperation):
    code = "open_authority"
    text = "Anybody could satisfy the new owner authority"


class NotRecoveryAccount(OperationFailed):
    code = "not_recovery_account"
    text = "Cannot recover an account that does not have you as their recovery partner: {account} has {recovery_account}, not {name}"


class NotTopWitness(OperationFailed):
    code = "not_top_witness"
    text = "Top witness must recover an account with no recovery partner: {account} has none, and the top witness is {witness}, not {name}"


def check_recovery_account(state: State, account: str, name: str) -> None:
    """`name` may ask for the account: as its recovery account, or as the witness with most votes where it has none.

    Raises NotRecoveryAccount, NotTopWitness.
    """
    recovery_account = state.account_keys.get(account).recovery_account
    if recovery_account:
        if name != recovery_account:
            raise NotRecoveryAccount(account=account, recovery_account=recovery_account, name=name)
        return
    top = state.witnesses.by_votes.first()
    witness = "" if top is None else top.owner
    if name != witness:
        raise NotTopWitness(account=account, witness=witness, name=name)


def was_owner(state: State, account: str, authority: Authority) -> bool:
    """Whether the account had this owner authority within the time for which it is remembered."""
    return any(row.authority == authority for row in state.owner_history.scan(account))
