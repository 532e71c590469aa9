"""Conversions between HBD and HIVE that wait, as database_api and condenser_api tell them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar

from chain.rows import CollateralizedConversion, Conversion
from chain.state import State
from chain.table import Table
from chain.views.conversions import collateralized_conversion_view, conversion_view
from chain.wire import HF26, LEGACY
from node.rpc.arguments import Name, account_name, pair_of, time, u32, u64
from node.rpc.context import Context
from node.rpc.database_lists import FOUND_MAX, existing
from node.rpc.listing import by, list_of
from node.rpc.registry import Namespace

Waiting = TypeVar("Waiting", Conversion, CollateralizedConversion)

database = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)


@database.method
def find_hbd_conversion_requests(context: Context, account: Name = "") -> Any:
    """HBD of an account that becomes HIVE, by request id."""
    rows = conversions_of(context.state, context.state.conversions, account)
    return {"requests": [conversion_view(context.state, row, HF26) for row in rows]}


list_of(
    database,
    "list_hbd_conversion_requests",
    "requests",
    conversion_view,
    "HBD that becomes HIVE: by_conversion_date from [time, id] on, or by_account from [account, request id] on.",
    heavy=True,
    by_conversion_date=by(lambda state: state.conversions.by_conversion_date, time, u64),
    by_account=lambda state, start: by_account(state, state.conversions, start),
)


@database.method
def find_collateralized_conversion_requests(context: Context, account: Name = "") -> Any:
    """HIVE of an account that is held for HBD it was given, by request id."""
    rows = conversions_of(context.state, context.state.collateralized_conversions, account)
    return {"requests": [collateralized_conversion_view(context.state, row, HF26) for row in rows]}


list_of(
    database,
    "list_collateralized_conversion_requests",
    "requests",
    collateralized_conversion_view,
    "HIVE held for HBD: by_conversion_date from [time, id] on, or by_account from [account, request id] on.",
    heavy=True,
    by_conversion_date=by(lambda state: state.collateralized_conversions.by_conversion_date, time, u64),
    by_account=lambda state, start: by_account(state, state.collateralized_conversions, start),
)


@condenser.method
def get_conversion_requests(context: Context, account: Name) -> Any:
    """HBD of an account that becomes HIVE, by request id."""
    rows = conversions_of(context.state, context.state.conversions, account)
    return [conversion_view(context.state, row, LEGACY) for row in rows]


@condenser.method
def get_collateralized_conversion_requests(context: Context, account: Name) -> Any:
    """HIVE of an account that is held for HBD it was given, by request id."""
    rows = conversions_of(context.state, context.state.collateralized_conversions, account)
    return [collateralized_conversion_view(context.state, row, LEGACY) for row in rows]


def conversions_of(state: State, table: Table[tuple[str, int], Waiting], owner: str) -> Iterator[Waiting]:
    """Raises CallRefused where there is no such account."""
    return islice(table.scan(existing(state, owner).name), FOUND_MAX)


def by_account(state: State, table: Table[tuple[str, int], Waiting], start: Any = None) -> Iterator[Waiting]:
    """All by the owner's id and the request id, from [owner, request id] on. Raises CallRefused, BadCast."""
    first_id = -1
    if start is not None:
        owner, requestid = pair_of(account_name, u32, start)
        if owner:
            first = existing(state, owner)
            yield from (row for row in table.scan(first.name) if row.requestid >= requestid)
            first_id = first.id
    owners = {row.owner: None for row in table.scan()}  # only when the first did not fill the page
    for account in sorted(map(state.accounts.get, owners), key=lambda row: row.id):
        if account.id > first_id:
            yield from table.scan(account.name)
