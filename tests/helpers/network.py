"""Real cores and hubs over links in memory: every message takes its time, and time passes only when a test says so.

    net = Network()
    a, b = net.node("a"), net.node("b")
    net.link(a, b)
    a.submit(transaction)
    net.run(1)

Messages go through their bytes, budgets are kept, questions and offences counted as a real link does. Instead of a node there may
be a `Puppet`, which says what a test lets it say. Everything happens in one order, from one queue.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

from chain.asset import parse_asset_text
from chain.block import Block
from chain.chain import Chain
from chain.keys import PrivateKey
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS_BY_NAME
from chain.operations import OPERATION  # noqa: F401  # fills the register
from chain.presets import Genesis, preset
from chain.producer import produce_block
from chain.slots import scheduled_witness, slot_time
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from node.core import Input, NodeCore, Spare, SubmitTransaction, Tick
from node.effects import Effect
from node.p2p.conduct import ANSWERS, SCORE_MAX, Conduct, Offence
from node.p2p.hub import Hub
from node.p2p.messages import Hello, Message, Ping, Pong, decode, encode
from node.p2p.reasons import Reason
from node.producing import ProducingRules, Production, SignMemoryInRam
from tests.helpers.play import START, signing_keys

LATENCY_SECONDS = 0.05


class Actor(Protocol):
    """One end of links: a node or a puppet."""

    name: str

    def hello(self) -> Hello: ...
    def opened(self, link: Wire, hello: Hello) -> None: ...
    def received(self, link: Wire, message: Message) -> None: ...
    def closed(self, link: Wire) -> None: ...


class Wire:
    """One end of a link, as its hub sees it."""

    def __init__(self, net: Network, owner: Actor, peer: Actor, name: str) -> None:
        self.net = net
        self.owner = owner
        self.peer = peer
        self.name = name
        self.is_open = True
        self.other: Wire
        self.conduct = Conduct(net.now)  # of the peer
        self.queued_bytes = 0
        self.sent: list[Message] = []
        self.offences: list[tuple[Offence, str]] = []
        self.reason: Reason | None = None

    def send(self, message: Message) -> bool:
        cls = type(message)
        if not self.is_open:
            return False
        questions = self.conduct.questions
        if cls in ANSWERS:
            if not questions.may_ask(cls, self.net.now):
                return False
            questions.ask(cls, self.net.now)
        elif cls in _ANSWERS and not questions.answer(cls):
            raise AssertionError(f"{self.name}: an answer that nobody waits for: {message}")
        data = encode(message)
        self.sent.append(message)
        if self.net.loses is None or not self.net.loses(self, message):
            self.net.after(LATENCY_SECONDS, lambda: self.other.receive(data))
        return True

    def receive(self, data: bytes) -> None:
        """What the peer has sent arrives, and is judged as a link judges it."""
        message = decode(data)
        cls = type(message)
        if not self.is_open or cls in {Ping, Pong}:  # a link answers those itself
            return
        questions = self.conduct.questions
        if cls in _ANSWERS and not questions.take_answer(cls):
            self.penalise(Offence.UNASKED, cls.__name__)
        elif not self.conduct.affords(message, self.net.now):
            self.penalise(Offence.OVER_BUDGET, cls.__name__)
        elif cls in ANSWERS and not questions.take_question(cls):
            self.penalise(Offence.TOO_MANY_QUESTIONS, cls.__name__)
        else:
            self.owner.received(self, message)

    def penalise(self, offence: Offence, detail: str) -> None:
        self.offences.append((offence, detail))
        if self.conduct.note(offence, self.net.now) >= SCORE_MAX:
            self.leave(Reason.MISBEHAVED)

    def leave(self, reason: Reason) -> None:
        if self.is_open:
            self.reason = reason
            self.close()
            self.net.after(LATENCY_SECONDS, self.other.close)

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.owner.closed(self)

    def said(self, kind: type[Any]) -> list[Any]:
        """What went out through this end, of one kind."""
        return [message for message in self.sent if type(message) is kind]


_ANSWERS = frozenset(ANSWERS.values())


class Network:
    """Nodes, links, a clock and a queue. `loses` may say of a message at its sender's end that it never arrives."""

    def __init__(self, genesis: Genesis | None = None) -> None:
        self.genesis = genesis or preset("devnet")
        self.now = 0.0  # steady; the chain's time is START later
        self.nodes: list[Node] = []
        self.wires: list[Wire] = []
        self.loses: Callable[[Wire, Message], bool] | None = None
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    @property
    def time(self) -> float:
        return START + self.now

    # building

    def node(
        self, name: str, witnesses: Sequence[str] = (), backend: MemoryBackend | None = None, chain: Chain | None = None
    ) -> Node:
        """On an empty backend, one that is given, or a chain that was opened already."""
        node = Node(self, name, witnesses, chain or Chain(backend or MemoryBackend(), self.genesis))
        self.nodes.append(node)
        self.after(0, node.look)
        return node

    def link(self, one: Actor, other: Actor) -> tuple[Wire, Wire]:
        """A link that has just come through its handshake."""
        number = len(self.wires) // 2
        there = Wire(self, one, other, f"{one.name}>{other.name}#{number}")
        back = Wire(self, other, one, f"{other.name}>{one.name}#{number}")
        there.other, back.other = back, there
        self.wires += [there, back]
        hellos = one.hello(), other.hello()
        one.opened(there, hellos[1])
        other.opened(back, hellos[0])
        return there, back

    def line(self, *nodes: Actor) -> None:
        for one, other in pairwise(nodes):
            self.link(one, other)

    def mesh(self, *nodes: Actor) -> None:
        for at, one in enumerate(nodes):
            for other in nodes[at + 1 :]:
                self.link(one, other)

    def cut(self, one: Actor, other: Actor) -> None:
        for wire in self.wires:
            if {wire.owner.name, wire.peer.name} == {one.name, other.name}:
                wire.close()

    # time

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (self.now + seconds, self._count, do))

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass, up to a moment at which something is so; returns whether it was."""
        end = self.now + seconds
        while self._queue and self._queue[0][0] <= end:
            if until():
                return True
            self.now, _, do = heapq.heappop(self._queue)
            do()
        if until():
            return True
        self.now = end
        return False

    def slots(self, count: int = 1) -> None:
        """Go on by so many slots. Every node is told the time at the beginning of each, and in between."""
        for _ in range(count):
            begins_at = max(node.core.next_slot_time(self.time) for node in self.nodes) - START
            self.run(begins_at - self.now)
            for node in self.nodes:
                node.handle(Tick())
                node.look()
            for _ in range(2):
                self.run(1)
                for node in self.nodes:
                    node.handle(Tick())
                    node.look()

    # what has happened

    def offences(self) -> list[tuple[str, Offence, str]]:
        return [(wire.name, offence, detail) for wire in self.wires for offence, detail in wire.offences]

    def said(self, kind: type[Any]) -> list[Any]:
        return [message for wire in self.wires for message in wire.said(kind)]


class Node:
    """A node without a process."""

    def __init__(self, net: Network, name: str, witnesses: Sequence[str], chain: Chain) -> None:
        self.net = net
        self.name = name
        rules = ProducingRules(participation_percent_min=0, is_forced=True)
        production = Production(witnesses, signing_keys(net.genesis), rules, SignMemoryInRam())
        self.chain = chain
        self.core = NodeCore(self.chain, production)
        self.hub = Hub(self.core, self.handle)
        self.effects: list[Effect] = []
        self.apply_seconds = 0.0
        """For each thing that is taken in; meanwhile others happen."""
        self._is_working = False
        self._wakes_at = float("inf")

    def hello(self) -> Hello:
        return hello_of(self.chain.head_id)

    # what a shell does

    def handle(self, input: Input) -> list[Effect]:
        effects = self.core.handle(input, self.net.time)
        for effect in effects:
            self.hub.perform(effect, self.net.now)
        self.effects += effects
        return effects

    def opened(self, link: Wire, hello: Hello) -> None:
        self.hub.opened(link, hello, self.net.now)
        self.look()

    def received(self, link: Wire, message: Message) -> None:
        self.hub.received(link, message, self.net.now)
        self.look()

    def closed(self, link: Wire) -> None:
        self.hub.closed(link, self.net.now)
        self.net.after(0, self.look)

    def look(self) -> None:
        """Do all the work there is, and come back when the hub wants to be woken."""
        if self.apply_seconds:
            self._work_soon()
        else:
            while self.hub.work(self.net.now):
                pass
        while self.core.has_spare_work:
            self.handle(Spare())
        if self.hub.next_tick < self._wakes_at:
            self._wakes_at = max(self.hub.next_tick, self.net.now)
            self.net.after(self._wakes_at - self.net.now, self._wake)

    def _work_soon(self) -> None:
        if not self._is_working:
            self._is_working = True
            self.net.after(self.apply_seconds, self._work)

    def _work(self) -> None:
        self._is_working = False
        if self.hub.work(self.net.now):
            self.look()

    def _wake(self) -> None:
        if self.net.now >= self._wakes_at:
            self._wakes_at = float("inf")
            self.hub.tick(self.net.now)
            self.look()

    # what tests do

    def submit(self, transaction: Transaction) -> list[Effect]:
        effects = self.handle(SubmitTransaction(transaction))
        self.look()
        return effects

    def told(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def make_block(self, slot: int = 1) -> Block:
        """A block of what waits, by whoever's slot it is, told to nobody."""
        state = self.chain.state
        witness = scheduled_witness(state, slot)
        key = signing_keys(self.net.genesis)[state.witnesses.get(witness).signing_key]
        return produce_block(self.chain, slot_time(state, slot), witness, key)[0]

    def pay(self, amount: str, memo: str = "", giver: str = "alice", receiver: str = "bob") -> Transaction:
        """A transfer, signed, for the state of this node."""
        chain = self.chain
        operation = OPERATIONS_BY_NAME["transfer"](
            from_=giver, to=receiver, amount=parse_asset_text(amount, chain.params.dialect), memo=memo
        )
        made = Transaction(
            chain.head_num & 0xFFFF,
            int.from_bytes(chain.head_id[4:8], "little"),
            chain.state.globals.time + 60,
            (operation,),
        ).with_packing(Packing(chain.params.dialect, LEGACY))
        key = PrivateKey.from_login(giver, "active", self.net.genesis.login_password or "")
        signed = made.with_signatures([key.sign(made.digest(chain.params.chain_id))])
        return Transaction.decode(signed.packed_bytes, chain.params.dialect)


class Puppet:
    """A peer that a test plays: it keeps what it hears, and answers what it is told to answer."""

    def __init__(self, name: str, head_id: bytes = bytes(20)) -> None:
        self.name = name
        self.head_id = head_id
        self.heard: list[Message] = []
        self.answers: Callable[[Message], Message | None] = lambda _: None

    def hello(self) -> Hello:
        return hello_of(self.head_id)

    def opened(self, link: Wire, hello: Hello) -> None:
        self.link = link

    def received(self, link: Wire, message: Message) -> None:
        self.heard.append(message)
        answer = self.answers(message)
        if answer is not None:
            link.send(answer)

    def closed(self, link: Wire) -> None:
        pass

    def says(self, message: Message) -> None:
        self.link.send(message)

    def asked(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.heard if type(message) is kind]


def hello_of(head_id: bytes) -> Hello:
    return Hello(1, bytes(32), bytes(32), bytes(33), bytes(32), bytes(32), "", 0, head_id)


def copy_of(chain: Chain) -> MemoryBackend:
    """The disk of a chain, for another node to begin with."""
    backend = MemoryBackend()
    assert isinstance(chain.backend, MemoryBackend)
    backend.pairs.update(chain.backend.pairs)
    return backend


def genesis_with(**params: Any) -> Genesis:
    genesis = preset("devnet")
    return replace(genesis, params=replace(genesis.params, **params))
