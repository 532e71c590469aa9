"""Reputation as people see it (protocol.md §5.6)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.reputation import log10_billionths, shown_hundredths, standing_score
from tests.rewards.cases import cases, repeatable


@cases("reputation_ui")
def test_what_front_ends_show(case: Any) -> None:
    assert shown_hundredths(case["raw"]) == case["shown_hundredths"]


@pytest.mark.parametrize(("number", "power"), [(1, 0), (10, 1), (10**9, 9), (10**18, 18)])
def test_the_logarithm_of_powers_of_ten_is_exact(number: int, power: int) -> None:
    assert log10_billionths(number) == power * 10**9


@repeatable
@given(st.integers(1, 10**16))
def test_the_logarithm_lies_between_those_of_its_neighbours_in_powers(number: int) -> None:
    """10^(found / 10^9) ≤ number, compared at a precision that whole numbers reach: the thousandth power."""
    thousandths = log10_billionths(number) // 10**6
    assert 10**thousandths <= number**1_000 < 10 ** (thousandths + 1)


@repeatable
@given(st.integers(1, 10**17))
def test_good_and_bad_mirror_each_other(raw: int) -> None:
    assert shown_hundredths(raw) - 2_500 == 2_500 - shown_hundredths(-raw) >= 0
    assert standing_score(raw) - 25 == 25 - standing_score(-raw) >= 0


@repeatable
@given(st.integers(-(10**17), 10**17), st.integers(0, 10**16))
def test_more_reputation_never_shows_less(raw: int, more: int) -> None:
    assert shown_hundredths(raw) <= shown_hundredths(raw + more)
    assert standing_score(raw) <= standing_score(raw + more)
