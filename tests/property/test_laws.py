"""The laws in their short form; `make laws` runs the long one."""

import pytest

from chain.balances import adjust_hive
from chain.compiled import IS_COMPILED
from chain.invariants import BrokenInvariant
from chain.store import Store
from tests.property import laws


def test_the_laws_hold_after_every_operation() -> None:
    print("seed 201")
    tally = laws.operations_episode(201, 1_500)
    assert tally.tried >= 1_500
    assert {"accepted", "refused"} == {outcome for _, outcome in tally.operations}


def test_a_history_that_is_taken_back_leaves_no_trace() -> None:
    print("seed 202")
    tally = laws.histories_episode(202, 15)
    assert tally.histories == 15
    assert tally.taken_back > 30


def test_money_from_nowhere_is_noticed_at_once() -> None:
    chain = laws.LawfulChain(203)
    chain.advance()
    adjust_hive(chain.chain.state, "alice", 1)
    with pytest.raises(BrokenInvariant, match="HIVE in all places"):
        chain.send(chain.transaction())


@pytest.mark.skipif(IS_COMPILED, reason="a compiled class cannot be given another method")
def test_a_row_that_undo_forgets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = laws.RandomChain(204, transactions_mean=4)
    while chain.chain.head_num < laws.WARM_UP_BLOCKS:
        chain.advance()
    pop = Store.pop

    def careless(store: Store) -> None:
        kept = dict(chain.backend.pairs)
        pop(store)
        changed = next(key for key in kept if key.startswith(b"gl"))
        chain.backend.pairs[changed] = kept[changed]

    monkeypatch.setattr(Store, "pop", careless)
    with pytest.raises(AssertionError, match="another than before"):
        laws.play_history(chain)
