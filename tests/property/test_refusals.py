"""The short form of the refusals at random. The long one: python -m tests.property.refusals --transactions 100000."""

from tests.property.refusals import run


def test_only_chain_errors_and_no_trace_of_what_was_refused() -> None:
    print("seed 201")
    chain = run(seed=201, transactions=5_000)
    accepted = sum(count for (_, outcome), count in chain.counts.items() if outcome == "accepted")
    assert chain.tried >= 5_000
    assert accepted > 1_000
    assert len(chain.refusals) > 80
    assert chain.bad_blocks > 20


def test_the_same_seed_tries_the_same() -> None:
    print("seed 202")
    first, second = (run(seed=202, transactions=400).summary() for _ in range(2))
    assert first == second
