"""transaction_status_api: where is the transaction that I sent?"""

from typing import Any

from chain.chain import Chain
from chain.jsonform import number_json
from node.rpc.account_history import transaction_id
from node.rpc.arguments import Time
from node.rpc.context import Context
from node.rpc.registry import Namespace

api = Namespace("transaction_status_api")


@api.method
def find_transaction(context: Context, transaction_id: str = "", expiration: Time | None = None) -> Any:
    """Whether a transaction waits or stands in a block; for one that nobody knows, whether it has expired."""
    return status_of(context, transaction_id, expiration)


def status_of(context: Context, id_: str, expiration: int | None) -> dict[str, Any]:
    """One of hived's words and, where there is a block, its number and the cost. `too_old` never comes: a history has no beginning."""
    raw = transaction_id(id_)
    chain = context.chain
    place = context.history.transaction_place(raw)
    if place is not None:
        is_final = place[0] <= chain.irreversible_num
        status = "within_irreversible_block" if is_final else "within_reversible_block"
        cost = context.history.transaction_cost(raw)
        return {"status": status, "block_num": place[0], "rc_cost": number_json(cost or 0)}
    if raw in chain.mempool:
        return {"status": "within_mempool"}
    if expiration is not None:
        if expiration <= _irreversible_time(chain, context):
            return {"status": "expired_irreversible"}
        if expiration < context.state.globals.time:
            return {"status": "expired_reversible"}
    return {"status": "unknown"}


def _irreversible_time(chain: Chain, context: Context) -> int:
    """The timestamp of the last irreversible block; 0 before the first."""
    block = context.find_block(chain.irreversible_num)
    return 0 if block is None else block.header.timestamp
