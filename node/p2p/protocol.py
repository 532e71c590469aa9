"""One link to a peer, without input and output: bytes and the time go in, events and bytes come out (design decision 12).

    link = PeerProtocol(Role.INITIATOR, introduction, entropy, now)
    events = link.receive(data, now)      what has come from the peer
    events = link.tick(now)               at `link.next_tick` at the latest
    link.send(message)                    queued; small messages share a frame
    data = link.data_to_send()            whenever the line takes more; take it every few milliseconds, not after every message

The states and what may come in each are session.TRANSITIONS. Nothing that a peer sends raises: it ends in an event and, when it
must, in the state CLOSED. After that, `data_to_send` still gives the goodbye; then the connection can be closed.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

from node.p2p.conduct import ANSWERS, RATES, SCORE_MAX, Conduct, Offence
from node.p2p.messages import (
    LENGTH_BYTES,
    BadMessage,
    Goodbye,
    Hello,
    Message,
    Ping,
    Pong,
    decode,
    encode,
    pack_batch,
    unpack_batch,
)
from node.p2p.reasons import Reason, known_reason
from node.p2p.session import TRANSITIONS, Failure, Introduction, Role, Session, State

HANDSHAKE_SECONDS: Final = 5
"""Three messages that take two round trips; whoever needs longer holds a place for nothing (reliability P6)."""

FRAME_SECONDS: Final = 15
"""For a frame to become complete once it has begun: the largest at 140 kB a second (reliability P6)."""

PING_SECONDS: Final = 20
"""Between two pings; often enough that routers keep the connection."""

PONG_SECONDS: Final = 40
"""For the answer, which may wait behind a large block. A dead peer is noticed within a minute (reliability P6)."""

QUEUE_BYTES_MAX: Final = 1_048_576
"""What may wait beside the largest message, which may be a block; a slower reader only costs memory (reliability P7)."""

BATCH_BYTES_MAX: Final = 65_536
"""Messages share a frame up to this size: sealing costs as much as copying 10 kB, and larger frames only delay the first."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The handshake is done: `peer` is who it says it is."""

    peer: Hello


@dataclass(frozen=True, slots=True)
class Received:
    """A message for those above; pings and goodbyes are answered here."""

    message: Message


@dataclass(frozen=True, slots=True)
class Misbehaved:
    """The peer did what it should not; `score` is where that brought it."""

    offence: Offence
    score: int
    detail: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The last event of a link. `score` is for the address book; `detail` for the log."""

    reason: Reason
    by_peer: bool
    score: int
    detail: str


Event: TypeAlias = Opened | Received | Misbehaved | Closed


class PeerProtocol:
    """One side of a link. `now` is in seconds of any clock that does not go back, the same for all calls."""

    __slots__ = (
        "_conduct",
        "_events",
        "_frame_at",
        "_is_over",
        "_is_told",
        "_now",
        "_parting",
        "_ping_count",
        "_ping_nonce",
        "_pinged_at",
        "_queue",
        "_queued_bytes",
        "_queued_largest_bytes",
        "_session",
        "_started_at",
        "clock_offset_seconds",
        "latency_seconds",
        "steady_start",
    )

    def __init__(
        self,
        role: Role,
        introduction: Introduction,
        entropy: bytes,
        now: float,
        expected_id: bytes | None = None,
    ) -> None:
        """`entropy` is session.ENTROPY_BYTES of fresh randomness; `expected_id` the identity that must answer, where it is known."""
        self._session = Session(role, introduction, entropy, expected_id)
        self._conduct = Conduct(now)
        self._events: list[Event] = []
        self._now = self._started_at = now
        self._frame_at: float | None = None  # since when a frame is incomplete
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._queued_largest_bytes = 0  # since the queue was empty
        self._parting = b""
        self._is_told = False  # of its opening
        self._is_over = False  # and of its end
        self._ping_count = 0
        self._ping_nonce: int | None = None  # of the ping that is not answered yet
        self._pinged_at = now
        self.latency_seconds: float | None = None
        """How long the newest answer to a ping took."""
        self.clock_offset_seconds: float | None = None
        """How far the peer's clock was ahead of ours at that answer, give or take half the latency."""
        self.steady_start = 0.0
        """Seconds since 1970 at which `now` was 0, by our clock; whoever drives the link keeps it true, or compares no clocks."""

    # --- what there is to know

    @property
    def state(self) -> State:
        return self._session.state

    @property
    def peer(self) -> Hello | None:
        """What the peer says of itself; true only once the link is open."""
        return self._session.peer

    @property
    def queued_bytes(self) -> int:
        """What waits to be sent. Large answers are best given when this is 0."""
        return self._queued_bytes

    @property
    def size_bytes(self) -> int:
        """What the link holds for the peer: queued, and not complete."""
        return self._queued_bytes + self._session.size_bytes

    @property
    def next_tick(self) -> float | None:
        """When `tick` has something to do or to tell, if nothing else happens; None once closed."""
        if self._events:
            return self._now
        if self.state is State.CLOSED:
            return None
        if self.state is not State.OPEN:
            return self._started_at + HANDSHAKE_SECONDS
        ping_at = self._pinged_at + (PING_SECONDS if self._ping_nonce is None else PONG_SECONDS)
        return ping_at if self._frame_at is None else min(ping_at, self._frame_at + FRAME_SECONDS)

    def score(self, now: float) -> int:
        """The ban score: 0 is spotless, SCORE_MAX ends the link."""
        return self._conduct.score(now)

    def pause_seconds(self, now: float) -> float:
        """How long to leave the peer's bytes unread in the socket, so that it stays within its bandwidth."""
        return self._conduct.pause_seconds(now)

    # --- what happens

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Bytes from the peer, cut anywhere."""
        self._now = now
        if self.state is not State.CLOSED:
            self._conduct.take_bytes(len(data), now)
            self._take_in(data)
        return self._take_events()

    def tick(self, now: float) -> list[Event]:
        """Time has passed."""
        self._now = now
        match self.state:
            case State.CLOSED:
                pass
            case State.OPEN:
                self._watch_open_link()
            case _:
                if now - self._started_at >= HANDSHAKE_SECONDS:
                    self._refuse(Reason.TOO_SLOW, Offence.TOO_SLOW, "the handshake is not complete")
        return self._take_events()

    def send(self, message: Message) -> bool:
        """Queue a message; returns whether it will be sent.

        It will not on a link that is not open, nor an answer that nobody waits for, nor a question beyond those that may be open at
        a time. Raises BadMessage for a message that no peer would accept.
        """
        cls = type(message)
        assert cls in RATES, f"{cls.__name__} is not for those above to send"
        assert cls not in {Ping, Pong}
        if self.state is not State.OPEN:
            return False
        data = encode(message)
        questions = self._conduct.questions
        if cls in ANSWERS:
            if not questions.may_ask(cls, self._now):
                return False
            questions.ask(cls, self._now)
        elif cls in _ANSWERS and not questions.answer(cls):
            return False
        return self._enqueue(data)

    def penalise(self, offence: Offence, now: float, detail: str = "") -> list[Event]:
        """Those above found that the peer did this."""
        self._now = now
        if self.state is not State.CLOSED:
            self._note(offence, detail)
        return self._take_events()

    def leave(self, reason: Reason, now: float) -> list[Event]:
        """Say goodbye after what is queued."""
        self._now = now
        if self.state is State.OPEN:
            self._append(encode(Goodbye(int(reason))))
            self._end(reason, by_peer=False, detail="")
        elif self.state is not State.CLOSED:
            self._stop(reason, "")
        return self._take_events()

    def lost(self, now: float) -> list[Event]:
        """The connection is gone."""
        self._now = now
        if self.state is not State.CLOSED:
            self._clear_queue()
            self._end(Reason.LOST, by_peer=True, detail="")
        return self._take_events()

    def data_to_send(self) -> bytes:
        """Everything that waits to go out, sealed. Take it only when what was taken before has been sent."""
        parts = [self._session.handshake_data()]
        batch: list[bytes] = []
        batch_bytes = 0
        for data in self._queue:
            size = LENGTH_BYTES + len(data)
            if batch and batch_bytes + size > BATCH_BYTES_MAX:
                parts.append(self._session.send(pack_batch(batch)))
                batch, batch_bytes = [], 0
            batch.append(data)
            batch_bytes += size
        if batch:
            parts.append(self._session.send(pack_batch(batch)))
        self._clear_queue()
        parts.append(self._parting)
        self._parting = b""
        return b"".join(parts)

    # --- taking in

    def _take_in(self, data: bytes) -> None:
        session = self._session
        frames_before = session.frames_received
        for payload in session.frames(data):
            self._tell_opened()
            self._take_batch(payload)
        self._tell_opened()
        if not session.is_midframe:
            self._frame_at = None
        elif self._frame_at is None or session.frames_received != frames_before:
            self._frame_at = self._now
        if session.failure is not None and not self._is_over:
            self._fail(session.failure)
        elif session.farewell is not None and not self._is_over:
            self._end(session.farewell, by_peer=True, detail="")

    def _tell_opened(self) -> None:
        if self._session.is_proved and not self._is_told:
            self._is_told = True
            self._pinged_at = self._now - PING_SECONDS  # the first ping goes out at the next tick
            assert self._session.peer is not None
            self._events.append(Opened(self._session.peer))

    def _take_batch(self, payload: bytes) -> None:
        try:
            for data in unpack_batch(payload):
                self._take_message(decode(data))
                if self._is_over:
                    return
        except BadMessage as error:
            self._refuse(Reason.BAD_MESSAGE, Offence.BAD_MESSAGE, str(error))

    def _take_message(self, message: Message) -> None:
        cls = type(message)
        if (self.state, cls) not in TRANSITIONS:
            self._refuse(Reason.UNEXPECTED_MESSAGE, Offence.UNEXPECTED_MESSAGE, f"{cls.__name__} on an open link")
        elif isinstance(message, Goodbye):
            self._clear_queue()
            self._end(known_reason(message.reason), by_peer=True, detail=f"reason {message.reason}")
        elif cls in _ANSWERS and not self._conduct.questions.take_answer(cls):
            self._note(Offence.UNASKED, cls.__name__)
        elif not self._conduct.affords(message, self._now):
            self._note(Offence.OVER_BUDGET, cls.__name__)
        elif cls in ANSWERS and not self._conduct.questions.take_question(cls):
            self._note(Offence.TOO_MANY_QUESTIONS, cls.__name__)
        elif isinstance(message, Ping):
            self._enqueue(encode(Pong(message.nonce, max(0, round((self.steady_start + self._now) * 1000)))))
        elif isinstance(message, Pong):
            self._take_pong(message)
        else:
            self._events.append(Received(message))

    def _take_pong(self, pong: Pong) -> None:
        if pong.nonce != self._ping_nonce:
            self._note(Offence.UNASKED, "Pong")
            return
        self.latency_seconds = max(0.0, self._now - self._pinged_at)
        halfway = self._now - self.latency_seconds / 2  # when the peer wrote it, if both ways are equally long
        self.clock_offset_seconds = pong.time_ms / 1000 - (self.steady_start + halfway)
        self._ping_nonce = None

    def measure_again(self) -> None:
        """Our clock was set: what we know of the peer's is of no use, and the next tick asks anew."""
        self.clock_offset_seconds = None
        if self._ping_nonce is None:
            self._pinged_at -= PING_SECONDS

    def _watch_open_link(self) -> None:
        now = self._now
        if self._frame_at is not None and now - self._frame_at >= FRAME_SECONDS:
            self._refuse(Reason.TOO_SLOW, Offence.TOO_SLOW, "a frame is not complete")
        elif self._ping_nonce is not None:
            if now - self._pinged_at >= PONG_SECONDS:
                self._refuse(Reason.TOO_SLOW, Offence.TOO_SLOW, "no answer to a ping")
        elif now - self._pinged_at >= PING_SECONDS:
            self._ping_count += 1
            self._ping_nonce = self._session.ping_nonce(self._ping_count)
            self._pinged_at = now
            self._enqueue(encode(Ping(self._ping_nonce)))

    # --- giving out

    def _enqueue(self, data: bytes) -> bool:
        size = LENGTH_BYTES + len(data)
        if self._queued_bytes + size - max(size, self._queued_largest_bytes) > QUEUE_BYTES_MAX:
            detail = f"{self._queued_bytes} bytes wait to be sent"
            self._refuse(Reason.SLOW_READER, Offence.SLOW_READER, detail)
            return False
        self._append(data)
        return True

    def _append(self, data: bytes) -> None:
        size = LENGTH_BYTES + len(data)
        self._queue.append(data)
        self._queued_bytes += size
        self._queued_largest_bytes = max(size, self._queued_largest_bytes)

    def _clear_queue(self) -> None:
        self._queue.clear()
        self._queued_bytes = self._queued_largest_bytes = 0

    # --- the end

    def _fail(self, failure: Failure) -> None:
        """The session has ended itself."""
        offence = _OFFENCES.get(failure.reason)
        if offence is None:
            self._stop(failure.reason, failure.detail)
        else:
            self._refuse(failure.reason, offence, failure.detail)

    def _note(self, offence: Offence, detail: str) -> None:
        """Add points, and end the link where they are too many."""
        score = self._conduct.note(offence, self._now)
        self._events.append(Misbehaved(offence, score, detail))
        if score >= SCORE_MAX:
            self._stop(Reason.MISBEHAVED, detail)

    def _refuse(self, reason: Reason, offence: Offence, detail: str) -> None:
        """Add points, and end the link in any case."""
        score = self._conduct.note(offence, self._now)
        self._events.append(Misbehaved(offence, score, detail))
        self._stop(reason, detail)

    def _stop(self, reason: Reason, detail: str) -> None:
        """Send nothing any more but the reason."""
        self._clear_queue()
        self._parting = self._session.goodbye(reason)
        self._end(reason, by_peer=False, detail=detail)

    def _end(self, reason: Reason, *, by_peer: bool, detail: str) -> None:
        self._session.close()
        self._is_over = True
        self._frame_at = None
        self._events.append(Closed(reason, by_peer, self.score(self._now), detail))

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events


_ANSWERS: Final = frozenset(ANSWERS.values())

_OFFENCES: Final = {
    Reason.BAD_HANDSHAKE: Offence.BAD_HANDSHAKE,
    Reason.UNEXPECTED_MESSAGE: Offence.BAD_HANDSHAKE,
    Reason.BAD_FRAME: Offence.BROKEN_FRAME,
}
"""What a failed session says about the peer. To follow another chain or another version is none."""
