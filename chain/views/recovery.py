"""Former owners, and requests to give an account back or to have another recovery account (protocol.md §2.6, §2.7)."""

from typing import Any

from chain.rows import OwnerHistory, RecoveryAccountChange, RecoveryRequest
from chain.state import State
from chain.types import time_text
from chain.views.accounts import authority_view


def owner_history_view(state: State, row: OwnerHistory) -> dict[str, Any]:
    return {
        "id": row.id,
        "account": row.account,
        "previous_owner_authority": authority_view(row.authority, state.params.dialect.address_prefix),
        "last_valid_time": time_text(row.last_valid_time),
    }


def recovery_request_view(state: State, row: RecoveryRequest) -> dict[str, Any]:
    return {
        "id": row.id,
        "account_to_recover": row.account,
        "new_owner_authority": authority_view(row.new_owner_authority, state.params.dialect.address_prefix),
        "expires": time_text(row.expires),
    }


def recovery_account_change_view(row: RecoveryAccountChange) -> dict[str, Any]:
    return {
        "id": row.id,
        "account_to_recover": row.account,
        "recovery_account": row.recovery_account,
        "effective_on": time_text(row.effective_on),
    }
