"""The payout of one post with more and more votes: the cost of each must stay."""

from __future__ import annotations

from collections.abc import Iterator

from chain.memory import MemoryBackend
from chain.processes.cashout import process_comment_cashout
from chain.rows import Vote
from tests.benchmarks.crowd import Crowd, account_name, permlink
from tests.benchmarks.measure import Figure, Ratio, cpu_us

RSHARES_EACH = 10**10


def payout_us(crowd: Crowd, post_number: int, votes: int) -> float:
    """CPU a vote of paying the post: its rewards, events and the removal of its votes, without the commit."""
    chain, state = crowd.chain, crowd.chain.state
    chain.mempool.suspend()
    chain.store.begin()
    place = (account_name(post_number), permlink(post_number))
    cashout = state.cashouts.edit(place)
    for number in range(votes):
        state.votes.insert(Vote(cashout.id, account_name(number), weight=RSHARES_EACH, rshares=RSHARES_EACH))
    cashout.net_rshares = cashout.vote_rshares = cashout.total_vote_weight = votes * RSHARES_EACH
    cashout.has_votes = True
    cashout.cashout_time = state.now
    state.applied = []
    state.edit_reward_fund().reward_balance = 800_000_000
    state.begin_processes()
    spent = cpu_us(lambda: process_comment_cashout(state), votes)
    chain.store.rollback()
    chain.mempool.resume(())
    return spent


def payout_ratios(sizes: list[int], verify: Figure) -> Iterator[Ratio]:
    crowd = Crowd(MemoryBackend(), accounts=max(sizes), posts=4)
    smallest: Figure | None = None
    for votes in sizes:
        figure = Figure.of([payout_us(crowd, post, votes) for post in range(4)])
        smallest = smallest or figure
        yield Ratio("payout", f"a vote of {votes:,}, over libsodium's verify", figure, verify)
        yield Ratio("payout", f"a vote of {votes:,}, over a vote of {sizes[0]:,}", figure, smallest, 1.5)
