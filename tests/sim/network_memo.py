"""What many nodes of one process would read or compute again and again from the same bytes is remembered while a world is played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest

from chain.block import Block
from chain.finality import votes
from chain.finality.votes import Certificate, Vote
from chain.transaction import Transaction

REMEMBERED_MAX = 20_000


def _remembered(method: Any) -> Any:
    """A class method that gives the same frozen object for the same bytes. Errors are not remembered."""
    return staticmethod(lru_cache(REMEMBERED_MAX)(method))


@contextmanager
def one_reading_for_all() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Vote, Certificate):
            patch.setattr(kind, "decode", _remembered(kind.decode))
            patch.setattr(kind, "encode", lru_cache(REMEMBERED_MAX)(kind.encode))
        for whole in (Block, Transaction):
            patch.setattr(whole, "decode", _remembered(whole.decode))
        patch.setattr(votes, "vote_digest", lru_cache(REMEMBERED_MAX)(votes.vote_digest))
        yield
