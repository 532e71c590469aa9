"""Whoever reads a reply of Hive's finds the same members of the same types in ours (clients.md §7).

The samples are data: tests/vectors/sample_replies.json. A member may be missing, more or of another type only where the sample says so
under `differs`, path by path, with the reason; docs/apis.md shows those.
"""

from typing import Any

import pytest

from chain.keys import public_key_text
from node.rpc.apis import make_registry
from tests.helpers.shapes import differences
from tests.helpers.vectors import vectors
from tests.node.populated import populated_world
from tests.node.rpc_world import RpcWorld

SAMPLES = vectors("sample_replies.json", "replies")


def name_of(sample: dict[str, Any]) -> str:
    return str(sample["method"])


@pytest.fixture(scope="module")
def world() -> RpcWorld:
    return populated_world()


def filled(world: RpcWorld, value: Any) -> Any:
    """The parameters for this chain: `${…}` stands for what differs from chain to chain."""
    if isinstance(value, dict):
        return {name: filled(world, member) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(world, member) for member in value]
    if not isinstance(value, str) or not value.startswith("${"):
        return value
    num, id_ = transfer_of_alice(world)
    key = public_key_text(world.key("alice", "active").public_key)
    return {"${block_num}": num, "${transaction_id}": id_, "${key}": key}[value]


def transfer_of_alice(world: RpcWorld) -> tuple[int, str]:
    """The block and id of a transaction that everybody may look at."""
    _, entry = world.ask("condenser_api.get_account_history", ["alice", -1, 1, 1 << 2])[0]
    return entry["block"], entry["trx_id"]


def each_of(paths: str) -> list[str]:
    """`post.{a,b}` stands for `post.a` and `post.b`."""
    before, brace, names = paths.partition("{")
    return [before + name for name in names.removesuffix("}").split(",")] if brace else [before]


def reply_to(world: RpcWorld, sample: dict[str, Any]) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": sample["method"], "params": filled(world, sample["params"])}
    return world.reply(request)["error" if sample.get("fails") else "result"]


@pytest.mark.parametrize("sample", SAMPLES, ids=name_of)
def test_a_reply_has_the_members_and_types_of_the_sample(world: RpcWorld, sample: dict[str, Any]) -> None:
    found = set(differences(reply_to(world, sample), sample["shape"]))
    assert found == {path for paths in sample.get("differs", {}) for path in each_of(paths)}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": 1, "b": [{"c": "x"}, {"c": "y"}]}, []),
        ({"b": [{"c": "x"}]}, ["a"]),
        ({"a": 1, "b": [{"c": "x"}], "d": 1}, ["d"]),
        ({"a": "1", "b": [{"c": "x"}]}, ["a"]),
        ({"a": True, "b": [{"c": "x"}]}, ["a"]),
        ({"a": str(2**53), "b": [{"c": "x"}]}, []),
        ({"a": 2**53, "b": [{"c": "x"}]}, ["a"]),
        ({"a": 1, "b": []}, ["b"]),
        ({"a": 1, "b": [{"c": "x"}, {"c": 1}]}, ["b.*.c"]),
        ([], [""]),
    ],
)
def test_a_difference_is_noticed(value: Any, found: list[str]) -> None:
    assert list(differences(value, {"a": "int", "b": [{"c": "text"}]})) == found


def test_every_sampled_method_is_served() -> None:
    assert {name_of(sample) for sample in SAMPLES} <= make_registry().methods.keys()
    assert len(SAMPLES) >= 80
