"""JSON-RPC 2.0 as hived speaks it: a body of bytes in, a body of bytes out, no socket in sight.

The order of checks is that of Hive's `json_rpc` plugin, because the code of the reply depends on it: id, then jsonrpc, then
method, then params. Whatever comes in, an answer goes out; nothing is raised. A bug in a method becomes -32603 with an id
under which the log has the traceback.

Differences from hived, all towards leniency or safety: integer ids above 2^32 − 1 stay integers; `data` is given with every
error, because some clients need it; depth, number of calls and size are limited.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter, thread_time
from typing import Any, Final, Protocol, TypeAlias

import orjson

from chain.errors import ChainError, StorageError
from node.rpc.errors import (
    InvalidRequest,
    JsonObject,
    MissingParams,
    NotAnObject,
    RpcError,
    ServerError,
    UnknownMethod,
    bug_object,
    error_object,
)
from node.rpc.fragments import fit_for_json, json_bytes
from node.rpc.guards import VISITOR, TooMuch
from node.rpc.registry import Method, Registry, as_text, json_type

Reply: TypeAlias = "bytes | Coroutine[Any, Any, bytes]"
BugReporter: TypeAlias = Callable[[str, BaseException], str]  # (method, exception) -> correlation id

# A complete JSON text literal with something after it: fc reads the literal and then finds it is no object.
_TEXT_FIRST = re.compile(rb'\s*"[^"\\]*(?:\\.[^"\\]*)*"\s*[^\s]', re.DOTALL)
SMALL_BODY_BYTES = 4096  # a question of somebody who is refused is read for its id only where it is no longer

BATCH_DEPTH: Final = 2
"""What stands around the params of a call in a batch: its array, and the call."""

SHARE_SECONDS: Final = 0.02
"""Answering so long without a break, the loop looks at what else is due: a block above all."""


class Readers(Protocol):
    """Where heavy methods run (node.rpc.readers)."""

    def read_here(self, work: Callable[[Any], bytes]) -> bytes | None:
        """The same at once; None where it takes too long for that."""
        ...

    async def run(self, work: Callable[[Any], bytes]) -> bytes:
        """What `work` makes of a context that belongs to one moment of the chain."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for; `node.config` says why each."""

    body_bytes_max: int = 1 << 20
    batch_calls_max: int = 100
    depth_max: int = 32
    response_bytes_max: int = 32 << 20
    waiting_calls_max: int = 1000


class Usage:
    """How often a method was called, how often in vain, and how long it took."""

    __slots__ = ("call_count", "error_count", "seconds")

    def __init__(self) -> None:
        self.call_count = 0
        self.error_count = 0
        self.seconds = 0.0


class Usages(dict[str, Usage]):
    """Of each method that was called."""

    def __missing__(self, name: str) -> Usage:
        usage = self[name] = Usage()
        return usage


class Batch:
    """What the calls of one batch share: room for their replies, and one turn with the readers, however many are heavy."""

    __slots__ = ("must_wait", "parts", "requests", "room", "turn")

    def __init__(self, requests: Sequence[Any], room: int) -> None:
        self.requests = requests
        self.parts: list[Reply] = []  # one for each call that has begun
        self.must_wait = False  # for some of them
        self.room = room
        self.turn = asyncio.Lock()


class Dispatcher:
    """Answers requests from a registry of methods, each called with one `context`; heavy ones with those of the `readers`, if any."""

    def __init__(
        self,
        registry: Registry,
        context: Any,
        *,
        now: Callable[[], float],
        report_bug: BugReporter,
        limits: Limits | None = None,
        readers: Readers | None = None,
        usage: Usages | None = None,
    ) -> None:
        """`usage` where another dispatcher counts its calls there too."""
        self.registry = registry
        self._methods = registry.methods
        self.limits = limits or Limits()
        self.usage = Usages() if usage is None else usage
        self.waiting_count = 0
        self._context = context
        self._now = now
        self._report_bug = report_bug
        self._readers = readers
        self._share_left = SHARE_SECONDS
        self._has_break = False

    def answer(self, body: bytes) -> Reply:
        """The reply to a request body: bytes, or a coroutine that returns them when it has to wait."""
        if self._has_break:
            return self._answer_after_break(body)
        try:
            request = self._parse(body)
            if type(request) is not list:
                return self._answer_one(request, None)
            if not request:
                raise ServerError("Array is invalid")
            if len(request) > self.limits.batch_calls_max:
                raise ServerError("A batch has at most ${most} calls", most=self.limits.batch_calls_max)
        except RpcError as error:
            return self._error(error, None)
        return self._answer_batch(request)

    async def _answer_after_break(self, body: bytes) -> bytes:
        await self._end_of_break()
        reply = self.answer(body)
        return reply if isinstance(reply, bytes) else await reply

    def refuse_size(self) -> bytes:
        """The reply to a body of which the transport has read more than it may."""
        return self._error(ServerError("A request has at most ${most} bytes", most=self.limits.body_bytes_max), None)

    def refuse(self, error: RpcError, body: bytes) -> bytes:
        """The reply to a request that is not looked at; its id is echoed where that costs nothing."""
        id_ = None
        if len(body) <= SMALL_BODY_BYTES:
            try:
                id_ = _id_of(orjson.loads(body))
            except (orjson.JSONDecodeError, RpcError):
                id_ = None
        return self._error(error, id_)

    def _parse(self, body: bytes) -> Any:
        if len(body) > self.limits.body_bytes_max:
            raise ServerError("A request has at most ${most} bytes", most=self.limits.body_bytes_max)
        try:
            request = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            if _TEXT_FIRST.match(body):
                raise NotAnObject("Invalid cast from ${type} to object", type="string_type") from None
            raise ServerError("${reason}", reason=str(error)) from None
        depth_max = self.limits.depth_max
        if type(request) is dict and body.count(b"[") + body.count(b"{") > depth_max:
            _check_depth(request, depth_max)
        return request

    def _answer_batch(self, requests: list[Any]) -> Reply:
        batch = Batch(requests, self.limits.response_bytes_max)
        self._go_on(batch)
        if len(batch.parts) < len(requests):
            return self._answer_rest(batch)
        return _join_when_ready(batch.parts) if batch.must_wait else _join(batch.parts)

    async def _answer_rest(self, batch: Batch) -> bytes:
        """The batch takes longer than its share: others come in between."""
        while len(batch.parts) < len(batch.requests):
            await self._end_of_break()
            self._go_on(batch)
        return await _join_when_ready(batch.parts)

    def _go_on(self, batch: Batch) -> None:
        """Answer calls of a batch until a break is due."""
        parts = batch.parts
        for request in batch.requests[len(parts) :]:
            part = self._answer_one(request, batch) if batch.room > 0 else self._refuse_reply(request)
            parts.append(part)
            if type(part) is bytes:
                batch.room -= len(part)
            else:
                batch.must_wait = True
            if self._has_break:
                break

    def _refuse_reply(self, request: Any) -> bytes:
        """To a call of a batch whose replies are too large already."""
        id_ = request.get("id") if type(request) is dict else None
        return self._error(self._too_large(), id_ if type(id_) in (int, str) else None)

    def _too_large(self) -> ServerError:
        return ServerError("A response has at most ${most} bytes", most=self.limits.response_bytes_max)

    def _answer_one(self, request: Any, batch: Batch | None) -> Reply:
        id_: int | str | None = None
        name = "unknown"
        started = perf_counter()
        try:
            id_ = _id_of(request)
            method, params = self._read(request)
            name = method.name
            if params and batch is not None:
                _check_depth(params, self.limits.depth_max, around=BATCH_DEPTH)
            if method.is_slow:
                return self._answer_slowly(method, params, id_, batch, started)
            reply = self._result(method(self._context, params), id_)
        except Exception as error:  # noqa: BLE001  the boundary: a bug in one method must not take the node down
            self._count_here(name, started).error_count += 1
            return self._failure(name, error, id_)
        self._count_here(name, started)
        return reply

    def _answer_slowly(
        self, method: Method, params: Any, id_: int | str | None, batch: Batch | None, started: float
    ) -> Reply:
        """With a method that may have to wait, or reads much."""
        if method.is_async:
            return self._wait(method, params, id_, started)
        readers = self._readers
        if readers is None:
            reply = self._result(method(self._context, params), id_)
        else:
            found = readers.read_here(lambda context: self._result(method(context, params), id_))
            if found is None:
                self._spend(perf_counter() - started)
                return self._read_aside(readers, method, params, id_, batch)
            reply = found
        self._count_here(method.name, started)
        return reply

    def _read(self, request: JsonObject) -> tuple[Method, Any]:
        """The method that a request names, and its params."""
        if request.get("jsonrpc") != "2.0":
            raise InvalidRequest('jsonrpc value is not "2.0"')
        name = request.get("method")
        if type(name) is not str:
            raise InvalidRequest('A member "method" does not exist')
        method = self._methods.get(name)
        if method is not None:
            return method, request.get("params")
        if name != "call":
            return self.registry.find(name), None
        if "params" not in request:
            raise MissingParams('A member "params" does not exist')
        params = request["params"]
        if type(params) is not list or len(params) not in (2, 3):
            raise UnknownMethod(
                'params should be {"api", "method", "args"',
                expression="v.size() == 2 || v.size() == 3",
                assert_hash="8186778060031572570",
            )
        method = self.registry.find(f"{as_text(params[0])}.{as_text(params[1])}")
        return method, params[2] if len(params) == 3 else None

    async def _wait(self, method: Method, params: Any, id_: int | str | None, started: float) -> bytes:
        """Answer with a method that has to wait, unless too many wait already."""
        if self.waiting_count >= self.limits.waiting_calls_max:
            self._count(method.name, started).error_count += 1
            error = TooMuch(
                "At most ${most} calls wait at a time; try again in ${retry_after_ms} ms",
                expression="too_many_waiting_calls",
                most=self.limits.waiting_calls_max,
                retry_after_ms=3000,
            )
            return self._failure(method.name, error, id_)
        self.waiting_count += 1
        try:
            reply = self._result(await method(self._context, params), id_)
        except Exception as error:  # noqa: BLE001  the boundary, as above
            self._count(method.name, started).error_count += 1
            return self._failure(method.name, error, id_)
        finally:
            self.waiting_count -= 1
        self._count(method.name, started)
        return reply

    async def _read_aside(
        self, readers: Readers, method: Method, params: Any, id_: int | str | None, batch: Batch | None
    ) -> bytes:
        """Answer with a heavy method, beside the loop. Those of one batch come one after the other."""
        batch = batch or Batch((), self.limits.response_bytes_max)
        async with batch.turn:
            if batch.room <= 0:
                return self._error(self._too_large(), id_)
            started, visitor = perf_counter(), VISITOR.get()
            spent: list[float] = []

            def read(context: Any) -> bytes:
                began = thread_time()
                try:
                    return self._result(method(context, params), id_)
                finally:
                    spent.append(thread_time() - began)

            try:
                reply = await readers.run(read)
            except Exception as error:  # noqa: BLE001  the boundary, as above
                self._count(method.name, started).error_count += 1
                return self._failure(method.name, error, id_)
            finally:
                if visitor is not None:
                    visitor.charge(sum(spent))
            batch.room -= len(reply)
        self._count(method.name, started)
        return reply

    def _result(self, value: Any, id_: int | str | None) -> bytes:
        body = json_bytes({"jsonrpc": "2.0", "result": value, "id": id_})
        if len(body) > self.limits.response_bytes_max:
            raise self._too_large()
        return body

    def _failure(self, name: str, error: Exception, id_: int | str | None) -> bytes:
        if isinstance(error, (RpcError, ChainError)) and not isinstance(error, StorageError):
            return self._error(error, id_)
        correlation_id = self._report_bug(name, error)
        return self._error_reply(bug_object(error, correlation_id, int(self._now())), id_)

    def _error(self, error: RpcError | ChainError, id_: int | str | None) -> bytes:
        return self._error_reply(error_object(error, int(self._now())), id_)

    def _error_reply(self, error: JsonObject, id_: int | str | None) -> bytes:
        return orjson.dumps(fit_for_json({"jsonrpc": "2.0", "error": error, "id": id_}))

    # how long it took

    def _count(self, name: str, started: float) -> Usage:
        """Of a call that waited, or ran elsewhere."""
        usage = self.usage[name]
        usage.call_count += 1
        usage.seconds += perf_counter() - started
        return usage

    def _count_here(self, name: str, started: float) -> Usage:
        """Of a call that kept the loop busy."""
        seconds = perf_counter() - started
        usage = self.usage[name]
        usage.call_count += 1
        usage.seconds += seconds
        self._spend(seconds)
        return usage

    def _spend(self, seconds: float) -> None:
        """Of the loop's time."""
        if (visitor := VISITOR.get()) is not None:
            visitor.charge(seconds)
        self._share_left -= seconds
        if self._share_left < 0:
            self._take_break()

    def _take_break(self) -> None:
        """The share is used up: whoever asks now is answered when the loop has been once around."""
        self._share_left = SHARE_SECONDS
        with suppress(RuntimeError):  # without a loop, nobody waits for it
            asyncio.get_running_loop().call_soon(self._end_break)
            self._has_break = True

    def _end_break(self) -> None:
        self._has_break = False

    async def _end_of_break(self) -> None:
        while self._has_break:  # noqa: ASYNC110  one turn of the loop is all there is to wait for
            await asyncio.sleep(0)


def _id_of(request: Any) -> int | str | None:
    """The id to echo; a request without one is answered too, with null."""
    if type(request) is not dict:
        raise NotAnObject("Invalid cast from ${type} to object", type=json_type(request))
    id_ = request.get("id")
    if type(id_) is int or type(id_) is str:
        return id_
    if id_ is None and "id" not in request:
        return None
    raise InvalidRequest('Only integer value or string is allowed for member "id"')


def _join(parts: list[Any]) -> bytes:
    return b"[" + b",".join(parts) + b"]"


async def _join_when_ready(parts: list[Reply]) -> bytes:
    """All that wait, wait together; the answers keep the order of the calls."""
    waiting = [part for part in parts if not isinstance(part, bytes)]
    ready = iter(await asyncio.gather(*waiting))
    return _join([part if isinstance(part, bytes) else next(ready) for part in parts])


def _check_depth(value: Any, depth_max: int, around: int = 0) -> None:
    """Raises ServerError where arrays and objects are nested deeper; level by level, so that no stack can overflow.

    `around`: how many stand around the value.
    """
    level = [value] if type(value) in (list, dict) else []
    for _ in range(depth_max - around):
        if not level:
            return
        inner = [child for node in level for child in (node.values() if type(node) is dict else node)]
        level = [child for child in inner if type(child) in (list, dict)]
    if level:
        raise ServerError("JSON is nested at most ${most} deep", most=depth_max)
