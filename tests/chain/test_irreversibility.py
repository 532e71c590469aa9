"""The rule of Steem and Hive: a block stands when three quarters of those scheduled have built on it (protocol.md §4.5)."""

import pytest

from chain.irreversibility import process_irreversibility
from chain.params import MAINNET
from tests.helpers.world import World

WITNESSES = tuple(f"w{number:02}" for number in range(21))
BLOCK = 5_000_000


@pytest.fixture
def world() -> World:
    world = World(processes=(process_irreversibility,))
    for name in WITNESSES:
        world.witness(name)
    world.state.schedules.edit("current").shuffled = WITNESSES
    return world


def confirm(world: World, count: int, num: int) -> int:
    """The first `count` witnesses have built on block `num`, nobody on a later one. Returns what is irreversible then."""
    for name in WITNESSES[:count]:
        world.state.witnesses.edit(name).last_confirmed_block_num = num
    world.advance()
    return world.state.irreversible.num


def test_sixteen_of_twenty_one_make_a_block_irreversible(world: World) -> None:
    """hive libraries/protocol config.hpp: 75 % of 21, where a fraction of a witness counts as one."""
    assert confirm(world, 15, BLOCK) == 0
    assert confirm(world, 16, BLOCK) == BLOCK


def test_seventeen_decide_on_a_hardfork() -> None:
    assert MAINNET.hardfork_witnesses_min == 17


def test_what_is_irreversible_stays_so(world: World) -> None:
    confirm(world, 21, BLOCK)
    assert confirm(world, 21, BLOCK - 5) == BLOCK


def test_before_anybody_is_voted_for_a_round_on_top_is_enough(world: World) -> None:
    world.state.edit_globals().head_block_num = 100
    world.advance()
    assert world.state.irreversible.num == 101 - 21
