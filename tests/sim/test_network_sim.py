"""Networks of whole nodes in bad worlds, in short: `python -m tests.sim.network` plays many more."""

import os
import subprocess
import sys
from statistics import median

import pytest

from tests.sim.finality_toys import SLOT_MS, Violation
from tests.sim.network import main
from tests.sim.network_faults import Faults
from tests.sim.network_mutants import MUTANTS, first_kill, world_of
from tests.sim.network_sim import World, play, run

KILLED_BY = {
    "quorum n//2+1": (7, 0),
    "lock not persisted": (4, 0),
    "lock ignored": (4, 5),
    "certificate unchecked": (4, 0),
    "votes not persisted": (4, 0),
    "one step": (4, 0),
    "switch forgets undo": (4, 0),
    "anchor ignored": (4, 0),
}
"""(nodes, seed) of a world that shows what is wrong with a mutant."""
SEEDS_TRIED = 4
"""From there on: another budget or another order of words, anywhere in a node, and the same seed plays otherwise."""


BROKEN_ONCE = [
    (
        21,
        1877,
    ),  # an honest peer was banned: its late answer was taken for one to a newer question about the same branch
]
"""(nodes, seed) of worlds in which something was wrong."""


@pytest.mark.parametrize(("nodes", "seeds"), [(4, 2), (7, 1)])
def test_a_network_keeps_its_promises_and_heals(nodes: int, seeds: int) -> None:
    for seed in range(seeds):
        result = play(seed, nodes)
        assert result.heal_slots >= 0, f"seed {seed}, {nodes} nodes"
        assert result.one_head_slots >= 0, f"seed {seed}, {nodes} nodes"


@pytest.mark.parametrize(("nodes", "seed"), BROKEN_ONCE)
def test_a_world_that_once_broke_a_promise_keeps_it(nodes: int, seed: int) -> None:
    assert play(seed, nodes).heal_slots >= 0


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_is_killed(name: str) -> None:
    nodes, first = KILLED_BY[name]
    seed = first_kill(name, nodes, range(first, first + SEEDS_TRIED))
    assert seed is not None
    assert run(world_of(name, seed, nodes)).heal_slots >= 0  # and only the mutant


def test_a_good_network_is_final_within_a_slot() -> None:
    result = play(1, 4, Faults(chaos_slots=12, transactions=1))
    assert median(result.lags) < SLOT_MS
    assert not result.evidence
    assert not result.penalties
    assert not result.switches


def test_real_signatures_serve_as_well() -> None:
    result = play(1, 4, Faults(chaos_slots=6, transactions=1, signs_for_real=True))
    assert result.heal_slots >= 0


def test_the_same_seed_plays_the_same_way_whatever_the_seed_of_hashes_is() -> None:
    show = "from tests.sim.network_sim import play; print(play(1, 4).trace)"
    found = subprocess.run(
        [sys.executable, "-c", show],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == play(1, 4).trace + "\n"


def test_the_checkers_see_a_second_final_block() -> None:
    world = World(1, 4, Faults(chaos_slots=6))
    world.run()
    node = world.honest[0]
    world.checks.finals[node.final_num] = bytes(20)
    node.final_num -= 1
    with pytest.raises(Violation, match="two final blocks"):
        world.checks._note_final(node)


def test_the_program_tells_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--nodes", "4"]) == 0
    assert "4 nodes, seeds 0 to 0: 0 broken promises, 0 stuck" in capsys.readouterr().out
