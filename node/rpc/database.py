"""database_api: the state of the chain, object by object, as hived shows it (protocol.md §12).

Here are the properties of the chain, its accounts and witnesses, its posts and votes; `database_lists` has what accounts have
pending, `database_signatures` what is asked about keys and transactions. All fill one namespace.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain as joined
from itertools import islice
from typing import Annotated, Any, Final

from orjson import Fragment

from chain import __version__
from chain.asset import TESTNET
from chain.config_view import config_json
from chain.params import MAINNET
from chain.posts import get_post
from chain.rows import TIME_MAX, Account, Witness, WitnessVote
from chain.state import State
from chain.types import version_text
from chain.views.accounts import account_view
from chain.views.content import comment_view, find_post, pending_payout_view, vote_view, votes_by, votes_of
from chain.views.globals import (
    current_price_view,
    dynamic_global_properties_view,
    feed_history_view,
    hardfork_properties_view,
    reward_fund_view,
)
from chain.views.witnesses import active_witnesses_view, witness_schedule_view, witness_view, witness_vote_view
from chain.wire import HF26, Form
from node.rpc.arguments import (
    U32,
    Name,
    Names,
    Order,
    Permlink,
    account_name,
    check_limit,
    check_names,
    pair_of,
    permlink,
    time,
    unknown_order,
)
from node.rpc.context import Context
from node.rpc.errors import BadCast, CallRefused
from node.rpc.registry import Namespace, as_int, as_list, json_type

api = Namespace("database_api")


# --- the chain -------------------------------------------------------------------------------------------------------


@api.method
def get_config(context: Context) -> Any:
    """The constants of this chain under hived's names."""
    return context.constant(("config", HF26), lambda: config_json(context.params, HF26))


@api.method
def get_version(context: Context) -> Any:
    """The protocol version that this node speaks, its own version, and the chain's id."""
    return written_version(context)


@api.method
def get_dynamic_global_properties(context: Context) -> Any:
    """Head, supplies, rates: what changes with every block."""
    return written_globals(context, HF26)


@api.method
def get_witness_schedule(context: Context, include_future: bool = False) -> Any:
    """Who produces in this round and what the witnesses have agreed on; with `include_future`, of the next round too."""
    return witness_schedule_view(context.state, HF26, include_future=include_future)


@api.method
def get_hardfork_properties(context: Context) -> Any:
    """Which hardforks took effect when, and which is next."""
    return hardfork_properties_view(context.state)


@api.method
def get_reward_funds(context: Context) -> Any:
    """The fund that posts are paid from."""
    return {"funds": [reward_fund_view(context.state, HF26)]}


@api.method
def get_current_price_feed(context: Context) -> Any:
    """The median price of HIVE in HBD that the chain goes by."""
    return current_price_view(context.state, HF26)


@api.method
def get_feed_history(context: Context) -> Any:
    """The medians of the last days."""
    return feed_history_view(context.state, HF26)


def written_globals(context: Context, form: Form) -> Fragment:
    return context.present(
        ("globals", form),
        lambda: dynamic_global_properties_view(context.state, context.chain.irreversible_num, form),
    )


def written_version(context: Context) -> Fragment:
    return context.constant("version", lambda: version_view(context))


def version_view(context: Context) -> dict[str, Any]:
    """What hived says of its sources' revisions, we say of this program's version."""
    return {
        "blockchain_version": version_text(context.params.blockchain_version),
        "hive_revision": f"skald-{__version__}",
        "fc_revision": f"skald-{__version__}",
        "chain_id": context.params.chain_id.hex(),
        "node_type": _node_type(context),
    }


def _node_type(context: Context) -> str:
    """The word of hived for its build: by the symbols and by the chain it was made for."""
    if context.dialect == TESTNET:
        return "testnet"
    return "mainnet" if context.params.chain_id == MAINNET.chain_id else "mirrornet"


# --- accounts --------------------------------------------------------------------------------------------------------


@api.method
def find_accounts(context: Context, accounts: Names = (), delayed_votes_active: bool = True) -> Any:
    """Up to 1000 accounts by name; names that nobody has are left out."""
    check_names(accounts, "accounts", "accounts", assert_hash="16016890266862695388")
    state = context.state
    rows = map(state.accounts.find, accounts)
    return {"accounts": [account_view(state, row, HF26, delayed_votes=delayed_votes_active) for row in rows if row]}


@api.method(heavy=True)
def list_accounts(
    context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set", delayed_votes_active: bool = True
) -> Any:
    """Accounts by_name, by_proxy or by_next_vesting_withdrawal, from `start` on."""
    check_limit(limit)
    state = context.state
    rows = islice(accounts_in(state, order, start), limit)
    return {"accounts": [account_view(state, row, HF26, delayed_votes=delayed_votes_active) for row in rows]}


def accounts_in(state: State, order: str, start: Any) -> Iterable[Account]:
    """Accounts in one of hived's orders. Raises CallRefused for another one, BadCast for a start of another shape."""
    if order == "by_name":
        return state.accounts.scan(start=None if start is None else account_name(start))
    if order == "by_proxy":
        return _accounts_by_proxy(state, None if start is None else pair_of(account_name, account_name, start))
    if order == "by_next_vesting_withdrawal":
        first = (0, "") if start is None else pair_of(time, account_name, start)
        powering_down = state.accounts.by_next_vesting_withdrawal.scan(first)
        others = state.accounts.scan(start=first[1] if first[0] == TIME_MAX else None)
        return joined(powering_down, (row for row in others if row.next_vesting_withdrawal == TIME_MAX))
    raise unknown_order(order)


def _accounts_by_proxy(state: State, start: tuple[str, str] | None) -> Iterator[Account]:
    """Those without a proxy come first, by name; then by the id of the proxy, as hived's index has them."""
    proxy, name = start or ("", "")
    if not proxy:
        yield from (row for row in state.accounts.scan(start=name or None) if not row.proxy)
        first = (0, "")
    else:
        row = state.accounts.find(proxy)
        if row is None:
            raise CallRefused("Given proxy account does not exist.", expression="proxy != nullptr")
        first = (row.id, name)
    keyed = [((state.accounts.get(row.proxy).id, row.name), row) for row in state.accounts.by_proxy.scan()]
    yield from (row for key, row in sorted(keyed, key=lambda entry: entry[0]) if key >= first)


# --- witnesses -------------------------------------------------------------------------------------------------------


@api.method
def find_witnesses(context: Context, owners: Names = ()) -> Any:
    """Up to 1000 witnesses by name; names that are no witness are left out."""
    check_names(owners, "owners", "witnesses")
    rows = map(context.state.witnesses.find, owners)
    return {"witnesses": [witness_view(context.state, row, HF26) for row in rows if row]}


@api.method
def list_witnesses(context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set") -> Any:
    """Witnesses by_name, by_vote_name (most votes first) or by_schedule_time, from `start` on."""
    check_limit(limit)
    rows = islice(witnesses_in(context.state, order, start), limit)
    return {"witnesses": [witness_view(context.state, row, HF26) for row in rows]}


def witnesses_in(state: State, order: str, start: Any) -> Iterable[Witness]:
    """Witnesses in one of hived's orders. Raises CallRefused for another one, BadCast for a start of another shape."""
    witnesses = state.witnesses
    if order == "by_name":
        return witnesses.scan(start=None if start is None else account_name(start))
    if order == "by_vote_name":
        if start is None:
            return witnesses.by_votes.scan()
        votes, name = pair_of(as_int, account_name, start)
        return witnesses.by_votes.scan((-votes, name))
    if order == "by_schedule_time":
        if start is None:
            return witnesses.by_scheduled_time.scan()
        at, name = pair_of(_u128, account_name, start)
        row = witnesses.find(name)
        if row is None:
            raise CallRefused("unknown key", expression="itr != end()", name=name)
        return witnesses.by_scheduled_time.scan((at.to_bytes(16, "big"), row.id))
    raise unknown_order(order)


def _u128(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 39 and int(value) < 1 << 128:
        return int(value)
    if type(value) is int and value >= 0:
        return value
    raise BadCast("Invalid cast from ${type} to uint128", type=json_type(value))


@api.method(heavy=True)
def list_witness_votes(context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set") -> Any:
    """Who votes for which witness: by_account_witness or by_witness_account, from `start` on."""
    check_limit(limit)
    first = None if start is None else pair_of(account_name, account_name, start)
    rows: Iterable[WitnessVote]
    if order == "by_account_witness":
        rows = context.state.witness_votes.scan(start=first)
    elif order == "by_witness_account":
        keyed = [((row.witness, row.account), row) for row in context.state.witness_votes.scan()]
        rows = [row for key, row in sorted(keyed, key=lambda entry: entry[0]) if first is None or key >= first]
    else:
        raise unknown_order(order)
    return {"votes": [witness_vote_view(row) for row in islice(rows, limit)]}


@api.method
def get_active_witnesses(context: Context, include_future: bool = False) -> Any:
    """The witnesses of this round in the order in which they produce; with `include_future`, of the next one too."""
    return active_witnesses_view(context.state, include_future=include_future)


# --- posts and votes -------------------------------------------------------------------------------------------------


def _place(value: Any) -> tuple[str, str]:
    return pair_of(account_name, permlink, value)


def _places(value: Any) -> list[tuple[str, str]]:
    return [_place(member) for member in as_list(value)]


Places = Annotated[Sequence[tuple[str, str]], _places]


@api.method
def find_comments(context: Context, comments: Places = ()) -> Any:
    """Up to 1000 posts or replies by [author, permlink]; those that there are not are left out."""
    check_names(comments, "comments", "comments")
    found = (find_post(context.state, *place) for place in comments)
    return {"comments": [comment_view(context.state, facts, HF26) for facts in found if facts]}


@api.method
def get_comment_pending_payouts(context: Context, comments: Places = ()) -> Any:
    """What the chain keeps of up to 1000 posts until they are paid; nothing but the place of those already paid."""
    check_names(comments, "comments", "comments")
    posts = map(context.state.posts.find, comments)
    return {"cashout_infos": [pending_payout_view(context.state, post) for post in posts if post]}


@api.method(heavy=True)
def find_votes(context: Context, author: Name = "", permlink: Permlink = "") -> Any:
    """All votes on a post, by voter."""
    get_post(context.state, author, permlink)
    return {"votes": [vote_view(author, permlink, vote) for vote in votes_of(context.state, author, permlink)]}


@api.method(heavy=True)
def list_votes(context: Context, start: Any = None, limit: U32 = 0, order: Order = "not_set") -> Any:
    """Votes on a post by_comment_voter, from [author, permlink, voter] on, or by_voter_comment, from [voter, author, permlink] on."""
    check_limit(limit)
    if order not in _VOTES:
        raise unknown_order(order)
    members = [] if start is None else as_list(start)
    return {"votes": list(islice(_VOTES[order](context.state, members), limit))}


def _votes_on(state: State, start: list[Any]) -> Iterator[dict[str, Any]]:
    author, link = _place(start[:2])
    voter = _third(account_name, start)
    get_post(state, author, link)
    return (vote_view(author, link, vote) for vote in votes_of(state, author, link) if vote.voter >= voter)


def _votes_by(state: State, start: list[Any]) -> Iterator[dict[str, Any]]:
    voter, author = pair_of(account_name, account_name, start[:2])
    first_id = get_post(state, author, _third(permlink, start)).id if author else 0
    return (vote_view(post.author, post.permlink, vote) for post, vote in votes_by(state, voter, first_id))


def _third(cast: Callable[[Any], str], start: list[Any]) -> str:
    return cast(start[2]) if len(start) > 2 and start[2] is not None else ""


_VOTES: Final = {"by_comment_voter": _votes_on, "by_voter_comment": _votes_by}


__all__ = ["accounts_in", "api", "witnesses_in", "written_globals", "written_version"]
