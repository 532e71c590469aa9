"""Is our clock right? What peers say, and when it stops a witness."""

import pytest

from node.core import HearClocks
from node.effects import BlockApplied, Missed, SlotMissed
from node.peer_clocks import UNCONFIRMED_SECONDS_MAX, Doubt, PeerClocks, Sample, StepWatch, compare
from node.producing import ProducingRules
from tests.helpers.play import Play


def samples(*offsets: float, latency: float = 0.05, is_chosen: bool = True) -> list[Sample]:
    return [Sample(offset, latency, is_chosen) for offset in offsets]


def test_the_median_counts_and_a_liar_does_not() -> None:
    clocks = compare(samples(0.02, -0.01, 86_400.0))
    assert clocks == PeerClocks(0.02, 3)
    assert not clocks.is_doubtful


@pytest.mark.parametrize("offset", [1.5, -1.5])
def test_three_that_agree_are_believed(offset: float) -> None:
    assert compare(samples(offset, offset, 0.0)).is_skewed


def test_two_are_not() -> None:
    clocks = compare(samples(5.0, 5.0))
    assert not clocks.is_skewed
    assert not clocks.is_doubtful
    assert not compare([]).is_skewed


def test_between_a_quarter_and_a_whole_second_there_is_a_warning_only() -> None:
    clocks = compare(samples(0.3, 0.3, 0.3))
    assert clocks.is_doubtful
    assert not clocks.is_skewed


def test_those_who_dialled_us_do_not_outvote_those_we_chose() -> None:
    many_faces = samples(*[9.0] * 50, is_chosen=False)
    assert not compare([*samples(0.0, 0.0, 0.0), *many_faces]).is_skewed
    assert compare(many_faces).is_skewed  # where nobody else is there, they are better than nothing


def test_an_answer_that_took_long_tells_nothing() -> None:
    assert compare(samples(3.0, 3.0, 3.0, latency=1.5)) == PeerClocks()


def test_a_clock_that_was_set_is_noticed_once() -> None:
    watch = StepWatch(1_000.0, 50.0)
    assert watch.look(1_001.0, 51.0) == 0
    assert watch.look(1_002.9, 52.0) == 0  # drift, however bad
    assert watch.look(1_063.9, 53.0) == pytest.approx(60.0)
    assert watch.look(1_064.9, 54.0) == 0
    assert watch.look(1_000.0, 55.0) == pytest.approx(-65.9)


def test_a_clock_that_was_set_is_doubted_until_a_peer_confirms_it() -> None:
    doubt = Doubt()
    assert not doubt.weigh(PeerClocks(), 50.0).is_skewed
    doubt.begin(50.0)
    assert doubt.weigh(PeerClocks(), 51.0).is_skewed
    assert doubt.weigh(PeerClocks(3_600.0, 1), 52.0).is_skewed  # one may lie, but who has set the clock may err as well
    assert not doubt.weigh(PeerClocks(-0.2, 1), 53.0).is_skewed
    assert not doubt.weigh(PeerClocks(), 54.0).is_skewed


def test_nobody_is_waited_for_forever() -> None:
    doubt = Doubt()
    doubt.begin(50.0)
    assert doubt.weigh(PeerClocks(9.0, 2), 49.9 + UNCONFIRMED_SECONDS_MAX).is_skewed
    assert not doubt.weigh(PeerClocks(9.0, 2), 50.0 + UNCONFIRMED_SECONDS_MAX).is_skewed
    assert doubt.weigh(PeerClocks(9.0, 3), 50.0 + UNCONFIRMED_SECONDS_MAX).is_skewed  # three that agree are believed


def test_health_has_words_for_a_doubtful_clock() -> None:
    assert str(PeerClocks(is_unconfirmed=True)) == "this machine's clock was set, and no peer has confirmed it yet"
    assert str(PeerClocks(-3_600.0, 3)) == "this machine's clock is +3,600.0 s off the clocks of 3 peers"


@pytest.mark.parametrize("clocks", [PeerClocks(1.2, 3), PeerClocks(is_unconfirmed=True)])
def test_a_witness_with_a_wrong_clock_makes_no_block(clocks: PeerClocks) -> None:
    play = Play(rules=ProducingRules(participation_percent_min=0, late_seconds_max=float("inf"), is_forced=True))
    play.produce()
    play.core.handle(HearClocks(clocks), play.now)
    play.now = play.core.next_slot_time(play.now)
    assert [type(one) for one in play.tick()] == [SlotMissed]
    play.now = play.core.next_slot_time(play.now)
    (missed,) = play.tick()
    assert isinstance(missed, SlotMissed)
    assert missed.reason is Missed.CLOCK_SKEWED
    play.core.handle(HearClocks(PeerClocks(0.9, 3)), play.now)
    assert any(isinstance(one, BlockApplied) for one in play.tick())
