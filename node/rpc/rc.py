"""rc_api: how much an account may still do. Wallets ask for it before they send anything.

Resource credits are not charged yet on this chain: every bar is full, and its size is the one that Hive's rule gives (protocol.md §9.1).
"""

from typing import Any

from chain.balances import effective_vests
from chain.jsonform import number_json
from chain.rows import Account
from chain.state import State
from chain.views.accounts import manabar_view
from chain.views.amounts import amounts
from chain.wire import HF26
from node.rpc.arguments import QUERY_MAX, Names
from node.rpc.context import Context
from node.rpc.errors import require
from node.rpc.registry import Namespace

api = Namespace("rc_api")


@api.method
def find_rc_accounts(context: Context, accounts: Names = ()) -> Any:
    """The bars of up to 1000 accounts, all full: resource credits are not charged yet. Unknown names are left out."""
    require(len(accounts) <= QUERY_MAX, "args.accounts.size() <= RC_API_SINGLE_QUERY_LIMIT", "")
    rows = map(context.state.accounts.find, accounts)
    return {"rc_accounts": [rc_account_view(context.state, row) for row in rows if row]}


def rc_account_view(state: State, row: Account) -> dict[str, Any]:
    """One bar: effective VESTS plus what the fee of the account's creation added; nothing is spent or delegated yet."""
    rc_max = effective_vests(row) + row.rc_adjustment
    return {
        "account": row.name,
        "rc_manabar": manabar_view(rc_max, state.globals.time),
        "max_rc_creation_adjustment": amounts(HF26, state.params.dialect).vests(row.rc_adjustment),
        "max_rc": number_json(rc_max),
        "delegated_rc": 0,
        "received_delegated_rc": 0,
    }
