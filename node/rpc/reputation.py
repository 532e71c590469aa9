"""reputation_api: what the votes of others have made of authors. The chain decides nothing by it (protocol.md §5.6)."""

from itertools import islice
from typing import Any

from chain.jsonform import number_json
from chain.reputation import reputation_of
from node.rpc.arguments import QUERY_MAX, U32, Name
from node.rpc.context import Context
from node.rpc.errors import require
from node.rpc.registry import Namespace

api = Namespace("reputation_api")
condenser = Namespace("condenser_api", positional=True)


@api.method(heavy=True)
def get_account_reputations(context: Context, account_lower_bound: Name = "", limit: U32 = QUERY_MAX) -> Any:
    """Raw reputations of up to 1000 accounts in alphabetical order, from a name on."""
    return {"reputations": reputations_from(context, account_lower_bound, limit)}


@condenser.method(name="get_account_reputations", heavy=True)
def get_condenser_account_reputations(context: Context, account_lower_bound: Name = "", limit: U32 = QUERY_MAX) -> Any:
    """The same as a list."""
    return reputations_from(context, account_lower_bound, limit)


def reputations_from(context: Context, name: str, limit: int) -> list[dict[str, Any]]:
    """One row for each account, 0 for whoever nobody has voted for or against."""
    require(limit <= QUERY_MAX, "args.limit <= 1000", "Cannot retrieve more than 1000 account reputations at a time.")
    state = context.state
    rows = islice(state.accounts.scan(start=name or None), limit)
    return [{"account": row.name, "reputation": number_json(reputation_of(state, row.name))} for row in rows]
