"""custom and custom_json: the chain carries them and looks only at their size (protocol.md §5.5)."""

import pytest

from chain.operations.custom import CustomDataTooLong
from chain.operations.custom_json import CustomJsonTooLong
from tests.helpers.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice")
    return world


def json_of(size: int) -> str:
    return '"' + "x" * (size - 2) + '"'


def test_custom_data_of_8192_bytes_passes(world: World) -> None:
    assert world.do("custom", required_auths=("alice",), id=7, data=bytes(8_192)) == []


def test_custom_json_of_8192_bytes_passes_under_any_name(world: World) -> None:
    for name in ("follow", "rc", ""):
        posting = {"required_auths": (), "required_posting_auths": ("alice",)}
        assert world.do("custom_json", id=name, json=json_of(8_192), **posting) == []


def test_invalid_custom_size(world: World) -> None:
    with pytest.raises(CustomDataTooLong):
        world.do("custom", required_auths=("alice",), id=7, data=bytes(8_193))


@pytest.mark.parametrize("json", [json_of(8_193), '"' + "é" * 4_096 + '"'], ids=["letters", "two-byte letters"])
def test_invalid_custom_json_size(world: World, json: str) -> None:
    with pytest.raises(CustomJsonTooLong):
        world.do("custom_json", required_auths=(), required_posting_auths=("alice",), id="game", json=json)
