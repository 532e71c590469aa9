"""What a payout costs by the number of votes on the post: it must be linear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chain.rows import Cashout, Post, Vote
from node.runner import quieten_collector
from tests.benchmarks.crowd import Crowd, account_name, on_disk
from tests.benchmarks.measuring import Figure, cpu_microseconds

VOTES = (10, 100, 1_000, 10_000)
VOTES_EACH_SAMPLE = 10_000
RSHARES = 10**9


def measure_payouts(folder: Path, repeats: int) -> Iterator[Figure]:
    crowd = Crowd(on_disk(folder / "payouts"), accounts=max(VOTES), posts=0)
    quieten_collector()
    empty = [cpu_microseconds(crowd.produce) for _ in range(repeats * 2)]
    block_microseconds = sorted(empty)[repeats]
    before: Figure | None = None
    for votes in VOTES:
        posts = max(VOTES_EACH_SAMPLE // votes, 1)
        figure = Figure("payout", f"a post of {votes:,} votes, per vote", note=f"{posts:,} posts in one block")
        for number in range(repeats + 1):
            make_posts_due(crowd, posts, votes)
            spent = (cpu_microseconds(crowd.produce) - block_microseconds) / (posts * votes)
            if number:
                figure.add(spent)
        if before is not None and votes > 100:
            figure.floors, figure.floor_name, figure.target = list(before.samples), "a tenth of the votes", 1.3
        yield figure
        before = figure


def make_posts_due(crowd: Crowd, posts: int, votes: int) -> None:
    """Posts with so many votes whose cashout is the next block's; everybody is in memory, as after a week of voting."""
    chain, state = crowd.chain, crowd.chain.state
    chain.mempool.suspend()
    chain.store.begin()
    now = state.globals.time
    for number in range(posts):
        post_id = state.next_id("post")
        place = (account_name(number), f"due-{post_id}")
        state.posts.insert(Post(*place, post_id, "", "skald", *place, created=now - 604_800))
        weight = RSHARES * votes
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
        for voter in range(votes):
            state.votes.insert(Vote(post_id, account_name(voter), RSHARES, RSHARES, 10_000, now))
    state.edit_reward_fund().reward_balance += 10**9
    globals_ = state.edit_globals()
    globals_.current_supply += 10**9
    chain.store.commit(chain.head_num, chain.head_id, sync=False)
    chain.mempool.begin()
