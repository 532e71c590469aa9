"""A network that changes its rules while it runs: every node by itself, at the same block (docs/hardforks.md)."""

from chain.presets import DEVNET
from tests.helpers.mesh import Mesh, final_by_votes
from tests.helpers.play import START

SWITCH_BLOCK = 66
SWITCH_TIME = START + 3 * SWITCH_BLOCK


def network_of_27() -> Mesh:
    """Three nodes with seven witnesses, of whom five must vote."""
    times = (*(DEVNET.genesis_time + 3,) * 27, SWITCH_TIME)
    return Mesh(3, final_by_votes(hardfork_times=times, hardfork_witnesses_min=5))


def hardforks_of(mesh: Mesh) -> list[int]:
    return [member.chain.state.hardforks.last_hardfork for member in mesh.members]


def assert_agreed(mesh: Mesh) -> None:
    assert len({member.chain.head_id for member in mesh.members}) == 1
    assert len({member.chain.digest for member in mesh.members}) == 1
    assert [member.chain.final_num for member in mesh.members] == [mesh[0].chain.head_num] * 3


def test_a_network_switches_at_one_block_also_who_is_away_or_starts_anew() -> None:
    mesh = network_of_27()
    mesh.produce(SWITCH_BLOCK - 2)
    assert hardforks_of(mesh) == [27] * 3
    assert_agreed(mesh)
    with mesh.apart([0, 1], [2]):
        while mesh[0].chain.state.globals.time < SWITCH_TIME:
            assert hardforks_of(mesh) == [27] * 3
            mesh.produce()
        mesh.produce()
        assert hardforks_of(mesh)[:2] == [28] * 2
    mesh.produce(2)
    assert hardforks_of(mesh) == [28] * 3
    mesh[1].start()
    assert hardforks_of(mesh) == [28] * 3
    mesh.greet()
    mesh.produce(3)
    assert_agreed(mesh)
