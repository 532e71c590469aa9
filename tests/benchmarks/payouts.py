"""What payouts cost by the number of votes, which must be linear, and what a block costs that has nothing to do.

*Paying* is the process at the end of a block: votes read from the database and taken away, shares computed, curators credited and told of.
*The block* is all of it, with every row packed and written. Every vote is worth something, so that each one's curator is paid. Curators
*differ* where no two posts of the block have one in common, so that each row of what they have earned is written for one vote; or the *same*
ones vote for all posts, and a row is written once for many.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from chain.processes import cashout
from chain.processes.cashout import process_comment_cashout
from chain.rows import Cashout, Content, Post, Vote
from node.runner import quieten_collector
from tests.benchmarks.crowd import Crowd, account_name, on_disk
from tests.benchmarks.imports import take_in
from tests.benchmarks.measuring import Figure, Verify, cpu_microseconds

VOTES = (100, 1_000, 10_000)
VOTES_OF_MANY = 100_000  # a post that everybody votes for
VOTES_EACH_SAMPLE = 10_000
POSTS_OF_MANY = 1_000  # that are due in one block
VOTES_IN_PARTS = 1_000  # a post
RSHARES = 10**9
PAY_TARGET = 0.025  # of a verify: 1.5 µs where one takes 60
EMPTY_BLOCKS = 50

# What paying consists of, by the functions that do it.
PARTS = {
    "reading and removing votes": "take_group",
    "computing shares": "pay",
    "crediting curators": "_credit_curators",
    "events of curators": "_tell_curators",
}


def measure_payouts(folder: Path, repeats: int, *, quick: bool) -> Iterator[Figure]:
    yield from measure_empty_blocks(folder, repeats)
    sizes = VOTES if quick else (*VOTES, VOTES_OF_MANY)
    for with_history in (False, True):
        crowd = Crowd(
            on_disk(folder / f"payouts-{with_history}"), accounts=max(sizes), posts=0, with_history=with_history
        )
        quieten_collector()
        for differ in (False, True):
            yield from _measure_sizes(crowd, sizes, repeats, differ=differ)
        if not quick:
            yield from _Sample(crowd, POSTS_OF_MANY, 100, differ=False).measure(repeats)
        crowd.chain.close()


def _measure_sizes(crowd: Crowd, sizes: tuple[int, ...], repeats: int, *, differ: bool) -> Iterator[Figure]:
    before: Figure | None = None
    for votes in sizes:
        sample = _Sample(crowd, max(VOTES_EACH_SAMPLE // votes, 1), votes, differ=differ)
        if differ and sample.posts == 1:
            return  # one post has no other whose curators could be the same
        paying, block, *parts = sample.measure(repeats)
        if before is not None:
            block.floors, block.floor_name, block.target = list(before.samples), "a tenth of the votes", 1.3
        before = block
        yield from (paying, block)
        if votes == VOTES_IN_PARTS:
            yield from parts


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


class _Sample:
    """So many posts with so many votes, paid again and again."""

    def __init__(self, crowd: Crowd, posts: int, votes: int, *, differ: bool) -> None:
        self.crowd = crowd
        self.posts = posts
        self.votes = votes
        self.differ = differ

    def measure(self, repeats: int) -> list[Figure]:
        """Of paying, of the block, and of each part of paying."""
        verify = Verify()
        curators = "others each" if self.differ else "the same"
        history = "on" if self.crowd.chain.history.enabled else "off"
        name = f"{self.votes:,} votes a post, per vote, history {history}"
        note = f"{self.posts:,} posts in one block" + (f", curators {curators}" if self.posts > 1 else "")
        paying = Figure("paying", name, floor_name="libsodium verify", target=PAY_TARGET, note=note)
        block = Figure("the block of a payout", name, note=note)
        parts = {part: Figure("paying, in parts", f"{part}, history {history}", note=note) for part in PARTS}
        for number in range(repeats + 1):
            make_posts_due(self.crowd, self.posts, self.votes, differ=self.differ)
            spent = paying_microseconds(self.crowd)
            by_part = paying_parts(self.crowd)
            whole = cpu_microseconds(self.crowd.produce)
            if number:
                count = self.posts * self.votes
                paying.add(spent / count, verify.microseconds())
                block.add(whole / count)
                for part, figure in parts.items():
                    figure.add(by_part[part] / count)
        return [paying, block, *parts.values()]


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


def paying_parts(crowd: Crowd) -> dict[str, float]:
    """The same once more, with a watch on what each part takes."""
    spent = dict.fromkeys(PARTS, 0.0)
    with ExitStack() as watches:
        for part, name in PARTS.items():
            watches.enter_context(patch.object(cashout, name, _watched(getattr(cashout, name), part, spent)))
        paying_microseconds(crowd)
    return spent


def _watched(function: Callable[..., Any], part: str, spent: dict[str, float]) -> Callable[..., Any]:
    def watched(*args: Any) -> Any:
        started = time.process_time()
        result = function(*args)
        spent[part] += (time.process_time() - started) * 1e6
        return result

    return watched


def make_posts_due(crowd: Crowd, posts: int, votes: int, *, differ: bool = False) -> None:
    """Posts with so many votes whose cashout is the next block's; everybody is in memory, as after a week of voting."""
    chain, state = crowd.chain, crowd.chain.state
    chain.mempool.suspend()
    chain.store.begin()
    now, chance = state.globals.time, random.Random(votes)
    for number in range(posts):
        post_id = state.next_id("post")
        place = (account_name(number), f"due-{post_id}")
        state.posts.insert(Post(*place, post_id, "", "skald", *place, created=now - 604_800))
        if state.for_readers:
            state.contents.insert(Content(*place, id=post_id, category="skald"))
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
        first = number * votes if differ else 0
        for voter, rshares in enumerate(weights, first):
            state.votes.insert(Vote(post_id, account_name(voter), rshares, rshares, 10_000, now))
    fund = state.edit_reward_fund()
    fund.reward_balance += 10**9
    fund.recent_claims = 0  # what is due shares all there is, so that no vote is worth nothing
    globals_ = state.edit_globals()
    globals_.current_supply += 10**9
    chain.store.commit(chain.head_num, chain.head_id, sync=False)
    chain.mempool.begin()
