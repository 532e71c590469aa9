"""Histories of accounts, which blocks add to and readers page through."""

import pytest

from chain.chain import Chain
from chain.history import HistoryMissing
from chain.impacted import impacted_accounts
from tests.helpers.forge import Forge
from tests.property.random_chain import RandomChain


@pytest.fixture(scope="module")
def random_chain() -> RandomChain:
    chain = RandomChain(110)
    while chain.chain.head_num < 120:
        chain.advance()
    return chain


def test_every_operation_stands_once_in_the_history_of_each_account_it_concerns(random_chain: RandomChain) -> None:
    history = random_chain.chain.history
    expected: dict[str, list[tuple[int, int]]] = {}
    for block in random_chain.chain.blocks(1, random_chain.chain.head_num):
        for position, told in enumerate(history.operations_in(block)):
            for account in impacted_accounts(told.operation):
                expected.setdefault(account, []).append((block.num, position))
    assert len(expected) > 20
    for account, places in expected.items():
        found = list(history.places(account, 2**63))
        assert [(num, position) for _, num, position in reversed(found)] == places
        assert [sequence for sequence, _, _ in found] == list(reversed(range(len(places))))
        assert history.length(account) == len(places)


def test_a_page_begins_anywhere(random_chain: RandomChain) -> None:
    history = random_chain.chain.history
    names = [account.name for account in random_chain.chain.state.accounts.scan()]
    busiest = max(names, key=lambda name: (history.length(name) < 100, history.length(name)))  # witnesses are too busy
    length = history.length(busiest)
    whole = list(history.entries(busiest, length))
    assert len(whole) == length > 20
    for newest in range(length):
        page = list(history.entries(busiest, newest))
        assert page == [entry for entry in whole if entry[0] <= newest]
    assert list(history.entries(busiest, 2**64 - 1)) == whole


def test_the_number_of_an_operation_is_kept_with_it(random_chain: RandomChain) -> None:
    history = random_chain.chain.history
    for _, num, position, operation_id in history.entries("bob", 2**63):
        told = history.operation_at(num, position)
        assert told.operation.operation_id == operation_id
        assert "bob" in impacted_accounts(told.operation)


def test_a_history_has_no_holes() -> None:
    """A chain that went on without history cannot be opened with it; it can again where those blocks are undone."""
    forge = Forge(witness_voting_start_block_num=1_000_000)
    forge.grow(3)
    backend, genesis = forge.chain.backend, forge.genesis
    block = forge.block()
    silent = Chain(backend, genesis, with_history=False)
    silent.push_block(block)
    with pytest.raises(HistoryMissing):
        Chain(backend, genesis)
    Chain(backend, genesis, with_history=False).pop_block()
    assert Chain(backend, genesis).head_num == block.num - 1
