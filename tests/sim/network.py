"""Networks of whole nodes in bad worlds: `python -m tests.sim.network --seeds 2000 --nodes 4,7,21 --jobs 2`.

Prints one line for each number of nodes, and ends with 1 where a promise was broken; `--first N --seeds 1` plays one world again.
With `--mutants` it looks for the first seed that kills each mutant.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median
from typing import Any

from tests.sim.finality_toys import SLOT_MS, Violation
from tests.sim.network_checks import Result
from tests.sim.network_faults import Faults
from tests.sim.network_mutants import MUTANTS, first_kill
from tests.sim.network_sim import play

CHUNK_SEEDS = 2
BATCH_SEEDS = 20


def play_or_tell(nodes: int, seed: int) -> Result | str:
    """A broken promise, or a bug that stopped a node, in words, and how to see it again."""
    try:
        result = play(seed, nodes)
    except (Violation, Exception) as error:  # noqa: BLE001  # whatever stops a node is what we look for
        reason = str(error) if isinstance(error, Violation) else repr(error)
    else:
        if result.heal_slots >= 0 and result.one_head_slots >= 0:
            return result
        reason = "stuck: " + ("no new final block" if result.heal_slots < 0 else "two heads") + " after healing"
    return f"{reason}\n    again: python -m tests.sim.network --nodes {nodes} --first {seed} --seeds 1"


def played(nodes: int, seeds: range, jobs: int, seconds_max: float) -> Iterator[Result | str]:
    """One world after the other, until there are no more seeds or time is up."""
    one: Callable[[int], Result | str] = partial(play_or_tell, nodes)
    ends_at = time.perf_counter() + seconds_max
    with ProcessPoolExecutor(jobs) as pool:
        for begin in range(seeds.start, seeds.stop, BATCH_SEEDS):
            if time.perf_counter() > ends_at:
                return
            batch = range(begin, min(begin + BATCH_SEEDS, seeds.stop))
            yield from map(one, batch) if jobs == 1 else pool.map(one, batch, chunksize=CHUNK_SEEDS)


def lag_slots(nodes: int) -> float:
    """The median age of blocks when they become final, in a network with nothing wrong."""
    return median(play(1, nodes, Faults(chaos_slots=20)).lags) / SLOT_MS


def explore(nodes: int, seeds: range, jobs: int, seconds_max: float = float("inf")) -> bool:
    """Returns whether every promise was kept."""
    started = time.perf_counter()
    broken: list[str] = []
    results: list[Result] = []
    for outcome in played(nodes, seeds, jobs, seconds_max):
        if isinstance(outcome, str):
            broken.append(outcome)
            print(outcome, flush=True)
        else:
            results.append(outcome)
    stuck = sum(1 for outcome in broken if outcome.startswith("stuck"))
    seconds = time.perf_counter() - started
    last = seeds.start + len(broken) + len(results) - 1
    print(f"{nodes:3} nodes, seeds {seeds.start} to {last}: {len(broken) - stuck} broken promises, {stuck} stuck")
    print(
        _figures(results) + f"; median lag in a good network {lag_slots(nodes):.2f} slots; {seconds:.0f} s", flush=True
    )
    return not broken


def _figures(results: list[Result]) -> str:
    def spread(values: list[int]) -> str:
        found = sorted(values) or [0]
        return f"median {median(found):.0f}, 95 % {found[len(found) * 95 // 100]}, most {found[-1]}"

    penalties: Counter[str] = sum((result.penalties for result in results), Counter())
    return (
        f"    slots from healing to one head: {spread([result.one_head_slots for result in results])}; "
        f"to a new final block at every node: {spread([result.heal_slots for result in results])}; "
        f"{sum(result.crashes for result in results)} crashes, {sum(result.recoveries_crashed for result in results)} in recovery, "
        f"{sum(result.switches for result in results)} switches, the deepest {max((result.deepest for result in results), default=0)}; "
        f"evidence in {sum(bool(result.evidence) for result in results)} worlds, attested roots of the state in "
        f"{sum(bool(result.roots) for result in results)}; {sum(result.events for result in results)} events; "
        f"penalties among the honest: {dict(penalties)}"
    )


def hunt(nodes: list[int], seeds: range) -> bool:
    """Whether every mutant was killed."""
    survivors = []
    for name in MUTANTS:
        kills: dict[int, int | None] = {}
        for count in nodes:
            kills[count] = first_kill(name, count, seeds)
            if kills[count] is not None:
                break
        shown = ", ".join(f"{count} nodes: {'–' if seed is None else f'seed {seed}'}" for count, seed in kills.items())
        print(f"{name:28} {shown}", flush=True)
        if all(seed is None for seed in kills.values()):
            survivors.append(name)
    print(f"survivors: {', '.join(survivors) or 'none'}")
    return not survivors


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim.network", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, metavar="COUNT")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--nodes", default="4,7,21", metavar="LIST")
    parser.add_argument("--jobs", type=int, default=1, metavar="COUNT")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="for each number of nodes, at most")
    parser.add_argument("--mutants", action="store_true")
    found: Any = parser.parse_args(arguments)
    nodes = [int(count) for count in found.nodes.split(",")]
    seeds = range(found.first, found.first + found.seeds)
    if found.mutants:
        return 0 if hunt(nodes, seeds) else 1
    verdicts = [explore(count, seeds, found.jobs, found.minutes * 60) for count in nodes]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
