"""database_api: what accounts have pending: delegations, routes, requests.

Orders and starts are hived's: some of its indexes go by account ids, so that a page may begin only at an account there is.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from chain.rows import Account, DeclineRequest, Delegation, DelegationReturn, WithdrawRoute
from chain.state import State
from chain.views.stake import (
    decline_request_view,
    delegation_return_view,
    delegation_view,
    withdraw_route_view,
)
from chain.wire import HF26, Form
from node.rpc.arguments import (
    QUERY_MAX,
    Name,
    Order,
    account_name,
    pair_of,
    time,
    triple,
    u64,
    unknown_order,
)
from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.listing import by, list_of, requests_of
from node.rpc.registry import Namespace

FOUND_MAX: Final = QUERY_MAX + 1  # hived's finds without a limit look once too late

api = Namespace("database_api")


def existing(state: State, name: str) -> Account:
    """An account. Raises CallRefused in hived's words."""
    row = state.accounts.find(name)
    if row is None:
        raise CallRefused("Given account does not exist.", expression="account != nullptr", account=name)
    return row


# --- delegations -----------------------------------------------------------------------------------------------------


@api.method(heavy=True)
def find_vesting_delegations(context: Context, account: Name = "") -> Any:
    """What an account has delegated, in the order of the delegatees' ids."""
    existing(context.state, account)
    rows = islice(delegations_of(context.state, account), FOUND_MAX)
    return {"delegations": [delegation_view(context.state, row, HF26) for row in rows]}


def delegations_of(state: State, delegator: str, first_id: int = 0) -> list[Delegation]:
    """By the delegatee's id, from `first_id` on."""
    keyed = [(state.accounts.get(row.delegatee).id, row) for row in state.delegations.scan(delegator)]
    return [row for id_, row in sorted(keyed, key=lambda entry: entry[0]) if id_ >= first_id]


def delegations_from(state: State, start: Any) -> Iterator[Delegation]:
    """All delegations by the ids of both accounts, from a place on. Raises CallRefused, BadCast."""
    first_id = -1
    if start is not None:
        delegator, delegatee = pair_of(account_name, account_name, start)
        first = existing(state, delegator)
        yield from delegations_of(state, first.name, existing(state, delegatee).id if delegatee else 0)
        first_id = first.id
    delegators = {row.delegator: None for row in state.delegations.scan()}  # only when the first did not fill the page
    for account in sorted(map(state.accounts.get, delegators), key=lambda row: row.id):
        if account.id > first_id:
            yield from delegations_of(state, account.name)


list_of(
    api,
    "list_vesting_delegations",
    "delegations",
    delegation_view,
    "Delegations by_delegation, from [delegator, delegatee] on.",
    heavy=True,
    by_delegation=delegations_from,
)


@api.method(heavy=True)
def find_vesting_delegation_expirations(context: Context, account: Name = "") -> Any:
    """VESTS on their way back to an account, the soonest first."""
    existing(context.state, account)
    rows = islice(returns_of(context.state, account), FOUND_MAX)
    return {"delegations": [delegation_return_view(context.state, row, HF26) for row in rows]}


def returns_of(state: State, delegator: str, first: tuple[int, int] = (0, 0)) -> list[DelegationReturn]:
    """By time and id, from (time, id) on."""
    rows = [row for row in state.delegation_returns.scan(delegator) if (row.expiration, row.id) >= first]
    return sorted(rows, key=lambda row: (row.expiration, row.id))


def returns_from(state: State, start: Any) -> Iterator[DelegationReturn]:
    """All by the account's id, time and id, from a place on. Raises CallRefused, BadCast."""
    first_id = -1
    if start is not None:
        words = (
            "by_account_expiration start requires 3 values. "
            "(account_name_type, time_point_sec, vesting_delegation_expiration_id_type"
        )
        delegator, at, id_ = triple((account_name, time, u64), start, words)
        if delegator:
            first = existing(state, delegator)
            yield from returns_of(state, first.name, (at, id_))
            first_id = first.id
    delegators = {row.delegator: None for row in state.delegation_returns.scan()}
    for account in sorted(map(state.accounts.get, delegators), key=lambda row: row.id):
        if account.id > first_id:
            yield from returns_of(state, account.name)


list_of(
    api,
    "list_vesting_delegation_expirations",
    "delegations",
    delegation_return_view,
    "VESTS on their way back: by_expiration from [time, id] on, or by_account_expiration from [account, time, id] on.",
    heavy=True,
    by_expiration=by(lambda state: state.delegation_returns.by_expiration, time, u64),
    by_account_expiration=returns_from,
)


# --- power-down routes -----------------------------------------------------------------------------------------------


@api.method(heavy=True)
def find_withdraw_vesting_routes(context: Context, account: Name = "", order: Order = "not_set") -> Any:
    """Where an account's power-down goes (by_withdraw_route), or whose power-down comes to it (by_destination)."""
    if order == "by_withdraw_route":
        rows: Iterable[WithdrawRoute] = context.state.withdraw_routes.scan(account)
    elif order == "by_destination":
        rows = (row for row in routes_by_destination(context.state) if row.to_account == account)
    else:
        raise unknown_order(order)
    return {"routes": [withdraw_route_view(row) for row in islice(rows, FOUND_MAX)]}


def routes_by_destination(state: State) -> list[WithdrawRoute]:
    return sorted(state.withdraw_routes.scan(), key=lambda row: (row.to_account, row.id))


def _routes_from_destination(state: State, start: Any) -> Iterable[WithdrawRoute]:
    first = ("", 0) if start is None else pair_of(account_name, u64, start)
    return (row for row in routes_by_destination(state) if (row.to_account, row.id) >= first)


list_of(
    api,
    "list_withdraw_vesting_routes",
    "routes",
    lambda _state, row, _form: withdraw_route_view(row),
    "Routes by_withdraw_route from [account, account] on, or by_destination from [account, id] on.",
    heavy=True,
    by_withdraw_route=by(lambda state: state.withdraw_routes, account_name, account_name),
    by_destination=_routes_from_destination,
)


# --- requests ----------------------------------------------------------------------------------------------------------


def _decline_view(_state: State, row: DeclineRequest, _form: Form) -> dict[str, Any]:
    return decline_request_view(row)


requests_of(
    api,
    "find_decline_voting_rights_requests",
    _decline_view,
    "Which of up to 1000 accounts have asked to give up their voting rights.",
    lambda state: state.decline_requests,
)
list_of(
    api,
    "list_decline_voting_rights_requests",
    "requests",
    _decline_view,
    "Requests to give up voting rights: by_account, or by_effective_date from [time, account] on.",
    by_account=by(lambda state: state.decline_requests, account_name),
    by_effective_date=by(lambda state: state.decline_requests.by_effective_date, time, account_name),
)
