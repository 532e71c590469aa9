"""A chain in memory behind a real loopback socket, and a client for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from node.rpc.connections import ServerLimits
from node.rpc.plain import Health
from node.rpc.server import create_app, serve
from tests.node.rpc_world import Asking


@asynccontextmanager
async def serving(world: Asking) -> AsyncIterator[httpx.AsyncClient]:
    """The whole HTTP face over this world, for as long as somebody looks."""
    chain = world.context.chain

    def health() -> Health:
        return Health(healthy=True, head_block_num=chain.head_num, irreversible_block_num=chain.irreversible_num)

    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = create_app(world.dispatcher, health=health)
    quick = ServerLimits(shutdown_seconds=1)
    task = asyncio.create_task(serve(app, "127.0.0.1", 0, limits=quick, on_ready=ready.set_result))
    try:
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{await ready}") as client:
            yield client
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def with_client(world: Asking, scenario: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    async def main() -> None:
        async with serving(world) as client:
            await scenario(client)

    asyncio.run(main())
