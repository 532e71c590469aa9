"""What a node knows of each of its links: who is behind it, what that node has, what it was asked and what we owe it.

A question goes to one peer, with somebody who hears the answer (`Asker`) and a patience that doubles with each answer that comes
too late and shrinks again with each that comes in time. Whoever leaves a question open for long loses the link: answers come in the
order of the questions, so one that never comes would make all that follow it ambiguous.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from chain.block import num_of_id
from node.p2p.conduct import ANSWERS, BYTES_BURST, BYTES_PER_SECOND, QUESTION_SECONDS, RATES, Bucket, Offence
from node.p2p.messages import Message
from node.p2p.reasons import Reason

PATIENCE_SECONDS_MIN: Final = 2.0
"""For an answer of a peer that has been quick so far (reliability P2)."""

PATIENCE_SECONDS_MAX: Final = 64.0
"""For an answer of one that never is."""

ANSWER_SECONDS_MAX: Final = 100.0
"""Then the link ends. Less than QUESTION_SECONDS, after which the link itself no longer takes the answer."""
assert ANSWER_SECONDS_MAX < QUESTION_SECONDS

SPENDING_SHARE: Final = 0.5
"""Of the budget that a peer grants us, so that what the way there compresses into a burst stays within it."""

QUEUED_BYTES_LOW: Final = 262_144
"""With more than this on its way to a peer, it gets no answers and no inventories for now: it would not read them any sooner."""

KNOWN_TRANSACTIONS_MAX: Final = 5_000
"""Of a peer's inventory (reliability P8)."""

KNOWN_BLOCKS_MAX: Final = 1_000
"""More than 50 minutes of blocks at the head, and several ranges of a synchronisation."""

KNOWN_STATEMENTS_MAX: Final = 4_096
"""Of finality: 21 witnesses, two votes in each of 97 views."""


class Link(Protocol):
    """What the hub needs of a link; the transport and the simulator each have one."""

    @property
    def name(self) -> str:
        """Unique for the life of the process."""
        ...

    @property
    def queued_bytes(self) -> int:
        """What waits to be sent."""
        ...

    def send(self, message: Message) -> bool:
        """Queue it; returns whether it will be sent."""
        ...

    def penalise(self, offence: Offence, detail: str) -> None:
        """The peer did this. It may end the link."""
        ...

    def leave(self, reason: Reason) -> None: ...


class Memory:
    """The newest `count_max` of the keys that it was given."""

    __slots__ = ("_keys", "count_max")

    def __init__(self, count_max: int) -> None:
        self.count_max = count_max
        self._keys: OrderedDict[bytes, None] = OrderedDict()

    def add(self, key: bytes) -> None:
        self._keys[key] = None
        if len(self._keys) > self.count_max:
            self._keys.popitem(last=False)

    def clear(self) -> None:
        self._keys.clear()

    def __contains__(self, key: bytes) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)


class Asker(Protocol):
    """A room that asks questions. When it hears of one it takes notes and hands things in, but asks no others: `ask` does that."""

    def ask(self, now: float) -> None:
        """Ask whatever there is to ask."""
        ...

    def answered(self, peer: "Peer", question: Message, answer: Message, now: float) -> None:
        """Perhaps after `unanswered`: late is better than never."""
        ...

    def unanswered(self, peer: "Peer", question: Message, now: float) -> None:
        """Patience has ended, or the link has."""
        ...


@dataclass(slots=True, eq=False)
class Question:
    """Asked of a peer and not answered yet."""

    message: Message
    asker: Asker
    asked_at: float
    due_at: float
    is_overdue: bool = False


class Peer:
    """A link with what we know of the node behind it. Nothing in here grows without a limit."""

    def __init__(self, link: Link, head_id: bytes) -> None:
        self.link = link
        self.name = link.name
        self.is_open = True
        self.head_id = head_id
        """The newest block that it claims to have on its branch."""
        self.head_num = num_of_id(head_id)
        """Up to where it is asked for blocks: its claim, until it fails to show it."""
        self.transactions = Memory(KNOWN_TRANSACTIONS_MAX)
        """Short ids of those that it has, because it said so or we told it."""
        self.blocks = Memory(KNOWN_BLOCKS_MAX)
        """Ids of those on its branch, likewise."""
        self.blocks.add(head_id)
        self.statements = Memory(KNOWN_STATEMENTS_MAX)
        """Digests of votes, certificates and evidence, likewise."""
        self.offered: dict[bytes, None] = {}
        """Short ids of transactions that it has and we do not."""
        self.to_tell: dict[bytes, None] = {}
        """Short ids of transactions for its next inventory."""
        self.owed: deque[Message] = deque()
        """Its questions, in order. Its link lets no more than QUESTIONS_MAX of a kind be open."""
        self.patience_seconds = PATIENCE_SECONDS_MIN
        self._stalled_at = float("-inf")
        self._open: dict[type[Message], deque[Question]] = {answer: deque() for answer in ANSWERS.values()}
        self._budgets: dict[type[Message], Bucket] = {}
        self._served: Bucket | None = None

    # --- what it says of itself

    def claim(self, block_id: bytes) -> None:
        """It says that this block is on its branch."""
        self.blocks.add(block_id)
        if num_of_id(block_id) >= self.head_num:
            self.head_id = block_id
            self.head_num = num_of_id(block_id)

    # --- saying

    def send(self, message: Message, now: float) -> bool:
        """Unless the link is gone or the peer would rather not hear so many of these."""
        return self.is_open and self._affords(message, now) and self.link.send(message)

    def _affords(self, message: Message, now: float) -> bool:
        rate = RATES[type(message)]
        bucket = self._budgets.get(type(message))
        if bucket is None:
            bucket = Bucket(rate.burst * SPENDING_SHARE, rate.per_second * SPENDING_SHARE, now)
            self._budgets[type(message)] = bucket
        return bucket.take(rate.cost(message), now)

    def penalise(self, offence: Offence, detail: str) -> None:
        if self.is_open:
            self.link.penalise(offence, detail)

    # --- answering

    def serving(self, now: float) -> Bucket:
        """Bytes of answers that it may have: as many as we take in from it, so it could not use more, were it like us (reliability P12)."""
        if self._served is None:
            self._served = Bucket(BYTES_BURST, BYTES_PER_SECOND, now)
        return self._served

    # --- asking

    def ask(self, question: Message, asker: Asker, now: float) -> bool:
        """Returns whether it was asked; then `asker` hears of it again."""
        if not self.send(question, now):
            return False
        self._open[ANSWERS[type(question)]].append(Question(question, asker, now, now + self.patience_seconds))
        return True

    def take_answer(self, answer: Message) -> Question | None:
        """The question that this answers."""
        waiting = self._open[type(answer)]
        if not waiting:
            return None
        question = waiting.popleft()
        if not question.is_overdue:
            self.patience_seconds = max(PATIENCE_SECONDS_MIN, self.patience_seconds / 2)
        return question

    def open_count(self, question: type[Message]) -> int:
        return len(self._open[ANSWERS[question]])

    def is_stalling(self, question: type[Message]) -> bool:
        """It leaves one of these unanswered, and is better not asked another."""
        return any(one.is_overdue for one in self._open[ANSWERS[question]])

    def questions(self) -> Iterator[Question]:
        """All that are open."""
        for waiting in self._open.values():
            yield from waiting

    def overdue(self, now: float) -> list[Question]:
        """Those whose patience has just ended. Several that were asked before any of them was due are one offence."""
        found = [question for question in self.questions() if not question.is_overdue and now >= question.due_at]
        for question in found:
            question.is_overdue = True
        if any(question.asked_at >= self._stalled_at for question in found):
            self._stalled_at = now
            self.patience_seconds = min(PATIENCE_SECONDS_MAX, self.patience_seconds * 2)
            self.penalise(Offence.STALLING, f"no answer to a {type(found[0].message).__name__}")
        return found

    def owes_for_too_long(self, now: float) -> bool:
        return any(now - question.asked_at > ANSWER_SECONDS_MAX for question in self.questions())
