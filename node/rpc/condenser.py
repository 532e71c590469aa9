"""condenser_api: what wallets and front ends have asked since 2016: positional parameters, amounts as text (clients.md §7).

Here are the chain, accounts, witnesses and stake; `condenser_content` has posts, blocks, histories and transactions. Both fill one
namespace. Answers are those of database_api in the older form.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any

from chain.config_view import config_json
from chain.params import POST_REWARD_FUND
from chain.rows import WithdrawRoute
from chain.types import time_text, version_text
from chain.views.accounts import account_view, extended_account_view
from chain.views.globals import (
    chain_properties_view,
    current_price_view,
    feed_history_view,
    reward_fund_view,
)
from chain.views.stake import delegation_return_view, delegation_view, withdraw_route_view
from chain.views.witnesses import active_witnesses_view, witness_schedule_view, witness_view
from chain.wire import LEGACY
from node.rpc.account_by_key import key_references
from node.rpc.arguments import QUERY_MAX, U32, Name, Names, Time, check_limit, check_names, one_of, u64
from node.rpc.context import Context
from node.rpc.database import witnesses_in, written_globals, written_version
from node.rpc.database_lists import delegations_of, existing, returns_of, routes_by_destination
from node.rpc.errors import CallRefused, require
from node.rpc.registry import Namespace, as_list

Direction = Annotated[str, one_of("incoming", "outgoing", "all")]

api = Namespace("condenser_api", positional=True)


# --- the chain -------------------------------------------------------------------------------------------------------


@api.method
def get_version(context: Context) -> Any:
    """The protocol version that this node speaks, its own version, and the chain's id."""
    return written_version(context)


@api.method
def get_config(context: Context) -> Any:
    """The constants of this chain under hived's names."""
    return context.constant(("config", LEGACY), lambda: config_json(context.params, LEGACY))


@api.method
def get_dynamic_global_properties(context: Context) -> Any:
    """Head, supplies, rates: what changes with every block."""
    return written_globals(context, LEGACY)


@api.method
def get_chain_properties(context: Context) -> Any:
    """What the witnesses have agreed on: fee of an account, block size, interest."""
    return chain_properties_view(context.state, LEGACY)


@api.method
def get_current_median_history_price(context: Context) -> Any:
    """The median price of HIVE in HBD that the chain goes by."""
    return current_price_view(context.state, LEGACY)


@api.method
def get_feed_history(context: Context) -> Any:
    """The medians of the last days."""
    return feed_history_view(context.state, LEGACY)


@api.method
def get_hardfork_version(context: Context) -> Any:
    """The version of the rules in force, as text."""
    return version_text(context.state.hardforks.current_version)


@api.method
def get_next_scheduled_hardfork(context: Context) -> Any:
    """The next hardfork and its time."""
    row = context.state.hardforks
    return {"hf_version": version_text(row.next_version), "live_time": time_text(row.next_time)}


@api.method
def get_reward_fund(context: Context, name: str) -> Any:
    """The fund that posts are paid from; its name is "post"."""
    require(name == POST_REWARD_FUND, "fund != nullptr", "Invalid reward fund name")
    return reward_fund_view(context.state, LEGACY)


# --- accounts --------------------------------------------------------------------------------------------------------


@api.method
def get_accounts(context: Context, names: Names, delayed_votes_active: bool = True) -> Any:
    """Accounts by name; names that nobody has are left out."""
    if len(names) > QUERY_MAX:
        check_names(names, "names", "accounts")
    state = context.state
    rows = map(state.accounts.find, names)
    return [extended_account_view(state, row, delayed_votes=delayed_votes_active) for row in rows if row]


@api.method
def lookup_account_names(context: Context, names: Names, delayed_votes_active: bool = True) -> Any:
    """Accounts by name, null for names that nobody has."""
    if len(names) > QUERY_MAX:
        check_names(names, "names", "accounts")
    state = context.state
    rows = map(state.accounts.find, names)
    return [row and account_view(state, row, LEGACY, delayed_votes=delayed_votes_active) for row in rows]


@api.method
def lookup_accounts(context: Context, lower_bound_name: Name, limit: U32) -> Any:
    """Up to 1000 names in alphabetical order, from one on."""
    require(limit <= QUERY_MAX, "limit <= 1000", "")
    return [row.name for row in islice(context.state.accounts.scan(start=lower_bound_name or None), limit)]


@api.method
def get_account_count(context: Context) -> Any:
    """How many accounts there are."""
    return count_of(context, "account")


def count_of(context: Context, kind: str) -> int:
    """How many rows of a kind were ever made; accounts and witnesses are never removed."""
    counter = context.state.counters.find(kind)
    return 0 if counter is None else counter.next_id


@api.method
def get_key_references(context: Context, keys: Sequence[Any]) -> Any:
    """For each public key the accounts that it may sign for."""
    return key_references(context, keys)


# --- stake -----------------------------------------------------------------------------------------------------------


@api.method(heavy=True)
def get_vesting_delegations(context: Context, account: Name, start: Name = "", limit: U32 = 100) -> Any:
    """What an account has delegated, from a delegatee on."""
    check_limit(limit)
    state = context.state
    existing(state, account)
    first_id = existing(state, start).id if start else 0
    rows = islice(delegations_of(state, account, first_id), limit)
    return [delegation_view(state, row, LEGACY) for row in rows]


@api.method(heavy=True)
def get_expiring_vesting_delegations(context: Context, account: Name, start: Time = 0, limit: U32 = 100) -> Any:
    """VESTS on their way back to an account, from a time on."""
    check_limit(limit)
    state = context.state
    existing(state, account)
    rows = islice(returns_of(state, account, (start, 0)), limit)
    return [delegation_return_view(state, row, LEGACY) for row in rows]


@api.method(heavy=True)
def get_withdraw_routes(context: Context, account: Name, type: Direction = "outgoing") -> Any:
    """Where an account's power-down goes (outgoing), whose power-down comes to it (incoming), or all."""
    routes: list[WithdrawRoute] = []
    if type in {"outgoing", "all"}:
        routes += context.state.withdraw_routes.scan(account)
    if type in {"incoming", "all"}:
        routes += [row for row in routes_by_destination(context.state) if row.to_account == account]
    return [withdraw_route_view(row) for row in routes]


# --- witnesses -------------------------------------------------------------------------------------------------------


@api.method
def get_active_witnesses(context: Context, include_future: bool = False) -> Any:
    """The witnesses of this round in the order in which they produce; then "" and those of the next, if asked for."""
    view = active_witnesses_view(context.state, include_future=include_future)
    return [*view["witnesses"], "", *view["future_witnesses"]] if include_future else view["witnesses"]


@api.method
def get_witness_schedule(context: Context, include_future: bool = False) -> Any:
    """Who produces in this round and what the witnesses have agreed on."""
    return witness_schedule_view(context.state, LEGACY, include_future=include_future)


@api.method
def get_witness_by_account(context: Context, account: Name) -> Any:
    """A witness, or null."""
    row = context.state.witnesses.find(account)
    return None if row is None else witness_view(context.state, row, LEGACY)


@api.method
def get_witnesses_by_vote(context: Context, start_name: Name, limit: U32) -> Any:
    """Witnesses with the most votes first, from one on."""
    check_limit(limit)
    state = context.state
    start = None
    if start_name:
        first = next(iter(witnesses_in(state, "by_name", start_name)), None)
        if first is None:
            return []
        start = [first.votes, first.owner]
    rows = islice(witnesses_in(state, "by_vote_name", start), limit)
    return [witness_view(state, row, LEGACY) for row in rows]


@api.method
def get_witnesses(context: Context, ids: Sequence[Any]) -> Any:
    """Witnesses by id, null for ids that there are not."""
    wanted = [u64(id_) for id_ in as_list(list(ids))]
    if len(wanted) > QUERY_MAX:
        check_names(wanted, "ids", "witnesses")
    found = {row.id: row for row in context.state.witnesses.scan() if row.id in wanted} if wanted else {}
    rows = map(found.get, wanted)
    return [row and witness_view(context.state, row, LEGACY) for row in rows]


@api.method
def lookup_witness_accounts(context: Context, lower_bound_name: Name, limit: U32) -> Any:
    """Up to 1000 names of witnesses in alphabetical order, from one on."""
    check_limit(limit)
    return [row.owner for row in islice(context.state.witnesses.scan(start=lower_bound_name or None), limit)]


@api.method
def get_witness_count(context: Context) -> Any:
    """How many witnesses there are."""
    return count_of(context, "witness")


@api.method
def get_account_references(context: Context, account: Any = None) -> Any:
    """Refused, as hived does."""
    del context, account
    raise CallRefused("condenser_api::get_account_references --- Needs to be refactored for Hive.", expression="false")
