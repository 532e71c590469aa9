"""node_status_api: how far this node has come, for whoever waits until it can be asked."""

from typing import Any

from chain.types import time_text
from node.rpc.context import Context
from node.rpc.registry import Namespace

api = Namespace("node_status_api")


@api.method
def get_node_status(context: Context) -> Any:
    """Number and time of the last block that was applied."""
    return {
        "last_processed_block_num": context.chain.head_num,
        "last_processed_block_time": time_text(context.state.globals.time),
    }
