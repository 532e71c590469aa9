"""What clients are told over a WebSocket: the way along the chain, one connection, and the socket itself."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect

from node.rpc.guards import Guard, GuardLimits
from node.rpc.jsonrpc import Dispatcher
from node.rpc.plain import Health
from node.rpc.server import create_app
from node.subscriptions.cursor import SILENT_BLOCKS_MAX, Cursor, Message, Topic, Wish
from node.subscriptions.session import Session
from node.subscriptions.socket import POLICY, TRY_LATER, SocketLimits, Sockets
from tests.node.rpc_world import Refused, RpcWorld
from tests.node.test_runner import Driven, devnet_config, drive

BLOCKS = Wish(Topic.BLOCKS)


@pytest.fixture
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(3)
    return world


def all_of(cursor: Cursor) -> list[Message]:
    """Everything there is to tell now."""
    told: list[Message] = []
    while (messages := cursor.step()) is not None:
        told += messages
    return told


def in_short(messages: list[Message]) -> list[tuple[str, int]]:
    return [(message["type"], message["block_num"]) for message in messages]


# --- the way along the chain -----------------------------------------------------------------------------------------


def test_blocks_come_from_a_number_on_and_then_as_they_are_made(world: RpcWorld) -> None:
    cursor = Cursor(world.context, BLOCKS, 2)
    assert in_short(all_of(cursor)) == [("block", 2), ("block", 3)]
    assert all_of(cursor) == []
    world.produce(2)
    told = all_of(cursor)
    assert in_short(told) == [("block", 4), ("block", 5)]
    assert told[1]["block"]["block_id"] == told[1]["block_id"] == world.chain.head_id.hex()


def test_operations_of_those_asked_for(world: RpcWorld) -> None:
    wish = Wish(Topic.OPERATIONS, accounts=frozenset({"bob"}))
    cursor = Cursor(world.context, wish, world.chain.head_num + 1)
    world.post("alice", "hello")
    world.produce()
    world.send("bob", "vote", voter="bob", author="alice", permlink="hello", weight=10_000)
    world.send("carol", "vote", voter="carol", author="alice", permlink="hello", weight=10_000)
    world.produce()
    (message,) = all_of(cursor)
    assert message["type"] == "operations"
    assert {entry["op"]["type"] for entry in message["operations"]} == {
        "vote_operation",
        "effective_comment_vote_operation",
    }
    assert {entry["op"]["value"]["voter"] for entry in message["operations"]} == {"bob"}


def test_operations_by_name_whoever_they_concern(world: RpcWorld) -> None:
    wish = Wish(Topic.OPERATIONS, operations=frozenset({"producer_reward"}))
    cursor = Cursor(world.context, wish, world.chain.head_num + 1)
    world.post("alice", "hello")
    world.produce()
    (message,) = all_of(cursor)
    assert [entry["op"]["type"] for entry in message["operations"]] == ["producer_reward_operation"]


def test_what_was_told_is_taken_back_when_the_branch_is_left(world: RpcWorld) -> None:
    cursor = Cursor(world.context, BLOCKS, 1)
    all_of(cursor)
    gone = [world.chain.pop_block() for _ in range(2)]
    world.produce(3)
    told = all_of(cursor)
    assert in_short(told) == [("undo", 3), ("undo", 2), ("block", 2), ("block", 3), ("block", 4)]
    assert [message["block_id"] for message in told[:2]] == [block.id.hex() for block in gone]


def test_nothing_is_taken_back_of_a_block_of_which_nothing_was_told(world: RpcWorld) -> None:
    cursor = Cursor(world.context, Wish(Topic.OPERATIONS, accounts=frozenset({"bob"})), 2)
    assert all_of(cursor) == []
    world.chain.pop_block()
    world.send("alice", "transfer", **{"from": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": ""})
    world.produce()
    assert in_short(all_of(cursor)) == [("operations", 3)]


def test_whoever_waits_for_a_rare_operation_hears_how_far_it_is(world: RpcWorld) -> None:
    start = world.chain.head_num + 1
    cursor = Cursor(world.context, Wish(Topic.OPERATIONS, accounts=frozenset({"nobody"})), start)
    world.produce(SILENT_BLOCKS_MAX + 5)
    assert in_short(all_of(cursor)) == [("progress", start + SILENT_BLOCKS_MAX - 1)]


def test_who_wants_lasting_blocks_is_told_late_and_nothing_is_taken_back(world: RpcWorld) -> None:
    cursor = Cursor(world.context, Wish(Topic.BLOCKS, irreversible=True), 1)
    world.produce(40)
    told = all_of(cursor)
    assert in_short(told) == [("block", num) for num in range(1, world.chain.irreversible_num + 1)]
    assert told


def test_finality_is_told_once_however_far_it_jumps(world: RpcWorld) -> None:
    cursor = Cursor(world.context, Wish(Topic.FINALITY), 1)
    world.produce(40)
    assert in_short(all_of(cursor)) == [("finality", world.chain.irreversible_num)]
    assert all_of(cursor) == []


# --- one connection --------------------------------------------------------------------------------------------------


class Connection:
    """A session without a socket."""

    def __init__(self, dispatcher: Dispatcher, **limits: int) -> None:
        self.received: list[dict[str, Any]] = []
        self.session = Session(dispatcher, self._receive, **({"subscriptions_max": 2} | limits))

    async def _receive(self, body: bytes) -> None:
        self.received.append(orjson.loads(body))

    def ask(self, method: str, params: Any) -> Any:
        """The result of a call. Raises Refused."""
        body = orjson.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
        asyncio.run(self.session.answer(body))
        reply = self.received.pop()
        if "error" in reply:
            raise Refused(reply["error"])
        return reply["result"]


@pytest.fixture
def connection(world: RpcWorld) -> Connection:
    return Connection(world.dispatcher)


def test_a_subscription_begins_with_the_next_block(connection: Connection) -> None:
    assert connection.ask("skald_api.subscribe", {"topic": "blocks"}) == {"subscription": 1, "next_block_num": 4}
    assert connection.ask("skald_api.subscribe", {"topic": "finality", "from_block": 2}) == {
        "subscription": 2,
        "next_block_num": 2,
    }


def test_other_calls_are_answered_on_the_same_connection(connection: Connection) -> None:
    assert connection.ask("condenser_api.get_accounts", [["alice"]])[0]["name"] == "alice"


def test_an_ended_subscription_makes_room(connection: Connection) -> None:
    for _ in range(2):
        connection.ask("skald_api.subscribe", {})
    with pytest.raises(Refused, match="at most 2 subscriptions"):
        connection.ask("skald_api.subscribe", {})
    assert connection.ask("skald_api.unsubscribe", {"subscription": 1}) == {"subscription": 1}
    assert connection.ask("skald_api.subscribe", {})["subscription"] == 3


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"topic": "weather"}, "Unknown topic weather, valid topics: blocks, operations, finality"),
        ({"topic": "operations", "operations": ["votes"]}, "There is no operation or event votes"),
        ({"topic": "operations", "accounts": ["a"] * 101}, "At most 100 names"),
        ({"topic": "operations", "accounts": "alice"}, "Bad Cast"),
    ],
)
def test_invalid_subscription(connection: Connection, params: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        connection.ask("skald_api.subscribe", params)
    assert not connection.session.cursors


def test_invalid_number_of_a_subscription(connection: Connection) -> None:
    with pytest.raises(Refused, match="has no subscription 5"):
        connection.ask("skald_api.unsubscribe", {"subscription": 5})


@pytest.mark.parametrize("method", ["subscribe", "unsubscribe"])
def test_invalid_over_http(world: RpcWorld, method: str) -> None:
    with pytest.raises(Refused, match="need a WebSocket"):
        world.ask(f"skald_api.{method}", {"subscription": 1})


def test_invalid_operations_where_no_history_is_kept(world: RpcWorld, connection: Connection) -> None:
    world.context.history.enabled = False
    with pytest.raises(Refused, match="keeps no history"):
        connection.ask("skald_api.subscribe", {"topic": "operations"})


# --- the socket ------------------------------------------------------------------------------------------------------


async def ask(socket: ClientConnection, method: str, **params: Any) -> Any:
    await socket.send(orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).decode())
    return await hear(socket)


async def hear(socket: ClientConnection) -> Any:
    return orjson.loads(await socket.recv())


def socket_of(driven: Driven) -> connect:
    return connect(str(driven.client.base_url).replace("http://", "ws://").rstrip("/") + "/ws", proxy=None)


def test_a_client_is_told_of_each_block_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async def scenario(driven: Driven) -> None:
        async with socket_of(driven) as socket:
            begun = await ask(socket, "skald_api.subscribe", topic="blocks")
            first = begun["result"]["next_block_num"]
            await driven.next_block()
            told = await hear(socket)
            assert told["method"] == "skald_api.told"
            assert told["params"]["subscription"] == 1
            assert told["params"]["message"]["block_num"] == first
        await driven.next_block()
        await driven.next_block()
        async with socket_of(driven) as socket:
            await ask(socket, "skald_api.subscribe", topic="blocks", from_block=first + 1)
            nums = [(await hear(socket))["params"]["message"]["block_num"] for _ in range(2)]
            assert nums == [first + 1, first + 2]

    drive(devnet_config(tmp_path), scenario)


class Wall:
    """An ASGI connection: what it is told to receive comes, and nothing that it is sent is ever read."""

    def __init__(self, *bodies: bytes, reads: bool = False) -> None:
        self.coming: list[dict[str, Any]] = [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "bytes": body} for body in bodies),
        ]
        self.reads = reads
        self.closed_with = 0
        self.heard: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.coming:
            return self.coming.pop(0)
        if self.reads:
            return {"type": "websocket.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.closed_with = message["code"]
        elif message["type"] == "websocket.send":
            if not self.reads:
                await asyncio.Event().wait()
            self.heard.append(orjson.loads(message["text"]))


SCOPE: dict[str, Any] = {
    "type": "websocket",
    "path": "/ws",
    "headers": [(b"host", b"127.0.0.1")],
    "query_string": b"",
    "scheme": "ws",
    "subprotocols": [],
    "client": ("203.0.113.7", 1),
}


def come(app: ASGIApp, wall: Wall) -> None:
    async def until_it_ends() -> None:
        await app(SCOPE, wall.receive, wall.send)

    asyncio.run(until_it_ends())


def test_a_client_that_does_not_read_is_let_go(world: RpcWorld) -> None:
    wall = Wall(b'{"jsonrpc":"2.0","id":1,"method":"condenser_api.get_config"}')
    sockets = Sockets(SocketLimits(send_seconds_max=0))
    come(sockets.answering_with(world.dispatcher), wall)
    assert wall.closed_with == POLICY
    assert len(sockets) == 0


def test_a_socket_too_many_is_closed_at_once(world: RpcWorld) -> None:
    wall = Wall(reads=True)
    come(Sockets(SocketLimits(sockets_max=0)).answering_with(world.dispatcher), wall)
    assert wall.closed_with == TRY_LATER


def knock(world: RpcWorld, wall: Wall, **limits: Any) -> None:
    """Come to the whole face of a node from an address that has limits."""
    sockets = Sockets().answering_with(world.dispatcher)
    guard = Guard(GuardLimits(**limits))
    come(create_app(world.dispatcher, health=partial(Health, healthy=True), guard=guard, sockets=sockets), wall)


def test_calls_on_a_socket_are_taken_from_the_allowance_of_its_address(world: RpcWorld) -> None:
    call = b'{"jsonrpc":"2.0","id":3,"method":"database_api.get_version"}'
    wall = Wall(call, call, reads=True)
    knock(world, wall, address_requests_per_second=1, address_burst_seconds=2)  # the socket itself is one
    first, second = wall.heard
    assert "result" in first
    assert (second["id"], second["error"]["data"]["extension"]["assertion_expression"]) == (3, "rate_limited")


def test_a_socket_of_an_address_that_asks_too_much_is_closed(world: RpcWorld) -> None:
    wall = Wall(reads=True)
    knock(world, wall, address_concurrent_max=0)
    assert wall.closed_with == POLICY


def test_a_socket_by_a_foreign_name_is_closed(world: RpcWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCOPE, "headers", [(b"host", b"evil.example")])
    wall = Wall(reads=True)
    knock(world, wall)
    assert wall.closed_with == POLICY
