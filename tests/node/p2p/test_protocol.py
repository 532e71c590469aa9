"""A link as a whole: its states, its deadlines, its budgets, and how it ends."""

from collections.abc import Callable

import pytest

from node.p2p import messages as m
from node.p2p import protocol as module
from node.p2p.conduct import ANSWERS, POINTS, QUESTIONS_MAX, RATES, SCORE_MAX, Offence
from node.p2p.messages import MESSAGES, encode, pack_batch
from node.p2p.protocol import Closed, Event, Misbehaved, Opened, PeerProtocol, Received
from node.p2p.reasons import Reason
from node.p2p.session import ALIVE, TRANSITIONS, Role, State
from tests.node.p2p.examples import EXAMPLES, ID, largest
from tests.node.p2p.fuzz import fuzz_frames, fuzz_sequences
from tests.node.p2p.links import (
    NETWORK,
    Puppet,
    clear_frame,
    closed,
    entropy,
    identity,
    initiator,
    introduction,
    opened,
    puppet_of,
    responder,
    shuttle,
)

VOTE = m.FinalityVote(b"\xf0" * 150)
ASKED_FOR: dict[type[m.Message], m.Message] = {
    m.Transactions: m.GetTransactions((b"\x01" * 8,)),
    m.BlockTransactions: m.GetBlockTransactions(ID, (1,)),
    m.Blocks: m.GetBlocks(ID, 1, 2),
    m.Certificates: m.GetCertificates(3, 2),
    m.Peers: m.GetPeers(),
}


def messages_of(events: list[Event]) -> list[m.Message]:
    return [event.message for event in events if isinstance(event, Received)]


def offences_of(events: list[Event]) -> list[Offence]:
    return [event.offence for event in events if isinstance(event, Misbehaved)]


def example(cls: type[m.Message]) -> m.Message:
    return next(one for one in EXAMPLES if type(one) is cls)


# --- every transition, and everything that is none


def in_state(state: State) -> tuple[PeerProtocol, Callable[[m.Message], list[Event]]]:
    """A link in this state, and a way for its peer to say something in the form that the state asks for."""
    match state:
        case State.AWAITING_HELLO:
            link = responder()
        case State.AWAITING_WELCOME:
            link = initiator()
        case State.AWAITING_PROOF:
            link = responder()
            puppet = Puppet(link, Role.INITIATOR)
            puppet.shake_hands(is_proving=False)
            return link, puppet.says
        case _:
            puppet = puppet_of()
            return puppet.link, puppet.says
    return link, lambda message: link.receive(clear_frame(message), 0.0)


@pytest.mark.parametrize("cls", MESSAGES.values(), ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("state", ALIVE, ids=lambda state: state.name)
def test_every_message_in_every_state(state: State, cls: type[m.Message]) -> None:
    link, say = in_state(state)
    assert link.state is state
    message = example(cls)
    if cls in ASKED_FOR and state is State.OPEN:
        assert link.send(ASKED_FOR[cls])
    events = say(message)
    if (state, cls) not in TRANSITIONS:
        assert closed(events).reason is Reason.UNEXPECTED_MESSAGE
        assert link.state is State.CLOSED
    elif cls in {m.Hello, m.Welcome, m.Proof}:
        # The example's keys and signature are senseless: it may come now, and proves nothing.
        assert closed(events).reason in {Reason.WRONG_CHAIN, Reason.BAD_HANDSHAKE}
    elif cls is m.Goodbye:
        assert closed(events).by_peer
        assert link.state is State.CLOSED
    elif cls is m.Pong:
        assert offences_of(events) == [Offence.UNASKED]
        assert link.state is State.OPEN
    else:
        assert messages_of(events) == ([] if cls is m.Ping else [message])
        assert link.state is TRANSITIONS[state, cls]


def test_the_table_holds_no_way_back_and_none_out_of_the_end() -> None:
    order = list(State)
    for (before, _), after in TRANSITIONS.items():
        assert before is not State.CLOSED
        assert after is before or order.index(after) > order.index(before)


def test_the_honest_way_through_the_states() -> None:
    one, other = initiator(), responder()
    assert (one.state, other.state) == (State.AWAITING_WELCOME, State.AWAITING_HELLO)
    assert other.receive(one.data_to_send(), 0.1) == []
    assert other.state is State.AWAITING_PROOF
    (event,) = one.receive(other.data_to_send(), 0.2)
    assert isinstance(event, Opened)
    assert event.peer.node_id == identity("bob").public_key
    assert one.state is State.OPEN
    (event,) = other.receive(one.data_to_send(), 0.3)
    assert isinstance(event, Opened)
    assert event.peer == other.peer
    assert other.state is State.OPEN


@pytest.mark.parametrize("state", ALIVE, ids=lambda state: state.name)
def test_every_state_can_be_left(state: State) -> None:
    for end in ("leave", "lost", "tick", "garbage"):
        link, _ = in_state(state)
        link.data_to_send()
        if end == "leave":
            assert closed(link.leave(Reason.FULL, 1.0)) == Closed(Reason.FULL, by_peer=False, score=0, detail="")
        elif end == "lost":
            assert closed(link.lost(1.0)) == Closed(Reason.LOST, by_peer=True, score=0, detail="")
        elif end == "tick":
            link.tick(20.0)
            events = link.tick(1_000.0) if link.state is State.OPEN else [Closed(Reason.TOO_SLOW, False, 0, "")]
            assert closed(events).reason is Reason.TOO_SLOW
        else:
            assert closed(link.receive(b"\xff" * 64, 1.0)).reason is Reason.BAD_FRAME
        assert link.state is State.CLOSED


def test_after_the_end_nothing_happens() -> None:
    puppet = puppet_of()
    link = puppet.link
    link.leave(Reason.LEAVING, 1.0)
    assert puppet.says(VOTE) == []
    assert link.tick(100.0) == []
    assert link.leave(Reason.FULL, 2.0) == []
    assert link.lost(2.0) == []
    assert link.penalise(Offence.INVALID_BLOCK, 2.0) == []
    assert link.send(VOTE) is False
    assert link.next_tick is None
    assert link.size_bytes > 0  # the goodbye
    link.data_to_send()
    assert link.size_bytes == 0


def test_events_are_the_same_however_bytes_are_cut() -> None:
    one, other = opened()
    for message in (VOTE, m.GetPeers(), m.GetBlocks(ID, 1, 5)):
        one.send(message)
    one.leave(Reason.NOT_USEFUL, 1.0)
    stream = one.data_to_send()
    whole = other.receive(stream, 1.0)
    again, same = opened()
    for message in (VOTE, m.GetPeers(), m.GetBlocks(ID, 1, 5)):
        again.send(message)
    again.leave(Reason.NOT_USEFUL, 1.0)
    data = again.data_to_send()
    assert data == stream
    cut = [event for pos in range(len(data)) for event in same.receive(data[pos : pos + 1], 1.0)]
    assert cut == whole


# --- who is not let in


def test_the_operator_reads_why_a_link_did_not_come_about() -> None:
    elsewhere = introduction("bob", NETWORK._replace(chain_id=bytes(32)))
    one, other = initiator(), PeerProtocol(Role.RESPONDER, elsewhere, entropy(9), 0.0)
    events = shuttle(one, other, 0.0)
    assert closed(events[1]).reason is Reason.WRONG_CHAIN
    assert closed(events[1]).detail.startswith("theirs is 0001")
    assert closed(events[0]) == Closed(Reason.WRONG_CHAIN, by_peer=True, score=0, detail="")
    assert "different chains" in closed(events[0]).reason.text


def test_another_chain_is_no_offence() -> None:
    one, other = initiator("alice"), responder("alice")
    events = shuttle(one, other, 0.0)
    assert closed(events[1]) == Closed(Reason.SELF, by_peer=False, score=0, detail="")
    assert closed(events[0]).reason is Reason.SELF


def test_what_anybody_on_the_way_could_do_is_never_enough_for_a_ban() -> None:
    for offence in (Offence.BAD_HANDSHAKE, Offence.BROKEN_FRAME, Offence.TOO_SLOW, Offence.SLOW_READER):
        assert POINTS[offence] * 4 < SCORE_MAX


def test_every_reason_has_a_text_of_its_own() -> None:
    assert len({reason.text for reason in Reason}) == len(Reason)


def test_an_unknown_reason_is_told_by_its_number() -> None:
    end = closed(puppet_of().says(m.Goodbye(200)))
    assert (end.reason, end.by_peer, end.detail) == (Reason.OTHER, True, "reason 200")


def test_a_goodbye_arrives_behind_what_was_queued() -> None:
    one, other = opened()
    one.send(VOTE)
    one.leave(Reason.LEAVING, 1.0)
    events = other.receive(one.data_to_send(), 1.0)
    assert messages_of(events) == [VOTE]
    assert closed(events) == Closed(Reason.LEAVING, by_peer=True, score=0, detail="reason 1")


def test_a_goodbye_can_be_said_in_every_state() -> None:
    for state in (State.AWAITING_HELLO, State.AWAITING_PROOF, State.OPEN):
        link, _ = in_state(state)
        link.data_to_send()
        link.leave(Reason.FULL, 1.0)
        assert link.data_to_send()
    link = initiator()
    link.data_to_send()
    link.leave(Reason.FULL, 1.0)
    assert link.data_to_send() == b""  # nobody has answered yet


# --- deadlines


def test_a_handshake_has_five_seconds() -> None:
    for link in (initiator(now=100.0), responder(now=100.0)):
        assert link.next_tick == 105.0
        assert link.tick(104.9) == []
        assert closed(link.tick(105.0)).reason is Reason.TOO_SLOW


def test_a_handshake_byte_by_byte_is_cut_off() -> None:
    one, other = initiator(), responder()
    ended: list[Event] = []
    for second, byte in enumerate(one.data_to_send()):
        ended += other.receive(bytes((byte,)), second * 0.1)
        ended += other.tick(second * 0.1)
    assert closed(ended).reason is Reason.TOO_SLOW


def test_a_frame_has_fifteen_seconds() -> None:
    puppet = puppet_of()
    link = puppet.link
    link.tick(0.0)
    frame = puppet.session.send(pack_batch([encode(VOTE)]))
    assert link.receive(frame[:10], 1.0) == []
    assert link.next_tick == 16.0
    assert link.receive(frame[10:20], 15.0) == []
    assert closed(link.tick(16.0)).detail == "a frame is not complete"


def test_a_new_frame_has_its_own_time() -> None:
    puppet = puppet_of()
    link = puppet.link
    frames = [puppet.session.send(pack_batch([encode(VOTE)])) for _ in range(3)]
    stream = b"".join(frames)
    half = len(frames[0]) // 2
    link.receive(stream[:half], 0.0)
    link.receive(stream[half : half + len(frames[0])], 14.0)
    assert link.next_tick == 0.0 - module.PING_SECONDS + module.PING_SECONDS
    link.tick(16.0)
    assert link.state is State.OPEN
    link.receive(stream[half + len(frames[0]) :], 28.0)
    link.tick(43.0)
    assert link.state is State.OPEN


def test_pings_measure_and_keep_the_link() -> None:
    one, other = opened()
    assert one.next_tick == 0.0
    one.tick(0.0)
    assert other.receive(one.data_to_send(), 0.04) == []
    assert one.receive(other.data_to_send(), 0.08) == []
    assert one.latency_seconds == pytest.approx(0.08)
    assert one.next_tick == module.PING_SECONDS
    assert one.tick(19.9) == []
    assert one.data_to_send() == b""
    one.tick(20.0)
    assert one.data_to_send() != b""


def test_a_dead_peer_is_noticed_within_a_minute() -> None:
    one, _ = opened()
    one.tick(20.0)
    assert one.next_tick == 60.0
    end = closed(one.tick(60.0))
    assert (end.reason, end.detail) == (Reason.TOO_SLOW, "no answer to a ping")


def test_pings_compare_clocks() -> None:
    """Both steady clocks began at other times; bob's clock is 1.5 s ahead, and the ways of 40 ms to him and back take no part."""
    one, other = opened(now=1_000.0)
    one.steady_start, other.steady_start = 1_700_000_000.0, 1_700_000_001.5
    one.tick(1_000.0)
    other.receive(one.data_to_send(), 1_000.04)
    one.receive(other.data_to_send(), 1_000.08)
    assert one.clock_offset_seconds == pytest.approx(1.5, abs=0.002)
    assert other.clock_offset_seconds is None


def test_invalid_pong_to_no_ping() -> None:
    puppet = puppet_of()
    assert offences_of(puppet.says(m.Pong(0, 0))) == [Offence.UNASKED]
    puppet.link.tick(0.0)
    assert offences_of(puppet.says(m.Pong(0, 0))) == [Offence.UNASKED]
    assert puppet.link.latency_seconds is None


def test_a_clock_that_goes_back_does_no_harm() -> None:
    puppet = puppet_of(now=1_000.0)
    for now in (999.0, 0.0, -5.0, 1_000.0):
        puppet.says(VOTE, now=now)
        puppet.link.tick(now)
        assert puppet.link.pause_seconds(now) == 0.0
    assert puppet.link.state is State.OPEN


# --- questions and answers


@pytest.mark.parametrize("answer", ASKED_FOR, ids=lambda cls: cls.__name__)
def test_an_answer_comes_only_after_a_question(answer: type[m.Message]) -> None:
    puppet = puppet_of()
    assert offences_of(puppet.says(example(answer))) == [Offence.UNASKED]
    assert puppet.link.send(ASKED_FOR[answer])
    assert messages_of(puppet.says(example(answer))) == [example(answer)]
    assert offences_of(puppet.says(example(answer))) == [Offence.UNASKED]


@pytest.mark.parametrize("answer", ASKED_FOR, ids=lambda cls: cls.__name__)
def test_an_answer_is_sent_only_to_who_asked(answer: type[m.Message]) -> None:
    puppet = puppet_of()
    assert puppet.link.send(example(answer)) is False
    assert messages_of(puppet.says(ASKED_FOR[answer])) == [ASKED_FOR[answer]]
    assert puppet.link.send(example(answer)) is True
    assert puppet.link.send(example(answer)) is False


def test_not_too_many_questions_at_a_time() -> None:
    one, other = opened()
    assert [one.send(m.GetBlocks(ID, 1, 1)) for _ in range(QUESTIONS_MAX + 1)] == [True] * QUESTIONS_MAX + [False]
    assert len(messages_of(other.receive(one.data_to_send(), 0.0))) == QUESTIONS_MAX
    other.send(m.Blocks(()))
    one.receive(other.data_to_send(), 0.0)
    assert one.send(m.GetBlocks(ID, 1, 1))


def test_questions_that_are_never_answered_are_given_up() -> None:
    one, _ = opened()
    for _ in range(QUESTIONS_MAX):
        one.send(m.GetBlocks(ID, 1, 1))
    one.tick(30.0)
    assert one.send(m.GetBlocks(ID, 1, 1)) is False
    puppet = puppet_of()
    for _ in range(QUESTIONS_MAX):
        puppet.link.send(m.GetBlocks(ID, 1, 1))
    puppet.says(VOTE, now=121.0)
    assert puppet.link.send(m.GetBlocks(ID, 1, 1)) is True


def test_invalid_too_many_questions() -> None:
    puppet = puppet_of()
    events = [event for _ in range(QUESTIONS_MAX + 1) for event in puppet.says(m.GetBlocks(ID, 1, 1))]
    assert len(messages_of(events)) == QUESTIONS_MAX
    assert offences_of(events) == [Offence.TOO_MANY_QUESTIONS]


# --- budgets and score


def test_there_is_a_budget_for_every_message_of_an_open_link() -> None:
    assert set(RATES) == {cls for state, cls in TRANSITIONS if state is State.OPEN} - {m.Goodbye}
    assert set(ANSWERS) | set(ANSWERS.values()) <= set(RATES)


@pytest.mark.parametrize("cls", RATES, ids=lambda cls: cls.__name__)
def test_the_largest_message_of_a_kind_fits_into_its_budget(cls: type[m.Message]) -> None:
    layout = cls.layout
    forms = [*layout.fields, *([layout.rest] if layout.rest else [])]
    largest_one = cls(**{name: largest(form) for name, form in forms})
    assert RATES[cls].cost(largest_one) <= RATES[cls].burst


def test_costs_count_what_is_carried() -> None:
    assert RATES[m.GetBlocks].cost(m.GetBlocks(ID, 1, 200)) == 216
    assert RATES[m.Peers].cost(example(m.Peers)) == 2
    assert RATES[m.Inventory].cost(example(m.Inventory)) == 52
    assert RATES[m.BlockAnnouncement].cost(m.BlockAnnouncement(b"\x4e", (ID,) * 5_000)) == 1


@pytest.mark.parametrize(
    "cls", [cls for cls in RATES if cls not in {m.Pong, *ANSWERS.values()}], ids=lambda cls: cls.__name__
)
def test_a_flood_is_dropped_and_ends_the_link(cls: type[m.Message]) -> None:
    puppet = puppet_of()
    received = 0
    events: list[Event] = []
    for _ in range(100_000):
        events = puppet.says(example(cls))
        received += len(messages_of(events))
        puppet.link.data_to_send()
        if cls in ANSWERS:
            puppet.link.send(next(one for one in EXAMPLES if type(one) is ANSWERS[cls]))
        if puppet.link.state is State.CLOSED:
            break
    assert closed(events).reason is Reason.MISBEHAVED
    assert closed(events).score >= SCORE_MAX
    assert received <= RATES[cls].burst


def test_a_budget_comes_back() -> None:
    puppet = puppet_of()
    for _ in range(65):
        events = puppet.says(example(m.BlockAnnouncement))
    assert offences_of(events) == [Offence.OVER_BUDGET]
    assert offences_of(puppet.says(example(m.BlockAnnouncement), now=0.6)) == []
    assert offences_of(puppet.says(example(m.BlockAnnouncement), now=0.6)) == [Offence.OVER_BUDGET]


def test_a_budget_is_not_saved_up() -> None:
    puppet = puppet_of()
    puppet.says(example(m.BlockAnnouncement))
    for _ in range(64):
        assert offences_of(puppet.says(example(m.BlockAnnouncement), now=3_600.0)) == []
    assert offences_of(puppet.says(example(m.BlockAnnouncement), now=3_600.0)) == [Offence.OVER_BUDGET]


def test_an_honest_pace_is_never_punished() -> None:
    """An hour of blocks, votes of 21 witnesses, full inventories and pings, as a busy chain brings them."""
    one, other = opened()
    inventory = m.Inventory(m.InventoryKind.TRANSACTION, tuple(bytes((0, number % 256)) * 4 for number in range(1_000)))
    for slot in range(1_200):
        now = slot * 3.0
        one.send(example(m.BlockAnnouncement))
        one.send(example(m.Certificate))
        for _ in range(42):
            one.send(VOTE)
        if slot % 20 == 0:
            one.send(inventory)
        for link in (one, other):
            assert link.tick(now) == []
        events = shuttle(one, other, now)
        assert offences_of([*events[0], *events[1]]) == []
    assert one.state is other.state is State.OPEN
    assert (one.score(3_600.0), other.score(3_600.0)) == (0, 0)


def test_slips_are_forgotten() -> None:
    one, _ = opened()
    one.penalise(Offence.INVALID_TRANSACTION, 0.0)
    assert one.score(0.0) == 20
    assert one.score(5.0) == 15
    assert one.score(100.0) == 0


def test_offences_add_up() -> None:
    one, other = opened()
    events = [event for _ in range(5) for event in one.penalise(Offence.INVALID_TRANSACTION, 0.0, "not signed")]
    assert [event.score for event in events if isinstance(event, Misbehaved)] == [20, 40, 60, 80, 100]
    assert closed(events) == Closed(Reason.MISBEHAVED, by_peer=False, score=100, detail="not signed")
    assert closed(other.receive(one.data_to_send(), 0.0)).reason is Reason.MISBEHAVED


def test_every_offence_has_points() -> None:
    assert set(POINTS) == set(Offence)
    assert all(0 < points <= SCORE_MAX for points in POINTS.values())


def test_a_fast_peer_is_paused_and_not_punished() -> None:
    one, other = opened()
    one.send(m.GetBlocks(ID, 1, 256))
    paused = 0.0
    for _ in range(6):
        other.receive(one.data_to_send(), 0.0)
        assert other.send(m.Blocks((b"\xb1" * m.BLOCK_BYTES_MAX,)))
        assert offences_of(one.receive(other.data_to_send(), 0.0)) == []
        paused = one.pause_seconds(0.0)
        one.send(m.GetBlocks(ID, 1, 256))
    assert 0.4 < paused < 0.6
    assert one.pause_seconds(1.0) == 0.0


# --- sending


def test_small_messages_share_a_frame() -> None:
    puppet = puppet_of()
    for _ in range(100):
        puppet.link.send(VOTE)
    assert len(puppet.hears()) == 1
    for _ in range(1_000):
        puppet.link.send(VOTE)
    payloads = puppet.hears()
    assert 2 < len(payloads) < 5
    assert all(len(payload) <= module.BATCH_BYTES_MAX for payload in payloads)


def test_a_large_message_goes_alone() -> None:
    puppet = puppet_of()
    puppet.says(m.GetBlocks(ID, 1, 1))
    puppet.link.send(VOTE)
    puppet.link.send(m.Blocks((b"\xb1" * m.BLOCK_BYTES_MAX,)))
    puppet.link.send(VOTE)
    assert [len(payload) > module.BATCH_BYTES_MAX for payload in puppet.hears()] == [False, True, False]


def test_who_does_not_read_is_left() -> None:
    puppet = puppet_of()
    link = puppet.link
    sent = 0
    while link.send(m.Evidence(b"\xee" * 2_000)):
        sent += 1
        assert link.queued_bytes <= module.QUEUE_BYTES_MAX + 3_000
    assert 500 < sent < 600
    assert link.state is State.CLOSED
    assert link.next_tick is not None  # there is something to tell
    events = link.tick(1.0)
    assert offences_of(events) == [Offence.SLOW_READER]
    assert closed(events).reason is Reason.SLOW_READER
    assert link.next_tick is None
    assert len(link.data_to_send()) < 100  # the goodbye alone


def test_the_largest_block_may_wait_with_others_behind_it() -> None:
    puppet = puppet_of()
    puppet.says(m.GetBlocks(ID, 1, 1))
    assert puppet.link.send(m.Blocks((b"\xb1" * m.BLOCK_BYTES_MAX,)))
    for _ in range(100):
        assert puppet.link.send(VOTE)
    assert puppet.link.state is State.OPEN


def test_our_own_mistakes_are_loud() -> None:
    one, _ = opened()
    with pytest.raises(m.BadField):
        one.send(m.GetBlocks(ID, 0, 1))
    for message in (example(m.Hello), m.Ping(1), m.Goodbye(1)):
        with pytest.raises(AssertionError):
            one.send(message)
    assert one.send(m.GetBlocks(ID, 1, 1))


# --- bad messages on an open link


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        pack_batch([b"\xc1"]),
        pack_batch([b"\x91\x7f"]),
        pack_batch([b"\x92\x06\xcc\x2a"]),
        pack_batch([b"\xdd\xff\xff\xff\xff\x09"]),
    ],
)
def test_invalid_message(payload: bytes) -> None:
    puppet = puppet_of()
    end = closed(puppet.seals(payload))
    assert (end.reason, end.score) == (Reason.BAD_MESSAGE, SCORE_MAX)


def test_messages_before_a_bad_one_are_not_lost() -> None:
    puppet = puppet_of()
    events = puppet.seals(pack_batch([encode(VOTE), b"\xc1", encode(VOTE)]))
    assert messages_of(events) == [VOTE]
    assert closed(events).reason is Reason.BAD_MESSAGE


def test_after_a_goodbye_the_rest_of_a_frame_is_not_read() -> None:
    puppet = puppet_of()
    events = puppet.seals(pack_batch([encode(m.Goodbye(1)), encode(VOTE), b"\xc1"]))
    assert [type(event) for event in events] == [Closed]


# --- hostile peers (`python -m tests.node.p2p.fuzz` is the long form)


def test_senseless_frames_raise_nothing() -> None:
    ends = fuzz_frames(20_000, seed=21)
    assert ends["received"] > 5_000
    assert {"BAD_MESSAGE", "BAD_FRAME", "UNEXPECTED_MESSAGE", "MISBEHAVED", "TOO_SLOW"} <= ends.keys()


def test_conversations_in_which_anything_may_happen() -> None:
    reasons = set()
    received = 0
    for conversation in fuzz_sequences(500, seed=22):
        for watcher in conversation.watchers:
            received += len(watcher.received)
            reasons.add(watcher.end.reason if watcher.end else None)
    assert received > 500
    assert {None, Reason.TOO_SLOW, Reason.LOST, Reason.BAD_FRAME, Reason.MISBEHAVED, Reason.SLOW_READER} <= reasons


def test_the_same_seed_makes_the_same_conversation() -> None:
    def story() -> list[object]:
        return [(watcher.end, watcher.received) for one in fuzz_sequences(20, seed=23) for watcher in one.watchers]

    assert story() == story()
