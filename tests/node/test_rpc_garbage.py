"""Whatever a client sends to whichever method, the answer is a result or an error of hived's kinds, never a breakdown of ours."""

import random
from typing import Any

import pytest

from node.rpc.registry import Method
from tests.node.rpc_world import RpcWorld

GARBAGE: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**32 - 1, 2**32, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 1.5, 1e300),
    *("", "alice", "a" * 17, "ä", "x" * 300, "\x00", "-1", "18446744073709551616", "2025-01-01T00:00:00", "not a time"),
    *("STM6LLegbAgLAy28EHrffBVuANFWcFgmqRMW13wBmTExqFE9SCkg4", "ab" * 20, "AB" * 20, "zz" * 20, "ab" * 32, "by_name"),
    *("post", "outgoing", "by_delegation", "by_account_expiration", "by_comment_voter", "by_destination", "hf26"),
    *([], ["alice"], [["alice", "hello"]], [None], [[]], [{}], [1, 2, 3], ["alice", "bob"], ["alice", 0, 0], [[[[]]]]),
    *({}, {"a": 1}, {"operations": []}, {"operations": [["vote", {}]]}, {"operations": [["none", {}]]}),
    *({"operations": [{"type": "transfer_operation", "value": {}}]}, {"operations": 5}, {"signatures": ["00"]}),
]
CODES = {-32000, -32002, -32003}
HIVEMIND = ("bridge.", "condenser_api.get_", "follow_api.", "tags_api.")


def codes_of(method: Method) -> set[int]:
    """hivemind's refusals have a code of their own, which hive-js takes for a success: no broadcast may ever have it."""
    return CODES | {-32602} if method.name.startswith(HIVEMIND) else CODES


@pytest.fixture(scope="module")
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    world.post("alice", "hello")
    world.send("alice", "transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="")
    world.produce(2)
    return world


def methods() -> list[Method]:
    return sorted(RpcWorld().dispatcher.registry.methods.values(), key=lambda method: method.name)


def shapes(method: Method, chance: random.Random) -> list[Any]:
    """Each value as the only argument, as each single member, and many at random."""
    names = [parameter.name for parameter in method.parameters]
    tried: list[Any] = [*GARBAGE, *([value] for value in GARBAGE), [0] * 12]
    tried += [{name: value} for name in names for value in GARBAGE]
    for _ in range(300 if names else 5):
        values = [chance.choice(GARBAGE) for _ in names]
        tried.append(values[: chance.randint(0, len(values))])
        tried.append(values)
        tried.append(dict(zip(names, values, strict=True)))
    return tried


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.name)
def test_garbage_never_breaks_a_method(world: RpcWorld, method: Method) -> None:
    chance = random.Random(f"garbage for {method.name}")
    before = world.chain.digest
    for params in shapes(method, chance):
        reply = world.reply({"jsonrpc": "2.0", "method": method.name, "params": params, "id": 1})
        if "error" in reply:
            assert reply["error"]["code"] in codes_of(method), (params, reply, world.bugs.seen)
            assert reply["error"]["data"]["stack"][0]["context"]["thread_name"]
            assert isinstance(reply["error"]["data"]["stack"][0]["data"], dict)
        else:
            assert "result" in reply
    assert not world.bugs.seen
    if "broadcast" not in method.name and not method.name.startswith("devnet_api."):  # these are meant to make blocks
        assert world.chain.digest == before


@pytest.mark.parametrize("text", [rb'"\ud800"', rb'"\u0000"', '"é\u2028🙂"'.encode(), rb'"\udc80\ud800"', b'"\xff"'])
def test_texts_that_are_hardly_texts(world: RpcWorld, text: bytes) -> None:
    for method in methods():
        for params in (b"[%s]" % text, b"[%s,%s]" % (text, text), b"[[%s]]" % text, b"[[[%s,%s]]]" % (text, text)):
            body = b'{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}' % (method.name.encode(), params)
            reply = world.reply(body)
            assert "result" in reply or reply["error"]["code"] in codes_of(method), (body, world.bugs.seen)
        for parameter in method.parameters:
            member = b'{"%s":%s}' % (parameter.name.encode(), text)
            reply = world.reply(b'{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}' % (method.name.encode(), member))
            assert "result" in reply or reply["error"]["code"] in codes_of(method), (member, world.bugs.seen)
    assert not world.bugs.seen
