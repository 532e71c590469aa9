"""Many worlds in which finality could break: `python -m tests.sim.finality --seeds 2000 --nodes 4,7,21`.

Prints one line for each number of nodes, and ends with 1 where a promise was broken; `--first N --seeds 1` plays one world again.
With `--mutants` it looks for the first seed that kills each mutant.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median
from typing import Any

from tests.sim.finality_mutants import MUTANTS, first_kill
from tests.sim.finality_sim import Result, play
from tests.sim.finality_toys import SLOT_MS, Faults, Violation

CHUNK_SEEDS = 10


def play_or_tell(nodes: int, seed: int) -> Result | str:
    try:
        return play(seed, nodes)
    except Violation as violation:
        return f"seed {seed}, {nodes} nodes: {violation}"


def played(nodes: int, seeds: range, jobs: int) -> Iterator[Result | str]:
    one: Callable[[int], Result | str] = partial(play_or_tell, nodes)
    if jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(one, seeds, chunksize=CHUNK_SEEDS)


def lag_slots(nodes: int) -> float:
    """The median age of blocks when they become final, in a network with nothing wrong."""
    return median(play(1, nodes, Faults()).lags) / SLOT_MS


def explore(nodes: int, seeds: range, jobs: int) -> bool:
    """Returns whether every promise was kept."""
    started = time.perf_counter()
    broken: list[str] = []
    results: list[Result] = []
    for outcome in played(nodes, seeds, jobs):
        if isinstance(outcome, str):
            broken.append(outcome)
            print(outcome, flush=True)
        else:
            results.append(outcome)
    stuck = [result.seed for result in results if result.heal_slots < 0]
    heals = sorted(result.heal_slots for result in results if result.heal_slots >= 0) or [0]
    seconds = time.perf_counter() - started
    print(
        f"{nodes:3} nodes, seeds {seeds.start} to {seeds.stop - 1}: {len(broken)} broken promises, {len(stuck)} stuck after healing "
        f"{stuck[:5] or ''}; new final block after healing: median {median(heals):.0f}, 95 % {heals[len(heals) * 95 // 100]}, "
        f"most {heals[-1]} slots; {sum(result.crashes for result in results)} crashes, {sum(result.forks for result in results)} "
        f"switches, evidence in {sum(bool(result.evidence) for result in results)} worlds; median lag in a good network "
        f"{lag_slots(nodes):.2f} slots; {seconds:.0f} s",
        flush=True,
    )
    return not broken and not stuck


def hunt(nodes: list[int], seeds: range) -> bool:
    """Whether every mutant was killed."""
    survivors = []
    for name in MUTANTS:
        kills = {count: first_kill(name, count, seeds) for count in nodes}
        shown = ", ".join(f"{count} nodes: {'–' if seed is None else f'seed {seed}'}" for count, seed in kills.items())
        print(f"{name:28} {shown}", flush=True)
        if all(seed is None for seed in kills.values()):
            survivors.append(name)
    print(f"survivors: {', '.join(survivors) or 'none'}")
    return not survivors


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim.finality", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, metavar="COUNT")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--nodes", default="4,7,21", metavar="LIST")
    parser.add_argument("--jobs", type=int, default=1, metavar="COUNT")
    parser.add_argument("--mutants", action="store_true")
    found: Any = parser.parse_args(arguments)
    nodes = [int(count) for count in found.nodes.split(",")]
    seeds = range(found.first, found.first + found.seeds)
    if found.mutants:
        return 0 if hunt(nodes, seeds) else 1
    verdicts = [explore(count, seeds, found.jobs) for count in nodes]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
