"""What a peer may do, how often, and what it costs it to do otherwise. Time is an argument, in seconds of any steady clock.

Three tables decide: RATES (a budget for each message), ANSWERS (what may only come when it was asked for) and POINTS (how much an
offence adds to the ban score). Only what the peer itself must have done weighs much: what somebody on the way between two nodes
could bring about is never enough for a ban.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from node.p2p.messages import (
    ADDRESSES_MAX,
    INVENTORY_ITEMS_MAX,
    BlockAnnouncement,
    Blocks,
    BlockTransactions,
    Certificate,
    Certificates,
    Evidence,
    FinalityVote,
    GetBlocks,
    GetBlockTransactions,
    GetCertificates,
    GetPeers,
    GetTransactions,
    Inventory,
    Message,
    Peers,
    Ping,
    Pong,
    StateAttestation,
    Transactions,
)

# --- budgets


class Bucket:
    """So many units at once, refilled steadily. Holds no more than `burst` whatever the time is said to be."""

    __slots__ = ("burst", "filled_at", "left", "per_second")

    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self.burst = burst
        self.per_second = per_second
        self.left = burst
        self.filled_at = now

    def fill(self, now: float) -> None:
        if now > self.filled_at:
            self.left = min(self.burst, self.left + (now - self.filled_at) * self.per_second)
            self.filled_at = now

    def take(self, units: float, now: float) -> bool:
        """Take them if they are there."""
        self.fill(now)
        if units > self.left:
            return False
        self.left -= units
        return True

    def charge(self, units: float, now: float) -> None:
        """Take them even if they are not there: a debt that has to be waited off."""
        self.fill(now)
        self.left -= units

    def wait_seconds(self, now: float) -> float:
        """How long until the debt is paid."""
        self.fill(now)
        return max(0.0, -self.left / self.per_second)


@dataclass(frozen=True, slots=True)
class Rate:
    """A message costs `base` units, and one for each item where items count; `burst` are there at first, `per_second` come back."""

    base: float
    burst: float
    per_second: float
    why: str
    counts_items: bool = False

    def cost(self, message: Message) -> float:
        """What a message costs, in units of its budget."""
        return self.base + item_count(message) if self.counts_items else self.base


_INVENTORY = Rate(
    50, 20 * INVENTORY_ITEMS_MAX, 20 * INVENTORY_ITEMS_MAX, "20 full lists a second, or 400 short ones", True
)
_MISSING = Rate(1, 32, 2, "one a block, and a few blocks in a row after a pause")
_HISTORY = Rate(1, 64, 4, "64 rounds each: more than anybody verifies in a second")

RATES: Final[dict[type[Message], Rate]] = {
    Ping: Rate(1, 6, 0.2, "one in 20 seconds is sent"),
    Pong: Rate(1, 6, 0.2, "as Ping"),
    Inventory: _INVENTORY,
    GetTransactions: _INVENTORY,
    Transactions: _INVENTORY,
    BlockAnnouncement: Rate(1, 64, 2, "one in 3 seconds, and a whole branch of a round after a partition"),
    GetBlockTransactions: _MISSING,
    BlockTransactions: _MISSING,
    GetBlocks: Rate(16, 4_096, 2_048, "items are the blocks asked for: nobody applies more in a second", True),
    Blocks: Rate(16, 8_192, 4_096, "more than anybody asks for", True),
    GetPeers: Rate(1, 2, 0.01, "asked once a link, and again after minutes"),
    Peers: Rate(0, ADDRESSES_MAX, 0.1, "one full answer, then an address in 10 seconds (reliability P9)", True),
    FinalityVote: Rate(1, 1_024, 64, "21 witnesses vote twice a slot; rounds that fail follow each other quickly"),
    Certificate: Rate(1, 64, 2, "one a block, and a few blocks in a row after a pause"),
    GetCertificates: _HISTORY,
    Certificates: _HISTORY,
    StateAttestation: Rate(1, 256, 4, "one of each witness in an hour, said again for minutes"),
    Evidence: Rate(1, 42, 0.1, "two for each witness; there is hardly ever one"),
}
"""The budget of each message of an open link. What is over it is dropped, and costs points."""

BYTES_PER_SECOND: Final = 5_000_000
"""More than any chain of 2 MiB blocks needs; 20 such peers fill a gigabit line (reliability P12)."""

BYTES_BURST: Final = 10_000_000
"""A few of the largest blocks in a row are no reason to wait."""

# --- questions and answers

ANSWERS: Final[dict[type[Message], type[Message]]] = {
    GetTransactions: Transactions,
    GetBlockTransactions: BlockTransactions,
    GetBlocks: Blocks,
    GetCertificates: Certificates,
    GetPeers: Peers,
}
"""Every question that was not dropped is answered once, in order. These answers never come without a question."""

QUESTIONS_MAX: Final = 16
"""Of one kind, asked and not answered yet: enough to keep a line busy, and little to remember (reliability P12)."""

QUESTION_SECONDS: Final = 120
"""After this an answer is not waited for any more. Whoever asked has long asked another peer."""


class Questions:
    """What we asked and still may be answered, and what we were asked and still have to answer."""

    __slots__ = ("_asked", "_owed")

    def __init__(self) -> None:
        self._asked: dict[type[Message], deque[float]] = {answer: deque() for answer in ANSWERS.values()}
        self._owed: dict[type[Message], int] = dict.fromkeys(ANSWERS.values(), 0)

    def may_ask(self, question: type[Message], now: float) -> bool:
        """Whether one more may be on its way. Those that were never answered are given up."""
        asked = self._asked[ANSWERS[question]]
        while asked and now - asked[0] > QUESTION_SECONDS:
            asked.popleft()
        return len(asked) < QUESTIONS_MAX

    def ask(self, question: type[Message], now: float) -> None:
        self._asked[ANSWERS[question]].append(now)

    def take_answer(self, answer: type[Message]) -> bool:
        """Whether this answer was asked for."""
        asked = self._asked[answer]
        if not asked:
            return False
        asked.popleft()
        return True

    def take_question(self, question: type[Message]) -> bool:
        """Whether the peer may ask this now."""
        answer = ANSWERS[question]
        if self._owed[answer] >= QUESTIONS_MAX:
            return False
        self._owed[answer] += 1
        return True

    def answer(self, answer: type[Message]) -> bool:
        """Whether this answer is owed; it is no longer."""
        if not self._owed[answer]:
            return False
        self._owed[answer] -= 1
        return True


# --- offences


class Offence(Enum):
    """What a peer should not do."""

    OVER_BUDGET = "sent more messages of a kind than its budget allows; the message was dropped"
    TOO_MANY_QUESTIONS = "asked more than may be open at a time; the question was dropped"
    TOO_SLOW = "let a handshake, a frame or a ping wait for too long"
    SLOW_READER = "did not read what it was sent"
    BROKEN_FRAME = "sent a frame that does not decrypt or is too large"
    BAD_HANDSHAKE = "did not prove who it is"
    UNASKED = "answered what was not asked"
    BAD_MESSAGE = "sent a message that cannot be read"
    UNEXPECTED_MESSAGE = "sent a message that has no place in this state"
    STALLING = "does not send what it said it has"
    INVALID_TRANSACTION = "sent a transaction that no state would accept"
    FALSE_HEAD = "claimed a head that it could not show"
    INVALID_BLOCK = "sent a block that breaks the rules"
    INVALID_VOTE = "sent a vote, certificate or evidence that breaks the rules"


SCORE_MAX: Final = 100
"""With so many points the link ends."""

SCORE_DECAY_PER_SECOND: Final = 1.0
"""A slip now and then is forgotten. The address book remembers for longer."""

POINTS: Final[dict[Offence, int]] = {
    Offence.OVER_BUDGET: 2,
    Offence.TOO_MANY_QUESTIONS: 5,
    Offence.TOO_SLOW: 5,
    Offence.SLOW_READER: 10,
    Offence.BROKEN_FRAME: 20,
    Offence.BAD_HANDSHAKE: 20,
    Offence.UNASKED: 25,
    Offence.BAD_MESSAGE: SCORE_MAX,
    Offence.UNEXPECTED_MESSAGE: SCORE_MAX,
    Offence.STALLING: 10,
    Offence.INVALID_TRANSACTION: 20,
    Offence.FALSE_HEAD: 50,
    Offence.INVALID_BLOCK: SCORE_MAX,
    Offence.INVALID_VOTE: SCORE_MAX,
}


class Conduct:
    """How one peer behaves: its budgets, its questions and its score."""

    __slots__ = ("_buckets", "_bytes", "_score", "_scored_at", "questions")

    def __init__(self, now: float) -> None:
        self.questions = Questions()
        self._buckets: dict[type[Message], Bucket] = {}
        self._bytes = Bucket(BYTES_BURST, BYTES_PER_SECOND, now)
        self._score = 0.0
        self._scored_at = now

    def affords(self, message: Message, now: float) -> bool:
        """Whether the budget of this kind of message is enough for it; then it is charged."""
        cls = type(message)
        rate = RATES[cls]
        bucket = self._buckets.get(cls)
        if bucket is None:
            bucket = self._buckets[cls] = Bucket(rate.burst, rate.per_second, now)
        return bucket.take(rate.cost(message), now)

    def take_bytes(self, size_bytes: int, now: float) -> None:
        self._bytes.charge(size_bytes, now)

    def pause_seconds(self, now: float) -> float:
        """How long not to read from this peer, so that it stays within BYTES_PER_SECOND."""
        return self._bytes.wait_seconds(now)

    def note(self, offence: Offence, now: float) -> int:
        """Add an offence's points; returns the score."""
        self._score = self._decayed(now) + POINTS[offence]
        self._scored_at = max(now, self._scored_at)
        return self.score(now)

    def score(self, now: float) -> int:
        return int(self._decayed(now))

    def _decayed(self, now: float) -> float:
        return max(0.0, self._score - max(0.0, now - self._scored_at) * SCORE_DECAY_PER_SECOND)


def item_count(message: Message) -> int:
    """How many things a message carries, or asks for."""
    if isinstance(message, GetBlocks | GetCertificates):
        return message.count
    name = message.layout.list_name
    return 0 if name is None else len(getattr(message, name))


def carried_bytes(message: Message) -> int:
    """Of the blocks, transactions or certificates in a message: nearly all that a large one consists of."""
    name = message.layout.list_name
    items = () if name is None else getattr(message, name)
    return sum([len(item) for item in items if isinstance(item, bytes)])
