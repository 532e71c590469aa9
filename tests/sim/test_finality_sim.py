"""Finality in a bad world, in short: `python -m tests.sim.finality` plays many more."""

from statistics import median

import pytest

from tests.sim.finality import main
from tests.sim.finality_mutants import MUTANTS, verdict
from tests.sim.finality_sim import HEAL_SLOTS, World, play
from tests.sim.finality_toys import SLOT_MS, Faults, Violation

KILLED_BY = {
    "quorum n//2+1": (7, 209),
    "lock not persisted": (4, 174),
    "lock ignored": (4, 1),
    "certificate unchecked": (4, 2),
    "votes not persisted": (4, 0),
    "lock released by any quorum": (4, 610),
    "one step": (4, 14),
    "precommit on an old quorum": (4, 162),
}
"""(nodes, seed) of a world that shows what is wrong with a mutant."""


@pytest.mark.parametrize(("nodes", "seeds"), [(4, 30), (7, 10), (21, 1)])
def test_no_two_final_blocks_and_finality_moves_after_healing(nodes: int, seeds: int) -> None:
    for seed in range(seeds):
        result = play(seed, nodes)
        assert 0 <= result.heal_slots <= HEAL_SLOTS, f"seed {seed}, {nodes} nodes"


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_is_killed(name: str) -> None:
    nodes, seed = KILLED_BY[name]
    assert verdict(name, seed, nodes) is not None
    play(seed, nodes)  # and only the mutant


@pytest.mark.parametrize("nodes", [4, 7])
def test_a_good_network_is_final_within_a_slot(nodes: int) -> None:
    result = play(1, nodes, Faults(chaos_slots=40))
    assert median(result.lags) < SLOT_MS
    assert result.final_num >= 40
    assert not result.evidence


def test_f_absent_witnesses_do_not_stop_finality() -> None:
    result = play(1, 7, Faults(byzantine=2, chaos_slots=40, is_cabal_silent_after_heal=True))
    assert result.heal_slots >= 0


def test_the_same_seed_plays_the_same_way() -> None:
    one, other = (play(5, 7) for _ in range(2))
    assert one == other
    assert one.trace != play(6, 7).trace


def test_the_checkers_see_a_second_final_block() -> None:
    world = World(1, 4, Faults())
    node, other, *_ = world.nodes.values()
    blocks = [world.make_block(world.genesis, slot, "witness-0") for slot in (1, 2)]
    world.note_final(node, blocks[0])
    with pytest.raises(Violation, match="two final blocks at 1"):
        world.note_final(other, blocks[1])


def test_the_program_tells_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "3", "--nodes", "4"]) == 0
    assert "4 nodes, seeds 0 to 2: 0 broken promises, 0 stuck" in capsys.readouterr().out
