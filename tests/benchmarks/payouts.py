"""What payouts cost by the number of votes, which must be linear, and what a block costs that has nothing to do.

*Paying* is the process at the end of a block: votes read from the database, rewards computed and booked, votes taken away. *The block*
is all of it, with every paid account packed and written; a voter who is paid for many posts is written once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from chain.processes.cashout import process_comment_cashout
from chain.rows import Cashout, Post, Vote
from node.runner import quieten_collector
from tests.benchmarks.crowd import Crowd, account_name, on_disk
from tests.benchmarks.imports import take_in
from tests.benchmarks.measuring import Figure, Verify, cpu_microseconds

VOTES = (10, 100, 1_000, 10_000)
VOTES_OF_MANY = 100_000  # a post that everybody votes for
VOTES_EACH_SAMPLE = 10_000
RSHARES = 10**9
PAY_TARGET = 0.025  # of a verify: 1.5 µs where one takes 60
EMPTY_BLOCKS = 50


def measure_payouts(folder: Path, repeats: int, *, quick: bool) -> Iterator[Figure]:
    yield from measure_empty_blocks(folder, repeats)
    sizes = VOTES if quick else (*VOTES, VOTES_OF_MANY)
    crowd = Crowd(on_disk(folder / "payouts"), accounts=max(sizes), posts=0)
    quieten_collector()
    before: Figure | None = None
    for votes in sizes:
        posts = max(VOTES_EACH_SAMPLE // votes, 1)
        paying, block = _measure_size(crowd, posts, votes, repeats)
        if before is not None and votes > 100:
            block.floors, block.floor_name, block.target = list(before.samples), "a tenth of the votes", 1.3
        yield paying
        yield block
        before = block
    if not quick:
        yield from _measure_size(crowd, 1_000, 100, repeats)
    crowd.chain.close()


def measure_empty_blocks(folder: Path, repeats: int) -> Iterator[Figure]:
    """The processes at the end of every block, a header, a commit."""
    verify = Verify()
    for with_history in (False, True):
        crowd = Crowd(on_disk(folder / f"empty-{with_history}"), accounts=1_000, posts=1_000, with_history=with_history)
        quieten_collector()
        figure = Figure("empty block", f"history {'on' if with_history else 'off'}", floor_name="libsodium verify")
        for number in range(repeats + 1):
            spent = sum(
                cpu_microseconds(partial(take_in, crowd, crowd.block([]).packed_bytes)) for _ in range(EMPTY_BLOCKS)
            )
            if number:
                figure.add(spent / EMPTY_BLOCKS, verify.microseconds())
        yield figure
        crowd.chain.close()


def _measure_size(crowd: Crowd, posts: int, votes: int, repeats: int) -> tuple[Figure, Figure]:
    verify = Verify()
    name, note = f"{votes:,} votes a post, per vote", f"{posts:,} posts in one block"
    paying = Figure("paying", name, floor_name="libsodium verify", target=PAY_TARGET, note=note)
    block = Figure("the block of a payout", name, note=note)
    for number in range(repeats + 1):
        make_posts_due(crowd, posts, votes)
        spent = paying_microseconds(crowd) / (posts * votes)
        whole = cpu_microseconds(crowd.produce) / (posts * votes)
        if number:
            paying.add(spent, verify.microseconds())
            block.add(whole)
    return paying, block


def paying_microseconds(crowd: Crowd) -> float:
    """What the end of the next block does with the posts that are due, without its commit. It is taken back."""
    chain, state = crowd.chain, crowd.chain.state
    chain.mempool.suspend()
    chain.store.begin()
    state.now = state.globals.time + state.params.block_interval_seconds
    state.tells = state.for_readers
    spent = cpu_microseconds(lambda: process_comment_cashout(state))
    chain.store.rollback()
    chain.mempool.begin()
    return spent


def make_posts_due(crowd: Crowd, posts: int, votes: int) -> None:
    """Posts with so many votes whose cashout is the next block's; everybody is in memory, as after a week of voting."""
    chain, state = crowd.chain, crowd.chain.state
    chain.mempool.suspend()
    chain.store.begin()
    now, chance = state.globals.time, random.Random(votes)
    for number in range(posts):
        post_id = state.next_id("post")
        place = (account_name(number), f"due-{post_id}")
        state.posts.insert(Post(*place, post_id, "", "skald", *place, created=now - 604_800))
        weights = [chance.randrange(1, 2 * RSHARES) for _ in range(votes)]
        weight = sum(weights)
        state.cashouts.insert(
            Cashout(
                *place,
                post_id,
                created=now - 604_800,
                cashout_time=now + 1,
                net_rshares=weight,
                vote_rshares=weight,
                total_vote_weight=weight,
                net_votes=votes,
                has_votes=True,
            )
        )
        for voter, rshares in enumerate(weights):
            state.votes.insert(Vote(post_id, account_name(voter), rshares, rshares, 10_000, now))
    state.edit_reward_fund().reward_balance += 10**9
    globals_ = state.edit_globals()
    globals_.current_supply += 10**9
    chain.store.commit(chain.head_num, chain.head_id, sync=False)
    chain.mempool.begin()
