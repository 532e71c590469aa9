"""A live example of every method: its call, what comes of it on the example chain, and which members and types that has.

    PYTHONPATH=. python -m tests.generate_docs      writes node/rpc/examples.json, which the node ships

Most calls are made from the names of the parameters; a method for which that does not make a telling example has a line in `calls`.
"""

from functools import cache
from typing import Any, Final

import orjson

from chain.wire import HF26, LEGACY
from node.rpc.openrpc import document
from node.rpc.registry import Method
from node.subscriptions.session import Session, session_of_call
from tests.helpers.example_chain import COMMUNITY, ExampleChain
from tests.helpers.schemas import either, schema_of
from tests.node.rpc_world import Refused

USUAL: Final[dict[str, Any]] = {
    "account": "alice",
    "account1": "alice",
    "account2": "bob",
    "account_lower_bound": "alice",
    "accounts": ["alice"],
    "author": "alice",
    "block_num": 3,
    "comments": [["alice", "hello"]],
    "community": COMMUNITY,
    "creator": "alice",
    "from": "alice",
    "limit": 2,
    "lower_bound_name": "alice",
    "names": ["alice"],
    "observer": "alice",
    "owner": "alice",
    "owners": ["initminer"],
    "permlink": "hello",
    "proposal_ids": [0],
    "sort": "created",
    "start_name": "",
    "tag": "tests",
}
"""What an argument is, unless the call says otherwise."""

ORDERS: Final[dict[str, str]] = {
    "list_account_recovery_requests": "by_expiration",
    "list_accounts": "by_name",
    "list_change_recovery_account_requests": "by_effective_date",
    "list_collateralized_conversion_requests": "by_conversion_date",
    "list_decline_voting_rights_requests": "by_effective_date",
    "list_escrows": "by_ratification_deadline",
    "list_hbd_conversion_requests": "by_conversion_date",
    "list_limit_orders": "by_price",
    "list_proposal_votes": "by_proposal_voter",
    "list_proposals": "by_creator",
    "list_savings_withdrawals": "by_complete_from_id",
    "list_vesting_delegation_expirations": "by_expiration",
    "list_vesting_delegations": "by_delegation",
    "list_withdraw_vesting_routes": "by_withdraw_route",
    "list_witness_votes": "by_account_witness",
    "list_witnesses": "by_vote_name",
    "find_withdraw_vesting_routes": "by_withdraw_route",
}

ABOUT_ALL: Final = "rpc.discover"
"""Its answer is made of the examples, so its own shows no methods."""

SHOWN_ITEMS_MAX: Final = 2
SHOWN_TEXT_MAX: Final = 400
"""Of a long list or text an example shows the beginning; its schema was made from the whole."""


def values_of(chain: ExampleChain) -> dict[str, Any]:
    """More of the usual arguments: those that only the chain knows."""
    key = chain.ask("condenser_api.get_accounts", [["alice"]])[0]["active"]["key_auths"][0][0]
    sent, unsent = chain.transaction_id, chain.transaction("0.001 HIVE")
    transactions = {"id": sent, "transaction_id": sent, "trx": unsent}
    post = chain.ask("condenser_api.get_content", ["alice", "hello"])
    return USUAL | transactions | {"post": post} | {"keys": [key], "available_keys": [key], "signers": [key]}


def calls(chain: ExampleChain) -> dict[str, Any]:
    """The arguments, by name, of the methods that the usual ones do not fit; a short name is meant wherever it is served."""
    begin, end = "2025-01-01T00:00:00", chain.later(60)
    unsent = chain.transaction("0.001 HIVE")
    gina = {"accounts": ["gina"]}
    return {
        "account_history_api.enum_virtual_ops": {"block_range_begin": 3, "block_range_end": 6, "limit": 2},
        "block_api.get_block_range": {"starting_block_num": 3, "count": 1},
        "bridge.account_notifications": {"account": "alice", "limit": 2},
        "bridge.get_community": {"name": COMMUNITY, "observer": "alice"},
        "bridge.get_community_context": {"name": COMMUNITY, "account": "alice"},
        "bridge.get_ranked_posts": {"sort": "trending", "tag": "tests", "limit": 2, "observer": "alice"},
        "bridge.list_communities": {"limit": 2},
        "bridge.normalize_post": {"post": {"author": "alice", "permlink": "hello"}},
        "devnet_api.advance": {"seconds": 60},
        "devnet_api.set_speed": {"speed": 1},
        "find_account_recovery_requests": gina,
        "find_change_recovery_account_requests": gina,
        "find_decline_voting_rights_requests": {"accounts": ["dave"]},
        "find_owner_histories": {"owner": "gina"},
        "get_account_history": {"account": "alice", "start": -1, "limit": 2},
        "get_account_references": {"account": 1},
        "get_discussions_by_blog": {"query": {"tag": "alice", "limit": 1}, "tag": "alice", "limit": 1},
        "get_discussions_by_feed": {"query": {"tag": "carol", "limit": 1}, "tag": "carol", "limit": 1},
        "get_account_posts": {"sort": "posts", "account": "alice", "limit": 1},
        "get_discussions_by_author_before_date": {"author": "alice", "limit": 1},
        "get_discussions_by_comments": {"start_author": "bob", "limit": 1},
        "get_replies_by_last_update": {"start_author": "alice", "limit": 1},
        "get_escrow": {"from": "alice", "escrow_id": 1},
        "get_market_history": {"bucket_seconds": 15, "start": begin, "end": end},
        "get_ops_in_block": {"block_num": 5, "only_virtual": False},
        "get_owner_history": {"account": "gina", "owner": "gina"},
        "get_rc_operation_stats": {"operation": "vote"},
        "get_recovery_request": {"account": "gina"},
        "get_reward_fund": {"name": "post"},
        "get_savings_withdraw_to": {"account": "bob"},
        "get_trade_history": {"start": begin, "end": end, "limit": 2},
        "get_witness": {"owner": "initminer"},
        "get_witness_by_account": {"account": "initminer"},
        "get_witnesses": {"ids": [0]},
        "get_withdraw_routes": {"account": "alice", "type": "outgoing"},
        "jsonrpc.get_signature": {"method": "condenser_api.get_content"},
        "list_owner_histories": {"start": ["", "1970-01-01T00:00:00"], "limit": 2},
        "list_rc_accounts": {"start": "alice", "limit": 2},
        "list_rc_direct_delegations": {"start": ["alice", ""], "limit": 2},
        "list_votes": {"start": ["alice", "hello", ""], "limit": 2, "order": "by_comment_voter"},
        "skald_api.subscribe": {"topic": "operations", "accounts": ["alice"]},
        "skald_api.unsubscribe": {"subscription": 1},
        "skald_api.get_payouts": {"author": "alice", "permlink": "first"},
        "verify_signatures": {
            "hash": chain.digest_of(unsent),
            "signatures": unsent["signatures"],
            "required_active": ["alice"],
        },
    }


EVERYBODY: Final = ["alice", "bob", "carol", "dave", "erin", "initminer", "steem.dao", "null"]

OTHER_CALLS: Final[dict[str, dict[str, Any]]] = {
    "find_accounts": {"accounts": EVERYBODY},
    "get_account": {"account": "nobody-here"},
    "get_accounts": {"names": EVERYBODY, "accounts": EVERYBODY},
    "get_block": {"block_num": 1_000_000},
    "get_block_header": {"block_num": 1_000_000},
    "get_escrow": {"from": "alice", "escrow_id": 7},
    "get_recovery_request": {"account": "bob"},
    "get_witness": {"owner": "alice"},
    "get_witness_by_account": {"account": "alice"},
    "get_witnesses": {"ids": [0, 9_999]},
    "list_accounts": {"limit": 1_000, "order": "by_name", "lower_bound_name": ""},
    "lookup_account_names": {"names": [*EVERYBODY, "nobody-here"]},
}
"""Calls with replies of another kind: nothing found, or a number so large that it is a text. Only schemas are made of them."""


def broadcasts(chain: ExampleChain) -> dict[str, Any]:
    """A transaction of its own for everything that sends one, in the form that goes with the API."""
    names = sorted(name for name in chain.dispatcher.registry.methods if ".broadcast_" in name)
    forms = [HF26 if name.startswith("network_") else LEGACY for name in names]
    return {
        name: {"trx": chain.transaction(f"0.{number:03} HIVE", form)}
        for number, (name, form) in enumerate(zip(names, forms, strict=True), 2)
    }


def turn_of(name: str) -> int:
    """What changes the chain comes when all the others have answered, and time moves last."""
    if name.startswith("devnet_api."):
        return 2
    return int(".broadcast_" in name)


class NoExample(Exception):
    """A parameter for which there is no value: the method wants a line in `calls`."""


def arguments_of(method: Method, usual: dict[str, Any], special: dict[str, Any]) -> dict[str, Any]:
    """The example's arguments by name."""
    short = method.name.partition(".")[2]
    names = {parameter.name for parameter in method.parameters}
    for name in (method.name, short):
        if name in special:
            return {member: value for member, value in special[name].items() if member in names}
    if short in ORDERS:
        usual = usual | {"order": ORDERS[short], "start": None}
    found: dict[str, Any] = {}
    for parameter in method.parameters:
        if parameter.name in usual:
            found[parameter.name] = usual[parameter.name]
        elif parameter.required:
            if parameter.name != "start":
                raise NoExample(f"{method.name} wants a value of {parameter.name}: give it a line in {__file__}")
            found["start"] = "" if parameter.type_text == "str" else None
    return found


def params_of(method: Method, arguments: dict[str, Any]) -> Any:
    """The same as clients send them to this namespace; what is left out stands at the end, or the call goes by name."""
    if not method.positional:
        return arguments
    if method.boxed:
        return [arguments]
    names = [parameter.name for parameter in method.parameters][: len(arguments)]
    if set(names) != set(arguments):
        return arguments
    values = [arguments[name] for name in names]
    return [values] if method.wrapped else values


def shortened(value: Any) -> Any:
    """What an example shows of a long answer."""
    if isinstance(value, dict):
        return {name: shortened(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value[:SHOWN_ITEMS_MAX]]
    if isinstance(value, str) and len(value) > SHOWN_TEXT_MAX:
        return value[:SHOWN_TEXT_MAX] + "…"
    return value


def example_of(chain: ExampleChain, method: Method, params: Any) -> dict[str, Any]:
    try:
        result = chain.ask(method.name, params)
    except Refused as refused:
        return {"params": params, "error": {"code": refused.code, "message": refused.message}}
    schema = schema_of(result)
    other = OTHER_CALLS.get(method.name.partition(".")[2])
    if other is not None:
        schema = either(
            schema, schema_of(chain.ask(method.name, params_of(method, arguments_of(method, {}, {method.name: other}))))
        )
    shown = shortened(result)
    return {"params": params, "result": shown, "schema": schema} | ({"cut": True} if shown != result else {})


async def unheard(_body: bytes) -> None:
    """Where the notifications of the example's subscription go."""


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Every method with its example, asked anew."""
    chain = ExampleChain()
    usual, special = values_of(chain), calls(chain) | broadcasts(chain)
    methods = chain.dispatcher.registry.methods
    served = {*methods, *(name.partition(".")[2] for name in methods)}
    assert set(special) <= served, f"no such methods: {sorted(set(special) - served)}"
    found = {}
    token = session_of_call.set(Session(chain.dispatcher, unheard, subscriptions_max=1))  # as if over a WebSocket
    for name in sorted(set(methods) - {ABOUT_ALL}, key=lambda one: (turn_of(one), one)):
        method = methods[name]
        found[name] = example_of(chain, method, params_of(method, arguments_of(method, usual, special)))
    session_of_call.reset(token)
    assert chain.bugs.seen == []
    found[ABOUT_ALL] = {"params": {}, "result": document(()), "schema": {"type": "object"}, "cut": True}
    return dict(sorted(found.items()))


def examples_text() -> str:
    """What EXAMPLES_FILE should hold: a method a line, so that two new methods seldom touch the same lines."""
    lines = [f"{dump(name)}:{dump(example)}" for name, example in examples().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def dump(value: Any) -> str:
    return orjson.dumps(value).decode()
