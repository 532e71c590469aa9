"""What is known about stolen accounts: former owners, requests to give an account back, and recovery accounts to come (§2.7)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from chain.rows import OwnerHistory, RecoveryAccountChange, RecoveryRequest
from chain.state import State
from chain.views.recovery import owner_history_view, recovery_account_change_view, recovery_request_view
from node.rpc.arguments import (
    QUERY_MAX,
    U32,
    Name,
    Names,
    Order,
    account_name,
    check_limit,
    check_names,
    pair_of,
    time,
    unknown_order,
)
from node.rpc.context import Context
from node.rpc.registry import Namespace

FOUND_MAX: Final = QUERY_MAX + 1  # hived's finds without a limit look once too late

database = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)


# --- requests --------------------------------------------------------------------------------------------------------


@database.method
def find_account_recovery_requests(context: Context, accounts: Names = ()) -> Any:
    """Which of up to 1000 accounts their recovery accounts want to give back, and to what owner authority."""
    check_names(accounts, "accounts", "affected accounts")
    rows = map(context.state.recovery_requests.find, accounts)
    return {"requests": [recovery_request_view(context.state, row) for row in rows if row]}


@database.method
def list_account_recovery_requests(
    context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set"
) -> Any:
    """Requests to recover accounts: by_account, or by_expiration from [time, account] on."""
    check_limit(limit)
    requests = context.state.recovery_requests
    rows: Iterable[RecoveryRequest]
    if order == "by_account":
        rows = requests.scan(start=None if start is None else account_name(start))
    elif order == "by_expiration":
        rows = requests.by_expiration.scan(None if start is None else pair_of(time, account_name, start))
    else:
        raise unknown_order(order)
    return {"requests": [recovery_request_view(context.state, row) for row in islice(rows, limit)]}


@condenser.method
def get_recovery_request(context: Context, account: Name) -> Any:
    """The request to recover an account, or nothing."""
    row = context.state.recovery_requests.find(account)
    return None if row is None else recovery_request_view(context.state, row)


# --- recovery accounts to come ---------------------------------------------------------------------------------------


@database.method
def find_change_recovery_account_requests(context: Context, accounts: Names = ()) -> Any:
    """Which of up to 1000 accounts will have another recovery account, and when."""
    check_names(accounts, "accounts", "affected accounts")
    rows = map(context.state.recovery_account_changes.find, accounts)
    return {"requests": [recovery_account_change_view(row) for row in rows if row]}


@database.method
def list_change_recovery_account_requests(
    context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set"
) -> Any:
    """Changes of the recovery account that wait: by_account, or by_effective_date from [time, account] on."""
    check_limit(limit)
    changes = context.state.recovery_account_changes
    rows: Iterable[RecoveryAccountChange]
    if order == "by_account":
        rows = changes.scan(start=None if start is None else account_name(start))
    elif order == "by_effective_date":
        rows = changes.by_effective_date.scan(None if start is None else pair_of(time, account_name, start))
    else:
        raise unknown_order(order)
    return {"requests": [recovery_account_change_view(row) for row in islice(rows, limit)]}


# --- former owners ---------------------------------------------------------------------------------------------------


@database.method
def find_owner_histories(context: Context, owner: Name = "") -> Any:
    """Former owner authorities of an account, the oldest first."""
    return {"owner_auths": _owner_histories(context, owner)}


@database.method
def list_owner_histories(context: Context, start: Any = None, limit: U32 = 0) -> Any:
    """Former owner authorities by account, from [account, time] on."""
    check_limit(limit)
    rows = _owner_histories_from(context.state, start)
    return {"owner_auths": [owner_history_view(context.state, row) for row in islice(rows, limit)]}


def _owner_histories_from(state: State, start: Any) -> Iterator[OwnerHistory]:
    """By account and age. Raises BadCast."""
    account, at = ("", 0) if start is None else pair_of(account_name, time, start)
    rows = state.owner_history.scan(start=(account, 0) if account else None)
    return (row for row in rows if row.account != account or row.last_valid_time >= at)


@condenser.method
def get_owner_history(context: Context, account: Name) -> Any:
    """Former owner authorities of an account, the oldest first."""
    return _owner_histories(context, account)


def _owner_histories(context: Context, account: str) -> list[Any]:
    rows = islice(context.state.owner_history.scan(account), FOUND_MAX)
    return [owner_history_view(context.state, row) for row in rows]
