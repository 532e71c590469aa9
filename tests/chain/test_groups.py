"""Rows that leave together leave what is left as if each had been removed by itself."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chain.groups import take_group
from chain.memory import MemoryBackend
from chain.rows import Vote
from chain.store import Store
from chain.table import Table

POSTS = st.integers(1, 2)
VOTERS = st.sampled_from(["alice", "bob", "carol"])


class Side:
    """A store with one table, which can be opened anew."""

    def __init__(self) -> None:
        self.backend = MemoryBackend()
        self.open()

    def open(self) -> None:
        self.store = Store(self.backend, cached_rows_max=4)
        self.votes = Table[tuple[int, str], Vote](self.store, b"pv", Vote, ("post_id", "voter"))
        self.store.load()

    def held(self, post: int) -> list[tuple[str, int, int]]:
        return [(vote.voter, vote.weight, vote.num_changes) for vote in self.votes.scan(post)]


class GroupMachine(RuleBasedStateMachine):
    """Two stores to which the same happens: `grouped` takes the votes of a post together, `single` one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.grouped, self.single = Side(), Side()
        self.sides = (self.grouped, self.single)
        self.taken: list[set[int]] = []  # by layer: posts that may get no more votes until it is committed
        self.num = 0

    @property
    def depth(self) -> int:
        return len(self.taken)

    @rule()
    def begin(self) -> None:
        for side in self.sides:
            side.store.begin()
        self.taken.append(set())

    @precondition(lambda self: self.depth)
    @rule()
    def rollback(self) -> None:
        for side in self.sides:
            side.store.rollback()
        self.taken.pop()

    @precondition(lambda self: self.depth > 1)
    @rule()
    def merge(self) -> None:
        for side in self.sides:
            side.store.merge()
        top = self.taken.pop()
        self.taken[-1] |= top

    @precondition(lambda self: self.depth == 1)
    @rule()
    def commit(self) -> None:
        self.num += 1
        digests = {side.store.commit(self.num, bytes([self.num]) * 20, sync=False).digest for side in self.sides}
        assert len(digests) == 1
        self.taken.pop()

    @precondition(lambda self: not self.depth and self.num)
    @rule()
    def pop(self) -> None:
        self.num -= 1
        assert len({side.store.pop().digest for side in self.sides}) == 1

    @precondition(lambda self: not self.depth)
    @rule()
    def reopen(self) -> None:
        for side in self.sides:
            side.open()

    @precondition(lambda self: self.depth)
    @rule(post=POSTS, voter=VOTERS, weight=st.integers(0, 2**63))
    def vote(self, post: int, voter: str, weight: int) -> None:
        if any(post in taken for taken in self.taken):
            return
        for side in self.sides:
            if (post, voter) not in side.votes:
                side.votes.insert(Vote(post, voter, weight))
            else:
                row = side.votes.edit((post, voter))
                row.weight, row.num_changes = weight, row.num_changes + 1

    @precondition(lambda self: self.depth)
    @rule(post=POSTS, voter=VOTERS)
    def remove_one(self, post: int, voter: str) -> None:
        for side in self.sides:
            if (post, voter) in side.votes:
                side.votes.remove((post, voter))

    @precondition(lambda self: self.depth)
    @rule(post=POSTS)
    def take(self, post: int) -> None:
        taken = take_group(self.grouped.votes, post)
        rows = list(self.single.votes.scan(post))
        assert taken == [self.single.votes.values(row) for row in rows]
        for row in rows:
            self.single.votes.remove((row.post_id, row.voter))
        self.taken[-1].add(post)

    @rule(post=POSTS, voter=VOTERS)
    def look(self, post: int, voter: str) -> None:
        assert len({(post, voter) in side.votes for side in self.sides}) == 1

    @rule(post=POSTS)
    def read(self, post: int) -> None:
        assert self.grouped.held(post) == self.single.held(post)

    @invariant()
    def the_backends_hold_the_same(self) -> None:
        pairs = [
            {key: value for key, value in side.backend.pairs.items() if not key.startswith(b"\x01")}
            for side in self.sides
        ]
        assert pairs[0] == pairs[1]


GroupMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestGroups = GroupMachine.TestCase


def test_a_group_that_was_taken_is_not_there_to_be_taken_again() -> None:
    machine = GroupMachine()
    machine.begin()
    machine.vote(post=1, voter="alice", weight=0)
    machine.commit()
    machine.begin()
    machine.take(post=1)
    machine.take(post=1)
    machine.rollback()
    machine.begin()
    machine.take(post=1)
    machine.begin()
    machine.take(post=1)
    machine.rollback()
    machine.take(post=1)
    machine.commit()
    machine.the_backends_hold_the_same()
