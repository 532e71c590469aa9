"""Credits lent to other accounts: custom_json with the id "rc" (protocol.md §9.5).

    ["delegate_rc", {"from": "alice", "delegatees": ["bob", "carol"], "max_rc": 5000000000, "extensions": []}]

or an object with `type` "delegate_rc_operation" and `value`, or a list of several. Signed by the posting authority of `from`. A text that
fails is refused by who admits or produces; in a block it means nothing. Of a text that only a relaxed reader could make sense of (a
trailing comma) nothing is made here either.
"""

import json
from typing import Any, Final

from chain.accounts import get_account
from chain.credits import receive, regenerate_credits
from chain.errors import ChainError, InvalidInput, InvalidOperation, OperationFailed
from chain.fields import I64, AccountName, AccountNames, Extensions, Variant, struct
from chain.jsonread import reader
from chain.params import Params
from chain.resource_sizes import NANOSECONDS, STATE
from chain.rows import Account, CreditDelegation
from chain.stake import effective_vests
from chain.state import State
from chain.types import check_account_name
from rewards.vesting import hive_to_vests

CUSTOM_ID: Final = "rc"


class UnreadableCredits(InvalidInput):
    code = "unreadable_credits"
    text = 'The json of "rc" is no delegate_rc: {reason}'


class DelegateeCount(InvalidOperation):
    code = "delegatee_count"
    text = "Provided {count} accounts, cannot delegate to more than {max} accounts in one operation. Must provide at least one account"


class CreditsToSelf(InvalidOperation):
    code = "credits_to_self"
    text = "cannot delegate rc to yourself"


class NegativeCredits(InvalidOperation):
    code = "negative_credits"
    text = "amount of rc delegated cannot be negative"


class CreditAuthorities(OperationFailed):
    code = "credit_authorities"
    text = "Credits of {names} are lent, so custom_json must be signed by their posting authorities and no others"


class CreditDelegationTooSmall(OperationFailed):
    code = "credit_delegation_too_small"
    text = "Cannot delegate less than {least} rc"


class CreditsStillOverflow(OperationFailed):
    code = "credits_still_overflow"
    text = "Cannot delegate RC while processing of previous delegation has not finished."


class NoCreditsToDelegate(OperationFailed):
    code = "no_credits_to_delegate"
    text = "Cannot delegate 0 if you are creating new rc delegation"


class SameCreditDelegation(OperationFailed):
    code = "same_credit_delegation"
    text = "A delegation to that user with the same amount of RC already exists"


class InsufficientCredits(OperationFailed):
    code = "insufficient_credits"
    text = "Account {account} has insufficient RC (have {available}, needs {required})"


@struct
class DelegateRc:
    """Sets what each delegatee has of `from`'s credits; 0 takes it back."""

    from_: AccountName
    delegatees: AccountNames
    max_rc: I64
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.from_)
        if not 1 <= len(self.delegatees) <= params.rc_delegatees_max:
            raise DelegateeCount(count=len(self.delegatees), max=params.rc_delegatees_max)
        for name in self.delegatees:
            check_account_name(name)
            if name == self.from_:
                raise CreditsToSelf
        if self.max_rc < 0:
            raise NegativeCredits


_OPERATION: Final = Variant(DelegateRc, json_suffix="_operation")


def interpret(state: State, text: str, active: tuple[str, ...], posting: tuple[str, ...]) -> None:
    """Apply what a custom_json says. Raises what is wrong with it, where the node is in control; then nothing has changed."""
    try:
        with state.savepoint():
            operations = _read(text, state.params)
            for operation in operations:
                operation.validate(state.params)
            names = sorted({operation.from_ for operation in operations})
            if active or names != sorted(posting):
                raise CreditAuthorities(names=", ".join(names))
            for operation in operations:
                delegate(state, operation)
    except ChainError:
        if state.is_in_control:
            raise


def _read(text: str, params: Params) -> list[DelegateRc]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableCredits(reason=error) from None
    listed = value if isinstance(value, list) and value and isinstance(value[0], list) else [value]
    try:
        return [reader(_OPERATION, None, params.dialect)(entry) for entry in listed]
    except InvalidInput as error:
        raise UnreadableCredits(reason=error) from None


def delegate(state: State, operation: DelegateRc) -> None:
    """Move credits, and what is in them, to the delegatees, or back from them: but not into the delegator's bar."""
    _note_held(state, operation)
    amount = operation.max_rc
    if state.is_in_control and amount and amount < least_delegation(state):
        raise CreditDelegationTooSmall(least=least_delegation(state))
    delegator = get_account(state, operation.from_)
    bars = regenerate_credits(state, delegator.name)
    if state.is_in_control and delegator.name in state.credit_overflows:
        raise CreditsStillOverflow
    lent = 0
    for name in operation.delegatees:
        change = _set_delegation(state, delegator, get_account(state, name), amount)
        receive(state, name, change)
        lent += change
    available = min(effective_vests(delegator) - bars.credits_delegated, bars.credits)
    if lent > available:
        raise InsufficientCredits(account=delegator.name, available=available, required=lent)
    bars.credits -= max(lent, 0)
    bars.credits_max -= lent
    bars.credits_delegated += lent
    state.noted_nanoseconds += NANOSECONDS["delegate_rc"]
    state.noted_bytes += STATE["delegate_rc_base"] * len(operation.delegatees) if amount else 0


def least_delegation(state: State) -> int:
    """The VESTS for a third of what an account costs."""
    globals_ = state.globals
    third = state.schedule.median_account_creation_fee // 3
    return hive_to_vests(third, globals_.total_vesting_shares, globals_.total_vesting_fund_hive)


def _set_delegation(state: State, delegator: Account, delegatee: Account, amount: int) -> int:
    """Returns by how much the delegatee has more."""
    key = (delegator.name, delegatee.id)
    row = state.credit_delegations.find(key)
    if row is None:
        if not amount:
            raise NoCreditsToDelegate
        state.credit_delegations.insert(CreditDelegation(*key, delegatee.name, amount))
        return amount
    if row.amount == amount:
        raise SameCreditDelegation
    change = amount - row.amount
    if amount:
        state.credit_delegations.edit(key).amount = amount
    else:
        state.credit_delegations.remove(key)
    return change


def _note_held(state: State, operation: DelegateRc) -> None:
    """Delegations that are only changed take no more memory. This stays noted where the operation then fails in a block."""
    accounts = [state.accounts.find(name) for name in operation.delegatees] if operation.max_rc else []
    known = [account.id for account in accounts if account is not None]
    if len(known) == len(accounts):
        held = sum((operation.from_, number) in state.credit_delegations for number in known)
        state.noted_bytes -= STATE["delegate_rc_base"] * held
