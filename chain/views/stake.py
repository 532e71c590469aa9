"""Delegations, routes, and what waits for its day (protocol.md §2.7, §8.3 to §8.5)."""

from typing import Any

from chain.rows import DeclineRequest, Delegation, DelegationReturn, WithdrawRoute
from chain.state import State
from chain.types import time_text
from chain.views.amounts import amounts
from chain.wire import Form


def delegation_view(state: State, row: Delegation, form: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "delegator": row.delegator,
        "delegatee": row.delegatee,
        "vesting_shares": amounts(form, state.params.dialect).vests(row.vesting_shares),
        "min_delegation_time": time_text(row.min_delegation_time),
    }


def delegation_return_view(state: State, row: DelegationReturn, form: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "delegator": row.delegator,
        "vesting_shares": amounts(form, state.params.dialect).vests(row.vesting_shares),
        "expiration": time_text(row.expiration),
    }


def withdraw_route_view(row: WithdrawRoute) -> dict[str, Any]:
    return {
        "id": row.id,
        "from_account": row.from_account,
        "to_account": row.to_account,
        "percent": row.percent,
        "auto_vest": row.auto_vest,
    }


def decline_request_view(row: DeclineRequest) -> dict[str, Any]:
    return {"id": row.id, "account": row.account, "effective_date": time_text(row.effective_date)}
