"""The cases of tests/vectors/rewards.json, as parameters of tests, and the settings of property tests."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

_VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rewards.json").read_text())

# The same examples on every run: a failure repeats without a seed.
repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=200)


def cases(suite: str) -> Any:
    """A decorator: the test runs once for every case of `suite`, which it receives as `case`."""
    return pytest.mark.parametrize("case", _VECTORS[suite], ids=lambda case: case["source"][:40])
