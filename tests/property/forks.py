"""Two branches, one of them perhaps with an invalid block in it, shown to a chain in any order (reliability.md C4).

    python -m tests.property.forks --cases 2000        # the long form of tests/property/test_forks.py

A `Nursery` grows a random trunk once. A case takes the chain at its last irreversible block, lets two branches of 1 to 60 blocks
grow from there, spoils one of their blocks at a random depth, and shows all of them to a chain that stands at the end of the trunk:
in order or not, from several sources, some twice. The chain must end on the longest branch that is valid, with the same state, byte
for byte, as a chain that was built from that branch alone.
"""

from __future__ import annotations

import random
import time
from copy import deepcopy
from dataclasses import dataclass, replace

import click

from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.errors import ChainError
from chain.fork_choice import Stored
from chain.fork_tree import InvalidAncestor
from chain.memory import MemoryBackend
from chain.operations import Transfer
from chain.presets import Genesis
from chain.transaction import Transaction
from chain.undo import undo_key
from chain.wire import LEGACY, Packing
from tests.property.keyring import SigningKey
from tests.property.random_chain import RandomChain, content_digest, random_genesis

TRUNK_BLOCKS = 130
BRANCH_BLOCKS_MAX = 60
SOURCES = ("peer-1", "peer-2", "peer-3")


class ForkedChain(RandomChain):
    """Some witnesses may be silent; branches grow and are taken back again."""

    silent: frozenset[str] = frozenset()

    def key_of(self, witness: str) -> SigningKey | None:
        return None if witness in self.silent else super().key_of(witness)

    def missed_slots(self) -> int:
        return min(super().missed_slots(), 30)

    def grow(self) -> Block:
        self.submit(self.how_many())
        block = self.make()
        self.push(block)
        return block


def frozen_genesis() -> Genesis:
    """Irreversible is only what every single witness has built on: one silent witness, and nothing moves."""
    genesis = random_genesis()
    return replace(genesis, params=replace(genesis.params, irreversible_threshold_bp=10_000))


def copy_of(backend: MemoryBackend) -> MemoryBackend:
    copied = MemoryBackend()
    copied.pairs.update(backend.pairs)
    return copied


class Nursery:
    """A trunk, and the chain at its last irreversible block as one who never saw more of it has it."""

    def __init__(self, seed: int, *, is_frozen: bool = True, blocks: int = TRUNK_BLOCKS) -> None:
        """`is_frozen`: no branch makes anything irreversible, so every one of them may be followed from anywhere."""
        self.is_frozen = is_frozen
        genesis = frozen_genesis() if is_frozen else random_genesis()
        self.builder = ForkedChain(seed, transactions_mean=2.0, genesis=genesis)
        builder = self.builder
        while builder.chain.head_num < blocks or builder.chain.head_num < builder.chain.irreversible_num + 3:
            builder.grow()
        self.trunk_backend = copy_of(builder.backend)
        self.fork_num = builder.chain.irreversible_num
        self.trunk = list(builder.chain.blocks(1, builder.chain.head_num))
        base = builder.open(MemoryBackend())
        for block in self.trunk[: self.fork_num]:
            base.push_block(block)
        assert isinstance(base.backend, MemoryBackend)
        self.base_backend = base.backend
        self._people = deepcopy((builder.chance, builder.keyring, builder.intents, builder.sent))

    @property
    def rest(self) -> list[Block]:
        """The blocks of the trunk above the fork."""
        return self.trunk[self.fork_num :]

    def at_fork(self) -> Chain:
        return self.builder.open(copy_of(self.base_backend))

    def at_trunk(self) -> Chain:
        return self.builder.open(copy_of(self.trunk_backend))

    def branches(self, seed: int, *lengths: int) -> list[list[Block]]:
        """Branches from the fork, always the same for a seed."""
        builder = self.builder
        builder.chance, builder.keyring, builder.intents, builder.sent = deepcopy(self._people)
        builder.chance.seed(seed)
        grown = []
        for length in lengths:
            builder.backend = copy_of(self.base_backend)
            builder.chain = builder.open(builder.backend)
            if self.is_frozen:
                builder.silent = frozenset({builder.chance.choice(sorted(builder.chain.state.schedule.shuffled))})
            grown.append([builder.grow() for _ in range(length)])
        builder.silent = frozenset()
        return grown

    # spoiling

    def spoil(self, branch: list[Block], depth: int, how: str) -> list[Block]:
        """The branch with something wrong in its block at `depth`; those above it stand on the spoilt one."""
        spoilt = list(branch[:depth])
        for position, block in enumerate(branch[depth:]):
            previous = spoilt[-1].id if spoilt else block.header.previous
            transactions = block.transactions
            if position == 0 and how == "transaction":
                transactions = (*transactions, self.unaffordable(block))
            key = None
            if position == 0 and how == "signature":
                key = self.builder.keyring.keys[self.builder.keyring.new()]
            spoilt.append(self.signed(block, previous, transactions, key))
        return spoilt

    def unaffordable(self, block: Block) -> Transaction:
        """Of the right shape and time, and nobody has signed it."""
        params = self.builder.chain.params
        amount = self.builder.intents.hive("alice")._replace(amount=1)
        operation = Transfer("alice", "bob", amount, "unsigned")
        head = self.trunk[self.fork_num - 1]
        reference = int.from_bytes(head.id[4:8], "little")
        made = Transaction(head.num & 0xFFFF, reference, block.header.timestamp + 30, (operation,))
        return made.with_packing(Packing(params.dialect, LEGACY))

    def signed(
        self, block: Block, previous: bytes, transactions: tuple[Transaction, ...], key: SigningKey | None
    ) -> Block:
        """The block on another one, with these transactions, by its own witness's key if not by another."""
        old = block.header
        header = BlockHeader.build(
            previous=previous,
            timestamp=old.timestamp,
            witness=old.witness,
            transactions=transactions,
            running_version=old.running_version,
            hardfork_vote=old.hardfork_vote,
        )
        if key is None:
            signer = self.builder.signers.block_signer(block.signing_digest, old.witness_signature)
            key = self.builder.keyring.keys[signer]
        made = Block.build(header.signed(key.sign(header.signing_digest)), transactions)
        return Block.decode(made.packed_bytes, self.builder.chain.params.dialect)


@dataclass(frozen=True)
class Case:
    """What to show: branches with the number of their valid blocks."""

    seed: int
    branches: list[list[Block]]
    valid_counts: list[int]

    @classmethod
    def of(cls, nursery: Nursery, seed: int) -> Case:
        chance = random.Random(seed)
        lengths = [length_of(chance), length_of(chance)]
        branches = nursery.branches(seed, *lengths)
        valid_counts = list(lengths)
        if chance.random() < 0.8:
            spoilt = chance.randrange(2)
            valid_counts[spoilt] = depth = chance.randrange(lengths[spoilt])
            how = chance.choice(("transaction", "transaction", "signature"))
            branches[spoilt] = nursery.spoil(branches[spoilt], depth, how)
        return cls(seed, branches, valid_counts)

    def order(self, chance: random.Random) -> list[Block]:
        """Both branches, each by itself in order or shuffled a little, one woven into the other; then all of it again."""
        lines = [list(branch) for branch in self.branches]
        for line in lines:
            if chance.random() < 0.5:
                reach = chance.choice((2, 5, 20))
                places = {block.id: position + chance.random() * reach for position, block in enumerate(line)}
                line.sort(key=lambda block: places[block.id])
        woven = []
        while any(lines):
            line = chance.choice([line for line in lines if line])
            count = chance.choice((1, 1, 2, 7, 60))
            woven += line[:count]
            del line[:count]
        return [*woven, *(block for branch in self.branches for block in branch)]


def length_of(chance: random.Random) -> int:
    return int(BRANCH_BLOCKS_MAX ** chance.random() + 0.5)


@dataclass
class Tally:
    cases: int = 0
    switches: int = 0
    refusals: int = 0
    returns: int = 0  # to the old branch, because the other one proved invalid
    popped_max: int = 0


def run(nursery: Nursery, seed: int, tally: Tally) -> None:
    """One case; an assertion fails where the chain does not end as it must."""
    case = Case.of(nursery, seed)
    subject = nursery.at_trunk()
    chance = random.Random(seed + 1)
    for block in case.order(chance):
        show(subject, block, chance.choice(SOURCES), tally)
    fresh = nursery.at_fork()
    for block in followed(nursery, case, subject):
        fresh.push_block(block)
    check_same(subject, fresh, f"seed {seed}")
    tally.cases += 1


def followed(nursery: Nursery, case: Case, subject: Chain) -> list[Block]:
    """The valid blocks from the fork to the head. No branch that may still be followed is longer."""
    lines = [nursery.rest, *(line[:count] for line, count in zip(case.branches, case.valid_counts, strict=True))]
    ours = [line for line in lines if line and line[-1].id == subject.head_id]
    assert ours, f"seed {case.seed}: block {subject.head_num} is not the end of a valid branch"
    reversible = subject.irreversible_num - nursery.fork_num
    for line in lines:
        common = sum(one.id == two.id for one, two in zip(line, ours[0], strict=False))
        assert len(line) <= len(ours[0]) or common < reversible, f"seed {case.seed}: a branch of {len(line)} is longer"
    assert not nursery.is_frozen or len(ours[0]) == max(map(len, lines)), f"seed {case.seed}"
    return ours[0]


def show(subject: Chain, block: Block, source: str, tally: Tally) -> None:
    """What is not followed leaves no trace."""
    before = (subject.head_id, subject.digest, content(subject))
    invalid = subject.forks.tree.invalid
    was_known = block.id in invalid or block.header.previous in invalid
    try:
        received = subject.receive_block(block, source)
    except ChainError as error:
        tally.refusals += 1
        tally.returns += isinstance(error, InvalidAncestor) and not was_known
        assert (subject.head_id, subject.digest, content(subject)) == before
        return
    popped = getattr(received, "popped", [])
    tally.switches += bool(popped)
    tally.popped_max = max(tally.popped_max, len(popped))
    if isinstance(received, Stored):
        tally.returns += bool(received.refused)
        assert (subject.head_id, subject.digest, content(subject)) == before


def content(chain: Chain, undo_from: int = 0) -> str:
    assert isinstance(chain.backend, MemoryBackend)
    return content_digest(chain.backend, undo_from)


def check_same(subject: Chain, fresh: Chain, what: str) -> None:
    """The same in the store, in memory, and for what comes next. Nothing is kept to undo what is irreversible."""
    assert (subject.head_id, subject.digest) == (fresh.head_id, fresh.digest), what
    undo_from = max(subject.irreversible_num, fresh.irreversible_num) + 1
    assert content(subject, undo_from) == content(fresh, undo_from), what
    assert in_memory(subject) == in_memory(fresh), what
    assert not list(subject.backend.scan(undo_key(1), undo_key(subject.irreversible_num + 1))), what


def in_memory(chain: Chain) -> list[object]:
    """Every row and every order as the state has it when nothing waits."""
    chain.mempool.suspend()
    try:
        found: list[object] = []
        for table in chain.store.tables:
            table.settle()
            found.append((table.prefix, [table.pack(row) for row in table.scan()]))
            found += [tuple(index.entries) for index in table.indexes]
            found += [sorted(lookup.holders.items()) for lookup in table.lookups]
        return found
    finally:
        chain.mempool.resume(())


@click.command()
@click.option("--cases", default=2_000, show_default=True, help="How many pairs of branches.")
@click.option("--seed", default=1, show_default=True, help="Of the first case.")
@click.option("--frozen/--growing", default=True, help="Whether nothing becomes irreversible on the way.")
@click.option("--trunk", default=1, show_default=True, help="Seed of the trunk; a new one grows every 100 cases.")
def main(*, cases: int, seed: int, frozen: bool, trunk: int) -> None:
    """Show pairs of branches to chains, and compare each end with a fresh build."""
    tally, started = Tally(), time.monotonic()
    nursery = Nursery(trunk, is_frozen=frozen)
    for number in range(cases):
        if number and number % 100 == 0:
            nursery = Nursery(trunk + number // 100, is_frozen=frozen)
            print(f"{number} cases, {tally.switches} switches, {time.monotonic() - started:.0f} s", flush=True)
        try:
            run(nursery, seed + number, tally)
        except BaseException:
            print(f"failed: --trunk {trunk + number // 100} --seed {seed + number} --cases 1", flush=True)
            raise
    seconds = time.monotonic() - started
    print(
        f"{tally.cases} cases in {seconds:.0f} s: {tally.switches} switches, the deepest of {tally.popped_max} blocks,"
    )
    print(f"{tally.returns} returns to the old branch, {tally.refusals} refusals;")
    print("every end on the longest valid branch and equal to a fresh build, 0 stuck")


if __name__ == "__main__":
    main()
