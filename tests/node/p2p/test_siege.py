"""A node among hostile peers, in short: `python -m tests.node.p2p.siege` plays many more."""

import pytest

from chain.block import BlockHeader
from chain.errors import InvalidInput
from chain.wire import reading
from node.p2p import hub, links
from node.p2p.conduct import Offence
from tests.node.p2p.siege import besiege


@pytest.mark.parametrize("seed", range(6))
def test_whatever_hostile_peers_say_the_honest_ones_go_on(seed: int) -> None:
    siege = besiege(seed, slots=20)
    assert siege.said.total() > 100
    assert siege.offences.keys() >= {Offence.INVALID_VOTE.name, Offence.UNASKED.name}


def test_a_siege_notices_an_error_that_nobody_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "read_header", _header_without_doubts)
    with pytest.raises(InvalidInput):
        besiege(0, slots=200)  # distorted announcements are rare, but not as rare as that


def test_a_siege_notices_when_no_answer_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links.Peer, "take_answer", lambda peer, answer: None)
    with pytest.raises(AssertionError):
        besiege(0, slots=20)


def _header_without_doubts(data: bytes) -> BlockHeader:
    with reading():
        return BlockHeader.read(data, 0)[0]
