"""rc_api: how much an account may still do. Wallets ask for it before they send anything (protocol.md §9, §12)."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from chain.credit_report import SEVERAL, last_day
from chain.operation import OPERATIONS, OPERATIONS_BY_NAME
from chain.rows import CreditDelegation
from chain.state import State
from chain.views.credits import (
    operation_stats_view,
    rc_account_view,
    rc_delegation_view,
    rc_stats_view,
    resource_params_view,
    resource_pool_view,
)
from chain.wire import HF26, LEGACY, Form
from node.rpc.arguments import QUERY_MAX, U32, Name, Names, account_name, pair_of
from node.rpc.context import Context
from node.rpc.errors import BadCast, CallRefused, require
from node.rpc.registry import Namespace, as_list

_SUFFIX: Final = "_operation"

api = Namespace("rc_api")
condenser = Namespace("condenser_api", positional=True)


@api.method
def find_rc_accounts(context: Context, accounts: Names = ()) -> Any:
    """The bars of up to 1000 accounts as they last changed; clients regenerate them. Unknown names are left out."""
    return {"rc_accounts": bars_of(context.state, accounts, HF26)}


@api.method(heavy=True)
def list_rc_accounts(context: Context, start: Name = "", limit: U32 = 0) -> Any:
    """The bars of all accounts by name, from one on."""
    return {"rc_accounts": bars_from(context.state, start, limit, HF26)}


@api.method(heavy=True)
def list_rc_direct_delegations(context: Context, start: Any = None, limit: U32 = 0) -> Any:
    """The credits that an account lends, by the delegatees' ids, from [delegator, delegatee] on; "" is the first delegatee."""
    rows = delegations_from(context.state, start, limit)
    return {"rc_direct_delegations": [rc_delegation_view(row) for row in rows]}


@api.method
def get_resource_params(context: Context) -> Any:
    """How the pools of resources move, how prices follow them, and what operations use."""
    return resource_params_view(context.state)


@api.method
def get_resource_pool(context: Context) -> Any:
    """What the pools hold, and how full they are in basis points."""
    return resource_pool_view(context.state)


@api.method
def get_rc_stats(context: Context) -> Any:
    """What was spent on what during the last whole day, and how many payers ran low."""
    return {"rc_stats": rc_stats_view(context.state)}


@api.method
def get_rc_operation_stats(context: Context, operation: str = "") -> Any:
    """What one kind of operation cost and used on average that day; "multiop" for transactions of several."""
    _, uses = last_day(context.state)
    return operation_stats_view(uses.get(kind_of(operation)))


@condenser.method(name="find_rc_accounts")
def find_rc_accounts_of_condenser(context: Context, accounts: Names) -> Any:
    """The bars of up to 1000 accounts. Unknown names are left out."""
    return bars_of(context.state, accounts, LEGACY)


@condenser.method(name="list_rc_accounts", heavy=True)
def list_rc_accounts_of_condenser(context: Context, start: Name, limit: U32) -> Any:
    """The bars of all accounts by name, from one on."""
    return bars_from(context.state, start, limit, LEGACY)


@condenser.method(name="list_rc_direct_delegations", heavy=True)
def list_rc_direct_delegations_of_condenser(context: Context, start: Any, limit: U32) -> Any:
    """The credits that an account lends, from [delegator, delegatee] on."""
    return [rc_delegation_view(row) for row in delegations_from(context.state, start, limit)]


def bars_of(state: State, names: Sequence[str], form: Form) -> list[Any]:
    """Raises CallRefused."""
    require(len(names) <= QUERY_MAX, "args.accounts.size() <= RC_API_SINGLE_QUERY_LIMIT", "")
    rows = map(state.accounts.find, names)
    return [rc_account_view(state, row, form) for row in rows if row is not None]


def bars_from(state: State, start: str, limit: int, form: Form) -> list[Any]:
    """Raises CallRefused."""
    _check_limit(limit)
    return [rc_account_view(state, row, form) for row in islice(state.accounts.scan(start=start), limit)]


def delegations_from(state: State, start: Any, limit: int) -> list[CreditDelegation]:
    """Raises CallRefused, BadCast."""
    _check_limit(limit)
    require(len(as_list(start)) == 2, "key.size() == 2", "by_from start requires 2 value. (from, to)")
    delegator, delegatee = pair_of(account_name, account_name, start)
    first = _existing_id(state, delegatee) if delegatee else 0
    _existing_id(state, delegator)
    return list(islice(state.credit_delegations.scan(delegator, start=(delegator, first)), limit))


def _check_limit(limit: int) -> None:
    require(
        0 < limit <= QUERY_MAX, "0 < args.limit && args.limit <= RC_API_SINGLE_QUERY_LIMIT", "limit not set or too big"
    )


def _existing_id(state: State, name: str) -> int:
    row = state.accounts.find(name)
    if row is None:
        raise CallRefused("Account ${a} does not exist", expression="delegatee", a=name)
    return row.id


def kind_of(operation: str) -> str:
    """The name of an operation, from hived's name or its number. Raises BadCast."""
    name = operation.removesuffix(_SUFFIX)
    if name in OPERATIONS_BY_NAME or name == SEVERAL:
        return name
    if operation.isascii() and operation.isdigit() and len(operation) < 4:
        number = int(operation)
        if number in OPERATIONS:
            return OPERATIONS[number].name
        if number == len(OPERATIONS):
            return SEVERAL
    raise BadCast("bad_enum_cast: ${value} is no operation", value=operation[:64])
