"""Transactions that wait for a block."""

import pytest

from chain.mempool import NoBlockYet
from node.effects import TransactionRefused
from tests.helpers.play import Play


def test_invalid_transaction_before_the_first_block() -> None:
    play = Play()
    vote = play.operation("account_witness_vote", account="alice", witness="witness-1", approve=True)
    (effect,) = play.submit(play.sign(vote, by="alice"))
    assert isinstance(effect, TransactionRefused)
    assert isinstance(effect.error, NoBlockYet)
    assert play.chain.mempool.is_applied


def test_transactions_of_the_first_block_do_not_wait_again_when_it_is_popped() -> None:
    play = Play()
    play.produce(1)
    play.chain.pop_block()
    assert (play.chain.head_num, len(play.chain.mempool)) == (0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_transactions_of_a_popped_block_wait_again(count: int) -> None:
    play = Play()
    play.produce(2)
    for number in range(count):
        play.admit(play.sign(play.transfer("alice", "bob", f"{number + 1}.000 HIVE"), by="alice"))
    (made,) = play.produce()
    assert len(play.chain.mempool) == 0
    play.chain.pop_block()
    assert [waiting.id for waiting in play.chain.mempool] == [included.id for included in made.block.transactions]
