"""Wires between nodes that can be cut: small TCP relays, all in one thread, each from a port of its own to a node's port."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

CHUNK_BYTES = 65_536


class Wire:
    """Accepts on `port` and passes bytes to and fro, while it is whole."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.target_port = target_port
        self.is_whole = True
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            if not self.is_whole:
                return
            with suppress(OSError):
                other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
                self._ends.add(other_writer)
                there = asyncio.create_task(_pass_on(reader, other_writer))
                back = asyncio.create_task(_pass_on(other_reader, writer))
                await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
                _abort(other_writer)
                await asyncio.wait([there, back])
                self._ends.discard(other_writer)
        finally:
            _abort(writer)
            self._ends.discard(writer)

    async def cut(self) -> None:
        """End all connections, and let no new one come about."""
        self.is_whole = False
        for end in list(self._ends):
            _abort(end)

    async def mend(self) -> None:
        self.is_whole = True

    async def close(self) -> None:
        await self.cut()
        if self._server is not None:
            self._server.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    _abort(writer)


def _abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


class Wires:
    """All wires of a test network, by the two nodes that each joins: the higher one dials the lower."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)
        self._thread.start()
        self._wires: dict[tuple[int, int], Wire] = {}

    def lay(self, dialler: int, dialled: int, target_port: int) -> int:
        """The port at which `dialler` finds `dialled`."""
        wire = self._wires[dialler, dialled] = Wire(target_port)
        self._do(wire.open())
        return wire.port

    def part(self, *groups: set[int]) -> None:
        """Cut all wires between nodes of different groups. Nodes in no group are a group of their own."""
        for (one, other), wire in self._wires.items():
            together = any(one in group and other in group for group in groups)
            self._do(wire.mend() if together else wire.cut())

    def heal(self) -> None:
        for wire in self._wires.values():
            self._do(wire.mend())

    def close(self) -> None:
        for wire in self._wires.values():
            self._do(wire.close())
        self._do(_settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, step: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result()


async def _settle() -> None:
    """Let the relays end whose connections are gone."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)
