"""account_history_api.enum_virtual_ops: the events of a range of blocks, filtered, grouped, page by page."""

from typing import Any

import pytest

from chain.events import EVENTS_BY_NAME
from tests.node.populated import populated_world
from tests.node.rpc_world import Refused, RpcWorld

PRODUCED = "producer_reward_operation"


@pytest.fixture(scope="module")
def world() -> RpcWorld:
    return populated_world()


def asked(world: RpcWorld, **params: Any) -> dict[str, Any]:
    end = world.chain.head_num + 1
    everything = {"block_range_begin": 1, "block_range_end": end, "include_reversible": True}
    answer: dict[str, Any] = world.ask("account_history_api.enum_virtual_ops", everything | params)
    return answer


def bit_of(*names: str) -> int:
    """A filter counts from the first event."""
    first = min(event.operation_id for event in EVENTS_BY_NAME.values())
    return sum(1 << EVENTS_BY_NAME[name].operation_id - first for name in names)


def test_all_events_in_their_order(world: RpcWorld) -> None:
    ops = asked(world)["ops"]
    assert len(ops) > 30
    assert all(op["virtual_op"] for op in ops)
    ids = [int(op["operation_id"]) for op in ops]
    assert ids == sorted(set(ids))
    assert [op["block"] for op in ops if op["op"]["type"] == PRODUCED] == list(range(1, world.chain.head_num + 1))


@pytest.mark.parametrize("limit", [1, 4, 7])
def test_pages_hold_everything_once(world: RpcWorld, limit: int) -> None:
    found, begin, operation = [], 1, "0"
    while begin <= world.chain.head_num and begin:
        page = asked(world, block_range_begin=begin, operation_begin=operation, limit=limit)
        assert len(page["ops"]) <= limit
        found += page["ops"]
        begin, operation = page["next_block_range_begin"], str(page["next_operation_begin"])
    assert found == asked(world)["ops"]


def test_a_filter_chooses_kinds_of_events(world: RpcWorld) -> None:
    for names in (("producer_reward",), ("fill_order",), ("fill_order", "effective_comment_vote")):
        kinds = {op["op"]["type"] for op in asked(world, filter=str(bit_of(*names)))["ops"]}
        assert kinds == {f"{name}_operation" for name in names}
    assert asked(world, filter=bit_of("hardfork"), block_range_begin=5)["ops"] == []


def test_groups_by_block_say_what_is_final(world: RpcWorld) -> None:
    answer = asked(world, group_by_block=True, filter=bit_of("producer_reward"))
    assert answer["ops"] == []
    groups = answer["ops_by_block"]
    assert [group["block"] for group in groups] == list(range(1, world.chain.head_num + 1))
    assert [group["irreversible"] for group in groups].count(True) == world.chain.irreversible_num
    assert [len(group["ops"]) for group in groups] == [1] * len(groups)
    assert groups[-1]["timestamp"] == groups[-1]["ops"][0]["timestamp"]


def test_only_final_blocks_where_the_client_wants_it(world: RpcWorld) -> None:
    final = asked(world, include_reversible=False)
    assert {op["block"] for op in final["ops"]} == set(range(1, world.chain.irreversible_num + 1))
    assert final["next_block_range_begin"] == 0, "not all of the range is final: there is no place yet to go on from"


def test_the_end_of_a_range_is_not_part_of_it(world: RpcWorld) -> None:
    answer = asked(world, block_range_begin=3, block_range_end=5)
    assert {op["block"] for op in answer["ops"]} == {3, 4}
    assert (answer["next_block_range_begin"], answer["next_operation_begin"]) == (5, 0)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"limit": 0}, "limit of 0 is lesser or equal 0"),
        ({"limit": 150_001}, "limit of 150001 is greater than maxmimum allowed"),
        ({"block_range_begin": 5, "block_range_end": 5}, "Block range must be upward"),
        ({"block_range_begin": 1, "block_range_end": 2_002}, "distance must be less than or equal to 2000"),
    ],
)
def test_invalid_ranges(world: RpcWorld, params: dict[str, int], words: str) -> None:
    with pytest.raises(Refused, match=words):
        asked(world, **params)
