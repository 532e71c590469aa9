"""Heavy reads: beside the loop, each from one moment of a chain on disk, with a budget."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from chain.leveldb import LevelDbBackend, LevelDbView, create_data_directory
from chain.operation import Operation
from chain.transaction import Transaction
from node.clock import ManualClock
from node.core import SubmitTransaction
from node.effects import TransactionAccepted
from node.rpc.apis import make_registry
from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.jsonrpc import Dispatcher
from node.rpc.readers import (
    ROWS_BETWEEN_LOOKS,
    SHORT_SECONDS,
    BudgetExceeded,
    Meter,
    ReaderLimits,
    Readers,
    ReadingEnds,
    Signals,
    TakesLonger,
    TooManyHeavyCalls,
)
from node.rpc.registry import Namespace, Registry
from node.runner import Node
from tests.helpers.devnets import devnet_by_the_old_rule
from tests.helpers.play import START, Play
from tests.node.test_runner import devnet_config
from tests.node.toys import Bugs

SLOT_SECONDS = 3


class Devnet:
    """A node on disk that nobody serves: blocks come when a test says so."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = ManualClock(START)
        self.node = Node(devnet_config(folder, **settings), clock=self.clock)
        self.chain = self.node.chain
        self.readers = self.node.readers
        self.play = Play(witnesses=[])
        for _ in range(3):
            self.block()

    def block(self) -> None:
        num = self.chain.head_num
        self.clock.advance(SLOT_SECONDS)
        self.node.tick()
        assert self.chain.head_num == num + 1

    def pay(self, amount: str = "1.000 HIVE") -> None:
        """From alice to bob; it waits for the next block."""
        self.send(self.play.transfer("alice", "bob", amount))

    def send(self, operation: Operation, role: str = "active") -> None:
        """Of alice."""
        chain = self.chain
        ref_block_num, ref_block_prefix = chain.head_num & 0xFFFF, int.from_bytes(chain.head_id[4:8], "little")
        expiration = chain.state.globals.time + 60
        packed = self.play.packed(Transaction(ref_block_num, ref_block_prefix, expiration, [operation]))
        signature = self.play.key("alice", role).sign(packed.digest(chain.params.chain_id))
        effects = self.node.handle(SubmitTransaction(packed.with_signatures([signature])))
        assert isinstance(effects[0], TransactionAccepted), effects

    def dispatcher(self, registry: Registry, readers: Readers | None) -> Dispatcher:
        context = Context(self.chain, clock=self.clock)
        return Dispatcher(registry, context, now=lambda: START, report_bug=Bugs(), readers=readers)


@pytest.fixture
def devnet(tmp_path: Path) -> Iterator[Devnet]:
    devnet = Devnet(tmp_path)
    yield devnet
    devnet.node.close()


class Pause:
    """Where a read stops in its thread until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.ends = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.ends.wait(60), "the test forgot its reader"

    async def is_reached(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, 60), "nobody reads"


def overtaken(readers: Readers, read: Callable[[Context], Any], meanwhile: Callable[[], object]) -> list[Any]:
    """What `read` finds before and after something happens on the loop, within one heavy call; then what a new call finds."""
    pause = Pause()

    def twice(context: Context) -> list[Any]:
        first = read(context)
        pause()
        for table in context.state.store.tables:
            table.rows.clear()  # so that the second look is one at the database
        return [first, read(context)]

    async def scenario() -> list[Any]:
        reading = asyncio.create_task(readers.run(twice))
        await pause.is_reached()
        meanwhile()
        pause.ends.set()
        return [*await reading, await readers.run(read)]

    return asyncio.run(scenario())


def standing(context: Context) -> tuple[int, bytes, int, int]:
    """Something of everything: head, a row, the length of a history."""
    state = context.state
    row, length = state.accounts.get("alice"), context.history.length("alice")
    return state.globals.head_block_num, context.chain.head_id, row.balance, length


def test_a_read_that_a_block_overtakes_answers_from_one_state(devnet: Devnet) -> None:
    before = standing(Context(devnet.chain))

    def meanwhile() -> None:
        devnet.pay()
        devnet.block()

    first, second, third = overtaken(devnet.readers, standing, meanwhile)
    assert first == second == before
    assert third == standing(Context(devnet.chain))
    assert third[0] == before[0] + 1
    assert third[2] == before[2] - 1000


def test_a_read_keeps_to_the_branch_that_is_left_meanwhile(tmp_path: Path) -> None:
    chain_id = devnet_by_the_old_rule().params.chain_id
    create_data_directory(tmp_path / "data", chain_id)
    play = Play(backend=LevelDbBackend(tmp_path / "data", chain_id))
    play.produce(2)
    play.admit(play.sign(play.transfer("alice", "bob", "1.000 HIVE"), by="alice"))
    play.produce()
    chain = play.chain
    readers = Readers(chain, ReaderLimits(), ManualClock(START))
    before = standing(Context(chain))
    first, second, third = overtaken(readers, standing, chain.pop_block)
    assert first == second == before
    assert third[0] == before[0] - 1 == chain.head_num
    assert third[1:3] == (chain.head_id, before[2] + 1000)
    readers.close()
    chain.close()


def test_a_heavy_read_does_not_see_what_waits_for_a_block(devnet: Devnet) -> None:
    def balance(context: Context) -> int:
        return context.state.accounts.get("alice").balance

    committed = balance(Context(devnet.chain))
    devnet.pay()
    assert balance(Context(devnet.chain)) == committed - 1000
    assert asyncio.run(devnet.readers.run(balance)) == committed


def test_the_same_reader_sees_the_next_block(devnet: Devnet) -> None:
    """Calls that come one after the other find one reader: its rows and orders are those of the newest block."""
    readers = Readers(devnet.chain, ReaderLimits(), devnet.clock)

    def by_votes(context: Context) -> list[Any]:
        state = context.state
        waiting = [row.to for row in state.savings_withdrawals.by_complete.scan()]
        return [state.globals.head_block_num, [row.owner for row in state.witnesses.by_votes.scan()], waiting]

    operation = devnet.play.operation
    devnet.send(operation("transfer_to_savings", from_="alice", to="alice", amount="1.000 HIVE", memo=""))
    devnet.block()
    for num in range(3):
        assert asyncio.run(readers.run(by_votes)) == by_votes(Context(devnet.chain))
        devnet.send(
            operation("transfer_from_savings", from_="alice", request_id=num, to="bob", amount="0.001 HIVE", memo="")
        )
        devnet.block()
    assert len(asyncio.run(readers.run(by_votes))[2]) == 3
    readers.close()


# --- the budget


def all_names(context: Context) -> list[str]:
    return [row.name for row in context.state.accounts.scan()]


def test_a_read_beyond_its_rows_is_cut_off_and_the_next_one_is_not(devnet: Devnet) -> None:
    readers = Readers(devnet.chain, ReaderLimits(rows_max=5), devnet.clock)
    with pytest.raises(BudgetExceeded, match=r"more than 5 rows.*a smaller limit, a narrower range") as caught:
        asyncio.run(readers.run(all_names))
    assert caught.value.expression == "read_budget_exceeded"
    assert asyncio.run(readers.run(lambda context: context.state.globals.head_block_num)) == devnet.chain.head_num
    assert readers.cut_off_count == 1
    assert readers.waiting_count == 0
    readers.close()


def test_a_read_beyond_its_time_is_cut_off(devnet: Devnet) -> None:
    readers = Readers(devnet.chain, ReaderLimits(seconds_max=0), devnet.clock)
    with pytest.raises(BudgetExceeded, match="more than 0 seconds of computing"):
        asyncio.run(readers.run(all_names))
    readers.close()


def test_a_budget_is_an_error_that_clients_can_tell_from_others(tmp_path: Path) -> None:
    devnet = Devnet(tmp_path, rpc_heavy_rows_max=1000)
    readers = Readers(devnet.chain, ReaderLimits(rows_max=3), devnet.clock)
    call = {"jsonrpc": "2.0", "id": 9, "method": "database_api.list_accounts"}
    call["params"] = {"start": "", "limit": 1000, "order": "by_name"}
    dispatcher = devnet.dispatcher(make_registry(), readers)
    error = answered(dispatcher, call)["error"]
    assert error["code"] == -32003
    assert error["data"]["extension"] == {"assertion_expression": "read_budget_exceeded"}
    assert error["message"].startswith("Assert Exception:read_budget_exceeded: The call needs more than 3 rows")
    assert dispatcher.usage["database_api.list_accounts"].error_count == 1
    assert devnet.node.readers.limits.rows_max == 1000
    readers.close()
    devnet.node.close()


def test_too_many_heavy_calls_are_refused_at_once(devnet: Devnet) -> None:
    readers = Readers(devnet.chain, ReaderLimits(waiting_calls_max=2), devnet.clock)
    pause = Pause()

    async def scenario() -> None:
        waiting = [asyncio.create_task(readers.run(lambda _: pause())) for _ in range(2)]
        await pause.is_reached()
        with pytest.raises(TooManyHeavyCalls, match="2 heavy calls wait already"):
            await readers.run(all_names)
        pause.ends.set()
        await asyncio.gather(*waiting)
        assert await readers.run(all_names)

    asyncio.run(scenario())
    readers.close()


def test_a_long_read_begins_anew_elsewhere_and_keeps_no_short_one_waiting(
    devnet: Devnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.rpc.readers.SHORT_SECONDS", 0)  # whatever looks at 16 rows is long
    pause = Pause()
    begun: list[str] = []

    def long_read(context: Context) -> list[str]:
        begun.append(threading.current_thread().name)
        names = all_names(context)
        pause()
        return names

    async def scenario() -> None:
        reading = asyncio.create_task(devnet.readers.run(long_read))
        await pause.is_reached()
        assert await devnet.readers.run(lambda context: context.state.globals.head_block_num) == devnet.chain.head_num
        devnet.block()
        pause.ends.set()
        assert "alice" in await reading

    asyncio.run(scenario())
    assert begun == ["short-reader_0", "long-reader_0"]


class Gate(threading.Event):
    """Notes that somebody waited, and lets him pass."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_count = 0

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None, "a node that applies block after block would never answer"
        self.waited_count += 1
        return True


def test_readers_wait_at_their_next_row_while_a_block_is_at_work() -> None:
    gate, signals = Gate(), Signals()
    signals.is_open = gate
    meter = Meter(ReaderLimits(), signals)
    meter.fill(meter.limits.seconds_max)
    meter.spend_row()
    assert gate.waited_count == 1
    gate.set()
    meter.spend_row()
    assert gate.waited_count == 1


@pytest.mark.parametrize(("is_short", "waits"), [(False, 2), (True, 0)])
def test_long_reads_give_way_to_short_ones_and_still_come_on(*, is_short: bool, waits: int) -> None:
    gate, signals = Gate(), Signals()
    signals.is_quiet = gate
    meter = Meter(ReaderLimits(), signals)
    meter.fill(SHORT_SECONDS if is_short else meter.limits.seconds_max)
    for _ in range(2 * ROWS_BETWEEN_LOOKS):
        meter.spend_row()
    assert gate.waited_count == waits


def test_it_is_quiet_for_long_reads_when_no_short_one_is_left(devnet: Devnet) -> None:
    quiet: list[bool] = []

    def look(_: Context) -> None:
        quiet.append(devnet.readers.signals.is_quiet.is_set())

    asyncio.run(devnet.readers.run(look))
    assert quiet == [False]
    assert devnet.readers.signals.is_quiet.is_set()


def test_a_block_holds_readers_while_it_is_at_work_and_no_longer(
    devnet: Devnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    core_handle = devnet.node.core.handle
    monkeypatch.setattr(devnet.readers, "hold", lambda: told.append("hold"))
    monkeypatch.setattr(devnet.readers, "release", lambda: told.append("release"))
    monkeypatch.setattr(devnet.node.core, "handle", lambda *what: told.append("block") or core_handle(*what))
    devnet.block()
    assert told == ["hold", "block", "release"]


# --- among other calls


toy = Namespace("toy_api")


@toy.method(heavy=True)
def heavy(context: Context, name: str) -> Any:
    """Waits for the test in its thread, where the test wants that."""
    return pauses[name](context)


@toy.method
def light(context: Context) -> int:
    return context.chain.head_num


pauses: dict[str, Callable[[Context], Any]] = {}


def beside_the_loop(read: Callable[[Context], Any]) -> Callable[[Context], Any]:
    """A read that takes longer than the loop can spare."""

    def long_read(context: Context) -> Any:
        if threading.current_thread() is threading.main_thread():
            raise TakesLonger
        return read(context)

    return long_read


def call(method: str, *params: Any, id_: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "method": f"toy_api.{method}", "params": list(params)}


async def ask(dispatcher: Dispatcher, body: Any) -> Any:
    reply = dispatcher.answer(orjson.dumps(body))
    return json.loads(reply if isinstance(reply, bytes) else await reply)


def answered(dispatcher: Dispatcher, body: Any) -> Any:
    return asyncio.run(ask(dispatcher, body))


def with_toys(devnet: Devnet, scenario: Callable[[Dispatcher], Awaitable[None]]) -> None:
    dispatcher = devnet.dispatcher(Registry([toy]), devnet.readers)

    async def main() -> None:
        await scenario(dispatcher)

    asyncio.run(main())


def test_blocks_come_and_others_are_answered_while_a_heavy_call_runs(devnet: Devnet) -> None:
    pause = Pause()
    pauses["slow"] = beside_the_loop(lambda _: pause())

    async def scenario(dispatcher: Dispatcher) -> None:
        reading = asyncio.create_task(ask(dispatcher, call("heavy", "slow")))
        await pause.is_reached()
        num = devnet.chain.head_num
        devnet.block()
        assert (await ask(dispatcher, call("light")))["result"] == num + 1
        assert not reading.done()
        pause.ends.set()
        assert (await reading)["result"] is None

    with_toys(devnet, scenario)


def test_a_heavy_call_that_takes_no_time_is_answered_on_the_loop(devnet: Devnet) -> None:
    pauses["standing"] = lambda context: context.state.accounts.get("alice").balance
    dispatcher = devnet.dispatcher(Registry([toy]), devnet.readers)
    before = devnet.chain.state.accounts.get("alice").balance
    devnet.pay("1.000 HIVE")
    reply = dispatcher.answer(orjson.dumps(call("heavy", "standing")))
    assert isinstance(reply, bytes)
    assert json.loads(reply)["result"] == before  # of the newest block: what waits is not seen
    devnet.block()
    assert answered(dispatcher, call("heavy", "standing"))["result"] == before - 1000


def test_a_heavy_call_that_takes_longer_begins_anew_beside_the_loop(
    devnet: Devnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.rpc.readers.HERE_SECONDS", 0)
    threads: list[threading.Thread] = []

    def names(context: Context) -> list[str]:
        threads.append(threading.current_thread())
        return [row.name for row in context.state.accounts.scan()]

    pauses["names"] = names
    dispatcher = devnet.dispatcher(Registry([toy]), devnet.readers)
    expected = [row.name for row in devnet.chain.state.accounts.scan()]
    assert len(expected) > ROWS_BETWEEN_LOOKS
    assert answered(dispatcher, call("heavy", "names"))["result"] == expected
    assert threads[0] is threading.main_thread()
    assert len(threads) == 2
    assert threads[1] is not threading.main_thread()


def test_a_batch_with_heavy_calls_is_answered_in_order_and_takes_one_reader(devnet: Devnet) -> None:
    at_once: list[str] = []
    seen: list[int] = []

    def reading(_: Context) -> int:
        at_once.append("")
        seen.append(len(at_once))
        at_once.pop()
        return len(seen)

    pauses["counts"] = reading
    batch = [call("heavy", "counts", id_=1), call("light", id_=2), call("heavy", "counts", id_=3), call("none", id_=4)]

    async def scenario(dispatcher: Dispatcher) -> None:
        replies = await ask(dispatcher, batch)
        assert [reply["id"] for reply in replies] == [1, 2, 3, 4]
        assert [reply.get("result") for reply in replies] == [1, devnet.chain.head_num, 2, None]
        assert "error" in replies[3]

    with_toys(devnet, scenario)
    assert seen == [1, 1]


def test_heavy_replies_of_a_batch_share_its_room(devnet: Devnet) -> None:
    pauses["large"] = lambda _: "x" * 1000

    async def scenario(dispatcher: Dispatcher) -> None:
        object.__setattr__(dispatcher.limits, "response_bytes_max", 1500)
        replies = await ask(dispatcher, [call("heavy", "large", id_=id_) for id_ in range(3)])
        assert [len(reply.get("result", "")) for reply in replies] == [1000, 1000, 0]
        assert "A response has at most 1500 bytes" in replies[2]["error"]["message"]

    with_toys(devnet, scenario)


def test_a_heavy_call_fails_like_any_other(devnet: Devnet) -> None:
    async def scenario(dispatcher: Dispatcher) -> None:
        assert (await ask(dispatcher, call("heavy", "unknown")))["error"]["code"] == -32603
        assert "Expected 1 argument" in (await ask(dispatcher, call("heavy")))["error"]["message"]
        assert dispatcher.usage["toy_api.heavy"].error_count == 2

    with_toys(devnet, scenario)


def test_whoever_has_answered_long_lets_the_loop_go_once_around(
    devnet: Devnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no share at all, something else comes between any two calls, also those of one batch."""
    monkeypatch.setattr("node.rpc.jsonrpc.SHARE_SECONDS", 0)
    order: list[str] = []
    pauses["noted"] = lambda _: order.append("call")
    dispatcher = devnet.dispatcher(Registry([toy]), None)

    async def others() -> None:
        while len(order) < 20:
            order.append("other")
            await asyncio.sleep(0)

    async def scenario() -> None:
        task = asyncio.create_task(others())
        replies = await ask(dispatcher, [call("heavy", "noted", id_=id_) for id_ in range(4)])
        assert [reply["id"] for reply in replies] == [0, 1, 2, 3]
        await asyncio.sleep(0)
        single = [dispatcher.answer(orjson.dumps(call("heavy", "noted"))) for _ in range(2)]
        assert [isinstance(reply, bytes) for reply in single] == [True, False]
        await single[1]  # type: ignore[misc]  # a coroutine, as was just seen
        await task

    asyncio.run(scenario())
    calls = [place for place, what in enumerate(order) if what == "call"]
    assert len(calls) == 6
    assert all(after - before > 1 for before, after in pairwise(calls))


# --- views come and go


def test_no_view_outlives_its_block_and_its_readers(devnet: Devnet, monkeypatch: pytest.MonkeyPatch) -> None:
    open_views: list[LevelDbView] = []
    made, close = devnet.chain.backend.view, LevelDbView.close
    monkeypatch.setattr(devnet.chain.backend, "view", lambda: open_views.append(made()) or open_views[-1])
    monkeypatch.setattr(LevelDbView, "close", lambda self: (open_views.remove(self), close(self))[1])
    pause = Pause()

    async def scenario() -> None:
        await asyncio.gather(*[devnet.readers.run(all_names) for _ in range(3)])
        assert len(open_views) == 1, "one block, one view"
        reading = asyncio.create_task(devnet.readers.run(lambda _: pause()))
        await pause.is_reached()
        devnet.block()
        assert len(open_views) == 1, "it is still being read"
        pause.ends.set()
        await reading
        assert not open_views

    asyncio.run(scenario())


def test_a_node_that_stops_does_not_wait_for_long_reads(devnet: Devnet) -> None:
    pause = Pause()

    def endless(context: Context) -> None:
        pause()
        while True:
            context.state.store.backend.get(b"nothing")

    async def scenario() -> None:
        reading = asyncio.create_task(devnet.readers.run(endless))
        await pause.is_reached()
        pause.ends.set()
        await asyncio.to_thread(devnet.readers.close)
        with pytest.raises(ReadingEnds, match="being stopped"):
            await reading

    asyncio.run(scenario())


# --- all heavy methods

ARGUMENTS: dict[str, Any] = {
    "account": "alice",
    "account_lower_bound": "",
    "author": "alice",
    "permlink": "hello",
    "block_num": 2,
    "block_range_begin": 1,
    "block_range_end": 4,
    "starting_block_num": 1,
    "count": 3,
    "limit": 10,
    "from": "alice",
    "delegator": "alice",
    "bucket_seconds": 15,
    "end": "2036-01-01T00:00:00",
}
ORDERS = ("by_name", "by_account", "by_account_witness", "by_delegation", "by_expiration", "by_withdraw_route")


def test_heavy_methods_answer_beside_the_loop_as_they_do_on_it(devnet: Devnet) -> None:
    devnet.pay()
    devnet.block()
    registry = make_registry()
    here, aside = devnet.dispatcher(registry, None), devnet.dispatcher(registry, devnet.readers)
    answered_count = 0

    async def scenario() -> int:
        count = 0
        heavy_methods = [method for method in registry.methods.values() if method.is_heavy]
        for method in heavy_methods:
            params = {one.name: ARGUMENTS[one.name] for one in method.parameters if one.name in ARGUMENTS}
            orders = ORDERS if any(one.name == "order" for one in method.parameters) else ("",)
            for order in orders:
                body = {"jsonrpc": "2.0", "id": 1, "method": method.name, "params": params | {"order": order}}
                expected, found = await ask(here, body), await ask(aside, body)
                assert "result" in found or "error" in found
                assert found.get("result") == expected.get("result"), method.name
                assert found.get("error", {}).get("message") == expected.get("error", {}).get("message"), method.name
                count += "result" in found
        assert len(heavy_methods) > 20
        return count

    answered_count = asyncio.run(scenario())
    assert answered_count > 20


def test_a_refused_heavy_call_is_refused_in_the_words_of_its_method(devnet: Devnet) -> None:
    def refuse(_: Context) -> None:
        raise CallRefused("Nothing of that name", expression="found")

    with pytest.raises(CallRefused, match="Nothing of that name"):
        asyncio.run(devnet.readers.run(refuse))
