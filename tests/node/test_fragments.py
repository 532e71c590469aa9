"""Parts of answers that are written once."""

from typing import Any

import orjson
import pytest

from chain.wire import HF26, LEGACY
from node.rpc.context import Context
from node.rpc.fragments import OVERHEAD_BYTES, Fragments, json_bytes
from tests.node.rpc_world import Asking, RpcWorld


@pytest.fixture
def world() -> RpcWorld:
    return RpcWorld()


def test_what_json_cannot_hold_is_made_fit() -> None:
    value = {"id": b"\x01\xff", "large": 1 << 70, "text": "a\ud800b"}
    assert orjson.loads(json_bytes(value)) == {"id": "01ff", "large": str(1 << 70), "text": "a\ufffdb"}


def test_a_fragment_is_found_under_its_own_key_only() -> None:
    fragments = Fragments()
    written = fragments.keep((7, HF26), {"num": 7})
    assert fragments.find((7, HF26)) is written
    assert fragments.find((7, LEGACY)) is None
    assert fragments.find((8, HF26)) is None


def test_what_was_used_last_stays() -> None:
    each = len(json_bytes("text")) + OVERHEAD_BYTES
    fragments = Fragments(2 * each)
    fragments.keep("first", "text")
    fragments.keep("second", "text")
    fragments.find("first")
    fragments.keep("third", "text")
    assert [fragments.find(key) is not None for key in ("first", "second", "third")] == [True, False, True]


def answers(world: Asking, num: int) -> list[Any]:
    return [
        world.ask("block_api.get_block", {"block_num": num}),
        world.ask("condenser_api.get_block", [num]),
        world.ask("account_history_api.get_account_history", {"account": "alice", "start": -1, "limit": 10}),
        world.ask("condenser_api.get_account_history", ["alice", -1, 10]),
    ]


def test_answers_stay_the_same_when_they_come_from_fragments(world: RpcWorld) -> None:
    world.produce()
    world.send("alice", "transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="")
    world.post("alice", "hello")
    world.produce()
    num = world.chain.head_num
    fresh = answers(world, num)
    assert answers(world, num) == fresh
    world.produce(25)
    assert world.chain.irreversible_num >= num
    lasting = answers(world, num)
    assert lasting[:2] == fresh[:2]
    assert all(row in lasting[2]["history"] for row in fresh[2]["history"])
    again = answers(world, num)
    assert again == lasting
    assert answers(Asking(Context(world.chain)), num) == lasting


def test_another_block_at_the_same_height_is_not_taken_for_the_first(world: RpcWorld) -> None:
    world.produce(2)
    world.send("alice", "transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="")
    world.produce()
    num = world.chain.head_num
    left = answers(world, num)
    world.chain.pop_block()
    world.chain.mempool.waiting.clear()
    world.clock.advance(3)
    world.send("alice", "transfer", from_="alice", to="carol", amount="2.000 HIVE", memo="")
    world.produce()
    assert world.chain.head_num == num
    assert all(new != old for new, old in zip(answers(world, num), left, strict=True))


def test_what_is_present_follows_every_change(world: RpcWorld) -> None:
    """The globals are written once between two changes: a pending transaction, a block, a block taken back, a new irreversible one."""

    def globals_now() -> list[Any]:
        kept, fresh = ([asking.ask(*asked) for asked in asked_for] for asking in (world, Asking(Context(world.chain))))
        assert kept == fresh
        return kept

    asked_for = [
        ("database_api.get_dynamic_global_properties", {}),
        ("condenser_api.get_dynamic_global_properties", []),
    ]
    world.produce()
    seen = [globals_now()]
    assert globals_now() == seen[0]
    world.send("alice", "transfer_to_vesting", from_="alice", to="bob", amount="5.000 HIVE")
    seen.append(globals_now())
    world.produce()
    seen.append(globals_now())
    world.chain.pop_block()
    assert globals_now() == seen[1]
    world.produce(25)
    seen.append(globals_now())
    assert len({str(answer) for answer in seen}) == len(seen)
