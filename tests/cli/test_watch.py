"""`skald watch`, against a node that tells what it was told to, and against a real one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from websockets.sync.server import ServerConnection, serve

BLOCK = {
    "type": "block",
    "timestamp": "2026-01-01T00:00:03",
    "block_id": "00",
    "block": {"witness": "w1", "transactions": []},
}


class Teller:
    """Answers each connection with the next of its scripts: messages, or an error."""

    def __init__(self, *scripts: list[dict[str, Any]] | dict[str, Any]) -> None:
        self.scripts = list(scripts)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, socket: ServerConnection) -> None:
        request = orjson.loads(socket.recv())
        self.asked.append(request["params"])
        script = self.scripts.pop(0)
        if isinstance(script, dict):
            socket.send(orjson.dumps({"jsonrpc": "2.0", "id": 1, "error": script}).decode())
            return
        socket.send(
            orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": {"subscription": 1, "next_block_num": 5}}).decode()
        )
        for message in script:
            told = {"subscription": 1, "message": message}
            socket.send(orjson.dumps({"jsonrpc": "2.0", "method": "skald_api.told", "params": told}).decode())


@contextmanager
def telling(teller: Teller) -> Iterator[str]:
    with serve(teller, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()


def block(num: int, *operations: dict[str, Any]) -> dict[str, Any]:
    transactions = [{"operations": list(operations)}] if operations else []
    return BLOCK | {"block_num": num, "block": {"witness": "w1", "transactions": transactions}}


VOTE = {"type": "vote_operation", "value": {"voter": "bob", "author": "alice", "permlink": "hello", "weight": 10_000}}


def test_a_block_is_a_line(skald):
    with telling(Teller([block(7, VOTE, VOTE), block(8)])) as url:
        page = skald("watch", "--node", url, "--count", "2").output
    assert "7  2026-01-01T00:00:03  w1  2 vote" in page
    assert "8  2026-01-01T00:00:03  w1  empty" in page


def test_operations_are_told_one_by_one(skald):
    teller = Teller([{"type": "operations", "block_num": 9, "timestamp": "t", "operations": [{"op": VOTE}]}])
    with telling(teller) as url:
        page = skald("watch", "--node", url, "--count", "1", "--account", "bob", "--operation", "vote").output
    assert "vote  voter=bob  author=alice  permlink=hello  weight=10000" in page
    assert teller.asked == [{"topic": "operations", "irreversible": False, "accounts": ["bob"], "operations": ["vote"]}]


def test_each_message_is_a_line_of_json(skald):
    final = {"type": "finality", "block_num": 5, "block_id": "00"}
    with telling(Teller([final, final])) as url:
        lines = skald("watch", "finality", "--node", url, "--count", "2", "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [final, final]


def test_a_lost_connection_is_made_again_after_the_last_block(skald, monkeypatch):
    monkeypatch.setattr("cli.stream.asyncio.sleep", no_wait)
    undo = {"type": "undo", "block_num": 6, "block_id": "00"}
    teller = Teller([block(5), block(6), undo], [block(6)])
    with telling(teller) as url:
        result = skald("watch", "--node", url, "--from", "5", "--count", "4")
    assert [asked["from_block"] for asked in teller.asked] == [5, 6]
    assert "6  undone" in result.output
    assert "trying again from block 6 on" in result.stderr


async def no_wait(_seconds: float) -> None:
    pass


def test_invalid_subscription_is_told(skald):
    with telling(Teller({"code": -32003, "message": "Assert Exception:This node keeps no history"})) as url:
        result = skald("watch", "operations", "--node", url)
    assert result.exit_code == 4
    assert "This node keeps no history" in result.stderr


def test_invalid_where_no_node_answers(skald):
    result = skald("watch", "--node", "http://127.0.0.1:9")
    assert result.exit_code == 3
    assert "No node answers at http://127.0.0.1:9" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["blocks", "--account", "alice"], "choose among operations, not blocks"),
        (["--operation", "vot"], "Did you mean vote"),
        (["--node", "ftp://x"], "is not the address of a node"),
    ],
)
def test_invalid_words(skald, words, said):
    result = skald("watch", *words)
    assert result.exit_code == 2
    assert said in result.stderr
