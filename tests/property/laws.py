"""The laws of the economy under random operations of all kinds, and histories that are taken back.

    python -m tests.property.laws --operations 1000000 --histories 10000 [--seed 1] [--jobs 2]

First part: transactions of one operation each, sensible, foolish or spoiled; the sums of money and VESTS (docs/invariants.md) are
checked after each of them, whether it was accepted or refused, and all invariants after each block. (Between two blocks the virtual supply
is an estimate, as in hived.)

Second part, a history: some blocks are made, taken back, and made again from their bytes. After the taking back every byte that the
backend holds must be as before, after the making again as it was at the end; now and then another branch comes in between.

Both run in episodes on fresh chains, an episode from one seed. Exit status 1 when a law breaks; the same seed repeats it.
"""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from chain.block import Block
from chain.invariants import check_money, check_vests
from chain.operation import OPERATIONS_BY_NAME
from chain.transaction import Transaction
from tests.property.random_chain import RandomChain, content_digest

EPISODE_OPERATIONS: Final = 10_000
EPISODE_HISTORIES: Final = 100
BLOCK_INTERVAL_TRANSACTIONS: Final = 8
HISTORY_BLOCKS_MAX: Final = 12
WARM_UP_BLOCKS: Final = 60  # until there is something to take back
BRANCHES: Final = 0.2  # of all histories
NO_UNDO: Final = 1 << 62  # above every block


@dataclass(slots=True)
class Tally:
    """What happened in some episodes. `operations` by (name, outcome)."""

    operations: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    blocks: int = 0
    histories: int = 0
    taken_back: int = 0

    @property
    def tried(self) -> int:
        return sum(self.operations.values())

    def add(self, other: Tally) -> None:
        self.operations += other.operations
        self.refusals += other.refusals
        self.events += other.events
        self.blocks += other.blocks
        self.histories += other.histories
        self.taken_back += other.taken_back


class LawfulChain(RandomChain):
    """Checks the laws after every operation that anybody sends."""

    SIZES = (1,)

    def __init__(self, seed: int) -> None:
        super().__init__(seed, transactions_mean=BLOCK_INTERVAL_TRANSACTIONS)

    def send(self, transaction: Transaction | None) -> None:
        super().send(transaction)
        check_money(self.chain.state)
        check_vests(self.chain.state)

    def tally(self) -> Tally:
        return Tally(self.counts, self.refusals, self.events, self.chain.head_num)


def operations_episode(seed: int, count: int) -> Tally:
    chain = LawfulChain(seed)
    while sum(chain.counts.values()) < count:
        chain.advance()
    return chain.tally()


def histories_episode(seed: int, count: int) -> Tally:
    chain = RandomChain(seed, transactions_mean=4)
    while chain.chain.head_num < WARM_UP_BLOCKS:
        chain.advance()
    tally = Tally()
    for _ in range(count):
        tally.taken_back += play_history(chain)
        tally.histories += 1
    tally.blocks = chain.chain.head_num
    return tally


def play_history(chain: RandomChain) -> int:
    """Make some blocks, take back some of them, make them again. Returns how many blocks were taken back."""
    chance = chain.chance
    stages = {chain.chain.head_num: state_of(chain)}
    for _ in range(chance.randint(1, HISTORY_BLOCKS_MAX)):
        chain.advance()
        stages[chain.chain.head_num] = state_of(chain)
    count = reversible(chain, chance.randint(1, len(stages) - 1))
    popped = take_back(chain, count, stages)
    if count and chance.random() < BRANCHES and not try_another_branch(chain, chance.randint(1, count), stages):
        return count
    for block in reversed(popped):
        chain.chain.push_block(block)
        expect(stages, chain, "made again")
    return count


def reversible(chain: RandomChain, wanted: int) -> int:
    """As many blocks as may be taken back; the first block stays."""
    return min(wanted, chain.chain.head_num - max(chain.chain.irreversible_num, 1))


def take_back(chain: RandomChain, count: int, stages: dict[int, str]) -> list[Block]:
    popped = []
    for _ in range(count):
        popped.append(chain.chain.pop_block())
        expect(stages, chain, "taken back to")
    return popped


def try_another_branch(chain: RandomChain, count: int, stages: dict[int, str]) -> bool:
    """Other blocks in the place of those that were taken back, and taken back as well; False if they have become irreversible."""
    fork_num = chain.chain.head_num
    known = {fork_num: stages[fork_num]}
    for _ in range(count):
        chain.advance()
        known[chain.chain.head_num] = state_of(chain)
    if chain.chain.irreversible_num > fork_num:
        return False
    take_back(chain, chain.chain.head_num - fork_num, known)
    return True


def state_of(chain: RandomChain) -> str:
    """All that the backend holds but undo records: how long those are kept depends on the heads there were."""
    return content_digest(chain.backend, undo_from=NO_UNDO)


def expect(stages: dict[int, str], chain: RandomChain, what: str) -> None:
    num = chain.chain.head_num
    if state_of(chain) != stages[num]:
        raise AssertionError(f"block {num} {what}, and the state is another than before")


# The command


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of episode and how much of it is wanted."""

    title: str
    episode: Callable[[int, int], Tally]
    total: int
    size: int

    def episodes(self, first_seed: int) -> list[tuple[int, int]]:
        """(seed, how much) of each episode."""
        starts = range(0, self.total, self.size)
        return [(first_seed + at, min(self.size, self.total - begin)) for at, begin in enumerate(starts)]


def play(part: Part, seed_and_count: tuple[int, int]) -> Tally:
    """Raises AssertionError with the whole story as text, which comes through from another process."""
    seed, count = seed_and_count
    try:
        return part.episode(seed, count)
    except BaseException as error:  # noqa: BLE001  # whatever it is, its seed has to be told
        story = "".join(traceback.format_exception(error))
        raise AssertionError(f"{part.title}, seed {seed}:\n{story}") from None


def run(part: Part, seed: int, jobs: int, console: Console) -> Tally:
    """All episodes of a part, shared out among processes."""
    total = Tally()
    episodes = part.episodes(seed)
    with ProcessPoolExecutor(jobs) as pool:
        played = pool.map(partial(play, part), episodes)
        for tally in track(played, description=part.title, total=len(episodes), console=console):
            total.add(tally)
    return total


def show(console: Console, laws: Tally, histories: Tally, seconds: float) -> None:
    table = Table("operation", "accepted", "refused", box=None)
    for name in OPERATIONS_BY_NAME:
        counts = [laws.operations[name, outcome] for outcome in ("accepted", "refused")]
        table.add_row(name, *(f"{count:,}" for count in counts))
    console.print(table)
    console.print(
        f"{laws.tried:,} operations in {laws.blocks:,} blocks: the laws held after each; {len(laws.refusals)} reasons of refusal, "
        f"{len(laws.events)} kinds of events"
    )
    console.print(
        f"{histories.histories:,} histories: {histories.taken_back:,} of {histories.blocks:,} blocks taken back and made again, "
        f"no byte different; {seconds:,.0f} s"
    )


@click.command()
@click.option("--operations", default=1_000_000, show_default=True, help="Tried one by one.")
@click.option("--histories", default=10_000, show_default=True, help="Taken back and made again.")
@click.option("--seed", default=1, show_default=True, help="Of the first episode; the next ones count on from it.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
def main(operations: int, histories: int, seed: int, jobs: int) -> None:
    """Check the laws of the economy at length; a traceback names the seed that breaks one."""
    console = Console()
    started = time.monotonic()
    console.print(f"seed {seed}")
    laws = run(Part("operations", operations_episode, operations, EPISODE_OPERATIONS), seed, jobs, console)
    undone = run(Part("histories", histories_episode, histories, EPISODE_HISTORIES), seed, jobs, console)
    show(console, laws, undone, time.monotonic() - started)


if __name__ == "__main__":
    main()
