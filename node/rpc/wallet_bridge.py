"""wallet_bridge_api: what hived's own command-line wallet asks, in one namespace: answers of the other APIs, amounts as objects.

Its parameters stand in an array within the array, `[[parameter, …]]`, with a lock behind it that is ignored.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import islice
from typing import Any, Final

from chain.params import POST_REWARD_FUND
from chain.types import version_text
from chain.views.accounts import account_view
from chain.views.globals import chain_properties_view, reward_fund_view
from chain.views.market import order_view
from chain.views.witnesses import witness_view
from chain.wire import HF26
from node.rpc import (
    account_history,
    block,
    condenser,
    conversions,
    database,
    database_signatures,
    market_history,
    money,
    network_broadcast,
    proposals,
    rc,
    recovery,
)
from node.rpc.account_by_key import key_references
from node.rpc.arguments import QUERY_MAX, U32, U64, Name, Names, check_names
from node.rpc.context import Context
from node.rpc.database_lists import FOUND_MAX
from node.rpc.errors import require
from node.rpc.registry import Namespace

api = Namespace("wallet_bridge_api", wrapped=True)

Answering = Callable[..., Any]


# --- answers of other APIs -------------------------------------------------------------------------------------------


def _member_of(function: Answering, member: str) -> Answering:
    """The same question, but only that member of the answer."""

    @wraps(function)
    def ask(context: Context, *arguments: Any) -> Any:
        return function(context, *arguments)[member]

    return ask


_ALIASES: Final[dict[str, Answering]] = {
    "get_version": database.get_version,
    "get_dynamic_global_properties": database.get_dynamic_global_properties,
    "get_witness_schedule": database.get_witness_schedule,
    "get_active_witnesses": database.get_active_witnesses,
    "get_current_median_history_price": database.get_current_price_feed,
    "get_feed_history": database.get_feed_history,
    "get_block": block.get_block,
    "get_transaction": account_history.get_transaction,
    "get_order_book": market_history.get_order_book,
    "get_owner_history": recovery.find_owner_histories,
    "list_proposals": proposals.list_proposals,
    "find_proposals": proposals.find_proposals,
    "list_proposal_votes": proposals.list_proposal_votes,
    "get_conversion_requests": _member_of(conversions.find_hbd_conversion_requests, "requests"),
    "get_collateralized_conversion_requests": _member_of(
        conversions.find_collateralized_conversion_requests, "requests"
    ),
    "find_recurrent_transfers": _member_of(money.find_recurrent_transfers, "recurrent_transfers"),
    "find_rc_accounts": _member_of(rc.find_rc_accounts, "rc_accounts"),
    "list_rc_accounts": _member_of(rc.list_rc_accounts, "rc_accounts"),
    "list_rc_direct_delegations": _member_of(rc.list_rc_direct_delegations, "rc_direct_delegations"),
    "is_known_transaction": _member_of(database_signatures.is_known_transaction, "is_known"),
    "broadcast_transaction": network_broadcast.broadcast_transaction,
    "broadcast_transaction_synchronous": network_broadcast.broadcast_transaction_synchronous,
}

_HEAVY: Final = frozenset(("list_rc_accounts", "list_rc_direct_delegations"))
"""Those of them that are so where they come from."""

for _name, _function in _ALIASES.items():
    api.add(_function, name=_name, heavy=_name in _HEAVY)


# --- the chain -------------------------------------------------------------------------------------------------------


@api.method
def get_chain_properties(context: Context) -> Any:
    """What the witnesses have agreed on: fee of an account, block size, interest."""
    return chain_properties_view(context.state, HF26)


@api.method
def get_hardfork_version(context: Context) -> Any:
    """The version of the rules in force, as text."""
    return version_text(context.state.hardforks.current_version)


@api.method
def get_reward_fund(context: Context, name: Name) -> Any:
    """The fund that posts are paid from; its name is "post"."""
    require(name == POST_REWARD_FUND, "fund != nullptr", "Invalid reward fund name")
    return reward_fund_view(context.state, HF26)


@api.method(heavy=True)
def get_ops_in_block(context: Context, block_num: U32, only_virtual: bool) -> Any:
    """All operations and events of a block in hived's order; none for a block that there is not."""
    return account_history.get_ops_in_block(context, block_num, only_virtual)


# --- accounts --------------------------------------------------------------------------------------------------------


@api.method
def get_account(context: Context, account: Name) -> Any:
    """An account, or null."""
    return next(iter(_accounts(context, [account])), None)


@api.method
def get_accounts(context: Context, accounts: Names) -> Any:
    """Accounts by name; names that nobody has are left out."""
    if len(accounts) > QUERY_MAX:
        check_names(accounts, "accounts", "accounts")
    return _accounts(context, accounts)


@api.method(heavy=True)
def list_accounts(context: Context, lower_bound_name: Name, limit: U32) -> Any:
    """Up to 1000 names in alphabetical order, from one on."""
    return condenser.lookup_accounts(context, lower_bound_name, limit)


@api.method
def list_my_accounts(context: Context, keys: Sequence[Any]) -> Any:
    """The accounts that any of the keys may sign for, by name."""
    found = {name for names in key_references(context, keys) for name in names}
    return _accounts(context, sorted(found)[:QUERY_MAX])


def _accounts(context: Context, names: Sequence[str]) -> list[Any]:
    state = context.state
    return [account_view(state, row, HF26) for row in map(state.accounts.find, names) if row]


@api.method(heavy=True)
def get_account_history(context: Context, account: Name, start: U64, limit: U32) -> Any:
    """Entries of an account's history, ascending, up to number `start` (-1: the newest)."""
    return account_history.get_account_history(context, account, start, limit)["history"]


@api.method(heavy=True)
def get_withdraw_routes(context: Context, account: Name, type: condenser.Direction) -> Any:
    """Where an account's power-down goes (outgoing), whose power-down comes to it (incoming), or all."""
    return condenser.get_withdraw_routes(context, account, type)


@api.method
def get_open_orders(context: Context, account: Name) -> Any:
    """Orders of an account, by number."""
    rows = context.state.limit_orders.scan(account)
    return [order_view(context.state, row, HF26) for row in islice(rows, FOUND_MAX)]


# --- witnesses -------------------------------------------------------------------------------------------------------


@api.method
def list_witnesses(context: Context, lower_bound_name: Name, limit: U32) -> Any:
    """Up to 1000 witnesses by name, from one on."""
    return database.list_witnesses(context, lower_bound_name, limit, "by_name")


@api.method
def get_witness(context: Context, owner: Name) -> Any:
    """A witness, or null."""
    row = context.state.witnesses.find(owner)
    return None if row is None else witness_view(context.state, row, HF26)
