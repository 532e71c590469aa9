"""What is known about stolen accounts: former owners, requests to give an account back, and recovery accounts to come (§2.7)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from chain.rows import OwnerHistory, RecoveryAccountChange, RecoveryRequest
from chain.state import State
from chain.views.recovery import owner_history_view, recovery_account_change_view, recovery_request_view
from chain.wire import Form
from node.rpc.arguments import QUERY_MAX, U32, Name, account_name, check_limit, pair_of, time
from node.rpc.context import Context
from node.rpc.listing import by, list_of, requests_of
from node.rpc.registry import Namespace

FOUND_MAX: Final = QUERY_MAX + 1  # hived's finds without a limit look once too late

database = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)


# --- requests --------------------------------------------------------------------------------------------------------


def _request_view(state: State, row: RecoveryRequest, _form: Form) -> dict[str, Any]:
    return recovery_request_view(state, row)


requests_of(
    database,
    "find_account_recovery_requests",
    _request_view,
    "Which of up to 1000 accounts their recovery accounts want to give back, and to what owner authority.",
    lambda state: state.recovery_requests,
)
list_of(
    database,
    "list_account_recovery_requests",
    "requests",
    _request_view,
    "Requests to recover accounts: by_account, or by_expiration from [time, account] on.",
    by_account=by(lambda state: state.recovery_requests, account_name),
    by_expiration=by(lambda state: state.recovery_requests.by_expiration, time, account_name),
)


@condenser.method
def get_recovery_request(context: Context, account: Name) -> Any:
    """The request to recover an account, or nothing."""
    row = context.state.recovery_requests.find(account)
    return None if row is None else recovery_request_view(context.state, row)


# --- recovery accounts to come ---------------------------------------------------------------------------------------


def _change_view(_state: State, row: RecoveryAccountChange, _form: Form) -> dict[str, Any]:
    return recovery_account_change_view(row)


requests_of(
    database,
    "find_change_recovery_account_requests",
    _change_view,
    "Which of up to 1000 accounts will have another recovery account, and when.",
    lambda state: state.recovery_account_changes,
)
list_of(
    database,
    "list_change_recovery_account_requests",
    "requests",
    _change_view,
    "Changes of the recovery account that wait: by_account, or by_effective_date from [time, account] on.",
    by_account=by(lambda state: state.recovery_account_changes, account_name),
    by_effective_date=by(lambda state: state.recovery_account_changes.by_effective_date, time, account_name),
)


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
