"""network_broadcast_api: sending transactions (clients.md §3)."""

from typing import Any, Final

from chain.jsonform import number_json
from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.registry import Namespace, as_object

UNKNOWN_COST: Final = -1

api = Namespace("network_broadcast_api")


@api.method
def broadcast_transaction(context: Context, trx: Any = None, max_block_age: int = -1) -> Any:
    """Send a transaction in either JSON form, signed over either packing. Answers when it waits for a block."""
    check_block_age(context, max_block_age)
    return send(context, trx)


@api.method
async def broadcast_transaction_synchronous(context: Context, trx: Any = None, max_block_age: int = -1) -> Any:
    """The same, and wait until a block holds the transaction or it has expired."""
    check_block_age(context, max_block_age)
    return await send_and_wait(context, trx)


def check_block_age(context: Context, max_block_age: int) -> None:
    """Refuse when the head is older than the client accepts; a negative age accepts any."""
    if max_block_age >= 0 and context.state.globals.time < context.clock.now() - max_block_age:
        raise CallRefused(
            "The head block is older than ${age} seconds",
            expression="!check_max_block_age( args.max_block_age )",
            age=max_block_age,
        )


def send(context: Context, trx: Any) -> dict[str, Any]:
    """Admit a transaction. Raises the ChainError that says why not."""
    context.sender.submit(context.read_transaction(as_object(trx)))
    return {}


async def send_and_wait(context: Context, trx: Any) -> dict[str, Any]:
    """Admit a transaction and tell where it came to stand; `expired` when it did not."""
    transaction, inclusion = await context.sender.submit_and_wait(context.read_transaction(as_object(trx)))
    cost = None if inclusion is None else context.history.transaction_cost(transaction.id)
    return {
        "id": transaction.id.hex(),
        "block_num": context.chain.head_num if inclusion is None else inclusion.block_num,
        "trx_num": -1 if inclusion is None else inclusion.position,
        "rc_cost": UNKNOWN_COST if cost is None else number_json(cost),
        "expired": inclusion is None,
    }
