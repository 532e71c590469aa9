"""What a node tells over its WebSocket, as an endless row of messages (docs/subscriptions.md).

A connection that breaks is made again, and the subscription goes on with the block after the last one told.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import aiohttp
import orjson

from cli.client import NodeRefused, NodeUnreachable, NotANode, connection_problem
from cli.output import note

WAIT_SECONDS_MAX: Final = 30
HEARTBEAT_SECONDS: Final = 30  # a connection that died without a word is noticed
MESSAGE_BYTES_MAX: Final = 64 << 20  # a full block in JSON


class Lost(Exception):
    """The connection ended; it may come back."""


async def messages(url: str, wanted: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """All that a subscription tells, for ever. Raises NodeUnreachable where nobody answers at first, NodeRefused, NotANode."""
    params = dict(wanted)
    is_first, wait_seconds = True, 1
    while True:
        try:
            async with aclosing(_one_connection(url, params)) as connection:
                async for told in connection:
                    is_first, wait_seconds = False, 1
                    if "result" in told:
                        params["from_block"] = told["result"]["next_block_num"]
                    elif told.get("method") == "skald_api.told":
                        message = told["params"]["message"]
                        params["from_block"] = message["block_num"] + (message["type"] != "undo")
                        yield message
        except (aiohttp.ClientConnectionError, Lost, OSError) as error:
            if is_first:
                raise NodeUnreachable(url, _problem(error)) from error
            note(f"The connection to {url} was lost; trying again from block {params['from_block']} on.")
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, WAIT_SECONDS_MAX)


async def _one_connection(url: str, params: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """The reply to the subscription and what comes then, until the connection ends: Lost is raised."""
    request = {"jsonrpc": "2.0", "id": 1, "method": "skald_api.subscribe", "params": params}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                url.rstrip("/") + "/ws", heartbeat=HEARTBEAT_SECONDS, max_msg_size=MESSAGE_BYTES_MAX
            ) as socket,
        ):
            await socket.send_bytes(orjson.dumps(request))
            async for frame in socket:
                if frame.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                    break
                told = orjson.loads(frame.data)
                if "error" in told:
                    raise NodeRefused("skald_api.subscribe", told["error"])
                yield told
    except aiohttp.WSServerHandshakeError as error:
        raise NotANode(url, f"it has no WebSocket (HTTP {error.status})") from error
    raise Lost


def _problem(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return "the connection ended at once" if isinstance(error, Lost) else connection_problem(cause)
