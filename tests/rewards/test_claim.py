"""Claims move VESTS and the HIVE behind them, never more than there is."""

from hypothesis import given
from hypothesis import strategies as st

from rewards.claim import vesting_hive_moved
from tests.rewards.cases import cases, repeatable


@cases("claim")
def test_claim_of_the_rule_book(case):
    """protocol.md §6.6 F."""
    moved = vesting_hive_moved(case["claimed_vests"], case["reward_vests"], case["reward_vesting_hive"])
    assert moved == case["moved_hive"]


def test_claiming_no_vests_of_none_moves_what_is_there():
    assert vesting_hive_moved(0, 0, 0) == 0


@repeatable
@given(st.integers(0, 10**18), st.integers(0, 10**15), st.lists(st.integers(0, 10**18), max_size=10))
def test_claims_in_parts_move_all_hive_and_no_more(vests, hive, wanted):
    left_vests, left_hive = vests, hive
    for wish in [*wanted, vests]:
        part = min(wish, left_vests)
        moved = vesting_hive_moved(part, left_vests, left_hive)
        assert 0 <= moved <= left_hive
        left_vests, left_hive = left_vests - part, left_hive - moved
    assert (left_vests, left_hive) == (0, 0)
