"""Blocks beside our branch: linked and loose, bounded whatever is sent, pruned as blocks become irreversible."""

import tracemalloc
from contextlib import suppress

import pytest

from chain.block import Block, BlockHeader
from chain.branch_header import BranchPoint
from chain.fork_tree import (
    ENTRY_BYTES,
    LOOSE_BLOCKS_MAX,
    LOOSE_BYTES_MAX,
    BranchesFull,
    ForkTree,
    InvalidAncestor,
    KnownInvalid,
)

POINT = BranchPoint(0, 0, 0, ())
ROOT = (100).to_bytes(4, "big") + bytes(16)  # a block of our branch


def block_on(previous: bytes, mark: int = 0) -> Block:
    """An empty block; `mark` makes it another one."""
    header = BlockHeader.build(previous=previous, timestamp=mark, witness="witness-1", transactions=())
    return Block.build(header.signed(bytes(65)), ())


def branch(previous: bytes, length: int, mark: int = 0) -> list[Block]:
    blocks = []
    for _ in range(length):
        blocks.append(block_on(previous, mark))
        previous = blocks[-1].id
    return blocks


def linked(tree: ForkTree, blocks: list[Block]) -> list[Block]:
    for block in blocks:
        tree.link(block, POINT)
    return blocks


def size_of(block: Block) -> int:
    return len(block.packed_bytes) + ENTRY_BYTES


# linked blocks


def test_the_highest_is_best_and_of_equals_the_first() -> None:
    tree = ForkTree()
    assert not list(tree.leaves())
    first = linked(tree, branch(ROOT, 2, mark=1))
    second = linked(tree, branch(ROOT, 2, mark=2))
    assert next(tree.leaves()).id == first[-1].id
    (longer,) = linked(tree, [block_on(second[-1].id)])
    assert next(tree.leaves()).id == longer.id
    assert [block.id for block in tree.path(longer.id)] == [*(block.id for block in second), longer.id]
    tree.unlink(longer.id)
    assert next(tree.leaves()).id == first[-1].id


def test_all_above_a_block_come_parents_first() -> None:
    tree = ForkTree()
    trunk = linked(tree, branch(ROOT, 3))
    twig = linked(tree, branch(trunk[0].id, 2, mark=7))
    above = [block.id for block in tree.above(trunk[0].id)]
    assert set(above) == {block.id for block in [*trunk[1:], *twig]}
    assert above.index(twig[0].id) < above.index(twig[1].id)


def test_where_there_is_no_room_the_lowest_leaf_gives_way() -> None:
    long, low = branch(ROOT, 5, mark=1), branch(ROOT, 2, mark=2)
    tree = ForkTree(branch_bytes_max=sum(map(size_of, [*long, *low])))
    linked(tree, [*long, *low])
    (more,) = linked(tree, [block_on(long[-1].id)])
    assert low[1].id not in tree.linked
    assert low[0].id in tree.linked
    linked(tree, [block_on(more.id)])
    assert tree.linked.keys() == {block.id for block in tree.path(next(tree.leaves()).id)}


def test_invalid_lower_than_all_that_is_kept() -> None:
    long = branch(ROOT, 5)
    tree = ForkTree(branch_bytes_max=sum(map(size_of, long)))
    linked(tree, long)
    with pytest.raises(BranchesFull):
        tree.link(block_on(ROOT, mark=9), POINT)
    assert len(tree.linked) == 5
    assert tree.branch_bytes == sum(map(size_of, long))


def test_a_branch_is_not_bounded_by_a_count_of_blocks() -> None:
    """Irreversibility may stand still for a day, and the way back must still be known (Steem, 17 September 2018)."""
    tree = ForkTree()
    blocks = linked(tree, branch(ROOT, 28_800))
    assert len(tree.path(blocks[-1].id)) == 28_800


# loose blocks


def test_loose_blocks_come_out_when_their_parent_comes_in_the_order_they_came() -> None:
    tree = ForkTree()
    parent = block_on(ROOT)
    children = [block_on(parent.id, mark) for mark in (3, 1, 2)]
    for child in children:
        tree.hold(child, "peer")
    assert [loose.id for loose in tree.release(parent.id)] == [child.id for child in children]
    assert not tree.loose
    assert tree.loose_bytes == 0


def test_the_first_missing_block_is_known() -> None:
    tree = ForkTree()
    blocks = branch(ROOT, 4)
    for block in blocks[2:]:
        tree.hold(block, "peer")
    assert tree.lowest_missing(blocks[3].id) == blocks[1].id


def test_a_source_has_room_for_so_many_and_loses_its_oldest() -> None:
    tree = ForkTree(loose_blocks_per_source_max=3)
    others = block_on(ROOT, mark=99)
    tree.hold(others, "honest")
    blocks = branch(ROOT, 5)
    for block in blocks:
        tree.hold(block, "greedy")
    assert list(tree.loose) == [others.id, *(block.id for block in blocks[2:])]


@pytest.mark.parametrize("limits", [{"loose_blocks_max": 12}, {"loose_bytes_max": 12 * size_of(block_on(ROOT))}])
def test_where_the_pool_is_full_the_greediest_source_gives_way(limits: dict[str, int]) -> None:
    tree = ForkTree(**limits)
    honest = branch(ROOT, 2)
    for block in honest:
        tree.hold(block, "honest")
    for mark in range(1, 50):
        tree.hold(block_on(ROOT, mark), f"sybil-{mark % 3}")
    assert len(tree.loose) == 12
    assert honest[0].id in tree.loose
    assert honest[1].id in tree.loose


# invalid blocks


def test_what_stands_on_a_condemned_block_goes_with_it_and_is_not_taken_again() -> None:
    tree = ForkTree()
    bad, *above = linked(tree, branch(ROOT, 3))
    sound = linked(tree, branch(ROOT, 1, mark=5))
    waiting = block_on(above[-1].id)
    tree.hold(waiting, "peer")
    tree.condemn(bad.id, "too_bad")
    assert tree.linked.keys() == {sound[0].id}
    assert not tree.loose
    with pytest.raises(KnownInvalid, match="too_bad"):
        tree.check(bad)
    for block in [*above, waiting, block_on(waiting.id)]:
        with pytest.raises(InvalidAncestor, match=bad.id.hex()):
            tree.check(block)
    tree.check(sound[0])


def test_condemned_ids_are_bounded() -> None:
    tree = ForkTree(invalid_ids_max=10)
    blocks = [block_on(ROOT, mark) for mark in range(30)]
    for block in blocks:
        tree.condemn(block.id, "bad")
    assert list(tree.invalid) == [block.id for block in blocks[20:]]


# growing older


def test_what_does_not_stand_on_the_irreversible_block_is_pruned() -> None:
    tree = ForkTree()
    ours = branch(ROOT, 3)
    linked(tree, branch(ROOT, 5, mark=1))
    linked(tree, branch(ours[0].id, 2, mark=2))
    from_second = linked(tree, branch(ours[1].id, 2, mark=3))
    low, high = (block_on(num.to_bytes(4, "big") + bytes(16)) for num in (ours[1].num, ours[1].num + 1))
    for block in (low, high):
        tree.hold(block, "peer")
    tree.condemn(block_on(ROOT, mark=8).id, "bad")
    tree.prune(ours[1].id)
    assert tree.linked.keys() == {block.id for block in from_second}
    assert list(tree.loose) == [high.id]  # the other one names another block as the irreversible one
    assert not tree.invalid


# floods


def test_an_entry_takes_no_more_memory_than_is_reckoned() -> None:
    tree = ForkTree()
    tracemalloc.start()
    try:
        linked(tree, branch(ROOT, 1_000))
        for mark in range(1_000):
            tree.link(block_on(ROOT, 1 + mark), POINT)
        in_branches, _ = tracemalloc.get_traced_memory()
        for mark in range(500):
            tree.hold(block_on(ROOT, mark), f"peer-{mark}")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert in_branches < tree.branch_bytes
    assert held - in_branches < tree.loose_bytes


def test_a_hundred_thousand_fake_headers_fill_no_more_than_the_pool() -> None:
    tree = ForkTree()
    for mark in range(100_000):
        previous = (200 + mark % 50).to_bytes(4, "big") + mark.to_bytes(16, "big")
        tree.hold(block_on(previous, mark), f"peer-{mark % 1_000}")
        assert len(tree.loose) <= LOOSE_BLOCKS_MAX
        assert tree.loose_bytes <= LOOSE_BYTES_MAX
    assert sum(map(len, tree._waiting.values())) == sum(map(len, tree._by_source.values())) == len(tree.loose)


def test_a_flood_of_signed_headers_displaces_no_higher_branch() -> None:
    """As of a rogue witness, who can sign any number of blocks for a slot of its own."""
    tree = ForkTree(branch_bytes_max=2 << 20)
    best = linked(tree, branch(ROOT, 40, mark=1))
    for mark in range(10_000):
        with suppress(BranchesFull):
            tree.link(block_on(best[mark % 39].id, 2 + mark), POINT)
        assert tree.branch_bytes <= tree.branch_bytes_max
    assert all(block.id in tree.linked for block in best)
    assert len(tree._leaves) == sum(block.id not in tree._children for block in tree.linked.values())
