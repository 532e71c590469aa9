"""Two branches and a choice, in its short form. `python -m tests.property.forks` runs the long one."""

import random
from collections.abc import Iterable

import pytest

from chain.block import Block
from chain.chain import Chain
from chain.compiled import IS_COMPILED
from chain.errors import ChainError, StorageError
from chain.memory import MemoryBackend
from chain.stage import Put
from tests.property.forks import Case, Nursery, Tally, check_same, copy_of, run

CASES = 60

pytestmark = pytest.mark.skipif(IS_COMPILED, reason="a world of native objects cannot be copied as a whole")


@pytest.fixture(scope="module")
def nursery() -> Nursery:
    return Nursery(seed=1)


@pytest.mark.parametrize("first", range(0, CASES, 10))
def test_a_chain_ends_on_the_longest_valid_branch_as_if_it_had_seen_no_other(nursery: Nursery, first: int) -> None:
    tally = Tally()
    for seed in range(first, first + 10):
        print(f"seed {seed}")
        run(nursery, 1_000 + seed, tally)
    assert tally.cases == 10
    assert tally.switches
    assert tally.refusals


def test_branches_that_become_irreversible_are_not_left_any_more() -> None:
    nursery, tally = Nursery(seed=2, is_frozen=False), Tally()
    for seed in range(15):
        print(f"seed {seed}")
        run(nursery, 3_000 + seed, tally)
    assert tally.switches


def test_back_and_forth(nursery: Nursery) -> None:
    """Each branch in its turn gets one block longer than the other, up to forty blocks."""
    ours, theirs = nursery.branches(7, 40, 40)
    subject = nursery.at_fork()
    switches = 0
    for one, two in zip(range(0, 40, 2), range(1, 40, 2), strict=True):
        for line, last in ((ours, one), (theirs, two)):
            for block in line[max(0, last - 1) : last + 1]:
                received = subject.receive_block(block)
                switches += bool(getattr(received, "popped", None))
            assert subject.head_id == line[last].id
    assert switches > 30  # fewer than forty, where both begin with the same block
    fresh = nursery.at_fork()
    for block in theirs:
        fresh.push_block(block)
    check_same(subject, fresh, "back and forth")


class Crash(Exception):
    """The power is gone."""


class CrashingBackend(MemoryBackend):
    """Fails for ever at its n-th write, with or without having written it."""

    def __init__(self, backend: MemoryBackend, write_number: int, *, writes_it: bool) -> None:
        super().__init__()
        self.pairs.update(backend.pairs)
        self.writes_left = write_number
        self.writes_it = writes_it

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:
        self.writes_left -= 1
        if self.writes_left < 0:
            raise Crash
        if self.writes_left == 0:
            if self.writes_it:
                super().write(puts, sync=sync)
            raise Crash
        super().write(puts, sync=sync)


@pytest.mark.parametrize("seed", [3, 4])
def test_a_crash_at_any_write_leaves_a_branch_that_was_followed(nursery: Nursery, seed: int) -> None:
    """Reopened, the chain stands where it stood before or after the interrupted step, and goes on to the same end."""
    print(f"seed {seed}")
    branches = nursery.branches(seed, 9, 12)
    case = Case(seed, [branches[0], nursery.spoil(branches[1], 8, "transaction")], [9, 8])
    order = case.order(random.Random(seed))
    states = {}
    subject = nursery.at_fork()
    states[subject.head_id] = subject.digest
    for block in order:
        receive(subject, block)
    end = (subject.head_id, subject.digest)
    for line in branches:
        fresh = nursery.at_fork()
        for block in line:
            fresh.push_block(block)
            states[fresh.head_id] = fresh.digest
    crashes = 0
    for number in range(1, 1_000):
        for writes_it in (False, True):
            backend = CrashingBackend(nursery.base_backend, number, writes_it=writes_it)
            subject = nursery.builder.open(backend)
            shown, head_num, irreversible_num = 0, subject.head_num, subject.irreversible_num
            try:
                for block in order:
                    head_num = subject.head_num
                    receive(subject, block)
                    shown += 1
            except (Crash, StorageError):
                crashes += 1
            else:
                assert crashes > 10
                return
            reopened = nursery.builder.open(copy_of(backend))
            assert reopened.head_num >= head_num
            assert reopened.digest == states[reopened.head_id]
            assert reopened.irreversible_num >= irreversible_num
            for block in [*order[shown:], *order]:
                receive(reopened, block)
            assert (reopened.head_id, reopened.digest) == end


def receive(chain: Chain, block: Block) -> None:
    try:
        chain.receive_block(block, "peer")
    except StorageError:
        raise
    except ChainError:
        return
