"""One connection: its subscriptions, its calls, its pace.

A session is text in, text out; whoever has the socket gives it `send` and calls `answer` for what comes in. Calls are those of `POST /`,
and two more that only make sense here:

    skald_api.subscribe      {"topic": "operations", "accounts": ["alice"]}      → {"subscription": 1, "next_block_num": 1234}
    skald_api.unsubscribe    {"subscription": 1}                                 → {"subscription": 1}

What a subscription tells comes as `{"jsonrpc": "2.0", "method": "skald_api.told", "params": {"subscription": 1, "message": {…}}}`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from time import monotonic, perf_counter

import orjson

from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.guards import VISITOR, TooMuch
from node.rpc.jsonrpc import Dispatcher
from node.subscriptions.cursor import Cursor, Message, Wish

Send = Callable[[bytes], Awaitable[None]]

session_of_call: ContextVar["Session | None"] = ContextVar("session_of_call", default=None)
"""The session whose call is being answered; None for a call over HTTP."""


class Session:
    """Subscriptions of one client. `subscriptions_max` of them at a time."""

    def __init__(self, dispatcher: Dispatcher, send: Send, *, subscriptions_max: int) -> None:
        self.cursors: dict[int, Cursor] = {}
        self._dispatcher = dispatcher
        self._send = send
        self._subscriptions_max = subscriptions_max
        self._last_number = 0
        self._moved = asyncio.Event()
        self._visitor = VISITOR.get()  # whose allowance all of this is taken from

    # what methods ask for

    def subscribe(self, context: Context, wish: Wish, next_num: int) -> int:
        """Begin a subscription; returns its number on this connection. Raises CallRefused where there are too many."""
        if len(self.cursors) >= self._subscriptions_max:
            raise CallRefused(
                "A connection has at most ${most} subscriptions; end one, or open another connection",
                expression="subscriptions_max",
                most=self._subscriptions_max,
            )
        self._last_number += 1
        self.cursors[self._last_number] = Cursor(context, wish, next_num)
        return self._last_number

    def unsubscribe(self, number: int) -> None:
        if self.cursors.pop(number, None) is None:
            raise CallRefused(
                "This connection has no subscription ${number}", expression="unknown_subscription", number=number
            )

    # what the socket does

    async def answer(self, body: bytes) -> None:
        """Answer what came in; notifications of a new subscription come after the reply that tells its number."""
        token = session_of_call.set(self)
        try:
            if self._visitor is not None:
                self._visitor.admit(monotonic())
            answer = self._dispatcher.answer(body)
            reply = answer if isinstance(answer, bytes) else await answer
        except TooMuch as error:
            reply = self._dispatcher.refuse(error, body)
        finally:
            session_of_call.reset(token)
        await self._send(reply)
        self.chain_moved()

    def chain_moved(self) -> None:
        """There may be something to tell."""
        self._moved.set()

    async def tell(self) -> None:
        """Tell what there is to tell, until cancelled. Catching up takes half of the time at most: blocks and other clients go on."""
        while True:
            self._moved.clear()
            started = perf_counter()
            if await self._round():
                seconds = perf_counter() - started
                if self._visitor is not None:
                    self._visitor.charge(seconds)
                await asyncio.sleep(seconds)
            else:
                await self._moved.wait()

    async def _round(self) -> bool:
        """One step of each subscription; whether any had something to look at."""
        was_busy = False
        for number, cursor in list(self.cursors.items()):
            messages = cursor.step()
            if messages is None:
                continue
            was_busy = True
            for message in messages:
                if number in self.cursors:  # it may have been ended while the one before was sent
                    await self._send(notification(number, message))
        return was_busy


def notification(number: int, message: Message) -> bytes:
    params = {"subscription": number, "message": message}
    return orjson.dumps({"jsonrpc": "2.0", "method": "skald_api.told", "params": params})
