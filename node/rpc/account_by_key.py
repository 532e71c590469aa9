"""account_by_key_api: whose key is this?"""

from collections.abc import Sequence
from typing import Any

from chain.keys import parse_public_key
from node.rpc.arguments import QUERY_MAX, check_names
from node.rpc.context import Context
from node.rpc.registry import Namespace

api = Namespace("account_by_key_api")


@api.method
def get_key_references(context: Context, keys: Sequence[str] = ()) -> Any:
    """For each of up to 1000 public keys the accounts that it may sign for."""
    return {"accounts": key_references(context, keys)}


def key_references(context: Context, keys: Sequence[str]) -> list[list[str]]:
    """Account names in their order for each key, in the order of the keys."""
    if len(keys) > QUERY_MAX:
        check_names(keys, "keys", "keys")
    prefix = context.dialect.address_prefix
    scan = context.state.key_references.scan
    return [[row.account for row in scan(parse_public_key(text_of(key), prefix))] for key in keys]


def text_of(key: object) -> str:
    """A key's text; what is none cannot be parsed as one either."""
    return key if isinstance(key, str) else ""
