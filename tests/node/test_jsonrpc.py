"""The envelope: what goes out for whatever comes in (clients.md §2)."""

import asyncio
import json
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import orjson
import pytest

from node.rpc.jsonrpc import Limits
from tests.node.toys import make_dispatcher

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "json_rpc.json").read_text())["requests"]


def ask(body: Any, limits: Limits | None = None) -> Any:
    reply = make_dispatcher(limits=limits)[0].answer(body if isinstance(body, bytes) else orjson.dumps(body))
    assert isinstance(reply, bytes)
    return orjson.loads(reply)


def call(method: str, params: Any = None, id_: Any = 1) -> dict[str, Any]:
    request = {"jsonrpc": "2.0", "method": method, "id": id_}
    return request if params is None else request | {"params": params}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["request"][:60])
def test_replies_with_the_code_of_hived(vector: dict[str, Any]) -> None:
    reply = ask(vector["request"].encode())
    if vector["code"] is None:
        assert "result" in reply
        assert "error" not in reply
        assert reply["id"] == json.loads(vector["request"])["id"]
    else:
        assert reply["error"]["code"] == vector["code"]
        assert "result" not in reply
    if "message" in vector:
        assert reply["error"]["message"] == vector["message"]
        assert reply["error"]["data"]["assert_hash"] == vector["assert_hash"]


def test_all_vectors_of_the_reference_are_here() -> None:
    assert len(VECTORS) == 51


@pytest.mark.parametrize("id_", [0, 1, -20, "-20", "", "0b6f-uuid", (1 << 32) + 7, (1 << 64) - 1, -(1 << 63)])
def test_echoes_the_id_with_its_type(id_: Any) -> None:
    reply = ask(call("toy_api.echo", ["x"], id_))
    assert reply == {"jsonrpc": "2.0", "result": "x", "id": id_}
    assert type(reply["id"]) is type(id_)


@pytest.mark.parametrize("id_", [None, 5.4, True, [], {}, 1e30])
def test_invalid_id_type(id_: Any) -> None:
    reply = ask(call("toy_api.echo", ["x"], id_))
    assert reply["error"]["code"] == -32600
    assert reply["id"] is None


def test_invalid_id_beyond_64_bits() -> None:
    assert (
        ask(b'{"jsonrpc":"2.0","method":"toy_api.echo","params":[1],"id":18446744073709551616}')["error"]["code"]
        == -32600
    )


def test_answers_a_request_without_id_with_null() -> None:
    assert ask({"jsonrpc": "2.0", "method": "toy_api.echo", "params": ["x"]}) == {
        "jsonrpc": "2.0",
        "result": "x",
        "id": None,
    }


def test_params_may_be_missing_or_null() -> None:
    for request in (call("toy_api.huge_int"), call("toy_api.huge_int") | {"params": None}):
        assert "result" in ask(request)


def test_takes_the_call_form() -> None:
    assert ask(call("call", ["toy_api", "add", [1, 2]]))["result"] == 3
    assert ask(call("call", ["toy_api", "add", {"left": "1"}]))["result"] == 2
    assert ask(call("call", ["condenser_api", "get_dynamic_global_properties"]))["result"]["head_block_number"] == 5
    assert ask({"jsonrpc": "2.0", "method": "call", "id": 1})["error"]["code"] == -32001
    assert ask(call("call", ["toy_api", "add", [1], 4]))["error"]["code"] == -32002


def test_unknown_api_and_method_are_told_apart_in_the_words_that_clients_match() -> None:
    reply = ask(call("follow_api.get_following", {}))
    assert reply["error"]["code"] == -32002
    assert "Could not find API follow_api" in reply["error"]["message"]
    reply = ask(call("toy_api.nothing", {}))
    assert reply["error"]["code"] == -32002
    assert "Could not find method nothing" in reply["error"]["message"]


def test_answers_a_batch_in_order_and_one_failing_call_fails_alone() -> None:
    replies = ask(
        [call("toy_api.add", [1, 1], 7), 1, call("toy_api.break_down", id_="b"), call("toy_api.echo", ["z"], 9)]
    )
    assert [reply["id"] for reply in replies] == [7, None, "b", 9]
    assert replies[0]["result"] == 2
    assert replies[1]["error"]["code"] == -32700
    assert replies[2]["error"]["code"] == -32603
    assert replies[3]["result"] == "z"


def test_an_empty_batch_is_one_error() -> None:
    assert ask([])["error"]["code"] == -32000


def test_invalid_batch_too_many_calls() -> None:
    assert isinstance(ask([call("toy_api.add", [1])] * 3, Limits(batch_calls_max=3)), list)
    assert ask([call("toy_api.add", [1])] * 4, Limits(batch_calls_max=3))["error"]["code"] == -32000


def test_invalid_body_too_large() -> None:
    assert ask(call("toy_api.echo", ["x" * 300]), Limits(body_bytes_max=200))["error"]["code"] == -32000


def test_invalid_nesting_too_deep() -> None:
    def nested(depth: int) -> bytes:
        return b'{"jsonrpc":"2.0","method":"toy_api.echo","id":1,"params":' + b"[" * depth + b"]" * depth + b"}"

    assert "result" in ask(nested(31))
    assert ask(nested(32))["error"]["code"] == -32000
    assert ask(nested(1000))["error"]["code"] == -32000
    assert ask(nested(100_000))["error"]["code"] == -32000
    deep, deeper = ask([orjson.loads(nested(30)), orjson.loads(nested(31))])
    assert "result" in deep
    assert deeper["error"]["message"].endswith("nested at most 32 deep")
    wide = call("toy_api.echo", [[[{}] * 100]])
    assert ask(wide)["result"] == [[{}] * 100]


def test_invalid_response_too_large() -> None:
    limits = Limits(response_bytes_max=1000)
    assert ask(call("toy_api.large", [2000]), limits)["error"]["code"] == -32000
    replies = ask(
        [call("toy_api.large", [900], 1), call("toy_api.large", [900], 2), call("toy_api.large", [1], 3)], limits
    )
    assert ["result" in reply for reply in replies] == [True, True, False]
    assert [reply["id"] for reply in replies] == [1, 2, 3]


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"[NaN]", b"9" * 5000, b"\x00", b"\xef\xbb\xbf{}", b"1e999"],
)
def test_invalid_text_is_a_server_error(body: bytes) -> None:
    assert ask(body)["error"]["code"] == -32000


def test_prints_what_json_cannot_hold_as_text() -> None:
    assert ask(call("toy_api.huge_int"))["result"] == {"recent_slots_filled": str(1 << 127), "name": "a�b"}


def test_an_error_has_every_field_that_clients_read() -> None:
    error = ask(call("toy_api.spend", {"from": "alice"}))["error"]
    assert error["code"] == -32003
    assert error["message"] == "Assert Exception:insufficient_funds: Account alice has 1.000 HIVE, needs 2.000 HIVE"
    data = error["data"]
    assert data["code"] == 10
    assert data["name"] == "assert_exception"
    assert data["message"] == "Assert Exception"
    assert data["extension"] == {"assertion_expression": "insufficient_funds"}
    assert data["assert_hash"].isdigit()
    (frame,) = data["stack"]
    assert frame["format"] == "Account ${account} has ${balance}, needs ${needed}"
    assert frame["data"] == {"account": "alice", "balance": "1.000 HIVE", "needed": "2.000 HIVE"}
    context = frame["context"]
    assert set(context) == {"level", "file", "line", "method", "hostname", "thread_name", "timestamp"}
    assert (context["level"], context["file"], context["method"]) == ("error", "toys.py", "spend")
    assert context["timestamp"] == "2016-01-01T00:00:00"


def test_an_assertion_reads_as_hived_writes_it() -> None:
    error = ask(call("toy_api.refuse", ["poste"]))["error"]
    assert error["message"] == "Assert Exception:fund != nullptr: Invalid reward fund name poste"


@pytest.mark.parametrize("method", ["toy_api.break_down", "toy_api.unserialisable"])
def test_a_bug_is_reported_once_and_tells_nothing_but_its_id(method: str) -> None:
    dispatcher, bugs = make_dispatcher()
    reply = dispatcher.answer(orjson.dumps(call(method)))
    assert isinstance(reply, bytes)
    error = orjson.loads(reply)["error"]
    assert error["code"] == -32603
    assert error["message"] == "Internal Error:see the node's log under bug-1"
    assert b"secret" not in reply
    assert b"/home" not in reply
    assert [seen for seen, _ in bugs.seen] == [method]


def test_counts_calls_and_errors_by_method() -> None:
    dispatcher, _ = make_dispatcher()
    for request in (call("toy_api.add", [1]), call("toy_api.add", ["x"]), call("toy_api.nothing"), call("nothing.x")):
        dispatcher.answer(orjson.dumps(request))
    counts = {name: (usage.call_count, usage.error_count) for name, usage in dispatcher.usage.items()}
    assert counts == {"toy_api.add": (2, 1), "unknown": (2, 2)}


def test_calls_of_a_batch_wait_together_and_keep_their_order() -> None:
    async def scenario() -> Any:
        events = {"early": asyncio.Event(), "late": asyncio.Event()}
        dispatcher, _ = make_dispatcher(events)
        reply = dispatcher.answer(
            orjson.dumps(
                [
                    call("toy_api.wait_for", ["late"], 1),
                    call("toy_api.add", [1], 2),
                    call("toy_api.wait_for", ["early"], 3),
                ]
            )
        )
        assert isinstance(reply, Coroutine)
        task = asyncio.ensure_future(reply)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert dispatcher.waiting_count == 2
        events["early"].set()
        events["late"].set()
        answer = orjson.loads(await task)
        assert dispatcher.waiting_count == 0
        return answer

    replies = asyncio.run(scenario())
    assert [reply["result"] for reply in replies] == ["late", 2, "early"]


def test_invalid_too_many_waiting_calls() -> None:
    async def scenario() -> Any:
        event = asyncio.Event()
        dispatcher, _ = make_dispatcher({"e": event}, Limits(waiting_calls_max=1))
        first = asyncio.ensure_future(_awaited(dispatcher.answer(orjson.dumps(call("toy_api.wait_for", ["e"])))))
        await asyncio.sleep(0)
        second = orjson.loads(await _awaited(dispatcher.answer(orjson.dumps(call("toy_api.wait_for", ["e"])))))
        event.set()
        return orjson.loads(await first), second

    first, second = asyncio.run(scenario())
    assert first["result"] == "e"
    assert second["error"]["code"] == -32005
    assert second["error"]["data"]["extension"]["assertion_expression"] == "too_many_waiting_calls"


def test_a_waiting_method_fails_like_any_other() -> None:
    async def scenario() -> Any:
        dispatcher, bugs = make_dispatcher({})
        reply = await _awaited(dispatcher.answer(orjson.dumps(call("toy_api.wait_for", ["no such event"]))))
        assert len(bugs.seen) == 1
        return orjson.loads(reply)

    assert asyncio.run(scenario())["error"]["code"] == -32603


async def _awaited(reply: Any) -> bytes:
    result: bytes = reply if isinstance(reply, bytes) else await reply
    return result


# --- any body gets a valid answer

PIECES = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"1", b"-1e5", b"18446744073709551616", b'"\\ud800"',
    b'"jsonrpc"', b'"2.0"', b'"method"', b'"call"', b'"toy_api.add"', b'"params"', b'"id"', b"\xff", b"\x00", b" ", b"\n",
]  # fmt: skip
SEED = 20_160_101


def random_value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(9 if depth < 4 else 7)
    if kind == 7:
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 8:
        return {
            rng.choice(["a", "left", "method", "id", ""]): random_value(rng, depth + 1) for _ in range(rng.randrange(4))
        }
    simple = [None, rng.random() < 0.5, rng.randrange(-(1 << 63), 1 << 64), rng.random() * 1e20]
    return [*simple, rng.choice(["", "1", "toy_api", "add", "é\u2028"]), "2.0", rng.randrange(5)][kind]


def random_request(rng: random.Random, methods: list[str]) -> Any:
    request: dict[str, Any] = {}
    if rng.random() < 0.95:
        request["jsonrpc"] = "2.0" if rng.random() < 0.95 else random_value(rng)
    if rng.random() < 0.95:
        request["method"] = rng.choice([*methods, "call", "a.b", "toy_api.", random_value(rng)])
    if rng.random() < 0.8:
        request["params"] = random_value(rng)
        if request.get("method") == "call" and rng.random() < 0.7:
            request["params"] = [*rng.choice(methods).split("."), random_value(rng)]
    if rng.random() < 0.9:
        request["id"] = random_value(rng)
    return request if rng.random() < 0.95 else random_value(rng)


def random_body(rng: random.Random, methods: list[str]) -> bytes:
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.randrange(60))
    if kind == 1:
        return b"".join(rng.choice(PIECES) for _ in range(rng.randrange(30)))
    if kind == 2:
        return orjson.dumps([random_request(rng, methods) for _ in range(rng.randrange(6))])
    body = bytearray(orjson.dumps(random_request(rng, methods)))
    if kind == 3 and body:
        body[rng.randrange(len(body))] = rng.randrange(256)
    return bytes(body)


def check_reply(reply: Any) -> None:
    assert reply["jsonrpc"] == "2.0"
    assert ("result" in reply) != ("error" in reply)
    assert set(reply) <= {"jsonrpc", "result", "error", "id"}
    assert reply["id"] is None or type(reply["id"]) in (int, str)
    if "error" in reply:
        assert type(reply["error"]["code"]) is int
        assert type(reply["error"]["message"]) is str
        assert type(reply["error"]["data"]["stack"][0]["data"]) is dict


def test_any_body_gets_a_valid_answer() -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    dispatcher, bugs = make_dispatcher()
    methods = [name for name in dispatcher.registry.methods if name not in ("toy_api.wait_for", "toy_api.large")]
    result_count = 0
    for _ in range(20_000):
        body = random_body(rng, methods)
        reply = dispatcher.answer(body)
        assert isinstance(reply, bytes), body
        parsed = orjson.loads(reply)
        for part in parsed if isinstance(parsed, list) else [parsed]:
            check_reply(part)
            result_count += "result" in part
    assert result_count > 500
    assert {type(error) for _, error in bugs.seen} <= {ZeroDivisionError, TypeError}
    assert {method for method, _ in bugs.seen} <= {"toy_api.break_down", "toy_api.unserialisable"}
